"""Counting, and keeping what was counted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from lantu.analysis.freezing import digest_of, next_number
from lantu.analysis.models import Statistic
from lantu.analysis.partition import basis
from lantu.analysis.permissions import NEED_USER, may_ask
from lantu.analysis.settings import settings_of
from lantu.analysis.stats.reports import Asked, make, title_of
from lantu.blueprints.papers import is_demo
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
        run=found.run,
        release=found.release,
        asked=asked,
        result=result,
        digest=digest_of(asked, result),
        elapsed_ms=round((time.perf_counter() - began) * 1000),
        demo=is_demo(found.run),
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        department=actor.department,
        made_at=timezone.now(),
    )
    audit.remark(number=row.number, kind=kind)
    return row
