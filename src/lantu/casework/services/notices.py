"""Notices to people (通知)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.casework.models import Notification
from lantu.casework.people import people_in
from lantu.casework.subjects import key_of
from lantu.core.actor import Actor, Post
from lantu.core.audit import remark
from lantu.core.permissions import is_signed_in
from lantu.core.verbs import verb


def notify(
    actor: Actor,
    to: Iterable[User | Post | int],
    title: str,
    url: str = "",
    *,
    subject: models.Model | None = None,
    text: str = "",
    key: str = "",
) -> int:
    """Leave a notice for people: users, their ids, or posts (``core.actor.Post``: whoever holds the role in the department; an empty part
    means any). Part of the verb that calls it. ``key``: with the same key a person is told only once. The one who acts is not told.
    Returns how many were told.
    """
    people: dict[int, None] = {}
    for one in to:
        if isinstance(one, Post):
            roles, departments = [one.role] if one.role else [], [one.department] if one.department else []
            people |= dict.fromkeys(user.pk for user in people_in(roles=roles, departments=departments, region=one.region))
        else:
            people[one if isinstance(one, int) else one.pk] = None
    people.pop(actor.user_id or 0, None)
    names: dict[str, Any] = key_of(subject) if subject is not None else {}
    if key:
        told = set(Notification.objects.filter(key=key, user_id__in=people).values_list("user_id", flat=True))
        people = {pk: None for pk in people if pk not in told}
    rows = [Notification(user_id=pk, title=title[:200], text=text[:1000], url=url, key=key, **names) for pk in people]
    return len(Notification.objects.bulk_create(rows, ignore_conflicts=True))


@verb("casework.read_notices", permission=is_signed_in, need=gettext_lazy("须先登录。"))
def read_notices(actor: Actor, keys: Iterable[int] | None = None) -> int:
    """Mark one's own notices as read: these, or all. Returns how many were unread."""
    rows = Notification.objects.filter(user_id=actor.user_id or 0, read_at=None)
    if keys is not None:
        rows = rows.filter(pk__in=list(keys))
    count = rows.update(read_at=timezone.now())
    remark(count=count)
    return count
