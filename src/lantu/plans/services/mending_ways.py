"""Ways to mend a fault of a delivery: what each would do to the patches concerned, on the working grid. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from lantu.core.errors import Conflict
from lantu.plans import inspection, topology
from lantu.plans.models import Delivery, DeliveryFeature, QualityFinding
from lantu.plans.selectors import taken_in
from lantu.standards import selectors

METHODS = {
    "fill-gap": gettext_lazy("补缝：并入公共边最长的邻斑"),
    "cut-first": gettext_lazy("切重叠：从第一个图斑切去"),
    "cut-second": gettext_lazy("切重叠：从第二个图斑切去"),
    "cut-smaller": gettext_lazy("切重叠：从小的图斑切去"),
    "cut-larger": gettext_lazy("切重叠：从大的图斑切去"),
    "merge-sliver": gettext_lazy("并碎斑：并入公共边最长的邻斑"),
    "remove-spike": gettext_lazy("去尖角"),
}


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
    changed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.grid = selectors.working_grid()
        self.limits = inspection.thresholds()
        tolerances = selectors.catalogue().tolerances
        self.scale = self.delivery.dataset.scale
        self.fill_m2 = float((tolerances.get("repair") or {}).get("fill_mm2", 4)) * 1e-6 * self.scale**2

    def around(self, place: BaseGeometry) -> list[int]:
        """Rows of the valid patches that touch a place (degrees)."""
        west, south, east, north = place.bounds
        found = list(taken_in(self.delivery).in_window(west - 1e-6, south - 1e-6, east + 1e-6, north + 1e-6))
        for row in found:
            self._take(row)
        # a shape that an offer has changed may have grown beyond the box that its row is stored with
        numbers = sorted(({row.row for row in found} | self.changed) - self.gone)
        shapes = np.array([self.shapes[number] for number in numbers], dtype=object)
        near = shapely.is_valid(shapes) & shapely.dwithin(shapes, self.grid.units_of(place), 2.0)
        return [number for number, is_near in zip(numbers, near, strict=True) if is_near]

    def of(self, number: int) -> BaseGeometry:
        """The shape of a row in grid units. Raises ``Conflict`` when it is not there any more."""
        if number not in self.rows:
            found = taken_in(self.delivery).filter(row=number).first()
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
                self.shapes[change.row] = self.grid.units_of(change.shape)
                self.changed.add(change.row)

    def _take(self, row: DeliveryFeature) -> None:
        if row.row not in self.rows:
            self.rows[row.row], self.shapes[row.row] = row, self.grid.units_of(row.geometry)

    def change(self, row: int, shape: BaseGeometry | None, into: int | None = None) -> Change:
        """A change of a row (grid units) with its areas."""
        before = self.grid.area_of(self.shapes[row])
        if shape is None:
            return Change(row, before, 0.0, None, into)
        return Change(row, before, self.grid.area_of(shape), self.grid.degrees_of(shape), into)


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
    hole = bench.grid.units_of(finding.geometry)
    around = bench.around(finding.geometry)
    if bench.grid.area_of(hole) > bench.fill_m2:
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
    dust = [piece for piece in pieces[1:] if bench.grid.area_of(piece) > 1.0]
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
    if bench.grid.area_of(sliver) > bench.fill_m2 and finding.message_code == "small":
        raise topology.CannotBe("too-large")
    around = [other for other in bench.around(bench.grid.degrees_of(sliver)) if other != row]
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
