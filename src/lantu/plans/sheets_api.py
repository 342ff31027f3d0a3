"""``/api/v1/plans/sheets``: scanned sheets, their control points, and what is traced from them. Coordinates of features in EPSG:4490."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
import dataclasses
from typing import Any

import shapely
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from shapely.geometry.base import BaseGeometry

from lantu.core import jobs
from lantu.core.access import access
from lantu.core.api import JobOut
from lantu.core.errors import BadInput, NotFound
from lantu.plans import maps
from lantu.plans.models import PlanDataset, PlanPatch, PlanRelease, ScanSheet, TracedFeature
from lantu.plans.permissions import READERS
from lantu.plans.scans import regions
from lantu.plans.services import sheet_jobs, sheets, tracing
from lantu.standards import selectors

router = Router(tags=["scanned sheets"])
AROUND = 3000
"""How many patches beside a sheet are given to snap to."""


class PointIn(Schema):
    """A control point: pixel of the picture, coordinates in the frame."""

    px: float
    py: float
    x: float
    y: float
    label: str = ""


class PlaceIn(Schema):
    """How a sheet is placed."""

    method: str
    epsg: int
    points: list[PointIn]
    version: int | None = None


class BringIn(Schema):
    """The dataset the sheets go to, pages as ``1,3-5`` (default all), scale denominator."""

    dataset: int
    pages: str = ""
    scale: int | None = None


class FitOut(Schema):
    """Residuals per point and their RMS, in m."""

    rms_m: float
    points: list[dict[str, float | None]]


class SheetOut(Schema):
    """A sheet."""

    id: int
    dataset: int
    title: str
    state: str
    version: int
    width: int
    height: int
    picture: str
    warped: str | None
    bounds: list[float]
    method: str
    epsg: int | None
    points: list[dict[str, Any]]
    fit: dict[str, Any]
    legend: list[dict[str, Any]]
    extent: list[float]
    codes: list[dict[str, str]]
    editable: bool


class FeatureIn(Schema):
    """What was drawn (GeoJSON geometry), its class and attributes."""

    geometry: dict[str, Any]
    code: str = ""
    attributes: dict[str, Any] = {}


class ShapeIn(Schema):
    """The changed border of a feature."""

    number: int
    geometry: dict[str, Any]


class SplitIn(Schema):
    """A line to cut along; without numbers all that it crosses."""

    line: dict[str, Any]
    numbers: list[int] = []


class NumbersIn(Schema):
    """Features by their numbers."""

    numbers: list[int]


class DescribeIn(Schema):
    """Class and attributes for features."""

    numbers: list[int]
    code: str = ""
    attributes: dict[str, Any] = {}


class LegendIn(Schema):
    """A colour of the legend and the class it stands for."""

    code: str
    color: tuple[int, int, int]


class RegionsIn(Schema):
    """The legend, where to look (GeoJSON polygon, default the whole sheet), and how pixels become regions."""

    legend: list[LegendIn]
    within: dict[str, Any] | None = None
    tolerance: float = 18.0
    line_px: int = 12
    smallest_px: int = 150


def find_sheet(pk: int) -> ScanSheet:
    """The sheet of that number. Raises ``NotFound``."""
    found = ScanSheet.objects.select_related("dataset", "picture", "warped").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号图幅。") % {"id": pk}, how="/plans/sheets/")
    return found


def _actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]


def _shape(geometry: dict[str, Any]) -> BaseGeometry:
    try:
        return shapely.force_2d(shapely.geometry.shape(geometry))
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise BadInput(_("图形不是 GeoJSON。"), where=str(error), how=_("请给出 EPSG:4490 的 GeoJSON 图形。")) from error


def collection(rows: Any, layer: Any, table: Any) -> dict[str, Any]:
    """Traced features as GeoJSON, each with number, class, colour, area, author."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": row.number,
                "geometry": dict(shapely.geometry.mapping(row.geometry)),
                "properties": {
                    "number": row.number,
                    "code": row.code,
                    "color": maps.fill_of(layer, table, row.code.split("/")[0]),
                    "area_m2": round(row.area_m2, 2),
                    "way": row.way,
                    "batch": row.batch,
                    "author": row.author_name,
                    "attributes": row.attributes,
                },
            }
            for row in rows
        ],
    }


def _features(sheet: ScanSheet, rows: Any) -> dict[str, Any]:
    layer = selectors.layer(sheet.dataset.layer_code)
    return collection(rows, layer, selectors.catalogue().table_of(layer))


