"""The materials of an application, one row per material that is needed: handed in, held by the platform, promised for later, or missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.guide import Need, needs
from lantu.approvals.events import Code
from lantu.approvals.models import Branch, Draft, FormData, Material, StageApplication
from lantu.approvals.selectors.drafts import Prepared, current
from lantu.approvals.selectors.prefill import Prefill

HANDED_IN, HELD, LATER, MISSING = "handed_in", "held", "later", "missing"
GRANTED = (Code.APPROVED, Code.APPROVED_DEFERRED)


@dataclass(frozen=True, slots=True)
class Have:
    """A material and what there is of it. ``rows``: the versions that count; ``held``: (source, words) where the platform has it."""

    need: Need
    state: str
    rows: list[Material] = field(default_factory=list)
    held: tuple[str, str] | None = None
    older: list[Material] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.need.title


def materials_of(prepared: Prepared) -> list[Have]:
    """The materials of a draft; what the platform holds is looked up now."""
    draft = prepared.draft
    prefill = Prefill(draft.applicant, draft.project, draft.stage, draft.site, {})
    here = {item.code for item in prepared.items}
    rows = list(Material.objects.filter(draft=draft).select_related("stored"))
    return _haves(prepared.needs, rows, lambda need: held_by_platform(need, draft, prefill, here))


def materials(application: StageApplication) -> list[Have]:
    """The materials of a filed application, as they were filed and replaced since."""
    definition = read(application.definition.content)
    items = definition.items_of(application.stage, application.project_class, application.facts)
    rows = list(application.materials.select_related("stored"))
    return _haves(needs(definition, items), rows, lambda need: None)


def form(application: StageApplication) -> FormData | None:
    """The version of the form that counts."""
    return application.forms.order_by("-number").first()


def _haves(needed: Sequence[Need], rows: list[Material], hold: Callable[[Need], tuple[str, str] | None]) -> list[Have]:
    found = []
    for need in needed:
        own = [row for row in rows if row.code == need.code]
        counting = current(own)
        files = [row for row in counting if row.stored_id is not None and row.source != Material.Source.PLATFORM]
        older = [row for row in own if row not in counting]
        if files:
            found.append(Have(need, HANDED_IN, files, older=older))
        elif (kept := next((row for row in counting if row.source != Material.Source.COMMITTED), None)) is not None:
            found.append(Have(need, HELD, [kept], (kept.source, kept.reference), older))
        elif (held := hold(need)) is not None:
            found.append(Have(need, HELD, [], held, older))
        elif counting:
            found.append(Have(need, LATER, counting, older=older))
        else:
            found.append(Have(need, MISSING, older=older))
    return found


def held_by_platform(need: Need, draft: Draft, prefill: Prefill, here: set[str]) -> tuple[str, str] | None:
    """Where the platform has a material, as (source, words); ``here``: items of this stage, whose results come while it runs."""
    row: Any = need.row
    if row.get("platform") == "form":
        return Material.Source.PLATFORM, _("由平台按所填内容生成")
    if row.get("platform") == "site" and draft.site is not None:
        return Material.Source.PLATFORM, _("由平台按用地范围生成")
    if row.get("platform") == "unit" and draft.applicant.verified:
        return Material.Source.PLATFORM, _("法人库已核验")
    item = row.get("from_item")
    if item in here:
        return Material.Source.EARLIER_STAGE, _("本阶段办理中产生")
    if item:
        rows = Branch.objects.filter(application__project=draft.project, item=item, state__in=GRANTED).select_related("application")
        if (branch := rows.order_by("-pk").first()) is not None:
            return Material.Source.EARLIER_STAGE, _("前阶段 %(number)s 已办结") % {"number": branch.application.number}
    if row.get("certificate"):
        for one in prefill.held(str(row["certificate"])):
            return Material.Source.CERTIFICATE, f"{one.title} {one.number}"
    return None
