"""Mending the commonest faults of a delivery: fill a gap, cut an overlap, merge a sliver, remove a spike.

Every way is offered with the change of area of each patch concerned, refused when it goes over the pack's limits, and logged when it
is done: one by one on the page, or all of a kind after a preview. The source files stay as they came.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.jobs import JobContext, job_kind
from lantu.core.verbs import verb
from lantu.plans.models import Delivery, DeliveryFeature, QualityFinding, RepairLog
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.selectors import open_findings
from lantu.plans.services.checking import check_delivery
from lantu.plans.services.mending_ways import Bench, Offer, offer
from lantu.plans.services.states import State, locked, step

Tell = Callable[[float, str], None]
Status = DeliveryFeature.Status
BY_MESSAGE: dict[str, tuple[str, ...]] = {
    "gap": ("fill-gap",),
    "overlap": ("cut-first", "cut-second"),
    "small": ("merge-sliver",),
    "narrow": ("merge-sliver",),
    "spike": ("remove-spike",),
}
"""Ways on the page by what was found."""
RULES: dict[str, tuple[str, ...]] = {
    "fill-gap": ("gap",),
    "cut-smaller": ("overlap",),
    "cut-larger": ("overlap",),
    "merge-sliver": ("small", "narrow"),
    "remove-spike": ("spike",),
}
"""Rules of a batch: what they mend."""


def offers(finding: QualityFinding) -> list[Offer]:
    """The ways to mend a finding, each with its changes or why it is refused; empty where there is none."""
    bench = Bench(finding.delivery)
    return [offer(bench, finding, method) for method in BY_MESSAGE.get(finding.message_code, ())]


def mend_finding(actor: Actor, finding: QualityFinding, method: str) -> list[RepairLog]:
    """Mend one finding by one of the ways offered. The delivery is to be checked again.

    Raises ``Conflict`` when it is refused, or when somebody has changed the delivery since it was read.
    """
    if method not in BY_MESSAGE.get(finding.message_code, ()):
        raise BadInput(_("这个问题不能这样修。"), how=_("请选页面上列出的办法。"))
    delivery = finding.delivery
    made = offer(Bench(delivery), finding, method)
    if made.refused:
        raise Conflict(made.refused, how=_("请在源数据中改正，或换一种办法。"))
    return mend(actor, delivery, offers=[made], version=delivery.version)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would do to a delivery: the offers in order, each on top of those before it."""

    rule: str
    offers: tuple[Offer, ...]
    version: int

    @property
    def good(self) -> list[Offer]:
        return [one for one in self.offers if not one.refused]

    @property
    def refused(self) -> list[Offer]:
        return [one for one in self.offers if one.refused]

    @property
    def moved_m2(self) -> float:
        """Ground that changes hands in all."""
        return sum(one.moved_m2 for one in self.good)


def preview(delivery: Delivery, rule: str, tell: Tell = lambda share, step: None) -> Preview:
    """What a rule would do, without writing anything. Raises ``BadInput`` for an unknown rule."""
    if rule not in RULES:
        raise BadInput(_("没有「%(rule)s」这条修复规则。") % {"rule": rule}, how="、".join(RULES))
    bench = Bench(delivery)
    found = open_findings(delivery).filter(message_code__in=RULES[rule]).order_by("pk")
    count, made = found.count(), []
    for number, finding in enumerate(found.iterator(chunk_size=500)):
        one = offer(bench, finding, rule)
        bench.take(one)
        made.append(one)
        tell(number / max(count, 1), f"{number} / {count}")
    return Preview(rule, tuple(made), delivery.version)


def counts_by_rule(delivery: Delivery) -> dict[str, int]:
    """How many findings each rule would look at."""
    found = dict(open_findings(delivery).order_by().values_list("message_code").annotate(Count("pk")))
    return {rule: sum(found.get(code, 0) for code in codes) for rule, codes in RULES.items()}


@verb("plans.mend", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def mend(actor: Actor, delivery: Delivery, *, offers: Sequence[Offer], version: int | None = None) -> list[RepairLog]:
    """Carry out offers and log the areas of every patch that changes; merged rows are accounted for as rejected with their reason."""
    current = locked(delivery, State.MAPPED, State.CHECKED, version=version)
    batch = uuid.uuid4().hex
    rows = {
        row.row: row
        for row in current.features.filter(run=current.current_run, row__in={change.row for one in offers for change in one.changes})
    }
    codes = dict(current.quality_findings.filter(pk__in=[one.finding for one in offers]).values_list("pk", "check_code"))
    logs: list[RepairLog] = []
    merged = 0
    for one in offers:
        for change in one.changes:
            row = rows[change.row]
            if change.shape is None:
                row.status, row.reason_code = Status.REJECTED, "merged"
                row.reason = str(_("碎斑并入第 %(row)s 行。") % {"row": change.into})
                merged += 1
            else:
                row.geometry = change.shape
            row.save()
            logs.append(
                RepairLog(
                    delivery=current,
                    row=change.row,
                    method=one.method,
                    check_code=codes.get(one.finding, ""),
                    batch=batch,
                    area_before_m2=change.before_m2,
                    area_after_m2=change.after_m2,
                    repaired_by_name=actor.name,
                )
            )
    made = RepairLog.objects.bulk_create(logs)
    current.quality_findings.filter(pk__in=[one.finding for one in offers]).update(repaired=True)
    if merged:
        account = dict(current.account)
        account["in"], account["rejected"] = account["in"] - merged, account["rejected"] + merged
        reason = str(_("碎斑并入邻斑。"))
        account["reasons"] = [*account.get("reasons", []), {"status": Status.REJECTED, "reason": reason, "count": merged}]
        current.account = account
    remark(batch=batch, mended=len(offers), patches=len({log.row for log in logs}), moved_m2=round(sum(one.moved_m2 for one in offers), 2))
    step(current, State.MAPPED, "account")
    return made


def mend_by_rule(
    actor: Actor, delivery: Delivery, rule: str, *, version: int | None = None, tell: Tell = lambda share, step: None
) -> Delivery:
    """Mend all that a rule can and check again. Raises ``Conflict`` when there is nothing, or the delivery has changed since."""
    seen = preview(delivery, rule, lambda share, step: tell(0.5 * share, step))
    if version is not None and seen.version != version:
        raise Conflict(_("这次入库刚刚被别人改过。"), how=_("请重新预览。"))
    if not seen.good:
        raise Conflict(_("没有可以这样修的问题。"), how=_("请看列出的原因，人工处理。"))
    mend(actor, delivery, offers=seen.good, version=seen.version)
    return check_delivery(
        actor, Delivery.objects.select_related("dataset").get(pk=delivery.pk), tell=lambda share, step: tell(0.6 + 0.4 * share, step)
    )


@job_kind("plans.mend_by_rule")
def _job(context: JobContext, delivery: int, rule: str, version: int | None = None) -> dict[str, Any]:
    found = Delivery.objects.select_related("dataset").get(pk=delivery)
    done = mend_by_rule(context.actor, found, rule, version=version, tell=context.progress)
    return {"delivery": done.pk, "score": done.score}
