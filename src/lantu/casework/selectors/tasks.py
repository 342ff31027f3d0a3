"""Reads of the worklist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.casework import calendars
from lantu.casework.clock import Light
from lantu.casework.models import SavedView, Task
from lantu.casework.models.clock import Unit
from lantu.casework.people import answers_for
from lantu.casework.ports import task_kinds
from lantu.casework.selectors.clocks import light_of, light_rank
from lantu.core.actor import Actor
from lantu.core.reading import keep
from lantu.standards.workdays import WorkCalendar

COUNTED = 1000
"""How far the navigation counts."""

SHOWN = (
    *("kind", "title", "number", "subject_title", "stage", "party", "url", "role", "department", "region", "person_id", "person_name"),
    *("state", "received_on", "due_on", "near_from", "paused_until", "note", "clock__unit", "clock__total"),
)
"""What lists show of a task; a verb reads the rest."""

EXACT = 5000
"""Up to so many rows a list is sorted by light (overdue, near, stopped, normal, no limit); beyond by due day alone, by index."""


def mine(actor: Actor) -> QuerySet[Task]:
    """Open tasks of the actor: theirs by name, and those of their post that nobody has taken. One condition over one table."""
    either = reduce(or_, _mine(actor), Q())
    return Task.objects.filter(either, is_open=True) if either else Task.objects.none()


def parts(actor: Actor, of: str) -> tuple[list[QuerySet[Task]], list[QuerySet[Task]]]:
    """The tasks of ``mine`` or ``department`` in parts that share no row, each of which an index answers by itself: those of the person,
    and those that everybody in the same post has."""
    if of == "department":
        return [], [of_department(actor)]
    found = [Task.objects.filter(part, is_open=True) for part in _mine(actor)]
    return found[:1], found[1:]


def _mine(actor: Actor) -> list[Q]:
    if actor.user_id is None:
        return []
    own = Q(person_id=actor.user_id)
    if not actor.role:
        return [own]
    codes = ("", *answers_for(actor.department))
    pool = Q(person_id=None, role__in=("", actor.role), department__in=codes) & ~Q(role="", department="")
    return [own, pool & _region(actor)]


def of_department(actor: Actor) -> QuerySet[Task]:
    """Open tasks of the actor's department (and those it took over), whoever has them."""
    return Task.objects.filter(_region(actor), is_open=True, department__in=answers_for(actor.department))


def _region(actor: Actor) -> Q:
    """Tasks without a district, or in the post's; a post for a city covers its districts."""
    if not actor.region:
        return Q()
    inside = Q(region__in=("", actor.region))
    return inside | Q(region__startswith=actor.region.rstrip("0")) if actor.region.endswith("00") else inside


def waiting(request: HttpRequest) -> list[QuerySet[Task]]:
    """What waits for the one who asks, for the number in the navigation, which is on every page and counts no further than it needs."""
    own, pool = parts(request.actor, "mine")  # type: ignore[attr-defined]
    return [part[:COUNTED] for part in (*own, *pool)]


def waiting_in_department(request: HttpRequest) -> list[QuerySet[Task]]:
    """What waits in the department of the one who asks."""
    actor = request.actor  # type: ignore[attr-defined]
    return [of_department(actor)[:COUNTED]] if actor.department else []


def in_order(rows: QuerySet[Task], today: date, total: int) -> QuerySet[Task]:
    """The most urgent first."""
    return rows.order_by(light_rank(today), "sort_on", "pk") if total <= EXACT else rows.order_by("sort_on", "pk")


def counts(disjoint: Iterable[QuerySet[Task]], today: date) -> Counter[str]:
    """How many rows of disjoint sets show each light, fall due today or tomorrow, were returned, and all.

    The database counts by days and state, which an index alone answers; what a day means is said here, once.
    """
    found: Counter[str] = Counter()
    days = ("due_on", "near_from", "paused_until", "state")
    for rows in disjoint:
        for due, near, paused, state, n in rows.order_by().values_list(*days).annotate(n=Count("*")):
            light = light_of(due, near, paused, today)
            soon = light != Light.PAUSED and due is not None and today <= due <= today + timedelta(days=1)
            for name, counted in ((light.value, True), ("soon", soon), ("returned", state == Task.State.RETURNED), ("all", True)):
                found[name] += n if counted else 0
    return found


def counted(actor: Actor, of: str, today: date) -> Counter[str]:
    """``counts`` of ``mine`` or ``department``; what everybody in a post has in common is counted once until something is done."""
    own, pool = parts(actor, of)
    return counts(own, today) + keep(("tasks", of, actor.post, today), lambda: counts(pool, today))


def views_of(actor: Actor, place: str) -> QuerySet[SavedView]:
    """One's own saved views and those shared with the department."""
    seen = Q(user_id=actor.user_id)
    if actor.department:
        seen |= Q(department=actor.department)
    return SavedView.objects.filter(seen, place=place)


def kind_words() -> dict[str, str]:
    """Names of all kinds of task that rooms have registered."""
    return {kind: str(words) for port in task_kinds.all() for kind, words in port.items()}


class TimeWords:
    """Light, words and figures of tasks on a day; knows the calendar so that a page of rows asks for it once."""

    def __init__(self, today: date | None = None) -> None:
        self.today = today or timezone.localdate()
        self._calendar: WorkCalendar | None = None

    def light(self, task: Task) -> Light:
        return light_of(task.due_on, task.near_from, task.paused_until, self.today)

    def days(self, task: Task) -> int | None:
        """Days left (below zero: days over) in the unit of the task's clock; none when stopped or without a limit."""
        if task.due_on is None or self.light(task) == Light.PAUSED:
            return None
        if task.clock is not None and task.clock.unit == Unit.CALENDAR:
            return (task.due_on - self.today).days
        self._calendar = self._calendar or calendars.current()
        return self._calendar.between(self.today, task.due_on)

    def words(self, task: Task) -> str:
        """余 4 日, 超期 2 日, 停计, 无期限."""
        light, days = self.light(task), self.days(task)
        if light == Light.PAUSED:
            return _("停计")
        if days is None:
            return _("无期限")
        return _("超期 %(n)s 日") % {"n": -days} if light == Light.RED else _("余 %(n)s 日") % {"n": max(days, 0)}

    def used(self, task: Task) -> str:
        """Used / limit, as 6 / 7."""
        days = self.days(task)
        if task.clock is None or task.clock.total is None or days is None:
            return ""
        return f"{task.clock.total - days} / {task.clock.total}"
