"""Triage (甄别): type, severity, departments; duplicates; false positives by two persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.conflicts.models import ConflictCase
from lantu.conflicts.services.intake import departments_key
from lantu.conflicts.services.moves import allow, lock, move, need_text, write
from lantu.conflicts.states import State
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

PLANNER = has_role("planner")
PLANNING = has_role("planner", "checker")
NEED = gettext_lazy("甄别须由规划经办人办理。")
SECOND = gettext_lazy("误判须由另一位规划人员确认。")


@verb("conflicts.triage", permission=PLANNER, need=NEED, subject="case")
def triage(
    actor: Actor,
    case: ConflictCase,
    *,
    severity: int | None = None,
    departments: Sequence[str] | None = None,
    note: str = "",
    version: int | None = None,
) -> ConflictCase:
    """Confirm a case: its severity (never below a critical one that the rules found) and the departments that have a say.

    Raises ``BadInput`` for an unknown department or severity, ``Conflict`` when it is past triage.
    """
    lock(case, version)
    check_triageable(case)
    values: dict[str, Any] = {"severity": _severity(case, severity)}
    if departments is not None:
        codes = check_departments(departments)
        values |= {"departments": codes, "departments_key": departments_key(codes)}
    move(actor, case, State.TRIAGED, "triaged", note=note.strip(), facts=values, **values)
    return case


TRIAGEABLE = (State.DETECTED, State.TRIAGED)


def check_triageable(case: ConflictCase) -> None:
    """Raise ``Conflict`` when a case is past triage: what is on a list or deferred comes back by its own verb."""
    if case.state not in TRIAGEABLE:
        raise Conflict(
            _("%(number)s 现在是「%(state)s」，不用再甄别。") % {"number": case.number, "state": case.get_state_display()},
            where=case.number,
        )


def _severity(case: ConflictCase, wanted: int | None) -> int:
    severity = case.severity if wanted is None else wanted
    if severity not in (1, 2, 3, 4, 5):
        raise BadInput(_("没有 %(n)s 级。") % {"n": severity}, how=_("等级为 1 至 5。"))
    if case.found_severity == 1 and severity > 1:
        raise BadInput(
            _("%(number)s 触及一级规则，不能降级。") % {"number": case.number}, how=_("确属误判的，请报误判。"), where=case.number
        )
    return severity


def check_departments(codes: Sequence[str]) -> list[str]:
    """The codes, each of a department that there is. Raises ``BadInput``."""
    wanted = list(dict.fromkeys(code for code in codes if code))
    known = set(Department.objects.filter(code__in=wanted).values_list("code", flat=True))
    if unknown := [code for code in wanted if code not in known]:
        raise BadInput(_("没有部门 %(codes)s。") % {"codes": "、".join(unknown)}, how=_("请从部门表中选择。"))
    if not wanted:
        raise BadInput(_("没有责任部门。"), how=_("请至少选一个部门。"))
    return wanted


@verb("conflicts.mark_duplicate", permission=PLANNER, need=NEED, subject="case")
def mark_duplicate(actor: Actor, case: ConflictCase, of: ConflictCase, note: str = "", *, version: int | None = None) -> ConflictCase:
    """Close a case as a duplicate of another that is still open or was decided."""
    if of.pk == case.pk:
        raise BadInput(_("案件不能与自己重复。"), where=case.number)
    if of.state in (State.DUPLICATE, State.FALSE_POSITIVE):
        raise Conflict(_("%(number)s 已是「%(state)s」。") % {"number": of.number, "state": of.get_state_display()}, where=of.number)
    lock(case, version)
    move(actor, case, State.DUPLICATE, "duplicate", note=note.strip(), facts={"of": of.number}, duplicate_of=of)
    return case


@verb("conflicts.undo_duplicate", permission=PLANNER, need=NEED, subject="case")
def undo_duplicate(actor: Actor, case: ConflictCase, note: str = "", *, version: int | None = None) -> ConflictCase:
    """Open a duplicate again."""
    lock(case, version)
    if case.state != State.DUPLICATE:
        raise Conflict(_("%(number)s 不是重复件。") % {"number": case.number}, where=case.number)
    if ConflictCase.objects.filter(identity=case.identity, open=True).exclude(pk=case.pk).exists():
        raise Conflict(_("同一图斑已有未结案件。"), where=case.number, how=_("请在该案件中办理。"))
    move(actor, case, State.TRIAGED, "undone", note=note.strip(), duplicate_of=None)
    return case


@verb("conflicts.report_false_positive", permission=PLANNING, need=NEED, subject="case")
def report_false_positive(actor: Actor, case: ConflictCase, reason: str, *, version: int | None = None) -> ConflictCase:
    """Say that a case is no conflict, with the reason. Another planner has to confirm it; until then the case stands still."""
    text = need_text(reason, _("误判的理由"))
    lock(case, version)
    allow(case, State.FALSE_POSITIVE)
    if case.in_doubt:
        raise Conflict(_("%(number)s 已被 %(who)s 报为误判。") % {"number": case.number, "who": case.doubt_by_name}, where=case.number)
    write(actor, case, "doubted", note=text, doubt_reason=text, doubt_by_id=actor.user_id, doubt_by_name=actor.name)
    events.emit(actor, "conflicts.doubted", case, number=case.number, reason=text)
    return case


@verb("conflicts.confirm_false_positive", permission=PLANNING, need=SECOND, subject="case")
def confirm_false_positive(actor: Actor, case: ConflictCase, note: str = "", *, version: int | None = None) -> ConflictCase:
    """A second person agrees: the case is closed as a false positive."""
    _second(actor, case, version)
    move(actor, case, State.FALSE_POSITIVE, "false_positive", note=note.strip(), facts={"reported_by": case.doubt_by_name})
    audit.remark(reason=case.doubt_reason, reported_by=case.doubt_by_name)
    return case


@verb("conflicts.reject_false_positive", permission=PLANNING, need=SECOND, subject="case")
def reject_false_positive(actor: Actor, case: ConflictCase, reason: str, *, version: int | None = None) -> ConflictCase:
    """A second person disagrees: the case goes on where it stood."""
    text = need_text(reason, _("否定误判的理由"))
    _second(actor, case, version)
    write(actor, case, "doubt_rejected", note=text, doubt_reason="", doubt_by_id=None, doubt_by_name="")
    return case


def _second(actor: Actor, case: ConflictCase, version: int | None) -> None:
    lock(case, version)
    if not case.in_doubt:
        raise Conflict(_("%(number)s 没有被报为误判。") % {"number": case.number}, where=case.number)
    if actor.user_id is not None and actor.user_id == case.doubt_by_id:
        raise Refused(_("误判不能由报告人自己确认。"), where=case.number, how=_("请由另一位规划人员办理。"))
