"""Periodic duties: ``@every(seconds, "name")`` registers, ``lantu tick`` runs what is due.

A duty is short; long work it enqueues as a job. Any number of tickers may run: a row per duty is the lease, so that two never run
the same one at a time. A duty that fails is tried again at its next time; its error stands in the row and in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from lantu.core.models import Tick

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""After this a duty whose ticker was killed may be taken by another."""

Duty = Callable[[], object]


@dataclass(frozen=True, slots=True)
class TickSpec:
    """A registered duty."""

    name: str
    seconds: float
    function: Duty


TICKS: dict[str, TickSpec] = {}


def every(seconds: float, name: str) -> Callable[[Duty], Duty]:
    """Decorator: do this every ``seconds`` seconds (``name``: ``<room>.<duty>``)."""

    def register(function: Duty) -> Duty:
        TICKS[name] = TickSpec(name, seconds, function)
        return function

    return register


def run_due(holder: str) -> list[str]:
    """Run the duties that are due and nobody else runs; returns their names. One question tells what is not due: nearly always all."""
    now = timezone.now()
    waiting = set(Tick.objects.filter(Q(next_at__gt=now) | Q(lease_until__gte=now)).values_list("name", flat=True))
    return [spec.name for spec in list(TICKS.values()) if spec.name not in waiting and _take(spec, holder) and _run(spec, holder)]


def _take(spec: TickSpec, holder: str) -> bool:
    now = timezone.now()
    with transaction.atomic():
        Tick.objects.get_or_create(name=spec.name, defaults={"next_at": now})
        free = Tick.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), name=spec.name, next_at__lte=now)
        row = free.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked).first()
        if row is None:
            return False
        row.holder, row.lease_until = holder, now + LEASE
        row.save(update_fields=["holder", "lease_until"])
    return True


def _run(spec: TickSpec, holder: str) -> bool:
    done: dict[str, object] = {}
    try:
        spec.function()
    except Exception as error:  # one broken duty must not stop the others; the error is kept and logged
        logger.exception("duty %s failed", spec.name)
        done = {"error": f"{type(error).__name__}: {error}"}
    else:
        done = {"error": "", "succeeded_at": timezone.now()}
    next_at = timezone.now() + timedelta(seconds=spec.seconds)
    Tick.objects.filter(name=spec.name, holder=holder).update(**done, next_at=next_at, lease_until=None, holder="")
    return True
