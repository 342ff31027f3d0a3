"""Following up what plans must be amended: a new plan release is measured against the decision; a person closes what cannot be measured."""

from __future__ import annotations

import numpy as np
import shapely
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.fusion.decisions import HERE, Outcome
from lantu.blueprints.models import Amendment, Override
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.models import OutboxEvent
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.plans.models import PlanPatch, PlanRelease

ENOUGH = 0.99
"""Share of the decision's ground from which an amendment counts as made; the rest is rounding along its outline."""


def share_amended(override: Override, layer: str, release: PlanRelease) -> float | None:
    """How much of the decision's ground ``release`` shows as decided (0 to 1); None when the decision says nothing of this layer.

    Where the layer is to have no say, ground counts that no patch covers or that is not construction land.
    """
    outcome = Outcome.read(override.outcome, override.layers)
    if layer not in outcome.classes:
        return None
    wanted = outcome.classes[layer]
    ground = override.geometry
    patches = [patch for patch in PlanPatch.objects.filter(release=release).in_window(*ground.bounds) if patch.geometry is not None]
    if not patches:
        return 0.0 if wanted else 1.0
    covered = shapely.area(shapely.intersection(shapely.make_valid(np.array([p.geometry for p in patches], dtype=object)), ground))
    if wanted:
        right = np.array([wanted == HERE or wanted in {p.code, *(str(code) for code, _share in p.codes)} for p in patches])
        return min(1.0, float(covered[right].sum()) / ground.area)
    against = np.array([p.construction != PlanPatch.Construction.NO for p in patches])
    return max(0.0, 1.0 - float(covered[against].sum()) / ground.area)


@events.subscribe("plans.released")
def _measure(event: OutboxEvent, actor: Actor) -> None:
    """A new release of a plan that must be amended: done, or not far enough yet."""
    release = PlanRelease.objects.get(pk=event.subject_id)
    due = Amendment.objects.filter(state__in=Amendment.OPEN_STATES, layer_code=release.layer_code)
    for row in due.filter(Q(dataset=None) | Q(dataset=release.dataset)).select_for_update().order_by("pk"):
        share = share_amended(row.override, row.layer_code, release)
        if share is None:
            continue
        row.release, row.share = release, share
        row.state = Amendment.State.DONE if share >= ENOUGH else Amendment.State.SHORT
        if row.state == Amendment.State.DONE:
            row.closed_at, row.closed_by_name = timezone.now(), release.released_by_name
        row.save()
        audit.record(actor, "blueprints.measure_amendment", row, detail={"release": str(release), "share": round(share, 4)})


@verb(
    "blueprints.close_amendment",
    permission=has_role("planner", "checker"),
    need=gettext_lazy("办结规划修改须由规划经办人或复核人办理。"),
    subject="amendment",
)
def close_amendment(actor: Actor, amendment: Amendment, state: str, note: str) -> Amendment:
    """Close an amendment by hand as ``done`` or ``cancelled``, with the reason. Raises ``BadInput``, ``Conflict``."""
    if state not in (Amendment.State.DONE, Amendment.State.CANCELLED):
        raise BadInput(_("没有「%(state)s」这种办结。") % {"state": state}, how="done, cancelled")
    if not note.strip():
        raise BadInput(_("没有写明办结的依据。"), how=_("请写明修改后的成果或不再要求的文件。"))
    amendment.refresh_from_db(from_queryset=Amendment.objects.select_for_update())
    if not amendment.is_open:
        raise Conflict(_("这项规划修改已经办结。"), how=_("请刷新页面看结果。"))
    amendment.state, amendment.note, amendment.closed_at, amendment.closed_by_name = state, note.strip(), timezone.now(), actor.name
    amendment.save()
    return amendment


def overdue(rows: QuerySet[Amendment] | None = None) -> QuerySet[Amendment]:
    """Open amendments past their date."""
    every = Amendment.objects.all() if rows is None else rows
    return every.filter(Amendment.late())
