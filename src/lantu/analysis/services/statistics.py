"""Counting, and keeping what was counted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from lantu.analysis.freezing import elapsed_ms, facts, next_number
from lantu.analysis.models import Statistic
from lantu.analysis.partition import basis
from lantu.analysis.permissions import NEED_USER, may_ask
from lantu.analysis.settings import settings_of
from lantu.analysis.stats.reports import Asked, make, title_of
from lantu.core import audit
from lantu.core.actor import Actor
from lantu.core.verbs import verb


@verb("analysis.keep_statistic", permission=may_ask, need=NEED_USER)
def keep_statistic(
    actor: Actor, kind: str, data: Mapping[str, Any], *, title: str = "", release: str = "", shared: bool = False
) -> Statistic:
    """Count and keep the tables as a frozen record. Raises ``BadInput``, ``Refused``, ``Conflict``."""
    began = time.perf_counter()
    found = basis(release)
    result = make(kind, Asked(data, found, settings_of(found.run.pack), actor))
    asked = {"kind": kind, "data": dict(data), "basis": found.facts(), "on": timezone.localdate().isoformat()}
    row = Statistic.objects.create(
        number=next_number("TJ", "statistic"),
        title=title.strip()[:200] or title_of(kind),
        kind=kind,
        shared=shared,
        elapsed_ms=elapsed_ms(began),
        **facts(actor, found, asked, result),
    )
    audit.remark(number=row.number, kind=kind)
    return row
