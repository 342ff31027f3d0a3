"""Tasks and notices of what stands beside a case: parts of other levels (市区联办), questions before filing (前期咨询)."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.approvals.models import Branch, Inquiry, JointPart
from lantu.approvals.policy import read
from lantu.approvals.selectors import inquiries
from lantu.approvals.services.inquiries import overdue
from lantu.approvals.services.sealing import SEAL
from lantu.approvals.words import definition_of
from lantu.casework import calendars
from lantu.casework.models import Task
from lantu.casework.ports import task_kinds
from lantu.casework.services import close_task, close_tasks, notify, open_task
from lantu.core.actor import Actor, Post, system
from lantu.core.events import subscribe
from lantu.core.models import OutboxEvent

JOINT, ROUTE, ANSWER = "approvals.joint", "approvals.inquiry_route", "approvals.inquiry_answer"
task_kinds.register(
    "approvals.more",
    {SEAL: gettext_lazy("用印"), JOINT: gettext_lazy("市区联办"), ROUTE: gettext_lazy("咨询分办"), ANSWER: gettext_lazy("咨询答复")},
)


def _part(event: OutboxEvent) -> JointPart:
    rows = JointPart.objects.select_related("branch__application__project", "branch__application__definition", "clock")
    return rows.get(pk=event.payload["part"])


def _item(branch: Branch) -> str:
    return definition_of(branch.application).items[branch.item].name_zh


@subscribe("approvals.joint_asked")
def on_joint_asked(event: OutboxEvent, actor: Actor) -> None:
    """The department of the other level has something to do."""
    part = _part(event)
    title = _("市区联办：%(item)s") % {"item": _item(part.branch)}
    to = {"role": "reviewer", "department": part.department, "clock": part.clock, "url": part.branch.get_absolute_url()}
    open_task(system(), part.branch.application, JOINT, title[:200], **to)  # type: ignore[arg-type]


@subscribe("approvals.joint_given")
@subscribe("approvals.joint_closed")
def on_joint_closed(event: OutboxEvent, actor: Actor) -> None:
    """Nobody has to give it any more; the department that asked is told of what was said."""
    part = _part(event)
    application, url = part.branch.application, part.branch.get_absolute_url()
    rows = Task.objects.filter(subject_type=application._meta.label_lower, subject_id=str(application.pk), is_open=True)
    for task in rows.filter(kind=JOINT, department=part.department, url=url):
        close_task(system(), task)
    if part.state == JointPart.State.GIVEN:
        title = _("联办意见已出具：%(item)s") % {"item": _item(part.branch)}
        notify(actor, [Post("reviewer", part.branch.department)], title, url, subject=application)


def _inquiry(pk: str) -> Inquiry:
    return Inquiry.objects.select_related("project", "definition").get(pk=pk)


def _window_day(row: Inquiry) -> date:
    return calendars.current().add(timezone.localdate(), read(row.definition.content).inquiry_window_days)[0]


@subscribe("approvals.inquiry_opened")
def on_inquiry(event: OutboxEvent, actor: Actor) -> None:
    """The window routes it."""
    row = _inquiry(event.subject_id)
    title = _("咨询分办：%(what)s") % {"what": inquiries.subject_words(row)}
    open_task(system(), row, ROUTE, title[:200], role="window", due=_window_day(row), url=row.get_absolute_url())


@subscribe("approvals.inquiry_routed")
def on_routed(event: OutboxEvent, actor: Actor) -> None:
    close_tasks(system(), _inquiry(event.subject_id), ROUTE)


@subscribe("casework.round_complete")
def on_round(event: OutboxEvent, actor: Actor) -> None:
    """All departments have answered a question: the window sends the one answer."""
    from lantu.casework.models import Consultation

    found = Consultation.objects.get(pk=event.subject_id)
    if found.subject_type == Inquiry._meta.label_lower:
        wait_for_answer(_inquiry(found.subject_id))


def waiting_for_answer() -> list[Inquiry]:
    """Questions whose departments have no time left and whose window has no task yet."""
    found = overdue(timezone.localdate())
    told = Task.objects.filter(subject_type=Inquiry._meta.label_lower, kind=ANSWER, is_open=True).values_list("subject_id", flat=True)
    return [row for row in found if str(row.pk) not in set(told)]


def wait_for_answer(row: Inquiry) -> None:
    """The task of the window to answer; there is one."""
    if row.state != Inquiry.State.CONSULTING:
        return
    title = _("咨询答复：%(what)s") % {"what": inquiries.subject_words(row)}
    open_task(system(), row, ANSWER, title[:200], role="window", due=_window_day(row), url=row.get_absolute_url())


@subscribe("approvals.inquiry_answered")
def on_inquiry_answered(event: OutboxEvent, actor: Actor) -> None:
    """The asker is told; who asked at the counter reads it by the number."""
    row = _inquiry(event.subject_id)
    close_tasks(system(), row, ANSWER)
    if row.channel == Inquiry.Channel.PORTAL and row.asked_by_id:
        title = _("前期咨询已答复：%(what)s") % {"what": inquiries.subject_words(row)}
        notify(actor, [row.asked_by_id], title[:200], reverse("portal:inquiry", args=[row.number]), subject=row)


@subscribe("approvals.inquiry_withdrawn")
def on_inquiry_withdrawn(event: OutboxEvent, actor: Actor) -> None:
    row = _inquiry(event.subject_id)
    for kind in (ROUTE, ANSWER):
        close_tasks(system(), row, kind, void=True)
