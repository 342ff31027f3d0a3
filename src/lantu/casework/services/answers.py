"""Verbs of those who are asked (回复意见): they answer, give it to a colleague, draw others in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import rules
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.casework.models import Attachment, CoHandler, Reply, Request, Task
from lantu.casework.models.consultation import Verdict
from lantu.casework.people import DepartmentLike, answers_for, departments_of, people_in
from lantu.casework.ports import OFFICE
from lantu.casework.services.notices import notify
from lantu.casework.services.rounds import (
    ASKED_ROLE,
    CO_TASK,
    REPLY_TASK,
    answerers,
    closed,
    end_tasks,
    open_request,
    settle,
    task_of,
    url_of_round,
)
from lantu.casework.services.tasks import open_task
from lantu.casework.subjects import find, key_of
from lantu.core.actor import Actor, Post
from lantu.core.audit import remark
from lantu.core.errors import BadInput
from lantu.core.events import emit
from lantu.core.locking import lock_row
from lantu.core.models import StoredFile
from lantu.core.permissions import is_system
from lantu.core.verbs import verb

NEED_REPLY = gettext_lazy("须由被征求部门的办理人员回复。")
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
    row = open_request(request)
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
    end_tasks(actor, row, REPLY_TASK, Task.State.DONE)
    consultation = row.consultation
    remark(verdict=verdict, revision=revision, late=late, conditions=len(wanted))
    emit(actor, "casework.replied", row, consultation=consultation.pk, verdict=verdict, revision=revision, late=late)
    if consultation.asked_by_id:
        told = {"department": row.department, "verdict": Verdict(verdict).label, "title": consultation.title}
        title = _("%(department)s回复「%(verdict)s」：%(title)s") % told
        notify(actor, [consultation.asked_by_id], title, url_of_round(consultation))
    settle(actor, consultation)
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


@verb("casework.delegate", permission=can_answer, need=NEED_REPLY, subject="request")
def delegate(actor: Actor, request: Request, person: User, note: str = "") -> Request:
    """Give a request to one person to work on (交办). Raises ``BadInput`` for one who holds no post in the department."""
    row = open_request(request)
    if person not in people_in(departments=[row.department.code]):
        text = _("%(name)s 不在%(department)s。") % {"name": person, "department": row.department}
        raise BadInput(text, how=_("请选本部门的人；外部门请用协办。"))
    row.delegated_to, row.note = person, note or row.note
    row.save(update_fields=["delegated_to", "note"])
    Task.objects.filter(**task_of(row, REPLY_TASK)).update(person_id=person.pk, person_name=str(person))
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
    row = open_request(request)
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
    row = lock_row(CoHandler.objects.select_related("request"), co.pk)
    request = open_request(row.request)
    if verdict not in Verdict.values or not opinion.strip():
        raise BadInput(_("协办意见须选意见并写明内容。"), how=_("请补填。"))
    row.verdict, row.opinion, row.by_name, row.answered_at = verdict, opinion.strip(), actor.name, timezone.now()
    row.save()
    Task.objects.filter(**task_of(request, CO_TASK), department=row.department.code).update(**closed(actor, Task.State.DONE))
    title = _("%(department)s已给协办意见：%(title)s") % {"department": row.department, "title": request.consultation.title}
    notify(actor, answerers(request), title, reverse("casework:request", args=[request.pk]))
    co.refresh_from_db()
    return co


def _as_system(actor: Actor) -> Actor:
    """A department that was asked may draw in others though it may not open tasks over the subject by itself."""
    return Actor(actor.user_id, actor.name, Post("system", actor.department, actor.region), actor.channel, actor.request_id)
