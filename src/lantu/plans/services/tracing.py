"""Tracing: features drawn on a sheet, split, merged and reshaped with common borders kept, or made of its colours."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, NotFound
from lantu.core.jobs import JobContext, job_kind
from lantu.core.verbs import verb
from lantu.geodesy.grid import WorkingGrid
from lantu.plans import topology
from lantu.plans.models import ScanSheet, TracedFeature, TraceLog
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.scans import regions
from lantu.plans.services.intake import plain
from lantu.plans.services.sheets import State, fit_of, locked_sheet, picture_of
from lantu.plans.services.states import step
from lantu.standards import selectors

Way = TracedFeature.Way
Tell = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A colour of the legend: clicked at a pixel, standing for a code."""

    code: str
    color: tuple[int, int, int]
    attributes: dict[str, Any] = field(default_factory=dict)


def _refusal(error: topology.CannotBe) -> BadInput:
    what, how = {
        "not-crossing": (_("这条线没有把图斑切成两块。"), _("请从图斑外画到图斑外，完全穿过它。")),
        "not-touching": (_("所选图斑没有公共边，合不成一块。"), _("请选相邻的图斑。")),
        "nothing-left": (_("这样改后什么也不剩。"), _("请核对图形。")),
        "invalid": (_("图形自相交或为空。"), _("请重画，边线不能交叉。")),
    }[error.reason]
    return BadInput(what, how=how, code=error.reason)


class Desk:
    """The features of one sheet on the working grid, to be changed together and written once."""

    def __init__(self, sheet: ScanSheet) -> None:
        self.sheet = sheet
        self.grid: WorkingGrid = selectors.working_grid()
        self.rows: dict[int, TracedFeature] = {row.number: row for row in sheet.features.all()}
        degrees = np.array([row.geometry for row in self.rows.values()], dtype=object)
        self.shapes: dict[int, BaseGeometry] = dict(zip(self.rows, self.grid.units_of(degrees), strict=True))
        self.changed: set[int] = set()

    def of(self, number: int) -> BaseGeometry:
        """The shape of a feature. Raises ``NotFound``."""
        if number not in self.shapes:
            raise NotFound(_("图幅里没有第 %(n)s 号要素。") % {"n": number}, how=_("请刷新页面。"))
        return self.shapes[number]

    def put(self, number: int, shape: BaseGeometry) -> None:
        """Give a feature another shape."""
        self.shapes[number] = shape
        self.changed.add(number)

    def near(self, shape: BaseGeometry, but: Iterable[int] = ()) -> list[int]:
        """Numbers of the features that touch a shape."""
        left_out = set(but)
        numbers = [number for number in self.shapes if number not in left_out]
        if not numbers:
            return []
        tree = shapely.STRtree([self.shapes[number] for number in numbers])
        return [numbers[i] for i in tree.query(shape, predicate="dwithin", distance=1.0)]

    def join_up(self, numbers: Iterable[int]) -> None:
        """Put nodes into neighbours (and from them) so that common borders have the same nodes on both sides."""
        for number in numbers:
            around = self.near(self.shapes[number], but=[number])
            for other in around:
                fresh = topology.with_nodes_of(self.shapes[other], [self.shapes[number]])
                if not fresh.equals_exact(self.shapes[other], 0):
                    self.put(other, fresh)
            self.put(number, topology.with_nodes_of(self.shapes[number], [self.shapes[other] for other in around]))

    def write(self, actor: Actor) -> None:
        """Save what has changed."""
        for number in self.changed & self.rows.keys():
            row = self.rows[number]
            row.geometry, row.area_m2 = self.grid.degrees_of(self.shapes[number]), self.grid.area_of(self.shapes[number])
            row.changed_by_id, row.changed_by_name, row.changed_at = actor.user_id, actor.name, timezone.now()
            row.save()

    @functools.cached_property
    def next_number(self) -> int:
        """The next free number; numbers are not used again, so those in the log count too."""
        logged = self.sheet.log.values_list("numbers", flat=True)
        return max(max(self.rows, default=0), max((max(numbers, default=0) for numbers in logged), default=0)) + 1

    def add(self, actor: Actor, shape: BaseGeometry, **facts: Any) -> TracedFeature:
        """A new feature."""
        row = TracedFeature(
            sheet=self.sheet,
            number=self.next_number,
            geometry=self.grid.degrees_of(shape),
            area_m2=self.grid.area_of(shape),
            author_id=actor.user_id,
            author_name=actor.name,
            **facts,
        )
        row.save()
        self.next_number += 1
        self.rows[row.number], self.shapes[row.number] = row, shape
        return row

    def log(self, actor: Actor, act: str, numbers: Sequence[int], before: float, after: float) -> None:
        """Note what was done and how much area changed."""
        remark(act=act, numbers=list(numbers), before_m2=round(before, 2), after_m2=round(after, 2))
        TraceLog.objects.create(
            sheet=self.sheet, act=act, numbers=list(numbers), area_before_m2=before, area_after_m2=after, by_name=actor.name
        )


