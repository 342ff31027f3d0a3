"""Reads of the worklist."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from lantu.casework.models import SavedView, Task
from lantu.casework.people import answers_for
from lantu.core.actor import Actor


def mine(actor: Actor) -> QuerySet[Task]:
    """Open tasks of the actor: theirs by name, and those of their post that nobody has taken. One condition over one table."""
    if actor.user_id is None:
        return Task.objects.none()
    own = Q(person_id=actor.user_id)
    if actor.role:
        pool = Q(person_id=None, role__in=("", actor.role), department__in=("", *answers_for(actor.department))) & ~Q(
            role="", department=""
        )
        own |= pool & _region(actor)
    return Task.objects.filter(own, is_open=True)


def of_department(actor: Actor) -> QuerySet[Task]:
    """Open tasks of the actor's department (and those it took over), whoever has them."""
    return Task.objects.filter(_region(actor), is_open=True, department__in=answers_for(actor.department))


def _region(actor: Actor) -> Q:
    """Tasks without a district, or in the post's; a post for a city covers its districts."""
    if not actor.region:
        return Q()
    inside = Q(region__in=("", actor.region))
    return inside | Q(region__startswith=actor.region.rstrip("0")) if actor.region.endswith("00") else inside


def waiting(request: HttpRequest) -> int:
    """How much waits for the one who asks: the number beside the navigation entry."""
    return mine(request.actor).count()  # type: ignore[attr-defined]


def returned(actor: Actor) -> QuerySet[Task]:
    """What was given back to the actor."""
    return mine(actor).filter(state=Task.State.RETURNED)


def due_by(rows: QuerySet[Task], day: date) -> QuerySet[Task]:
    """Those due on or before a day."""
    return rows.filter(due_on__lte=day)


def views_of(actor: Actor, place: str) -> QuerySet[SavedView]:
    """One's own saved views and those shared with the department."""
    seen = Q(user_id=actor.user_id)
    if actor.department:
        seen |= Q(department=actor.department)
    return SavedView.objects.filter(seen, place=place)
