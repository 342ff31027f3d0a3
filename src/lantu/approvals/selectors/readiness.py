"""Whether a draft may be filed: a score and the exact gaps, each leading to the place where it is closed."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from lantu.approvals.models import CoSignature, Membership
from lantu.approvals.selectors.dossier import MISSING, Have, materials_of
from lantu.approvals.selectors.drafts import Prepared

SITUATION, FORM, SITE, MATERIALS, SIGNATURE, ITEMS = "situation", "form", "site", "materials", "signature", "items"
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that keeps a draft from being filed. ``step``: of the pages, ``code``: question, field or material."""

    step: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """``score`` 0 to 100, 100 exactly when there is no gap; ``done`` of ``total`` things."""

    score: int
    done: int
    total: int
    gaps: list[Gap]
    materials: list[Have]

    @property
    def ready(self) -> bool:
        return not self.gaps

    def of(self, step: str) -> list[Gap]:
        return [gap for gap in self.gaps if gap.step == step]


def readiness(prepared: Prepared, member: Membership | None = None) -> Readiness:
    """How ready a draft is. ``member``: who would file it; an agent needs the signature of an owner over exactly this content."""
    haves = materials_of(prepared)
    gaps = [Gap(SITUATION, one.fact, _("还没有回答：%(title)s。") % {"title": one.title}) for one in prepared.open_questions]
    if not prepared.items:
        gaps.append(Gap(ITEMS, "items", _("按所填情形，本阶段没有需要办理的事项。")))
    titles = {one.code: one.title for one in prepared.form}
    gaps += [Gap(FORM, one.field, f"{titles.get(one.field, one.field)}：{one.message}") for one in prepared.problems]
    if prepared.needs_site and prepared.draft.site is None:
        gaps.append(Gap(SITE, "site", _("还没有给出用地范围。")))
    site_given = prepared.draft.site is not None
    for have in haves:
        if have.state == MISSING and (site_given or have.need.row.get("platform") != "site"):
            words = _("缺材料：%(title)s（可以承诺容缺）。") if have.need.deferrable else _("缺材料：%(title)s。")
            gaps.append(Gap(MATERIALS, have.need.code, words % {"title": have.title}))
    signing = member is not None and member.kind != Membership.Kind.OWNER
    if signing and not is_signed(prepared):
        gaps.append(Gap(SIGNATURE, "owner", _("代理人申报须由单位管理人共同签署。")))
    total = len(prepared.questions) + len(prepared.form) + len(haves) + int(prepared.needs_site) + int(signing) + int(not prepared.items)
    done = max(total - len(gaps), 0)
    score = WHOLE if not gaps else min(WHOLE * done // max(total, 1), WHOLE - 1)
    return Readiness(score, done, total, gaps, haves)


def is_signed(prepared: Prepared) -> bool:
    """Whether an owner of the unit has signed exactly this content."""
    rows = CoSignature.objects.filter(draft=prepared.draft, digest=prepared.digest(), member__kind=Membership.Kind.OWNER)
    return rows.filter(member__ended_at=None).exists()
