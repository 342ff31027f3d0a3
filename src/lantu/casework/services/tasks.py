"""Verbs of the worklist."""

from __future__ import annotations

from datetime import date
from typing import Any

import rules
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.casework.models import Clock, SavedView, Task
from lantu.casework.people import answers_for
from lantu.casework.services.notices import notify
from lantu.casework.subjects import key_of, kind_of, may, title_of, url_of
from lantu.core.actor import Actor, Post
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.locking import still_may
from lantu.core.permissions import is_signed_in, is_system, own
from lantu.core.verbs import verb

NEED = gettext_lazy("须由待办的承办人，或其部门中有此岗位的人办理。")
NEAR_DAYS = 2


def is_for(actor: Actor, task: Task | None) -> bool:
    """Whether a task is the actor's: theirs by name, or their post's while nobody has taken it."""
    if task is None or actor.user_id is None:
        return False
    if task.person_id is not None:
        return task.person_id == actor.user_id
    return in_post(actor, task)


def in_post(actor: Actor, task: Task) -> bool:
    """Whether the actor's post is one that a task may be done in, whoever has it."""
    in_role = not task.role or task.role == actor.role
    in_department = not task.department or task.department in answers_for(actor.department)
    in_region = not task.region or not actor.region or _within(task.region, actor.region)
    return bool(task.role or task.department) and in_role and in_department and in_region


def _within(region: str, post_region: str) -> bool:
    """Codes of GB/T 2260: a city's ends in 00 and covers its counties."""
    return region == post_region or (post_region.endswith("00") and region.startswith(post_region.rstrip("0")))


@rules.predicate
def may_do(actor: Actor, task: Task | None = None) -> bool:
    return is_system.test(actor) or is_for(actor, task) or (task is not None and task.opened_by_id == actor.user_id is not None)


@rules.predicate
def may_pass_on(actor: Actor, task: Task | None = None) -> bool:
    """The one who has it, and for a whole department its decider."""
    if task is None:
        return False
    deciding = actor.role == "decider" and bool(task.department) and task.department in answers_for(actor.department)
    return may_do.test(actor, task) or in_post(actor, task) or deciding


@verb("casework.open_task", permission=may("task"), need=gettext_lazy("须由办理这个对象的经办人员交办。"), subject="subject")
def open_task(
    actor: Actor,
    subject: models.Model,
    kind: str,
    title: str,
    *,
    role: str = "",
    department: str = "",
    region: str = "",
    person: User | None = None,
    due: date | None = None,
    clock: Clock | None = None,
    url: str = "",
    number: str = "",
    stage: str = "",
    party: str = "",
    received: date | None = None,
    tell: bool = True,
) -> Task:
    """Put something to do on the worklist (交办) of a person, or of whoever holds ``role`` in ``department``.

    Opening the same again (subject, kind, role, department, person, address) gives the open task that is there. Its time follows ``clock``,
    else ``due``. Raises ``BadInput`` when it is for nobody.
    """
    if not (role or department or person):
        raise BadInput(_("待办「%(title)s」没有承办人。") % {"title": title}, how=_("请给出角色、部门或经办人。"))
    names: dict[str, Any] = {
        **key_of(subject),
        "kind": kind,
        "role": role,
        "department": department,
        "region": region,
        "person_id": person.pk if person else None,
        "url": url or url_of(subject),
    }
    known = Task.objects.filter(**names, is_open=True).first()
    if known is not None:
        return known
    subject_kind = kind_of(subject._meta.label_lower)
    row = Task.objects.create(
        **names,
        **_times(clock, due),
        title=title,
        person_name=str(person) if person else "",
        clock=clock,
        number=number or str(subject_kind.number(subject)),
        subject_title=title_of(subject)[:200],
        stage=stage,
        party=party,
        received_on=received or timezone.localdate(),
        opened_by_id=actor.user_id,
        opened_by_name=actor.name,
        opened_by_department=actor.department,
    )
    remark(task=row.pk, kind=kind, to=person.username if person else f"{role}@{department}")
    if tell:
        to: list[User | Post | int] = [person] if person else [Post(role, department, region)]
        notify(actor, to, _("新待办：%(title)s") % {"title": title}, row.url, subject=subject, text=row.subject_title)
    return row


