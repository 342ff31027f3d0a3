"""What the room reads of the city pack: principles, stances, slivers, the approval chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.accounts.models import Department
from lantu.casework.people import answers_for, today_of
from lantu.conflicts.principles import Principles
from lantu.core.errors import Conflict
from lantu.standards import selectors as standards
from lantu.standards.models import PackPart, PackVersion


def _part(name: str, pack: PackVersion | None = None) -> dict[str, Any]:
    part = PackPart.objects.filter(pack=pack or standards.pack(), name=name).first()
    return dict(part.content or {}) if part else {}


def english() -> bool:
    """Whether the page speaks English."""
    return (get_language() or "").startswith("en")


def resolution() -> dict[str, Any]:
    """``resolution.yaml`` of the pack in force; empty when the city has none."""
    return _part("resolution")


def principles() -> Principles:
    """The ways to settle cases in the city in force, in the language of the page."""
    catalogue = standards.catalogue()

    def table_of(code: str) -> Any:
        layer = catalogue.layers.get(code)
        return catalogue.table_of(layer) if layer else None

    return Principles(resolution(), table_of, english())


def principle_names() -> dict[str, str]:
    """Code → name of each principle."""
    items = _part("dictionaries").get("resolution_principles", {}).get("items", ())
    return {str(item["code"]): str((item.get("name_en") if english() else "") or item["name_zh"]) for item in items}


@dataclass(frozen=True, slots=True)
class Stance:
    """What a department may say: ``option`` the letter it agrees to, ``verdict`` as in a consultation."""

    code: str
    name: str
    verdict: str
    option: str = ""


def stances() -> dict[str, Stance]:
    """The stances of the pack, or the four of domain 2.5."""
    rows = resolution().get("stances") or (
        {"code": "agree_a", "name_zh": _("同意方案 A"), "option": "A", "verdict": "agree"},
        {"code": "agree_b", "name_zh": _("同意方案 B"), "option": "B", "verdict": "agree"},
        {"code": "geometry", "name_zh": _("提出图形"), "verdict": "conditions"},
        {"code": "object", "name_zh": _("不同意"), "verdict": "disagree"},
    )
    return {
        row["code"]: Stance(
            row["code"], str((row.get("name_en") if english() else "") or row["name_zh"]), row["verdict"], row.get("option", "")
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Slivers:
    """Which findings may be settled without a decision: of these rules, with no hit as severe as ``above_severity``."""

    rules: frozenset[str]
    above_severity: int


def slivers() -> Slivers:
    """The pack's rule for slivers; without one nothing is settled automatically."""
    data = resolution().get("slivers") or {}
    return Slivers(frozenset(data.get("rules") or ()), int(data.get("above_severity") or 1))


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the approval chain: who (role in department), what they may do, what they need for it."""

    code: str
    name: str
    task: str
    department: str
    role: str
    may: frozenset[str]
    needs: frozenset[str]


def chain() -> list[Step]:
    """The approval chain of the city. Raises ``Conflict`` when the pack has none."""
    steps = steps_of_chain()
    if not steps:
        raise Conflict(_("城市包里没有审批链。"), where="approval_chain.yaml", how=_("请在城市包里写明各环节后再装入。"))
    return steps


def steps_of_chain() -> list[Step]:
    """The steps of the approval chain, none where there is no pack or it has no chain (no page of another room stands still for that)."""
    pack = PackVersion.objects.filter(in_force=True).first()
    return [
        Step(
            row["code"],
            str((row.get("name_en") if english() else "") or row["name_zh"]),
            str((row.get("task_en") if english() else "") or row.get("task_zh", "")),
            row["department"],
            row["role"],
            frozenset(row.get("may") or ()),
            frozenset(row.get("needs") or ()),
        )
        for row in (_part("approval_chain", pack).get("chain") if pack else None) or ()
    ]


def step(code: str) -> Step:
    """A step by its code. Raises ``Conflict`` when the chain in force has none."""
    found = next((one for one in chain() if one.code == code), None)
    if found is None:
        raise Conflict(_("审批链里没有环节「%(code)s」。") % {"code": code}, where="approval_chain.yaml")
    return found


def next_step(code: str) -> Step | None:
    """The step after this one; none after the last."""
    steps = chain()
    codes = [one.code for one in steps]
    place = codes.index(step(code).code) + 1
    return steps[place] if place < len(steps) else None


def holds_step(actor_role: str, actor_department: str, at: Step) -> bool:
    """Whether a role in a department is the one that a step asks for; the office that took a department over stands for it."""
    return actor_role == at.role and (not at.department or at.department in answers_for(actor_department))


def offices_of(codes: Iterable[str]) -> list[str]:
    """The offices that do these departments' work today, each once, in order."""
    known = {row.code: row for row in Department.objects.filter(code__in=list(codes))}
    return list(dict.fromkeys(office for code in codes for office in (today_of(known[code]) if code in known else [code])))
