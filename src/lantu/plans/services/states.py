"""Locking a delivery and refusing what its state does not allow; stepping on whatever has a state and a version."""

from __future__ import annotations

from typing import TypeVar

from django.utils.translation import gettext as _

from lantu.core.errors import Conflict
from lantu.plans.models import CollectionRequest, Delivery, ScanSheet

State = Delivery.State
Stepped = TypeVar("Stepped", Delivery, ScanSheet, CollectionRequest)


def locked(delivery: Delivery, *allowed: str, version: int | None = None) -> Delivery:
    """The delivery as stored now, locked for this transaction.

    Raises ``Conflict`` when its state is none of ``allowed``, or when it has moved on since the page with ``version`` was shown.
    """
    current = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if current.state not in allowed:
        raise Conflict(
            _("这次入库现在是「%(state)s」，不能办理这一步。") % {"state": State(current.state).label},
            how=_("请刷新页面，按当前步骤继续。"),
        )
    if version is not None and current.version != version:
        raise Conflict(_("这次入库刚刚被别人改过。"), how=_("请刷新页面看最新内容后再办理，已填的内容请先留底。"))
    return current


def step(row: Stepped, state: str, *fields: str) -> Stepped:
    """Save a locked row in its new state; the version counts on."""
    row.state = state
    row.version += 1
    row.save(update_fields=["state", "version", *fields])
    return row