def _times(clock: Clock | None, due: date | None) -> dict[str, Any]:
    if clock is not None:
        return {
            "due_on": clock.due_on,
            "sort_on": clock.due_on or date.max,
            "near_from": clock.near_from,
            "paused_until": clock.paused_until,
        }
    if due is None:
        return {}
    from lantu.casework.calendars import current

    calendar = current()
    near = due
    for _step in range(NEAR_DAYS):
        near = date.fromordinal(near.toordinal() - 1)
        while not calendar.is_working(near):
            near = date.fromordinal(near.toordinal() - 1)
    return {"due_on": due, "sort_on": due, "near_from": near}


@verb("casework.take_task", permission=may_do, need=NEED, subject="task")
def take_task(actor: Actor, task: Task) -> Task:
    """Take a task of one's post (领办). Raises ``Conflict`` when somebody else was quicker."""
    row = _locked(actor, task, may_do)
    if row.person_id not in (None, actor.user_id):
        raise Conflict(_("待办已由 %(name)s 领办。") % {"name": row.person_name}, where=str(row), how=_("请刷新列表。"))
    return _save(task, row, person_id=actor.user_id, person_name=actor.name)


@verb("casework.hand_over", permission=may_pass_on, need=NEED, subject="task")
def hand_over(actor: Actor, task: Task, *, person: User | None = None, note: str = "") -> Task:
    """Give a task to another person who may do it (转办), or with none back to the department. Raises ``BadInput`` for one who holds no
    post for it."""
    row = _locked(actor, task, may_pass_on)
    if person is not None and not _may_hold(person, row):
        text = _("%(name)s 没有办理这件待办的岗位。") % {"name": person}
        raise BadInput(text, where=str(row), how=_("请选本部门有相应岗位的人。"))
    remark(to=person.username if person else "", note=note)
    done = _save(task, row, person_id=person.pk if person else None, person_name=str(person) if person else "", note=note or row.note)
    if person is not None:
        notify(actor, [person], _("转办：%(title)s") % {"title": row.title}, row.url, text=note)
    return done


def _may_hold(person: User, task: Task) -> bool:
    from lantu.accounts.acting import actor_for, seats

    return any(in_post(actor_for(person, seat.post), task) for seat in seats(person)) or not (task.role or task.department)


@verb("casework.return_task", permission=may_do, need=NEED, subject="task")
def return_task(actor: Actor, task: Task, reason: str) -> Task:
    """Give a task back to the one who opened it (退回), with the reason. Raises ``BadInput`` without one, ``Conflict`` when the system
    opened it."""
    row = _locked(actor, task, may_do)
    if not reason.strip():
        raise BadInput(_("退回要写明理由。"), how=_("请填退回理由。"))
    if row.opened_by_id is None:
        raise Conflict(_("这件待办由系统交办，不能退回。"), where=str(row), how=_("请转办给本部门其他人。"))
    remark(reason=reason)
    notify(actor, [row.opened_by_id], _("退回：%(title)s") % {"title": row.title}, row.url, text=reason)
    return _save(
        task,
        row,
        state=Task.State.RETURNED,
        person_id=row.opened_by_id,
        person_name=row.opened_by_name,
        role="",
        department=row.opened_by_department,
        opened_by_id=actor.user_id,
        opened_by_name=actor.name,
        opened_by_department=actor.department,
        note=reason.strip()[:500],
    )


@verb("casework.close_task", permission=may_do, need=NEED, subject="task")
def close_task(actor: Actor, task: Task, note: str = "") -> Task:
    """Mark a task as done (办结). Raises ``Conflict`` when it is closed already."""
    row = _locked(actor, task, may_do)
    return _end(actor, task, row, Task.State.DONE, note)