@router.post("", response={202: JobOut}, url_name="plans-sheets-bring")
@access("planner")
def bring(request: HttpRequest, files: File[list[UploadedFile]], said: Form[BringIn]) -> Any:
    """Give images and PDFs; their pages are taken in as a job, whose result names the sheets."""
    dataset = PlanDataset.objects.filter(pk=said.dataset).first()
    if dataset is None:
        raise NotFound(_("没有第 %(id)s 号数据集。") % {"id": said.dataset}, how="/plans/")
    streams = [(str(one.name), one.file) for one in files]
    job = sheet_jobs.enqueue_sheets(_actor(request), dataset, streams, pages=sheet_jobs.page_numbers(said.pages), scale=said.scale)  # type: ignore[arg-type]
    return Status(202, JobOut.from_orm(job))


@router.get("{sheet}", response=SheetOut, url_name="plans-sheet")
@access(*READERS)
def sheet(request: HttpRequest, sheet: int) -> SheetOut:
    """A sheet: picture, place, classes to choose from."""
    found = find_sheet(sheet)
    layer = selectors.layer(found.dataset.layer_code)
    table = selectors.catalogue().table_of(layer)
    codes = [
        {"code": one.code, "name": one.name_zh, "color": maps.fill_of(layer, table, one.code)}
        for one in (table.entries.values() if table else ())
    ]
    return SheetOut(
        id=found.pk,
        dataset=found.dataset_id,
        title=str(found),
        state=found.state,
        version=found.version,
        width=found.width,
        height=found.height,
        picture=reverse("plans:sheet-picture", args=[found.pk]),
        warped=f"{reverse('plans:sheet-warped', args=[found.pk])}?v={found.version}" if found.warped_id else None,
        bounds=found.bounds,
        method=found.method,
        epsg=found.epsg,
        points=found.points,
        fit=found.fit,
        legend=found.legend,
        extent=list(selectors.city_extent()),
        codes=codes,
        editable=_actor(request).role == "planner" and found.state == ScanSheet.State.TRACING,
    )


@router.post("{sheet}/fit", response=FitOut, url_name="plans-sheet-fit")
@access("planner")
def fit(request: HttpRequest, sheet: int, given: PlaceIn) -> dict[str, Any]:
    """The residuals these control points would leave; nothing is saved."""
    find_sheet(sheet)
    points = [sheets.Point(**one.dict()) for one in given.points]
    return sheets.describe_fit(sheets.fit_points(given.method, given.epsg, points))


@router.put("{sheet}/points", response=FitOut, url_name="plans-sheet-points")
@access("planner")
def place(request: HttpRequest, sheet: int, given: PlaceIn) -> Any:
    """Place the sheet by its control points."""
    points = [sheets.Point(**one.dict()) for one in given.points]
    done = sheets.reference_sheet(
        _actor(request), find_sheet(sheet), method=given.method, epsg=given.epsg, points=points, version=given.version
    )
    return {"rms_m": done.fit["rms_m"], "points": done.fit["points"]}


@router.post("{sheet}/place", response={202: JobOut}, url_name="plans-sheet-place")
@access("planner")
def place_large(request: HttpRequest, sheet: int, given: PlaceIn) -> Any:
    """The same as a job with progress, for large pictures."""
    points = [sheets.Point(**one.dict()) for one in given.points]
    facts: dict[str, Any] = {"method": given.method, "epsg": given.epsg, "points": points, "version": given.version}
    return Status(202, JobOut.from_orm(sheet_jobs.enqueue_placing(_actor(request), find_sheet(sheet), **facts)))


@router.get("{sheet}/features", url_name="plans-sheet-features")
@access(*READERS)
def features(request: HttpRequest, sheet: int) -> dict[str, Any]:
    """What is traced so far, as GeoJSON."""
    found = find_sheet(sheet)
    return _features(found, found.features.all())


@router.get("{sheet}/around", url_name="plans-sheet-around")
@access(*READERS)
def around(request: HttpRequest, sheet: int) -> dict[str, Any]:
    """What lies in the sheet's frame already: patches in force of the same layer, and what other sheets hold; to snap to."""
    found = find_sheet(sheet)
    if not found.bounds:
        return {"type": "FeatureCollection", "features": []}
    releases = PlanRelease.objects.filter(layer_code=found.dataset.layer_code, state=PlanRelease.State.RELEASED)
    patches = PlanPatch.objects.filter(release__in=releases).in_window(*found.bounds)[:AROUND]
    others = TracedFeature.objects.filter(sheet__dataset=found.dataset).exclude(sheet=found).in_window(*found.bounds)
    shapes = [row.geometry for row in (*patches, *others[:AROUND])]
    rows = [
        {"type": "Feature", "properties": {}, "geometry": dict(shapely.geometry.mapping(shape))} for shape in shapes if shape is not None
    ]
    return {"type": "FeatureCollection", "features": rows}


