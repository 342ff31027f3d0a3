"""Scanned sheets: taken in, referenced by control points, checked by a second person, handed over as a delivery."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray
from PIL import Image

from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.models import StoredFile
from lantu.core.verbs import verb
from lantu.geodesy.transform import transform
from lantu.plans.models import Delivery, PlanDataset, ScanSheet, TracedFeature
from lantu.plans.permissions import NEED_CHECKER, NEED_PLANNER, is_second_tracer, may_bring
from lantu.plans.scans import georef, rasters, warp
from lantu.plans.services.intake import NamedStream, checked_transform, confirm_reading, receive_delivery
from lantu.plans.services.states import step
from lantu.standards import selectors

State = ScanSheet.State
FloatArray = NDArray[np.float64]
Tell = Callable[[float, str], None]
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".pdf")
METHOD_WORDS = {
    "affine": gettext_lazy("仿射"),
    "projective": gettext_lazy("投影"),
    "polynomial2": gettext_lazy("二次多项式"),
    "polynomial3": gettext_lazy("三次多项式"),
    "spline": gettext_lazy("薄板样条"),
}
MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Point:
    """A control point: pixel of the picture and the coordinates there, (east, north) or (lon, lat) of the sheet's frame."""

    px: float
    py: float
    x: float
    y: float
    label: str = ""


def bring_sheets(
    actor: Actor, dataset: PlanDataset, uploads: Sequence[NamedStream], *, pages: Sequence[int] = (), scale: int | None = None
) -> list[ScanSheet]:
    """Take images and PDFs in, as ``bring_stored``."""
    return bring_stored(actor, dataset, [(name, files.store(stream)) for name, stream in uploads], pages=pages, scale=scale)


def bring_stored(
    actor: Actor,
    dataset: PlanDataset,
    given: Sequence[tuple[str, StoredFile]],
    *,
    pages: Sequence[int] = (),
    scale: int | None = None,
    tell: Tell = lambda share, step: None,
) -> list[ScanSheet]:
    """Take images and PDFs in: a sheet per page (of ``pages``, default all). A GeoTIFF or a world file beside gives control points.

    Raises ``BadInput`` for what is no picture; then nothing is taken in.
    """
    worlds = {_stem(name): stored for name, stored in given if name.lower().endswith(rasters.WORLD_SUFFIXES)}
    wanted = [one for name, stored in need_pictures(given) for one in _wanted(name, stored, pages)]
    found: list[tuple[str, StoredFile, int, int, rasters.Page]] = []
    for done, (name, stored, number, count) in enumerate(wanted):
        tell(0.9 * done / len(wanted), _("第 %(n)s / %(all)s 页") % {"n": done + 1, "all": len(wanted)})
        world = files.path_of(worlds[_stem(name)]).read_text("ascii", "replace") if _stem(name) in worlds else ""
        found.append((name, stored, number, count, _read(name, stored, number, world)))
    return _bring(actor, dataset, found=found, scale=scale)


