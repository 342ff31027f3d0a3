"""Moving a case: under its lock, by the table of states, told in its history. Every verb of the room changes a case only through here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.casework.models import Consultation
from lantu.casework.services import close_round
from lantu.casework.subjects import key_of
from lantu.conflicts.models import CaseEvent, ConflictCase
from lantu.conflicts.states import ANSWERABLE, CLOSED, State, may_follow
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict

MATTER = "conflict"
"""The matter under which a case's departments are asked."""


def lock(case: ConflictCase, version: int | None = None) -> ConflictCase:
    """Take the case's lock and read it anew into ``case``.

    ``version``: what the actor saw. Raises ``Conflict`` (code ``changed``, with what happened since) when it has changed meanwhile.
    """
    case.refresh_from_db(from_queryset=ConflictCase.objects.select_for_update())
    if version is not None and version != case.version:
        raise changed(case, version)
    return case


def changed(case: ConflictCase, seen: int) -> Conflict:
    """The error that says who changed a case since version ``seen``, and what."""
    since = [
        {
            "at": timezone.localtime(event.at).isoformat(timespec="minutes"),
            "by": event.actor_name,
            "act": event.act,
            "before": event.before,
            "after": event.after,
            "note": event.note,
        }
        for event in CaseEvent.objects.filter(case=case, version__gt=seen).order_by("pk")
    ]
    who = since[-1]["by"] if since else ""
    return Conflict(
        _("%(number)s 已由 %(who)s 改动，现在是「%(state)s」。") % {"number": case.number, "who": who, "state": case.get_state_display()},
        where=case.number,
        how=_("请看过改动后，再决定是否仍要办理。"),
        code="changed",
        case=case.pk,
        seen=seen,
        version=case.version,
        since=since,
    )


def allow(case: ConflictCase, then: str) -> None:
    """Raise ``Conflict`` when the case may not go to ``then`` from where it stands, or is reported as a false positive."""
    if case.in_doubt and then not in (State.FALSE_POSITIVE, State.DUPLICATE):
        raise Conflict(
            _("%(number)s 已被 %(who)s 报为误判，等待复核。") % {"number": case.number, "who": case.doubt_by_name},
            how=_("请先由另一位规划人员确认或否定误判。"),
            where=case.number,
        )
    if not may_follow(case.state, then):
        raise Conflict(
            _("%(number)s 现在是「%(now)s」，不能转为「%(then)s」。")
            % {"number": case.number, "now": case.get_state_display(), "then": State(then).label},
            where=case.number,
            how=_("请刷新后按当前环节办理。"),
        )


def move(
    actor: Actor, case: ConflictCase, then: str, act: str, *, note: str = "", facts: dict[str, Any] | None = None, **values: Any
) -> None:
    """Take a locked case to ``then``, with other ``values`` of its columns, and write it down."""
    allow(case, then)
    write(actor, case, act, note=note, facts=facts, state=then, open=then not in CLOSED, **values)


def write(actor: Actor, case: ConflictCase, act: str, *, note: str = "", facts: dict[str, Any] | None = None, **values: Any) -> None:
    """Change columns of a locked case; its version grows by one and its history by a row."""
    before = case.state
    for name, value in values.items():
        setattr(case, name, value)
    case.version += 1
    names = [*values, "version"]
    if case.state != before:
        case.moved_at = timezone.now()
        names.append("moved_at")
    case.save(update_fields=names)
    if before in ANSWERABLE and case.state not in ANSWERABLE:
        _close_round(actor, case)
    CaseEvent.objects.create(**event(actor, case, act, before, note=note, facts=facts))


def _close_round(actor: Actor, case: ConflictCase) -> None:
    """The departments' positions are in, or not wanted any more: what they still had to answer leaves their worklists."""
    for row in Consultation.objects.filter(**key_of(case), matter=MATTER).exclude(state=Consultation.State.CLOSED):
        close_round(actor, row)


def event(
    actor: Actor, case: ConflictCase, act: str, before: str, *, note: str = "", facts: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The columns of a history row about a case as it is now."""
    return {
        "case": case,
        "act": act,
        "before": before,
        "after": case.state,
        "version": case.version,
        "user_id": actor.user_id,
        "actor_name": actor.name,
        "role": actor.role,
        "department": actor.department,
        "note": note,
        "facts": plain(facts or {}),
    }


def move_many(actor: Actor, cases: Sequence[ConflictCase], then: str, act: str, *, note: str = "", **values: Any) -> None:
    """The same step for locked cases that may all take it, in two statements: for bulk acts."""
    before = {case.pk: case.state for case in cases}
    now = timezone.now()
    keys = [case.pk for case in cases]
    ConflictCase.objects.filter(pk__in=keys).update(state=then, open=then not in CLOSED, version=F("version") + 1, moved_at=now, **values)
    for case in cases:
        case.state, case.version, case.moved_at, case.open = then, case.version + 1, now, then not in CLOSED
        for name, value in values.items():
            setattr(case, name, value)
    CaseEvent.objects.bulk_create([CaseEvent(**event(actor, case, act, before[case.pk], note=note)) for case in cases], batch_size=500)


def plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as JSON values."""
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return plain(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal | date | datetime) else value


def need_text(value: str, what: str) -> str:
    """The text without blanks at its ends. Raises ``BadInput`` when nothing is left."""
    text = value.strip()
    if not text:
        raise BadInput(_("没有填写%(what)s。") % {"what": what}, how=_("请写明后再办理。"))
    return text


def numbers_of(cases: Iterable[ConflictCase], limit: int = 8) -> str:
    """Case numbers for a sentence; cut after ``limit``."""
    numbers = [case.number for case in cases]
    shown = "、".join(numbers[:limit])
    return _("%(shown)s 等 %(n)s 件") % {"shown": shown, "n": len(numbers)} if len(numbers) > limit else shown