def _opened(sheet: ScanSheet) -> Desk:
    return Desk(locked_sheet(sheet, State.TRACING))


def _code(sheet: ScanSheet, code: str) -> str:
    """The code as the catalogue writes it. Raises ``BadInput`` for an unknown one."""
    table = selectors.catalogue().table_of(selectors.layer(sheet.dataset.layer_code))
    if not code or table is None:
        return ""
    parsed = table.parse(code)
    if parsed is None:
        raise BadInput(_("分类标准里没有代码「%(code)s」。") % {"code": code}, how=_("请从列表里选。"))
    return "/".join(part for part, _share in parsed)


@verb("plans.draw_feature", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def draw_feature(
    actor: Actor, sheet: ScanSheet, geometry: BaseGeometry, *, code: str = "", attributes: dict[str, Any] | None = None
) -> list[TracedFeature]:
    """Add what was drawn (degrees). Ground that other features hold already is cut away; what falls apart becomes several features.

    Raises ``BadInput`` for crossing lines or when nothing is left.
    """
    desk = _opened(sheet)
    kind = selectors.layer(sheet.dataset.layer_code).geometry_kind
    wanted = {"polygon": "Polygon", "line": "LineString", "point": "Point"}.get(kind, "")
    if geometry.geom_type != wanted or geometry.is_empty or not shapely.is_valid(geometry):
        raise _refusal(topology.CannotBe("invalid"))
    facts = {"code": _code(sheet, code), "attributes": plain(attributes or {})}
    shape = desk.grid.units_of(geometry)
    if kind != "polygon":
        row = desk.add(actor, shape, **facts)
        desk.log(actor, "draw", [row.number], 0, 0)
        return [row]
    pieces = topology.cut_away(shape, [desk.shapes[number] for number in desk.near(shape)])
    pieces = [piece for piece in pieces if piece.area > 1e4]  # 1 cm²: dust of rounding
    if not pieces:
        raise BadInput(_("画的地方已经全有图斑了。"), how=_("请画在空处，或用「切分」「修边」改已有的图斑。"), code="nothing-left")
    rows = [desk.add(actor, piece, **facts) for piece in pieces]
    desk.join_up([row.number for row in rows])
    desk.write(actor)
    desk.log(actor, "draw", [row.number for row in rows], 0, sum(row.area_m2 for row in rows))
    return rows


@verb("plans.split_feature", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def split_features(actor: Actor, sheet: ScanSheet, line: BaseGeometry, numbers: Sequence[int] = ()) -> list[TracedFeature]:
    """Cut features along a line (degrees); without ``numbers`` all that it goes through. Neighbours get the new nodes."""
    desk = _opened(sheet)
    cut = desk.grid.units_of(line)
    chosen = list(numbers) or [number for number in desk.near(cut) if cut.crosses(desk.shapes[number])]
    before = sum(desk.grid.area_of(desk.of(number)) for number in chosen)
    fresh: list[TracedFeature] = []
    divided: list[int] = []
    refused: topology.CannotBe | None = None
    for number in chosen:
        try:
            first, *others = topology.split(desk.of(number), cut)
        except topology.CannotBe as error:
            refused = error
            continue
        desk.put(number, first)
        divided.append(number)
        row = desk.rows[number]
        fresh += [desk.add(actor, piece, code=row.code, attributes=row.attributes, way=row.way) for piece in others]
    if not divided:
        raise _refusal(refused or topology.CannotBe("not-crossing"))
    changed = [*divided, *(row.number for row in fresh)]
    desk.join_up(changed)
    desk.write(actor)
    desk.log(actor, "split", changed, before, sum(desk.grid.area_of(desk.shapes[number]) for number in changed))
    return [desk.rows[number] for number in changed]


@verb("plans.merge_features", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def merge_features(actor: Actor, sheet: ScanSheet, numbers: Sequence[int]) -> TracedFeature:
    """Make one feature of several neighbours; it keeps the number, code and attributes of the first."""
    desk = _opened(sheet)
    chosen = list(dict.fromkeys(numbers))
    if len(chosen) < 2:
        raise BadInput(_("合并要选两个以上图斑。"), how=_("请按住 Shift 多选。"))
    before = sum(desk.grid.area_of(desk.of(number)) for number in chosen)
    try:
        united = topology.merge([desk.of(number) for number in chosen])
    except topology.CannotBe as error:
        raise _refusal(error) from error
    first, *gone = chosen
    for number in gone:
        desk.rows.pop(number).delete()
        desk.shapes.pop(number)
    desk.put(first, united)
    desk.join_up([first])
    desk.write(actor)
    desk.log(actor, "merge", chosen, before, desk.grid.area_of(desk.shapes[first]))
    return desk.rows[first]


@verb("plans.reshape_features", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def reshape_features(actor: Actor, sheet: ScanSheet, shapes: dict[int, BaseGeometry]) -> list[TracedFeature]:
    """Take changed borders over (degrees), of all features that share them at once. Overlaps are refused: ``Conflict``."""
    desk = _opened(sheet)
    before = sum(desk.grid.area_of(desk.of(number)) for number in shapes)
    for number, geometry in shapes.items():
        shape = desk.grid.units_of(geometry)
        if shape.geom_type != desk.of(number).geom_type or not shapely.is_valid(shape) or shape.is_empty:
            raise _refusal(topology.CannotBe("invalid"))
        desk.put(number, shape)
    for number in shapes:
        for other in desk.near(desk.shapes[number], but=[number]):
            common = shapely.intersection(desk.shapes[number], desk.shapes[other])
            if common.area > 2 * common.length + 100:  # more than a strip of rounding
                raise Conflict(
                    _("第 %(one)s 号和第 %(two)s 号图斑会重叠。") % {"one": number, "two": other},
                    where=f"{common.area * desk.grid.unit_m**2:.2f} ㎡",
                    how=_("请连同邻斑的公共边一起移动，或先切去重叠。"),
                )
    desk.join_up(list(shapes))
    desk.write(actor)
    desk.log(actor, "reshape", list(shapes), before, sum(desk.grid.area_of(desk.shapes[number]) for number in shapes))
    return [desk.rows[number] for number in shapes]


@verb("plans.describe_features", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def describe_features(
    actor: Actor, sheet: ScanSheet, numbers: Sequence[int], *, code: str, attributes: dict[str, Any]
) -> list[TracedFeature]:
    """Give features their code and attributes, as the form says."""
    desk = _opened(sheet)
    written = _code(sheet, code)
    for number in numbers:
        desk.of(number)
        row = desk.rows[number]
        row.code, row.attributes = written, plain({**row.attributes, **attributes})
        row.changed_by_id, row.changed_by_name, row.changed_at = actor.user_id, actor.name, timezone.now()
        row.save()
    remark(numbers=list(numbers), code=written)
    return [desk.rows[number] for number in numbers]


@verb("plans.erase_features", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def erase_features(actor: Actor, sheet: ScanSheet, numbers: Sequence[int] = (), *, batch: str = "") -> int:
    """Take features away: those of the numbers, or all of one extraction (``batch``). Returns how many."""
    desk = _opened(sheet)
    wanted = set(numbers)
    chosen = [row for row in desk.rows.values() if (batch and row.batch == batch) or row.number in wanted]
    before = sum(row.area_m2 for row in chosen)
    desk.log(actor, "erase", [row.number for row in chosen], before, 0)
    sheet.features.filter(pk__in=[row.pk for row in chosen]).delete()
    return len(chosen)


def extract_regions(
    actor: Actor,
    sheet: ScanSheet,
    legend: Sequence[Entry],
    settings: regions.Settings | None = None,
    *,
    within: BaseGeometry | None = None,
    tell: Tell = lambda share, step: None,
) -> list[TracedFeature]:
    """Make features of the colour regions of a sheet (``within`` a polygon in degrees). Ground that is traced already stays as it is.

    Raises ``BadInput``.
    """
    if not legend:
        raise BadInput(_("图例是空的。"), how=_("请在图上点取每种颜色，并选它代表的分类。"))
    codes = [_code(sheet, entry.code) for entry in legend]
    found = regions.extract(picture_of(sheet), [entry.color for entry in legend], settings, lambda share, step: tell(0.8 * share, step))
    return _take_regions(actor, sheet, legend=legend, codes=codes, found=found, within=within)


@verb("plans.extract_regions", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def _take_regions(
    actor: Actor, sheet: ScanSheet, *, legend: Sequence[Entry], codes: list[str], found: regions.Regions, within: BaseGeometry | None
) -> list[TracedFeature]:
    desk = _opened(sheet)
    fitted = fit_of(desk.sheet)
    batch, start = uuid.uuid4().hex, desk.next_number
    held = list(desk.shapes.values())
    shapes = shapely.transform(found.polygons, lambda xy: desk.grid.snap(fitted.forward(xy)).astype(np.float64) if len(xy) else xy)
    if within is not None:
        frame = topology.on_grid(desk.grid.units_of(within))
        shapes = np.array([shapely.intersection(topology.on_grid(shape), frame, grid_size=topology.UNIT) for shape in shapes], dtype=object)
    rows: list[TracedFeature] = []
    for shape, label in zip(shapes, found.labels, strict=True):
        pieces = topology.cut_away(shape, held) if held else topology.parts_of(shape if shape.is_valid else topology.on_grid(shape))
        for piece in pieces:
            if desk.grid.area_of(piece) < 1.0:
                continue
            rows.append(
                TracedFeature(
                    sheet=desk.sheet,
                    number=start + len(rows),
                    geometry=desk.grid.degrees_of(piece),
                    area_m2=desk.grid.area_of(piece),
                    code=codes[label - 1],
                    attributes=plain(legend[label - 1].attributes),
                    way=Way.REGION,
                    batch=batch,
                    author_id=actor.user_id,
                    author_name=actor.name,
                )
            )
    TracedFeature.objects.bulk_create(_boxed(rows), batch_size=500)
    desk.sheet.legend = [{"code": code, "color": list(entry.color)} for code, entry in zip(codes, legend, strict=True)]
    desk.log(actor, "extract", [row.number for row in rows], 0, sum(row.area_m2 for row in rows))
    step(desk.sheet, State.TRACING, "legend")
    return rows


def _boxed(rows: list[TracedFeature]) -> list[TracedFeature]:
    for row in rows:
        row.min_x, row.min_y, row.max_x, row.max_y = row.geometry.bounds
    return rows


@job_kind("plans.extract_regions")
def _job(
    context: JobContext, sheet: int, legend: list[dict[str, Any]], settings: dict[str, Any] | None = None, within: str = ""
) -> dict[str, Any]:
    entries = [Entry(one["code"], tuple(one["color"]), one.get("attributes") or {}) for one in legend]
    found = ScanSheet.objects.select_related("dataset").get(pk=sheet)
    rows = extract_regions(
        context.actor,
        found,
        entries,
        regions.Settings(**settings or {}),
        within=shapely.from_wkt(within) if within else None,
        tell=context.progress,
    )
    return {"sheet": sheet, "features": len(rows)}