@verb("casework.void_task", permission=may_do, need=NEED, subject="task")
def void_task(actor: Actor, task: Task, note: str = "") -> Task:
    """Take a task off the list because there is nothing to do any more (作废)."""
    row = _locked(actor, task, may_do)
    return _end(actor, task, row, Task.State.VOID, note)


@verb("casework.close_tasks", permission=may("task"), need=NEED, subject="subject")
def close_tasks(actor: Actor, subject: models.Model, kind: str = "", *, department: str = "", void: bool = False) -> int:
    """Close all open tasks of a subject, or those of a kind or department: for verbs of the rooms above. Returns how many."""
    rows = Task.objects.filter(**key_of(subject), is_open=True)
    if kind:
        rows = rows.filter(kind=kind)
    if department:
        rows = rows.filter(department=department)
    state = Task.State.VOID if void else Task.State.DONE
    count = rows.update(state=state, is_open=False, closed_at=timezone.now(), closed_by_name=actor.name)
    remark(kind=kind, count=count, state=state.value)
    return count


@verb("casework.urge_task", permission=may_pass_on, need=NEED, subject="task")
def urge_task(actor: Actor, task: Task, note: str = "") -> Task:
    """Urge whoever has a task (催办)."""
    row = _locked(actor, task, may_pass_on)
    to: list[User | Post | int] = [row.person_id] if row.person_id else [Post(row.role, row.department, row.region)]
    told = notify(actor, to, _("催办：%(title)s") % {"title": row.title}, row.url, text=note)
    remark(told=told, note=note)
    return _save(task, row, urged_at=timezone.now())


@verb("casework.tag_task", permission=may_pass_on, need=NEED, subject="task")
def tag_task(actor: Actor, task: Task, tag: str) -> Task:
    """Put a label on a task, or take it off when it has it (加标签)."""
    row, word = _locked(actor, task, may_pass_on), tag.strip()[:20]
    if not word:
        raise BadInput(_("标签不能为空。"), how=_("请填标签。"))
    return _save(task, row, tags=[one for one in row.tags if one != word] if word in row.tags else [*row.tags, word])


@verb("casework.save_view", permission=is_signed_in, need=gettext_lazy("须先登录。"))
def save_view(actor: Actor, place: str, name: str, query: str, *, shared: bool = False) -> SavedView:
    """Keep filters of a worklist page under a name (保存当前筛选); the same name again replaces. ``shared``: with one's department."""
    if not name.strip():
        raise BadInput(_("视图要有名称。"), how=_("请填名称。"))
    if shared and not actor.department:
        raise BadInput(_("当前岗位没有部门，不能共享视图。"), how=_("请改存为自己的视图。"))
    user = User.objects.get(pk=actor.user_id or 0)
    values = {"query": query[:1000], "department": actor.department if shared else ""}
    row, _created = SavedView.objects.update_or_create(user=user, place=place, name=name.strip()[:60], defaults=values)
    return row


@verb("casework.delete_view", permission=own("user_id"), need=gettext_lazy("只能删除自己的视图。"), subject="view")
def delete_view(actor: Actor, view: SavedView) -> None:
    """Forget one's own view."""
    SavedView.objects.filter(pk=view.pk).delete()


def _locked(actor: Actor, task: Task, may: rules.Predicate) -> Task:
    """The row, locked. Raises ``Conflict`` when it is closed, or was handed to somebody else since it was read."""
    row = Task.objects.select_for_update().get(pk=task.pk)
    if not row.is_open:
        raise Conflict(_("待办已%(state)s。") % {"state": row.get_state_display()}, where=str(row), how=_("请刷新列表。"))
    still_may(actor, may, row)
    return row


def _end(actor: Actor, task: Task, row: Task, state: Task.State, note: str) -> Task:
    values = {"state": state, "is_open": False, "closed_at": timezone.now(), "closed_by_name": actor.name}
    return _save(task, row, **values, note=note or row.note)


def _save(task: Task, row: Task, **values: Any) -> Task:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    task.refresh_from_db()
    return task
