"""Verbs of meetings (会议): called, put together, minuted item by item, concluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import rules
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.casework.models import AgendaItem, Invitation, Meeting
from lantu.casework.people import DepartmentLike, answers_for, departments_of, people_in
from lantu.casework.ports import OFFICE
from lantu.casework.services.notices import notify
from lantu.casework.subjects import key_of, kind_of, title_of
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.events import emit
from lantu.core.numbers import reserve
from lantu.core.permissions import has_role, is_system
from lantu.core.verbs import verb

NEED = gettext_lazy("须由召集部门的经办人员办理。")
can_call = has_role(*OFFICE)


@rules.predicate
def of_callers(actor: Actor, target: Meeting | AgendaItem | Invitation | None = None) -> bool:
    """In the department that called the meeting, or the one who did."""
    if target is None or actor.user_id is None or actor.role not in OFFICE:
        return False
    meeting = target if isinstance(target, Meeting) else target.meeting
    return meeting.called_by_id == actor.user_id or (bool(meeting.department) and meeting.department in answers_for(actor.department))


can_run = is_system | of_callers


@verb("casework.call_meeting", permission=can_call, need=NEED)
def call_meeting(
    actor: Actor,
    kind: str,
    title: str,
    at: datetime,
    *,
    place: str = "",
    chair: str = "",
    departments: Iterable[DepartmentLike] = (),
) -> Meeting:
    """Call a meeting (召集会议) and invite departments. ``kind`` in words (协调会、专题会、规委会). Raises ``BadInput`` without a title."""
    if not title.strip():
        raise BadInput(_("会议要有名称。"), how=_("请填会议名称。"))
    year = timezone.localtime(at).year if timezone.is_aware(at) else at.year
    number = reserve(f"casework/meeting/{year}", actor.request_id + title + at.isoformat())
    meeting = Meeting.objects.create(
        number=f"HY-{year}-{number:04d}",
        kind=kind,
        title=title.strip(),
        at=at,
        place=place,
        chair=chair,
        department=actor.department,
        called_by_name=actor.name,
        called_by_id=actor.user_id,
    )
    _invite(actor, meeting, departments, ())
    emit(actor, "casework.meeting_called", meeting, number=meeting.number)
    return meeting


@verb("casework.put_on_agenda", permission=can_run, need=NEED, subject="meeting")
def put_on_agenda(actor: Actor, meeting: Meeting, subject: models.Model, title: str = "") -> AgendaItem:
    """Put a subject on the agenda (列入议题); one that is on it already keeps its place."""
    row = _locked(meeting)
    if not kind_of(subject._meta.label_lower).allows(actor, subject, "meet"):
        raise Refused(_("您不能把「%(title)s」列入议题。") % {"title": title_of(subject)}, how=_("请由办理这个对象的经办人员列入。"))
    known = row.items.filter(**key_of(subject)).first()
    if known is not None:
        return known
    last = row.items.aggregate(last=models.Max("order"))["last"] or 0
    item = AgendaItem.objects.create(meeting=row, **key_of(subject), order=last + 1, title=(title or title_of(subject))[:200])
    remark(item=item.pk, title=item.title)
    return item


@verb("casework.take_off_agenda", permission=can_run, need=NEED, subject="item")
def take_off_agenda(actor: Actor, item: AgendaItem) -> None:
    """Take an item off the agenda (撤下议题). Raises ``Conflict`` when it has been minuted, or taken off already."""
    _lock_item(item)
    if item.decision:
        raise Conflict(_("议题「%(title)s」已有记录，不能撤下。") % {"title": item.title})
    AgendaItem.objects.filter(pk=item.pk).delete()


@verb("casework.invite", permission=can_run, need=NEED, subject="meeting")
def invite(actor: Actor, meeting: Meeting, departments: Iterable[DepartmentLike] = (), people: Iterable[str] = ()) -> int:
    """Invite departments, and people by name (通知参会). Returns how many are new."""
    return _invite(actor, _locked(meeting), departments, people)


def _invite(actor: Actor, meeting: Meeting, departments: Iterable[DepartmentLike], people: Iterable[str]) -> int:
    count = 0
    for department in departments_of(departments):
        _row, new = Invitation.objects.get_or_create(meeting=meeting, department=department, person="")
        if new:
            count += 1
            when = timezone.localtime(meeting.at).strftime("%Y-%m-%d %H:%M")
            title = _("会议通知：%(title)s（%(when)s）") % {"title": meeting.title, "when": when}
            to = people_in(roles=OFFICE, departments=[department.code])
            notify(actor, to, title, reverse("casework:meeting", args=[meeting.pk]), text=meeting.place)
    for person in filter(None, (name.strip() for name in people)):
        _row, new = Invitation.objects.get_or_create(meeting=meeting, department=None, person=person[:100])
        count += new
    remark(invited=count)
    return count


@verb("casework.record_attendance", permission=can_run, need=NEED, subject="meeting")
def record_attendance(actor: Actor, meeting: Meeting, attended: Mapping[int, bool | tuple[bool, str]]) -> int:
    """Write down who came (签到): invitation → whether they came, or (whether, name of who came for the department)."""
    row = _locked(meeting)
    count = 0
    for pk, value in attended.items():
        came, person = value if isinstance(value, tuple) else (value, None)
        changes = {"attended": came, **({"person": person[:100]} if person is not None else {})}
        count += Invitation.objects.filter(meeting=row, pk=pk).update(**changes)
    remark(recorded=count)
    return count


@verb("casework.minute", permission=can_run, need=NEED, subject="item")
def minute(actor: Actor, item: AgendaItem, minutes: str, decision: str, decision_text: str = "") -> AgendaItem:
    """Write down what was said of an item and what was decided (会议记录). ``decision``: agreed, conditions, rejected, deferred or noted.

    May be corrected until the meeting is concluded. Raises ``BadInput`` for an unknown decision, or conditions without words, ``Conflict``
    for an item that was taken off.
    """
    _lock_item(item)
    if decision not in AgendaItem.Decision.values:
        raise BadInput(
            _("决定「%(decision)s」不在可选之列。") % {"decision": decision}, how=_("请选同意、有条件同意、不同意、暂缓或听取。")
        )
    if decision in (AgendaItem.Decision.CONDITIONS, AgendaItem.Decision.REJECTED) and not decision_text.strip():
        raise BadInput(_("有条件同意和不同意须写明内容。"), where=item.title, how=_("请补填决定内容。"))
    item.minutes, item.decision, item.decision_text = minutes.strip(), decision, decision_text.strip()
    item.minuted_by, item.minuted_at = actor.name, timezone.now()
    item.save(update_fields=["minutes", "decision", "decision_text", "minuted_by", "minuted_at"])
    return item


@verb("casework.conclude", permission=can_run, need=NEED, subject="meeting")
def conclude(actor: Actor, meeting: Meeting) -> Meeting:
    """Conclude a meeting (会议结束): its minutes are final, and each decision is told by the event ``casework.decided`` about the item.

    Raises ``Conflict`` when an item has no decision yet, ``BadInput`` when there is no item.
    """
    row = _locked(meeting)
    items = list(row.items.all())
    if not items:
        raise BadInput(_("会议还没有议题。"), where=row.title, how=_("请先列入议题，或取消会议。"))
    if open_items := [item.title for item in items if not item.decision]:
        raise Conflict(
            _("还有议题没有决定：%(items)s。") % {"items": "、".join(open_items)}, where=row.title, how=_("请逐项记录后再结束。")
        )
    row.state, row.concluded_at = Meeting.State.CONCLUDED, timezone.now()
    row.save(update_fields=["state", "concluded_at"])
    for item in items:
        facts = {"subject_type": item.subject_type, "subject_id": item.subject_id, "decision": item.decision, "text": item.decision_text}
        emit(actor, "casework.decided", item, meeting=row.number, **facts)
    meeting.refresh_from_db()
    return meeting


@verb("casework.cancel_meeting", permission=can_run, need=NEED, subject="meeting")
def cancel_meeting(actor: Actor, meeting: Meeting, note: str) -> Meeting:
    """Cancel a meeting (取消会议) with the reason; those invited are told."""
    row = _locked(meeting)
    if not note.strip():
        raise BadInput(_("取消会议要写明原因。"), how=_("请填原因。"))
    row.state, row.note = Meeting.State.CANCELLED, note.strip()[:500]
    row.save(update_fields=["state", "note"])
    codes = [one.department.code for one in row.invitations.select_related("department") if one.department]
    to = people_in(roles=OFFICE, departments=codes) if codes else []
    notify(actor, to, _("会议取消：%(title)s") % {"title": row.title}, reverse("casework:meeting", args=[row.pk]), text=note)
    meeting.refresh_from_db()
    return meeting


def _lock_item(item: AgendaItem) -> None:
    """Take the lock of the item's meeting and read the item anew."""
    row = _locked(item.meeting)
    if not row.items.filter(pk=item.pk).exists():
        raise Conflict(_("议题「%(title)s」已撤下。") % {"title": item.title}, where=row.number, how=_("请刷新页面。"))
    item.refresh_from_db()


def _locked(meeting: Meeting) -> Meeting:
    row = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if row.state != Meeting.State.CALLED:
        raise Conflict(
            _("会议「%(title)s」%(state)s，不能再改。") % {"title": row.title, "state": row.get_state_display()}, where=row.number
        )
    return row
