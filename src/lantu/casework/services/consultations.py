"""Verbs of consultations (征求意见): department × matter × round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import rules
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.casework import calendars
from lantu.casework.models import Attachment, CoHandler, Consultation, Reply, Request, RequestReminder, Task
from lantu.casework.models.consultation import Verdict
from lantu.casework.people import DepartmentLike, answers_for, departments_of, people_in, today_of
from lantu.casework.policy import policy
from lantu.casework.ports import OFFICE
from lantu.casework.services.notices import notify
from lantu.casework.services.tasks import open_task
from lantu.casework.subjects import find, key_of, may
from lantu.core.actor import Actor, Post
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.models import StoredFile
from lantu.core.permissions import is_system
from lantu.core.verbs import verb

NEED_ASK = gettext_lazy("须由办理这个对象的经办人员征求意见。")
NEED_REPLY = gettext_lazy("须由被征求部门的办理人员回复。")
REPLY_TASK, CO_TASK = "consultation.reply", "consultation.co"
ASKED_ROLE = "reviewer"
OPERATORS = ("≤", "≥", "=", "<", ">")


@rules.predicate
def may_answer(actor: Actor, target: Request | CoHandler | None = None) -> bool:
    """In the department that was asked (or the one that took it over), in an office role; or the person it was given to."""
    if target is None or actor.user_id is None:
        return False
    if getattr(target, "delegated_to_id", None) == actor.user_id:
        return True
    return actor.role in OFFICE and target.department.code in answers_for(actor.department)


can_answer = is_system | may_answer


@verb("casework.ask", permission=may("ask"), need=NEED_ASK, subject="subject")
def ask(
    actor: Actor,
    subject: models.Model,
    matter: str,
    title: str,
    departments: Iterable[DepartmentLike],
    *,
    due: date | None = None,
    question: str = "",
    silence: str = "",
    rule: str = "",
) -> Consultation:
    """Ask departments about a matter of a subject (征求意见), as its first round.

    ``matter``: a short name within the subject; ``due``: the last day to answer (default: the city pack's working days from today);
    ``silence``: ``none`` or ``no_objection`` (default of the pack); ``rule``: the rule that asked, when no person chose the departments.
    Departments that have ended are replaced by those that took over. Raises ``Conflict`` when the matter has a round already
    (``ask_again`` then), ``BadInput`` for nobody to ask or a day that has passed.
    """
    if Consultation.objects.filter(**key_of(subject), matter=matter).exists():
        raise Conflict(_("「%(title)s」已经征求过意见。") % {"title": title}, how=_("请在原征求意见里发起新一轮。"))
    facts = {"question": question, "silence": silence or policy().silence, "rule": rule}
    return _open_round(actor, subject, departments, due, {"matter": matter, "title": title, "round": 1, **facts})


@verb("casework.ask_again", permission=may("ask"), need=NEED_ASK, subject="consultation")
def ask_again(
    actor: Actor,
    consultation: Consultation,
    *,
    departments: Iterable[DepartmentLike] | None = None,
    due: date | None = None,
    question: str = "",
) -> Consultation:
    """Open a new round of the same matter (新一轮); the round before is closed, its answers stay.

    ``departments`` default: those that disagreed or set conditions; with none of these, all that were asked.
    """
    latest = _latest(consultation)
    subject = find(latest.subject_type, latest.subject_id)
    if departments is None:
        unsettled = [request.department for request in latest.requests.all() if _verdict(request) in (Verdict.DISAGREE, Verdict.CONDITIONS)]
        departments = unsettled or [request.department for request in latest.requests.exclude(state=Request.State.WITHDRAWN)]
    _close(actor, latest)
    facts = {name: getattr(latest, name) for name in ("matter", "title", "silence", "rule")}
    facts |= {"round": latest.round + 1, "question": question or latest.question}
    return _open_round(actor, subject, departments, due, facts)


def _latest(consultation: Consultation) -> Consultation:
    names = {"subject_type": consultation.subject_type, "subject_id": consultation.subject_id, "matter": consultation.matter}
    return Consultation.objects.select_for_update().filter(**names).order_by("-round")[0]


def _verdict(request: Request) -> str:
    last = request.replies.order_by("-revision").first()
    return last.verdict if last else ""


def _open_round(
    actor: Actor, subject: models.Model, departments: Iterable[DepartmentLike], due: date | None, facts: dict[str, Any]
) -> Consultation:
    """Write a round with its requests and tasks. ``facts``: matter, title, round, question, silence, rule."""
    title, number, today = facts["title"], facts["round"], timezone.localdate()
    asked = departments_of(code for one in departments_of(departments) for code in today_of(one))
    if not asked:
        raise BadInput(_("没有选征求意见的部门。"), where=title, how=_("请至少选一个部门。"))
    due = due or calendars.current().add(today, policy().reply_days)[0]
    if due < today:
        raise BadInput(_("回复期限 %(day)s 已经过去。") % {"day": due}, where=title, how=_("请填今天或以后的日期。"))
    row = Consultation.objects.create(
        **key_of(subject),
        **facts,
        due_on=due,
        asked_by_id=actor.user_id,
        asked_by_name=actor.name,
        asked_by_department=actor.department,
    )
    for department in asked:
        request = Request.objects.create(consultation=row, department=department, due_on=due)
        title_of_task = _("回复征求意见：%(title)s（第 %(round)s 轮）") % {"title": title, "round": number}
        open_task(
            actor,
            subject,
            REPLY_TASK,
            title_of_task[:200],
            role=ASKED_ROLE,
            department=department.code,
            due=due,
            url=reverse("casework:request", args=[request.pk]),
        )
    codes = [department.code for department in asked]
    matter = row.matter
    remark(consultation=row.pk, matter=matter, round=number, departments=codes, due=due.isoformat(), silence=row.silence)
    emit(actor, "casework.asked", row, matter=matter, round=number, departments=codes, due=due.isoformat())
    return row


@verb("casework.reply", permission=can_answer, need=NEED_REPLY, subject="request")
def reply(
    actor: Actor,
    request: Request,
    verdict: str,
    *,
    reason: str = "",
    law: str = "",
    conditions: Sequence[str | Mapping[str, Any]] = (),
    files: Iterable[tuple[StoredFile, str]] = (),
) -> Reply:
    """Answer a request (回复意见): ``agree``, ``conditions`` (with at least one) or ``disagree`` (with reason and law).

    A condition is a sentence, or {text, item, op, value, unit} whose last four let it be compared with those of others (``item`` e.g.
    建筑高度, ``op`` one of ≤ ≥ = < >). ``files``: stored files with their names. While the round is open an answer may be revised.
    Raises ``Conflict`` for a withdrawn request or a closed round, ``BadInput`` for what is missing.
    """
    row = _open_request(request)
    wanted = [_condition(one) for one in conditions]
    _check(verdict, reason, law, wanted)
    late = timezone.localdate() > row.due_on
    revision = row.replies.count() + 1
    made = Reply.objects.create(
        request=row,
        revision=revision,
        verdict=verdict,
        law=law.strip(),
        reason=reason.strip(),
        conditions=wanted,
        late=late,
        by_id=actor.user_id,
        by_name=actor.name,
    )
    for stored, name in files:
        Attachment.objects.create(
            **key_of(made),
            stored=stored,
            title=name,
            filename=name,
            by_id=actor.user_id,
            by_name=actor.name,
            by_department=actor.department,
        )
    row.state, row.answered_at = Request.State.REPLIED, timezone.now()
    row.save(update_fields=["state", "answered_at"])
    _end_tasks(actor, row, REPLY_TASK, Task.State.DONE)
    consultation = row.consultation
    remark(verdict=verdict, revision=revision, late=late, conditions=len(wanted))
    emit(actor, "casework.replied", row, consultation=consultation.pk, verdict=verdict, revision=revision, late=late)
    if consultation.asked_by_id:
        told = {"department": row.department, "verdict": Verdict(verdict).label, "title": consultation.title}
        title = _("%(department)s回复「%(verdict)s」：%(title)s") % told
        notify(actor, [consultation.asked_by_id], title, _url(consultation))
    _settle(actor, consultation)
    request.refresh_from_db()
    return made


def _condition(given: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(given, str):
        given = {"text": given}
    text = str(given.get("text", "")).strip()
    item, op, value = str(given.get("item") or "").strip(), str(given.get("op") or "").strip(), given.get("value")
    if item and value not in (None, ""):
        if op not in OPERATORS:
            raise BadInput(_("条件「%(item)s」的关系应为 ≤ ≥ = < > 之一。") % {"item": item}, how=_("请改选。"))
        try:
            number = float(str(value))
        except ValueError as error:
            raise BadInput(
                _("条件「%(item)s」的数值「%(value)s」不是数。") % {"item": item, "value": value}, how=_("请填数字。")
            ) from error
        unit = str(given.get("unit") or "").strip()
        return {"text": text or f"{item} {op} {value} {unit}".strip(), "item": item, "op": op, "value": number, "unit": unit}
    return {"text": text}


def _check(verdict: str, reason: str, law: str, conditions: list[dict[str, Any]]) -> None:
    if verdict not in Verdict.values:
        raise BadInput(_("意见「%(verdict)s」不在可选之列。") % {"verdict": verdict}, how=_("请选同意、有条件同意或不同意。"))
    if verdict == Verdict.DISAGREE and not (reason.strip() and law.strip()):
        raise BadInput(_("不同意须写明理由和法律依据。"), how=_("请补填。"))
    if verdict == Verdict.CONDITIONS and not conditions:
        raise BadInput(_("有条件同意须至少写一条条件。"), how=_("请逐条填写条件。"))
    if any(not one["text"] for one in conditions):
        raise BadInput(_("有一条条件是空的。"), how=_("请填写或删去。"))


def _open_request(request: Request) -> Request:
    row = Request.objects.select_for_update().select_related("department").get(pk=request.pk)
    row.consultation = Consultation.objects.select_for_update().get(pk=row.consultation_id)
    if row.state == Request.State.WITHDRAWN:
        raise Conflict(_("这一件已撤回，不需回复。"), where=row.consultation.title)
    if row.consultation.state == Consultation.State.CLOSED:
        raise Conflict(
            _("第 %(round)s 轮已结束。") % {"round": row.consultation.round}, where=row.consultation.title, how=_("请看最新一轮。")
        )
    return row


def _settle(actor: Actor, consultation: Consultation) -> None:
    """When nobody's answer is missing any more, the round is complete and the others are told, once."""
    if consultation.state != Consultation.State.OPEN or consultation.requests.filter(state=Request.State.ASKED).exists():
        return
    consultation.state, consultation.completed_at = Consultation.State.COMPLETE, timezone.now()
    consultation.save(update_fields=["state", "completed_at"])
    verdicts = {
        request.department.code: _verdict(request) or request.state for request in consultation.requests.select_related("department")
    }
    emit(actor, "casework.round_complete", consultation, matter=consultation.matter, round=consultation.round, verdicts=verdicts)
    if consultation.asked_by_id:
        title = _("意见已齐：%(title)s（第 %(round)s 轮）") % {"title": consultation.title, "round": consultation.round}
        notify(actor, [consultation.asked_by_id], title, _url(consultation))


@verb("casework.withdraw_request", permission=may("ask"), need=NEED_ASK, subject="consultation")
def withdraw_request(actor: Actor, consultation: Consultation, department: DepartmentLike, note: str = "") -> Request:
    """Take back the question to one department (撤回). Raises ``Conflict`` when it has answered."""
    row = _open_request(consultation.requests.get(department=departments_of([department])[0]))
    if row.state != Request.State.ASKED:
        raise Conflict(_("%(department)s已经回复，不能撤回。") % {"department": row.department}, where=consultation.title)
    row.state, row.note = Request.State.WITHDRAWN, note
    row.save(update_fields=["state", "note"])
    _end_tasks(actor, row, REPLY_TASK, Task.State.VOID)
    remark(department=row.department.code, note=note)
    _settle(actor, row.consultation)
    consultation.refresh_from_db()
    return row


@verb("casework.lapse_request", permission=is_system, need=NEED_ASK, subject="request")
def lapse_request(actor: Actor, request: Request) -> bool:
    """By the rule of silence: a request not answered by its due day counts as no objection. Returns whether it did."""
    row = _open_request(request)
    lapsed = row.state == Request.State.ASKED and timezone.localdate() > row.due_on
    if not lapsed or row.consultation.silence != Consultation.Silence.NO_OBJECTION:
        return False
    row.state = Request.State.SILENT
    row.save(update_fields=["state"])
    _end_tasks(actor, row, REPLY_TASK, Task.State.VOID)
    emit(actor, "casework.lapsed", row, consultation=row.consultation_id)
    _settle(actor, row.consultation)
    return True


@verb("casework.close_round", permission=may("ask"), need=NEED_ASK, subject="consultation")
def close_round(actor: Actor, consultation: Consultation) -> Consultation:
    """Close a round (结束本轮): nothing is answered or revised any more; what is open is taken off the worklists."""
    row = Consultation.objects.select_for_update().get(pk=consultation.pk)
    _close(actor, row)
    consultation.refresh_from_db()
    return consultation


def _close(actor: Actor, row: Consultation) -> None:
    if row.state == Consultation.State.CLOSED:
        return
    for request in row.requests.filter(state=Request.State.ASKED):
        _end_tasks(actor, request, REPLY_TASK, Task.State.VOID)
    row.state, row.closed_at = Consultation.State.CLOSED, timezone.now()
    row.save(update_fields=["state", "closed_at"])


@verb("casework.remind", permission=may("ask") | is_system, need=NEED_ASK, subject="consultation")
def remind(
    actor: Actor, consultation: Consultation, departments: Iterable[DepartmentLike] | None = None, note: str = "", rung: str = ""
) -> int:
    """Remind those that have not answered (催办), all or some. Returns how many.

    ``rung`` makes it happen once for each request: the clock's own reminders.
    """
    waiting = consultation.requests.filter(state=Request.State.ASKED).select_related("department")
    if departments is not None:
        waiting = waiting.filter(department__in=departments_of(departments))
    count = 0
    for request in waiting:
        name = rung or f"hand-{timezone.now().isoformat(timespec='seconds')}"
        _row, new = RequestReminder.objects.get_or_create(request=request, rung=name, defaults={"by_name": actor.name, "note": note})
        if new:
            count += 1
            title = _("催办：请在 %(day)s 前回复「%(title)s」") % {"day": request.due_on, "title": consultation.title}
            notify(actor, _answerers(request), title, reverse("casework:request", args=[request.pk]), text=note)
            Task.objects.filter(**_task_of(request, REPLY_TASK)).update(urged_at=timezone.now())
    remark(reminded=count, rung=rung, note=note)
    return count


def _answerers(request: Request) -> list[User | Post | int]:
    if request.delegated_to_id:
        return [request.delegated_to_id]
    return list(people_in(roles=OFFICE, departments=[request.department.code]))


@verb("casework.delegate", permission=can_answer, need=NEED_REPLY, subject="request")
def delegate(actor: Actor, request: Request, person: User, note: str = "") -> Request:
    """Give a request to one person to work on (交办). Raises ``BadInput`` for one who holds no post in the department."""
    row = _open_request(request)
    if person not in people_in(departments=[row.department.code]):
        text = _("%(name)s 不在%(department)s。") % {"name": person, "department": row.department}
        raise BadInput(text, how=_("请选本部门的人；外部门请用协办。"))
    row.delegated_to, row.note = person, note or row.note
    row.save(update_fields=["delegated_to", "note"])
    Task.objects.filter(**_task_of(row, REPLY_TASK)).update(person_id=person.pk, person_name=str(person))
    remark(to=person.username, note=note)
    notify(
        actor,
        [person],
        _("交办：回复「%(title)s」") % {"title": row.consultation.title},
        reverse("casework:request", args=[row.pk]),
        text=note,
    )
    request.refresh_from_db()
    return request


@verb("casework.co_handle", permission=can_answer, need=NEED_REPLY, subject="request")
def co_handle(actor: Actor, request: Request, departments: Iterable[DepartmentLike], question: str = "") -> list[CoHandler]:
    """Draw in other departments (协办); what they say goes to the one that was asked, which answers.

    Those drawn in already stay as they are.
    """
    row = _open_request(request)
    subject = find(row.consultation.subject_type, row.consultation.subject_id)
    made = []
    for department in departments_of(departments):
        if department == row.department:
            raise BadInput(_("%(department)s是主办，不能再作协办。") % {"department": department}, how=_("请选别的部门。"))
        co, new = CoHandler.objects.get_or_create(request=row, department=department, defaults={"question": question})
        if new:
            title = _("协办征求意见：%(title)s") % {"title": row.consultation.title}
            address = reverse("casework:request", args=[row.pk])
            open_task(
                _as_system(actor), subject, CO_TASK, title[:200], role=ASKED_ROLE, department=department.code, due=row.due_on, url=address
            )
        made.append(co)
    remark(departments=[co.department.code for co in made], question=question)
    return made


@verb("casework.co_reply", permission=can_answer, need=NEED_REPLY, subject="co")
def co_reply(actor: Actor, co: CoHandler, verdict: str, opinion: str) -> CoHandler:
    """Give one's opinion as a department drawn in (协办意见). Raises ``BadInput`` without a verdict or opinion."""
    row = CoHandler.objects.select_for_update().select_related("request").get(pk=co.pk)
    request = _open_request(row.request)
    if verdict not in Verdict.values or not opinion.strip():
        raise BadInput(_("协办意见须选意见并写明内容。"), how=_("请补填。"))
    row.verdict, row.opinion, row.by_name, row.answered_at = verdict, opinion.strip(), actor.name, timezone.now()
    row.save()
    Task.objects.filter(**_task_of(request, CO_TASK), department=row.department.code).update(**_closed(actor, Task.State.DONE))
    title = _("%(department)s已给协办意见：%(title)s") % {"department": row.department, "title": request.consultation.title}
    notify(actor, _answerers(request), title, reverse("casework:request", args=[request.pk]))
    co.refresh_from_db()
    return co


def _as_system(actor: Actor) -> Actor:
    """A department that was asked may draw in others though it may not open tasks over the subject by itself."""
    return Actor(actor.user_id, actor.name, Post("system", actor.department, actor.region), actor.channel, actor.request_id)


def _task_of(request: Request, kind: str) -> dict[str, Any]:
    return {"kind": kind, "url": reverse("casework:request", args=[request.pk]), "is_open": True}


def _closed(actor: Actor, state: Task.State) -> dict[str, Any]:
    return {"state": state, "is_open": False, "closed_at": timezone.now(), "closed_by_name": actor.name}


def _end_tasks(actor: Actor, request: Request, kind: str, state: Task.State) -> None:
    Task.objects.filter(**_task_of(request, kind)).update(**_closed(actor, state))


def _url(consultation: Consultation) -> str:
    return reverse("casework:consultation", args=[consultation.pk])
