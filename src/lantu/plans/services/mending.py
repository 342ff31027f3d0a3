"""Mending the commonest faults of a delivery: fill a gap, cut an overlap, merge a sliver, remove a spike.

Every way is offered with the change of area of each patch concerned, refused when it goes over the pack's limits, and logged when it
is done: one by one on the page, or all of a kind after a preview. The source files stay as they came.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.jobs import JobContext, job_kind
from lantu.core.verbs import verb
from lantu.geodesy.area import polygon_area
from lantu.plans import inspection, topology
from lantu.plans.models import Delivery, DeliveryFeature, QualityFinding, RepairLog
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.services.checking import check_delivery
from lantu.plans.services.states import State, locked, step
from lantu.standards import selectors

Tell = Callable[[float, str], None]
Status = DeliveryFeature.Status
METHODS = {
    "fill-gap": gettext_lazy("补缝：并入公共边最长的邻斑"),
    "cut-first": gettext_lazy("切重叠：从第一个图斑切去"),
    "cut-second": gettext_lazy("切重叠：从第二个图斑切去"),
    "cut-smaller": gettext_lazy("切重叠：从小的图斑切去"),
    "cut-larger": gettext_lazy("切重叠：从大的图斑切去"),
    "merge-sliver": gettext_lazy("并碎斑：并入公共边最长的邻斑"),
    "remove-spike": gettext_lazy("去尖角"),
}
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


@dataclass(frozen=True, slots=True)
class Change:
    """What one patch would be. ``shape`` in degrees; None = it goes into row ``into``. Areas ellipsoidal, m²."""

    row: int
    before_m2: float
    after_m2: float
    shape: BaseGeometry | None
    into: int | None = None

    @property
    def difference_m2(self) -> float:
        return self.after_m2 - self.before_m2


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to mend a finding. ``refused``: why it may not be done (then nothing is changed)."""

    finding: int
    method: str
    place: BaseGeometry | None
    changes: tuple[Change, ...] = ()
    refused: str = ""

    @property
    def word(self) -> str:
        return str(METHODS[self.method])

    @property
    def moved_m2(self) -> float:
        """How much ground changes hands."""
        return max((abs(one.difference_m2) for one in self.changes), default=0.0)


@dataclass
class Bench:
    """Patches of a delivery on the working grid, fetched as they are needed, changed in memory."""

    delivery: Delivery
    rows: dict[int, DeliveryFeature] = field(default_factory=dict)
    shapes: dict[int, BaseGeometry] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.grid = selectors.working_grid()
        self.limits = inspection.thresholds()
        tolerances = selectors.catalogue().tolerances
        self.scale = self.delivery.dataset.scale
        self.fill_m2 = float((tolerances.get("repair") or {}).get("fill_mm2", 4)) * 1e-6 * self.scale**2

    def units(self, geometry: BaseGeometry) -> BaseGeometry:
        """Degrees to whole grid units."""
        return shapely.transform(geometry, lambda xy: self.grid.from_degrees(xy).astype(np.float64) if len(xy) else xy)

    def degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        """Grid units to degrees."""
        return shapely.transform(geometry, self.grid.to_degrees)

    def area(self, geometry: BaseGeometry) -> float:
        """m², ellipsoidal."""
        return polygon_area(self.degrees(geometry), self.grid.ellipsoid)

    def around(self, place: BaseGeometry) -> list[int]:
        """Rows of the valid patches that touch a place (degrees)."""
        west, south, east, north = place.bounds
        for row in self._in().in_window(west - 1e-6, south - 1e-6, east + 1e-6, north + 1e-6):  # type: ignore[attr-defined]
            self._take(row)
        near = self.units(place)
        return sorted(
            number
            for number, shape in self.shapes.items()
            if number not in self.gone and shapely.is_valid(shape) and shapely.dwithin(shape, near, 2.0)
        )

    def of(self, number: int) -> BaseGeometry:
        """The shape of a row in grid units. Raises ``Conflict`` when it is not there any more."""
        if number not in self.rows:
            found = self._in().filter(row=number).first()
            if found is None:
                raise Conflict(_("第 %(row)s 行已经不在入库的要素里。") % {"row": number}, how=_("请重新质检。"))
            self._take(found)
        if number in self.gone:
            raise Conflict(_("第 %(row)s 行已经不在入库的要素里。") % {"row": number}, how=_("请重新质检。"))
        return self.shapes[number]

    def take(self, offer: Offer) -> None:
        """Make an offer's changes count for the offers that follow."""
        for change in offer.changes:
            if change.shape is None:
                self.gone.add(change.row)
            else:
                self.shapes[change.row] = self.units(change.shape)

    def _in(self) -> QuerySet[DeliveryFeature]:
        return self.delivery.features.filter(run=self.delivery.current_run, status=Status.IN)

    def _take(self, row: DeliveryFeature) -> None:
        if row.row not in self.rows:
            self.rows[row.row], self.shapes[row.row] = row, self.units(row.geometry)

    def change(self, row: int, shape: BaseGeometry | None, into: int | None = None) -> Change:
        """A change of a row (grid units) with its areas."""
        before = self.area(self.shapes[row])
        return Change(row, before, self.area(shape) if shape is not None else 0.0, self.degrees(shape) if shape is not None else None, into)