@router.post("{sheet}/features", response={201: dict[str, Any]}, url_name="plans-sheet-draw")
@access("planner")
def draw(request: HttpRequest, sheet: int, given: FeatureIn) -> Any:
    """Add what was drawn; ground that is held already is cut away."""
    found = find_sheet(sheet)
    rows = tracing.draw_feature(_actor(request), found, _shape(given.geometry), code=given.code, attributes=given.attributes)
    return Status(201, _features(found, rows))


@router.put("{sheet}/features", url_name="plans-sheet-reshape")
@access("planner")
def reshape(request: HttpRequest, sheet: int, given: list[ShapeIn]) -> dict[str, Any]:
    """Take changed borders over, of all features that share them."""
    found = find_sheet(sheet)
    rows = tracing.reshape_features(_actor(request), found, {one.number: _shape(one.geometry) for one in given})
    return _features(found, rows)


@router.post("{sheet}/split", url_name="plans-sheet-split")
@access("planner")
def split(request: HttpRequest, sheet: int, given: SplitIn) -> dict[str, Any]:
    """Cut features along a line."""
    found = find_sheet(sheet)
    return _features(found, tracing.split_features(_actor(request), found, _shape(given.line), given.numbers))


@router.post("{sheet}/merge", url_name="plans-sheet-merge")
@access("planner")
def merge(request: HttpRequest, sheet: int, given: NumbersIn) -> dict[str, Any]:
    """Make one feature of neighbours."""
    found = find_sheet(sheet)
    return _features(found, [tracing.merge_features(_actor(request), found, given.numbers)])


@router.post("{sheet}/describe", url_name="plans-sheet-describe")
@access("planner")
def describe(request: HttpRequest, sheet: int, given: DescribeIn) -> dict[str, Any]:
    """Give features their class and attributes."""
    found = find_sheet(sheet)
    rows = tracing.describe_features(_actor(request), found, given.numbers, code=given.code, attributes=given.attributes)
    return _features(found, rows)


@router.post("{sheet}/erase", url_name="plans-sheet-erase")
@access("planner")
def erase(request: HttpRequest, sheet: int, given: NumbersIn) -> dict[str, int]:
    """Take features away."""
    return {"erased": tracing.erase_features(_actor(request), find_sheet(sheet), given.numbers)}


@router.get("{sheet}/color", url_name="plans-sheet-color")
@access("planner")
def color(request: HttpRequest, sheet: int, x: float, y: float) -> dict[str, list[int]]:
    """The colour at a pixel of the picture."""
    found = find_sheet(sheet)
    if not (0 <= x < found.width and 0 <= y < found.height):
        raise BadInput(_("点在图幅外。"), how=_("请点在图内。"))
    return {"color": list(regions.color_at(sheets.picture_of(found), x, y))}


@router.get("{sheet}/pixel", url_name="plans-sheet-pixel")
@access("planner")
def pixel(request: HttpRequest, sheet: int, lon: float, lat: float) -> dict[str, Any]:
    """The pixel and colour of the picture at a place in degrees: for picking the legend on the map."""
    found = find_sheet(sheet)
    x, y = sheets.pixel_of(found, lon, lat)
    return {"x": x, "y": y, "color": list(regions.color_at(sheets.picture_of(found), x, y))}


@router.post("{sheet}/regions", response={202: JobOut}, url_name="plans-sheet-regions")
@access("planner")
def extract(request: HttpRequest, sheet: int, given: RegionsIn) -> Any:
    """Make features of the colour regions, as a job."""
    found = find_sheet(sheet)
    settings = regions.Settings(tolerance=given.tolerance, line_px=given.line_px, smallest_px=given.smallest_px)
    job = jobs.enqueue(
        _actor(request),
        "plans.extract_regions",
        _("提取色块 %(sheet)s") % {"sheet": found},
        subject=found,
        sheet=found.pk,
        legend=[{"code": one.code, "color": list(one.color)} for one in given.legend],
        settings=dataclasses.asdict(settings),
        within=shapely.to_wkt(_shape(given.within), rounding_precision=10) if given.within else "",
    )
    return Status(202, JobOut.from_orm(job))


@router.get("{sheet}/convert", url_name="plans-sheet-convert")
@access("planner")
def convert(request: HttpRequest, sheet: int, lon: float, lat: float, epsg: int) -> dict[str, float]:
    """A place in degrees in the frame of the control points."""
    find_sheet(sheet)
    x, y = sheets.in_frame(epsg, lon, lat)
    return {"x": x, "y": y}
