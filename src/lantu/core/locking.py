"""Taking the lock of a row and reading it so that nothing of it is older than the lock.

A statement that joins and locks one of its tables gives, after a wait on PostgreSQL, the locked row as it is now and the joined ones as
they were before the wait; when a key to them changed meanwhile it gives no row at all. And what a caller loaded, or was permitted over,
before the lock may be another thing since. ``core/tests/test_locking.py`` finds statements of the first kind.
"""

from __future__ import annotations

from typing import Any, TypeVar

import rules
from django.db import models
from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.errors import Conflict

Row = TypeVar("Row", bound=models.Model)


def lock_row(rows: models.QuerySet[Row], pk: Any) -> Row:
    """The row of this key under its lock, read after it was got together with whatever ``rows`` joins (those are not locked).

    Raises ``DoesNotExist``. Call it in a transaction.
    """
    rows.model._default_manager.select_for_update().values_list("pk", flat=True).get(pk=pk)
    return rows.get(pk=pk)


def still_may(actor: Actor, permission: rules.Predicate, row: models.Model) -> None:
    """After the lock: the actor may still do this with the row as it is now. Raises ``Conflict`` when it has gone over to others."""
    if not permission.test(actor, row):
        raise Conflict(_("这一件刚被别人办理或转走，已不在您这里。"), where=str(row), how=_("请刷新页面看现在由谁办理。"), code="changed")
