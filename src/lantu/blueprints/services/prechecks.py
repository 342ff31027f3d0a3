"""Checking a draft plan against the blueprint before it is adopted (合规性预检).

The draft takes its dataset's place among the plans that the release in force was made of, under the same decisions; fused and judged by the
same rules, it gives the same report. What is new against the release is what the draft brings. A check is never published.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.models import Comparison, Finding, FusionRun
from lantu.blueprints.selectors.comparisons import findings_of
from lantu.blueprints.selectors.releases import in_force
from lantu.blueprints.services.comparisons import compare
from lantu.blueprints.services.runs import STARTERS, default_engine, enqueue_run, known_engine
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import Conflict
from lantu.core.models import Job, OutboxEvent
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.plans.models import Delivery

READY = (Delivery.State.MAPPED, Delivery.State.CHECKED)


@verb("blueprints.start_precheck", permission=has_role(*STARTERS), need=gettext_lazy("合规性预检须由规划经办人、复核人或部门审查人办理。"))
def start_precheck(actor: Actor, delivery: Delivery, engine: str = "") -> tuple[FusionRun, Job]:
    """Check a delivery that is mapped or checked, and not released, against the release in force. Raises ``Conflict``."""
    if delivery.state not in READY:
        what = _("这次入库的状态是「%(state)s」，不能预检。") % {"state": delivery.get_state_display()}
        raise Conflict(what, how=_("请先完成对照，预检要在发布之前做。"))
    if not delivery.features.filter(run=delivery.current_run, status="in").exists():
        raise Conflict(_("这次入库没有可用的要素。"), how=_("请先完成对照。"))
    base = in_force()
    if base is None:
        raise Conflict(_("还没有现行的蓝图版本，没有可以对照的。"), how=_("请先发布一版蓝图。"))
    engine = engine or default_engine()
    known_engine(engine)
    releases = list(base.run.releases.exclude(dataset=delivery.dataset))
    overrides = list(base.run.overrides.all())
    run, job = enqueue_run(actor, releases, overrides, reading=base.run.reading, engine=engine, previous=base.run, draft=delivery)
    audit.remark(run=run.number, base=base.number, delivery=f"{delivery.dataset} {delivery.number}")
    return run, job


@events.subscribe("blueprints.run_done")
def _compare_with_base(event: OutboxEvent, actor: Actor) -> None:
    """A finished check is compared with the run that it was made against."""
    if event.payload["purpose"] == FusionRun.Purpose.PRECHECK:
        run = FusionRun.objects.get(pk=event.payload["run"])
        if run.previous is not None and run.previous.grid == run.grid:
            compare(actor, run.previous, run)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found: the comparison (None while it is made), the new conflicts by severity; ``passed``: none of severity 1."""

    comparison: Comparison | None
    new_by_severity: dict[int, int]

    @property
    def passed(self) -> bool:
        return not self.new_by_severity.get(1)


def outcome(run: FusionRun) -> Outcome:
    """What the draft of a check brings that the blueprint does not have."""
    row = Comparison.objects.filter(before=run.previous, after=run, state=Comparison.State.DONE).first()
    counts: dict[int, int] = {}
    if row is not None:
        new = findings_of(row, Finding.Listing.CONFLICT, "new").filter(apart=False)
        counts = dict(new.order_by("severity").values_list("severity").annotate(n=Count("pk")))
    return Outcome(row, counts)
