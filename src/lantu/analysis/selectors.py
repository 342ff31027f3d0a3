"""Reads of the room: who may see which record."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lantu.analysis.models import Check, CheckBatch, Statistic
from lantu.analysis.permissions import USERS, may_read
from lantu.blueprints.visibility import PLANNING
from lantu.core.actor import Actor
from lantu.core.errors import NotFound


def readable(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    """The records that an actor may read: planning and supervision all, the others those of their department and their own."""
    if actor.role in PLANNING:
        return rows
    if actor.role not in USERS:
        return rows.none()
    own = Q(made_by_id=actor.user_id) if actor.user_id is not None else Q(pk=None)
    return rows.filter(own | Q(department=actor.department)) if actor.department else rows.filter(own)


def record(model: type[Any], pk: int, actor: Actor) -> Any:
    """One record; ``NotFound`` also for one that the actor may not know of."""
    row = model.objects.filter(pk=pk).first()
    if row is None or not may_read.test(actor, row):
        raise NotFound(_("没有这份记录，或您的岗位不能查看。"), how=_("请向办理人索取，或切换岗位。"))
    return row


def statistic(pk: int, actor: Actor) -> Statistic:
    """A kept statistic: a shared one, or one that the actor may read as any record. Raises ``NotFound``."""
    found: Statistic = Statistic.objects.filter(pk=pk, shared=True).first() or record(Statistic, pk, actor)
    return found


def checks(actor: Actor) -> QuerySet[Check]:
    """The checks an actor may read; those of a batch only once it is done."""
    return readable(Check.objects.filter(Q(batch=None) | Q(batch__state=CheckBatch.State.DONE)), actor)