def need_pictures(given: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The files but for world files. Raises ``BadInput`` when nothing is left."""
    pictures = [(name, one) for name, one in given if not name.lower().endswith(rasters.WORLD_SUFFIXES)]
    if not pictures:
        raise BadInput(_("没有选择图像或 PDF。"), how=_("请选 PNG、JPEG、TIFF 或 PDF。"))
    return pictures


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0].lower()


def _wanted(name: str, stored: StoredFile, pages: Sequence[int]) -> list[tuple[str, StoredFile, int, int]]:
    """The pages to take of a file, each with how many there are."""
    try:
        count = rasters.page_count(files.path_of(stored))
    except rasters.Unreadable as error:
        raise _unreadable(name, error) from error
    numbers = [number for number in pages or range(1, count + 1) if 1 <= number <= count]
    if not numbers or len(numbers) > MOST_PAGES:
        raise BadInput(
            _("「%(name)s」共 %(n)s 页，没有可取的页。") % {"name": name, "n": count},
            how=_("请指明页码，一次不超过 %(most)s 页。") % {"most": MOST_PAGES},
        )
    return [(name, stored, number, count) for number in numbers]


def _read(name: str, stored: StoredFile, number: int, world: str) -> rasters.Page:
    try:
        return rasters.read_page(files.path_of(stored), number, world)
    except rasters.Unreadable as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> BadInput:
    how = _("请用 PNG、JPEG、TIFF 或未加密的 PDF 重新导出。")
    return BadInput(_("「%(name)s」打不开。") % {"name": name}, where=str(error)[:200], how=how)


@verb("plans.bring_sheets", permission=may_bring, need=NEED_PLANNER)
def _bring(
    actor: Actor, dataset: PlanDataset, *, found: list[tuple[str, StoredFile, int, int, rasters.Page]], scale: int | None
) -> list[ScanSheet]:
    sheets = []
    for name, stored, number, count, page in found:
        sheet = ScanSheet.objects.create(
            dataset=dataset,
            source=stored,
            file_name=name[:255],
            page=number,
            pages=count,
            picture=files.store(io.BytesIO(rasters.png(page.image))),
            width=page.image.width,
            height=page.image.height,
            dpi=page.dpi,
            scale=scale or dataset.scale,
            points=_corners(page),
            epsg=page.placed.epsg if page.placed else None,
            brought_by_id=actor.user_id,
            brought_by_name=actor.name,
        )
        sheets.append(sheet)
    remark(dataset=dataset.pk, sheets=[str(sheet) for sheet in sheets])
    return sheets


def _corners(page: rasters.Page) -> list[dict[str, Any]]:
    """Control points at the corners of a picture that says where it lies."""
    if page.placed is None:
        return []
    width, height = page.image.size
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    return [{"px": x, "py": y, "x": place[0], "y": place[1], "label": ""} for x, y in corners for place in [page.placed.at(x, y)]]


def picture_of(sheet: ScanSheet) -> Image.Image:
    """The sheet's picture."""
    with Image.open(files.path_of(sheet.picture)) as image:
        image.load()
        return image


def fit_points(method: str, epsg: int, points: Sequence[Point]) -> georef.Fit:
    """The way from pixels to metres of the working system. Raises ``BadInput`` that says what is missing."""
    if method not in georef.METHODS:
        raise BadInput(_("没有「%(method)s」这种配准方法。") % {"method": method}, how="、".join(georef.METHODS))
    working = selectors.working_grid().epsg
    try:
        way = checked_transform(epsg)
        degrees = way.points(np.array([[point.x, point.y] for point in points], dtype=np.float64).reshape(-1, 2))
        metres = transform(selectors.working_grid().statutory_epsg, working).points(degrees) if len(degrees) else degrees
    except ValueError as error:
        raise BadInput(_("有控制点的坐标不在所选坐标系里。"), how=_("请核对坐标和坐标系，东坐标在前。")) from error
    pixels = np.array([[point.px, point.py] for point in points], dtype=np.float64).reshape(-1, 2)
    try:
        return georef.fit(method, pixels, metres)
    except georef.NotEnough as error:
        raise BadInput(
            _("%(method)s配准至少要 %(n)s 个控制点，现有 %(have)s 个。")
            % {"method": METHOD_WORDS[method], "n": error.needed, "have": len(points)},
            how=_("请再加控制点，或换一种方法。"),
        ) from error
    except georef.Degenerate as error:
        raise BadInput(
            _("控制点在一条线上，或有两个点重合、放错了，定不出位置。"), how=_("请把控制点散布到图幅四周，并逐点核对。")
        ) from error


def describe_fit(fitted: georef.Fit) -> dict[str, Any]:
    """Residuals for the page: per point east, north, length and the error when the point is left out, in m; RMS."""
    return {
        "rms_m": fitted.rms,
        "points": [
            {"east_m": float(east), "north_m": float(north), "error_m": float(error), "left_out_m": None if np.isnan(out) else float(out)}
            for (east, north), error, out in zip(fitted.residuals, fitted.errors, fitted.left_out, strict=True)
        ],
    }


def reference_sheet(
    actor: Actor,
    sheet: ScanSheet,
    *,
    method: str,
    epsg: int,
    points: Sequence[Point],
    version: int | None = None,
    tell: Tell = lambda share, step: None,
) -> ScanSheet:
    """Place a sheet by its control points and draw it north up. Traced features stay where they are: they are in degrees.

    Raises ``BadInput`` for too few or degenerate points, ``Conflict`` when somebody else changed the sheet meanwhile.
    """
    fitted = fit_points(method, epsg, points)
    tell(0.2, str(_("纠正图像")))
    drawn = warp.warp(picture_of(sheet), fitted, degrees_of, metres_of)
    west, south, east, north = drawn.bounds
    city = selectors.city_extent()
    if east < city[0] or west > city[2] or north < city[1] or south > city[3]:
        raise BadInput(
            _("按这些控制点，图幅落在本市以外。"),
            where=f"{west:.4f}–{east:.4f}°E　{south:.4f}–{north:.4f}°N",
            how=_("请核对坐标系，以及东、北坐标有没有填反。"),
        )
    tell(0.8, str(_("保存")))
    return _reference(actor, sheet, method=method, epsg=epsg, points=points, fitted=fitted, drawn=drawn, version=version)


@verb("plans.reference_sheet", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def _reference(
    actor: Actor,
    sheet: ScanSheet,
    *,
    method: str,
    epsg: int,
    points: Sequence[Point],
    fitted: georef.Fit,
    drawn: warp.Warped,
    version: int | None,
) -> ScanSheet:
    current = locked_sheet(sheet, State.LOADED, State.TRACING, version=version)
    current.method, current.epsg = method, epsg
    current.points = [{"px": one.px, "py": one.py, "x": one.x, "y": one.y, "label": one.label[:40]} for one in points]
    rim = degrees_of(warp.outline(fitted, current.width, current.height))
    current.fit = {**describe_fit(fitted), "outline": rim.round(8).tolist()}
    current.warped = files.store(io.BytesIO(rasters.png(drawn.image)))
    current.bounds = list(drawn.bounds)
    current.referenced_by_name, current.referenced_at = actor.name, timezone.now()
    remark(method=method, points=len(points), rms_m=round(fitted.rms, 4))
    return step(current, State.TRACING, "method", "epsg", "points", "fit", "warped", "bounds", "referenced_by_name", "referenced_at")


def fit_of(sheet: ScanSheet) -> georef.Fit:
    """The sheet's own way from pixels to metres. Raises ``Conflict`` for a sheet without a place."""
    if not sheet.method or not sheet.epsg:
        raise Conflict(_("图幅还没有配准。"), how=_("请先给出控制点。"))
    return fit_points(sheet.method, sheet.epsg, [Point(**point) for point in sheet.points])


def degrees_of(metres: FloatArray) -> FloatArray:
    """Metres of the working system to degrees."""
    grid = selectors.working_grid()
    return transform(grid.epsg, grid.statutory_epsg).points(metres)


def metres_of(degrees: FloatArray) -> FloatArray:
    """Degrees to metres of the working system."""
    grid = selectors.working_grid()
    return transform(grid.statutory_epsg, grid.epsg).points(degrees)


def locked_sheet(sheet: ScanSheet, *allowed: str, version: int | None = None) -> ScanSheet:
    """The sheet as stored now, locked. Raises ``Conflict`` when its state or version is another."""
    current = ScanSheet.objects.select_for_update().get(pk=sheet.pk)
    if current.state not in allowed:
        raise Conflict(
            _("这幅图现在是「%(state)s」，不能办理这一步。") % {"state": State(current.state).label}, how=_("请刷新页面，按当前步骤继续。")
        )
    if version is not None and current.version != version:
        raise Conflict(_("这幅图刚刚被别人改过。"), how=_("请刷新页面看最新内容后再办理。"))
    return current


@verb("plans.submit_sheet", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def submit_sheet(actor: Actor, sheet: ScanSheet) -> ScanSheet:
    """Tracing is done: ask for the second person's check. Raises ``Conflict`` when nothing was traced or codes are missing."""
    current = locked_sheet(sheet, State.TRACING)
    features = current.features.all()
    if not features.exists():
        raise Conflict(_("图幅里还没有要素。"), how=_("请先描绘或提取要素。"))
    layer = selectors.layer(current.dataset.layer_code)
    bare = list(features.filter(code="").values_list("number", flat=True)[:10]) if layer.code_system else []
    if bare:
        raise Conflict(_("还有要素没有分类代码。"), where="、".join(str(number) for number in bare), how=_("请给每个要素选分类代码。"))
    return step(current, State.SUBMITTED)


@verb("plans.check_sheet", permission=is_second_tracer, need=NEED_CHECKER, subject="sheet")
def check_sheet(actor: Actor, sheet: ScanSheet, *, approve: bool, note: str = "") -> ScanSheet:
    """The second person approves a traced sheet, or returns it with a note. Raises ``BadInput`` for a return without a reason."""
    current = locked_sheet(sheet, State.SUBMITTED)
    if not approve and not note.strip():
        raise BadInput(_("没有填退回理由。"), how=_("请写明哪里要改。"))
    current.checked_by_name, current.checked_at, current.check_note = actor.name, timezone.now(), note.strip()[:400]
    remark(approve=approve, note=current.check_note)
    return step(current, State.APPROVED if approve else State.TRACING, "checked_by_name", "checked_at", "check_note")


@verb("plans.reopen_sheet", permission=may_bring, need=NEED_PLANNER, subject="sheet")
def reopen_sheet(actor: Actor, sheet: ScanSheet) -> ScanSheet:
    """Go on tracing a sheet that was submitted, approved or handed over; its approval falls."""
    current = locked_sheet(sheet, State.SUBMITTED, State.APPROVED, State.DELIVERED)
    current.checked_by_name, current.checked_at, current.delivery = "", None, None
    return step(current, State.TRACING, "checked_by_name", "checked_at", "delivery")


def deliver_sheets(actor: Actor, dataset: PlanDataset) -> Delivery:
    """All approved sheets of a dataset as one delivery, read and placed: it goes on at the mapping. Raises ``Conflict``."""
    sheets = list(ScanSheet.objects.filter(dataset=dataset, state=State.APPROVED).order_by("file_name", "page"))
    if not sheets:
        raise Conflict(_("没有已复核的图幅。"), how=_("请先把图幅提交复核，由第二人复核通过。"))
    name = f"矢量化-{dataset.layer_code}-{timezone.localdate():%Y%m%d}.geojson"
    delivery = receive_delivery(actor, dataset, [(name, io.BytesIO(as_geojson(sheets)))])
    delivery = confirm_reading(
        actor,
        delivery,
        layer=delivery.detected["layers"][0]["name"],
        encoding="UTF-8",
        epsg=selectors.working_grid().statutory_epsg,
    )
    return _record_delivery(actor, delivery, sheets=sheets)


@verb("plans.deliver_sheets", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def _record_delivery(actor: Actor, delivery: Delivery, *, sheets: list[ScanSheet]) -> Delivery:
    for sheet in sheets:
        current = locked_sheet(sheet, State.APPROVED, version=sheet.version)
        current.delivery = delivery
        step(current, State.DELIVERED, "delivery")
    remark(sheets=[str(sheet) for sheet in sheets])
    return delivery


def as_geojson(sheets: Sequence[ScanSheet]) -> bytes:
    """The features of sheets as GeoJSON in degrees of the statutory system, each with its source page, author, checker and dates."""
    layer = selectors.layer(sheets[0].dataset.layer_code)
    grid = selectors.working_grid()
    rows = []
    for feature in (
        TracedFeature.objects.filter(sheet__in=sheets).select_related("sheet").order_by("sheet__file_name", "sheet__page", "number")
    ):
        properties = {
            layer.id_field or "BSM": feature.feature_id,
            **({layer.code_field: feature.code} if layer.code_field else {}),
            **feature.attributes,
            "来源文件": feature.sheet.file_name,
            "来源页": feature.sheet.page,
            "作者": feature.author_name,
            "绘制日期": f"{timezone.localtime(feature.made_at):%Y-%m-%d}",
            "修改人": feature.changed_by_name,
            "复核人": feature.sheet.checked_by_name,
            "矢量化方式": str(feature.get_way_display()),
            "配准中误差": round(float(feature.sheet.fit.get("rms_m", 0)), 3),
        }
        rows.append({"type": "Feature", "geometry": shapely.geometry.mapping(feature.geometry), "properties": properties})
    system = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{grid.statutory_epsg}"}}
    return json.dumps({"type": "FeatureCollection", "crs": system, "features": rows}, ensure_ascii=False).encode()


def pixel_of(sheet: ScanSheet, lon: float, lat: float) -> tuple[float, float]:
    """The pixel of the picture at a place in degrees. Raises ``BadInput`` for one beside the sheet."""
    fitted = fit_of(sheet)
    metres = metres_of(np.array([[lon, lat]]))
    x, y = fitted.inverse(metres, georef.affine_inverse(fitted, sheet.width, sheet.height)(metres))[0]
    if not (0 <= x < sheet.width and 0 <= y < sheet.height):
        raise BadInput(_("点在图幅外。"), how=_("请点在图内。"))
    return float(x), float(y)


def in_frame(epsg: int, lon: float, lat: float) -> tuple[float, float]:
    """A place in degrees of the statutory system in another frame. Raises ``BadInput`` for a frame that cannot be trusted."""
    checked_transform(epsg)
    try:
        x, y = transform(selectors.working_grid().statutory_epsg, epsg).points(np.array([[lon, lat]]))[0]
    except ValueError as error:
        raise BadInput(_("这个位置不在所选坐标系能表示的范围里。"), how=_("请核对坐标系。")) from error
    return float(x), float(y)
