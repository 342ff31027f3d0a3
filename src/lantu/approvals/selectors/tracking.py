"""Where an application stands, for its applicant: who has it, how long, what is waited for, what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.events import ENDED, Code
from lantu.approvals.models import Branch, BranchEvent, Material, StageApplication
from lantu.approvals.services.filing import AGAIN
from lantu.approvals.services.recording import result_of
from lantu.approvals.words import applicant_word
from lantu.casework.clock import Light, Phase
from lantu.casework.models import Clock
from lantu.casework.selectors.clocks import Reading, state

TONES = {
    Code.APPROVED: "ok",
    Code.APPROVED_DEFERRED: "ok",
    Code.NOT_REQUIRED: "ok",
    Code.REJECTED: "err",
    Code.REFUSED_ACCEPTANCE: "err",
    Code.REVOKED: "err",
    Code.CORRECTION_ASKED: "warn",
    Code.SPECIAL_BEGINS: "warn",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An item of the application. ``who``: the department that has it; ``time``: days in words; ``why``: what it waits for."""

    branch: Branch
    name: str
    who: str
    state: str
    tone: str
    time: str
    why: str
    light: str
    again: bool = False
    """Whether it may be filed again now."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What the applicant is asked to mend in an item."""

    branch: Branch
    name: str
    notice: str
    since: date
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """The whole. ``reading``: the stage's clock, none before acceptance; ``promised``: materials to come later."""

    application: StageApplication
    definition: Definition
    reading: Reading | None
    rows: list[Row]
    corrections: list[Correction]
    promised: list[Material]
    events: list[BranchEvent] = field(default_factory=list)

    @property
    def ended(self) -> int:
        return sum(1 for row in self.rows if row.branch.state in ENDED)

    @property
    def withdrawable(self) -> bool:
        return any(row.branch.state is not None and row.branch.state not in ENDED for row in self.rows)


def track(application: StageApplication, department_names: dict[str, str], today: date | None = None) -> Track:
    """Where an application stands on a day (default today)."""
    definition = read(application.definition.content)
    branches = list(application.branches.select_related("clock", "acceptance").order_by("pk"))
    latest = {(row.item, row.department): row for row in sorted(branches, key=lambda one: one.round)}
    events = list(BranchEvent.objects.filter(branch__application=application).select_related("branch").order_by("at", "pk"))
    last = {event.branch_id: event for event in events}
    waits = {(one.item, one.department): one.others for one in result_of(application).reasons}
    names = {code: item.name_zh for code, item in definition.items.items()}
    rows, corrections = [], []
    for row in latest.values():
        event = last.get(row.pk)
        reading = state(row.clock, today) if row.clock else None
        why = _why(row, event, [names.get(code, code) for code in waits.get((row.item, row.department), ())])
        who = department_names.get(row.department, row.department)
        name = names.get(row.item, row.item)
        time, light = _time(reading)
        again = row.state in AGAIN and application.state == StageApplication.State.OPEN
        rows.append(Row(row, name, who, applicant_word(row.state), TONES.get(_code(row), "info"), time, why, light, again))
        if row.state == Code.CORRECTION_ASKED and event is not None:
            corrections.append(Correction(row, name, event.opinion, event.on, row.acceptance.due_on if row.acceptance else None))
    promised = Material.objects.filter(application=application, source=Material.Source.COMMITTED, withdrawn=False)
    came = {one.code for one in Material.objects.filter(application=application, stored__isnull=False, withdrawn=False)}
    clock = Clock.objects.filter(pk=application.clock_id or 0).first()
    return Track(
        application,
        definition,
        state(clock, today) if clock else None,
        rows,
        corrections,
        [one for one in promised if one.code not in came],
        events,
    )


def _code(row: Branch) -> Any:
    return Code(row.state) if row.state is not None else None


def _time(reading: Reading | None) -> tuple[str, str]:
    """Days used and left in words, and the light."""
    if reading is None:
        return "", Light.NONE.value
    found = reading.state
    if found.phase == Phase.ENDED:
        return _("用了 %(used)s 个工作日") % {"used": found.used}, Light.NONE.value
    return _("已用 %(used)s 日，%(left)s") % {"used": found.used, "left": reading.words}, found.light.value


def _why(row: Branch, event: BranchEvent | None, others: list[str]) -> str:
    if row.state is None:
        return _("等「%(items)s」办结") % {"items": "、".join(others)} if others else ""
    if event is None:
        return ""
    if row.state in (Code.SPECIAL_BEGINS, Code.NOT_REQUIRED, Code.REFUSED_ACCEPTANCE, Code.REJECTED, Code.REVOKED):
        return f"{event.opinion}　{event.remedy}".strip()
    return {
        Code.RECEIVED: _("等综合窗口核对材料"),
        Code.CORRECTION_ASKED: event.opinion,
        Code.CORRECTION_DONE: _("等综合窗口核对补正的材料"),
        Code.ACCEPTED: _("等部门开始办理"),
    }.get(Code(row.state), "")