def offers(finding: QualityFinding) -> list[Offer]:
    """The ways to mend a finding, each with its changes or why it is refused; empty where there is none."""
    bench = Bench(finding.delivery)
    return [offer(bench, finding, method) for method in BY_MESSAGE.get(finding.message_code, ())]


def offer(bench: Bench, finding: QualityFinding, method: str) -> Offer:
    """What a way would change at a finding. Nothing is written."""
    try:
        changes = _WAYS[method](bench, finding)
    except topology.CannotBe as error:
        why = {
            "nothing-left": _("修复后图斑什么也不剩。"),
            "not-touching": _("旁边没有相邻的图斑可并。"),
            "invalid": _("修复后图形仍不合规。"),
            "too-large": _("面积超过 1:%(scale)s 的最小图斑，不是碎缝，请人工处理。") % {"scale": bench.scale},
            "falls-apart": _("切去后图斑会断成几块，请人工处理。"),
        }[error.reason]
        return Offer(finding.pk, method, finding.geometry, refused=str(why))
    except Conflict as error:
        return Offer(finding.pk, method, finding.geometry, refused=str(error.what))
    return Offer(finding.pk, method, finding.geometry, tuple(changes))


def _fill_gap(bench: Bench, finding: QualityFinding) -> list[Change]:
    hole = bench.units(finding.geometry)
    around = bench.around(finding.geometry)
    if bench.area(hole) > bench.fill_m2:
        raise topology.CannotBe("too-large")
    # what has been filled since is no gap any more
    left = topology.cut_away(hole, [bench.shapes[row] for row in around])
    best = topology.longest_neighbour(hole, [bench.shapes[row] for row in around])
    if best is None or not left:
        raise topology.CannotBe("not-touching")
    row = around[best]
    return _joined(bench, row, left, around)


def _joined(bench: Bench, row: int, pieces: Sequence[BaseGeometry], around: Sequence[int]) -> list[Change]:
    """The row with pieces added, its nodes and those of its neighbours made common."""
    others = [other for other in around if other != row]
    nodes = [bench.shapes[other] for other in others]
    whole = topology.merge(
        [topology.with_nodes_of(bench.shapes[row], list(pieces)), *(topology.with_nodes_of(one, [bench.shapes[row]]) for one in pieces)]
    )
    return [bench.change(row, topology.with_nodes_of(whole, nodes))]


