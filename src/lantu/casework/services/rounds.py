"""What both sides of a consultation do: find the open request, end its tasks, complete the round."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import User
from lantu.casework.models import Consultation, Request, Task
from lantu.casework.people import people_in
from lantu.casework.ports import OFFICE
from lantu.casework.services.clocks import end_clock
from lantu.casework.services.notices import notify
from lantu.core.actor import Actor, Post, system
from lantu.core.errors import Conflict
from lantu.core.events import emit
from lantu.core.locking import lock_row

REPLY_TASK, CO_TASK = "consultation.reply", "consultation.co"
ASKED_ROLE = "reviewer"


def open_request(request: Request) -> Request:
    """The request, locked after its round, as who closes a round locks them. Raises ``Conflict`` when withdrawn or the round is closed."""
    consultation = Consultation.objects.select_for_update().get(pk=request.consultation_id)
    row = lock_row(Request.objects.select_related("department"), request.pk)
    row.consultation = consultation
    if row.state == Request.State.WITHDRAWN:
        raise Conflict(_("这一件已撤回，不需回复。"), where=row.consultation.title)
    if row.consultation.state == Consultation.State.CLOSED:
        raise Conflict(
            _("第 %(round)s 轮已结束。") % {"round": row.consultation.round}, where=row.consultation.title, how=_("请看最新一轮。")
        )
    return row


def settle(actor: Actor, consultation: Consultation) -> None:
    """When nobody's answer is missing any more, the round is complete and the others are told, once."""
    if consultation.state != Consultation.State.OPEN or consultation.requests.filter(state=Request.State.ASKED).exists():
        return
    consultation.state, consultation.completed_at = Consultation.State.COMPLETE, timezone.now()
    consultation.save(update_fields=["state", "completed_at"])
    end_time(consultation)
    verdicts = {
        request.department.code: verdict_of(request) or request.state for request in consultation.requests.select_related("department")
    }
    emit(actor, "casework.round_complete", consultation, matter=consultation.matter, round=consultation.round, verdicts=verdicts)
    if consultation.asked_by_id:
        title = _("意见已齐：%(title)s（第 %(round)s 轮）") % {"title": consultation.title, "round": consultation.round}
        notify(actor, [consultation.asked_by_id], title, url_of_round(consultation))


def end_time(consultation: Consultation) -> None:
    """Nobody has to answer any more: the clock of the round ends."""
    clock = consultation.clock
    if clock is not None and clock.ended_on is None:
        end_clock(system(), clock, result=str(consultation.get_state_display()))


def verdict_of(request: Request) -> str:
    """What the last answer says; nothing without one."""
    last = request.replies.order_by("-revision").first()
    return last.verdict if last else ""


def answerers(request: Request) -> list[User | Post | int]:
    """Who is to answer: the person it was given to, else the people of the department."""
    if request.delegated_to_id:
        return [request.delegated_to_id]
    return list(people_in(roles=OFFICE, departments=[request.department.code]))


def task_of(request: Request, kind: str) -> dict[str, Any]:
    """What finds the open tasks of a request; the subject is named because by it there is an index."""
    consultation = request.consultation
    of = {"subject_type": consultation.subject_type, "subject_id": consultation.subject_id}
    return {**of, "kind": kind, "url": reverse("casework:request", args=[request.pk]), "is_open": True}


def closed(actor: Actor, state: Task.State) -> dict[str, Any]:
    """The columns of a task that has ended."""
    return {"state": state, "is_open": False, "closed_at": timezone.now(), "closed_by_name": actor.name}


def end_tasks(actor: Actor, request: Request, kind: str, state: Task.State) -> None:
    """End the open tasks of a request."""
    Task.objects.filter(**task_of(request, kind)).update(**closed(actor, state))


def url_of_round(consultation: Consultation) -> str:
    """The page of a round."""
    return reverse("casework:consultation", args=[consultation.pk])
