"""Locking a delivery and refusing what its state does not allow."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.core.errors import Conflict
from lantu.plans.models import Delivery

State = Delivery.State


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


def step(delivery: Delivery, state: str, *fields: str) -> Delivery:
    """Save the delivery in its new state; the version counts on."""
    delivery.state = state
    delivery.version += 1
    delivery.save(update_fields=["state", "version", *fields])
    return delivery
