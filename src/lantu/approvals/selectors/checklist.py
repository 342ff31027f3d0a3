"""The one check list of the window (受理核对): every material once, with the items that need it, what is there, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _

from lantu.approvals.models import Branch, Material, StageApplication
from lantu.approvals.selectors.filed import materials_of
from lantu.approvals.services.acceptance import WAITING
from lantu.approvals.words import Words, definition_of, local


@dataclass(frozen=True, slots=True)
class Line:
    """One material. ``look``: ok, warn or err; ``word``: what is there; ``items``: who needs it."""

    code: str
    name: str
    items: list[str]
    files: list[Material]
    look: str
    word: str
    deferrable: bool
    committed: bool
    unchecked: list[Material] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may be answered for a branch, and what the check list suggests."""

    branch: Branch
    item: str
    department: str
    suggested: str
    missing: list[Line]
    deferrable: list[Line]
    may_commit: bool


def lines(application: StageApplication, branches: list[Branch], words: Words) -> list[Line]:
    """The materials of the items that were filed, each once."""
    definition, files = definition_of(application), materials_of(application)
    needs: dict[str, list[str]] = {}
    for branch in branches:
        if branch.state is not None or branch.round == 1:
            for code in definition.items[branch.item].materials:
                needs.setdefault(code, []).append(words.item(application, branch.item))
    return [_line(code, items, definition.materials.get(code, {}), files.get(code, [])) for code, items in needs.items()]


def _line(code: str, items: list[str], kind: dict[str, object] | object, files: list[Material]) -> Line:
    row: dict[str, object] = dict(kind) if isinstance(kind, dict) else {}
    name = local(str(row.get("name_zh", code)), str(row.get("name_en", "")))
    committed = any(one.source == Material.Source.COMMITTED for one in files)
    faulty = [one for one in files if one.facts.get("problems") or one.scan == Material.Scan.INFECTED]
    given = [one for one in files if one.source != Material.Source.COMMITTED]
    look, word = "err", _("缺")
    if faulty:
        look, word = "err", _("内容有问题")
    elif given:
        look, word = "ok", str(given[-1].get_source_display())
    elif committed:
        look, word = "warn", _("容缺承诺")
    elif row.get("platform") or row.get("from_item"):
        look, word = "ok", _("平台已有，免交")
    unchecked = [one for one in given if one.source == Material.Source.COUNTER and one.checked_at is None]
    return Line(code, name, list(dict.fromkeys(items)), files, look, word, bool(row.get("deferrable")), committed, unchecked)


def proposals(application: StageApplication, branches: list[Branch], found: list[Line], words: Words) -> list[Proposal]:
    """What each waiting branch may be answered, with what the materials suggest; a person decides."""
    definition, by_code = definition_of(application), {line.code: line for line in found}
    content = application.definition.content["items"]
    result = []
    for branch in branches:
        if branch.state not in WAITING:
            continue
        mine = [by_code[code] for code in definition.items[branch.item].materials if code in by_code]
        missing = [line for line in mine if line.look == "err"]
        later = [line for line in mine if line.look == "warn"]
        suggested = "correct" if missing else "defer" if later else "accept"
        result.append(
            Proposal(
                branch,
                words.item(application, branch.item),
                words.department(branch.department),
                suggested,
                missing,
                [line for line in mine if line.deferrable],
                bool(content[branch.item].get("commitment")),
            )
        )
    return result


def waiting() -> QuerySet[StageApplication]:
    """Filings that wait for an answer, with how many branches and by when the first must be answered."""
    open_ones = Q(branches__state__in=WAITING)
    return (
        StageApplication.objects.filter(branches__state__in=WAITING)
        .annotate(
            waiting=Count("branches", filter=open_ones, distinct=True),
            answer_by=Min("branches__acceptance__due_on", filter=open_ones),
            answer_near=Min("branches__acceptance__near_from", filter=open_ones),
        )
        .select_related("project", "applicant")
        .defer("facts", "project__idea")
    )