def _cut(bench: Bench, finding: QualityFinding, choose: Callable[[int, int], tuple[int, int]]) -> list[Change]:
    if len(finding.rows) != 2:
        raise topology.CannotBe("not-touching")
    loser, keeper = choose(*(int(row) for row in finding.rows))
    shape, kept = bench.of(loser), bench.of(keeper)
    pieces = topology.cut_away(shape, [kept])
    dust = [piece for piece in pieces[1:] if bench.area(piece) > 1.0]
    if not pieces:
        raise topology.CannotBe("nothing-left")
    if dust and shape.geom_type == "Polygon":
        raise topology.CannotBe("falls-apart")
    left = pieces[0] if shape.geom_type == "Polygon" else shapely.multipolygons(pieces)
    fresh = topology.with_nodes_of(kept, [left]) if kept.geom_type == "Polygon" else kept
    changes = [bench.change(loser, left)]
    return [*changes, bench.change(keeper, fresh)] if not fresh.equals_exact(kept, 0) else changes


def _by_size(bench: Bench, *, smaller: bool) -> Callable[[int, int], tuple[int, int]]:
    def choose(one: int, two: int) -> tuple[int, int]:
        first_is_smaller = bench.of(one).area <= bench.of(two).area
        return (one, two) if first_is_smaller == smaller else (two, one)

    return choose


def _merge_sliver(bench: Bench, finding: QualityFinding) -> list[Change]:
    row = int(finding.rows[0])
    sliver = bench.of(row)
    if bench.area(sliver) > bench.fill_m2 and finding.message_code == "small":
        raise topology.CannotBe("too-large")
    around = [other for other in bench.around(bench.degrees(sliver)) if other != row]
    best = topology.longest_neighbour(sliver, [bench.shapes[other] for other in around])
    if best is None:
        raise topology.CannotBe("not-touching")
    into = around[best]
    return [
        bench.change(row, None, into),
        *_joined(bench, into, topology.parts_of(sliver), [other for other in around if other != into] + [into]),
    ]


def _remove_spike(bench: Bench, finding: QualityFinding) -> list[Change]:
    row = int(finding.rows[0])
    shape = bench.of(row)
    if shape.geom_type != "Polygon":
        raise topology.CannotBe("falls-apart")
    mended = topology.without_spikes(shape, bench.limits.spike_degrees)
    if mended.geom_type != "Polygon":
        raise topology.CannotBe("falls-apart")
    change = bench.change(row, mended)
    if abs(change.difference_m2) > max(bench.limits.repair_share * change.before_m2, bench.fill_m2):
        raise topology.CannotBe("too-large")
    return [change]


_WAYS: dict[str, Callable[[Bench, QualityFinding], list[Change]]] = {
    "fill-gap": _fill_gap,
    "cut-first": lambda bench, finding: _cut(bench, finding, lambda one, two: (one, two)),
    "cut-second": lambda bench, finding: _cut(bench, finding, lambda one, two: (two, one)),
    "cut-smaller": lambda bench, finding: _cut(bench, finding, _by_size(bench, smaller=True)),
    "cut-larger": lambda bench, finding: _cut(bench, finding, _by_size(bench, smaller=False)),
    "merge-sliver": _merge_sliver,
    "remove-spike": _remove_spike,
}


def mend_finding(actor: Actor, finding: QualityFinding, method: str) -> list[RepairLog]:
    """Mend one finding by one of the ways offered. The delivery is to be checked again. Raises ``Conflict`` when it is refused."""
    if method not in BY_MESSAGE.get(finding.message_code, ()):
        raise BadInput(_("这个问题不能这样修。"), how=_("请选页面上列出的办法。"))
    made = offer(Bench(finding.delivery), finding, method)
    if made.refused:
        raise Conflict(made.refused, how=_("请在源数据中改正，或换一种办法。"))
    return mend(actor, finding.delivery, offers=[made])


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


def open_findings(delivery: Delivery) -> QuerySet[QualityFinding]:
    """Findings with a place that are not mended yet."""
    return delivery.quality_findings.filter(run=delivery.current_run, repaired=False)


def counts_by_rule(delivery: Delivery) -> dict[str, int]:
    """How many findings each rule would look at."""
    codes = list(open_findings(delivery).values_list("message_code", flat=True))
    return {rule: sum(code in kinds for code in codes) for rule, kinds in RULES.items()}


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


def total_change(logs: Iterable[RepairLog]) -> float:
    """Sum of area changes, m²."""
    return float(sum(log.area_after_m2 - log.area_before_m2 for log in logs))
