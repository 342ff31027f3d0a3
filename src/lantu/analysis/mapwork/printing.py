"""A map sheet to scale with title block (打印出图): the layers of a release that were chosen, on A4 or A3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.analysis import sheets
from lantu.analysis.partition import Basis
from lantu.analysis.sheets import Drawn, Sheet
from lantu.blueprints.selectors.layer_tree import drawn as style_of
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.tiles import sources
from lantu.blueprints.tiles.grid import pixel
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, TooLarge
from lantu.documents.pdf import render_pdf
from lantu.plans.maps import fill_of
from lantu.plans.selectors import living_in_force
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition
from lantu.ui import formats

PAPERS: dict[str, tuple[str, tuple[float, float]]] = {"a4": ("a4", (265.0, 152.0)), "a3": ("a3", (388.0, 238.0))}
"""Paper → (its name in Typst, width and height of the map in mm), landscape."""
MOST_SHAPES = 20_000
DOT_MM = 0.15
"""Nothing finer than this is drawn on paper."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be printed: title, middle in degrees, scale denominator, paper, layer codes from below, who and why."""

    title: str
    lon: float
    lat: float
    scale: int
    paper: str
    layers: tuple[str, ...]
    note: str = ""


def wish_of(data: Any) -> Wish:
    """Read the parameters of a page or endpoint. Raises ``BadInput``."""
    try:
        lon, lat, scale = float(data.get("lon", "")), float(data.get("lat", "")), int(float(data.get("scale", "10000")))
    except ValueError:
        raise BadInput(_("图幅中心和比例尺应为数字。"), how="lon=106.63&lat=26.65&scale=10000") from None
    paper = data.get("paper", "a4")
    if paper not in PAPERS:
        raise BadInput(_("没有「%(paper)s」这种纸。") % {"paper": paper}, how="、".join(PAPERS))
    if not 100 <= scale <= 2_000_000:
        raise BadInput(_("比例尺分母应在 100 到 2,000,000 之间。"), where=str(scale))
    west, south, east, north = standards.city_extent()
    if not (west - 1 <= lon <= east + 1 and south - 1 <= lat <= north + 1):
        raise BadInput(_("图幅中心不在本市范围内。"), where=f"{lon}, {lat}")
    layers = data.getlist("layers") if hasattr(data, "getlist") else data.get("layers", [])
    title = str(data.get("title", "")).strip()[:80]
    return Wish(title or str(_("规划图")), lon, lat, scale, paper, tuple(layers), str(data.get("note", "")).strip()[:200])


def printable(on: Basis, actor: Actor) -> list[LayerDefinition]:
    """The layers of a release, and the living ones, that the actor may see, from below."""
    known = on.partition.catalogue.layers.values()
    found = [row for row in known if (row.code in on.partition.layers or row.is_living) and row.geometry_kind == "polygon"]
    return sorted((row for row in found if may_see(actor, row)), key=lambda row: (row.is_living, not row.is_coverage, row.order))


def sheet_of(on: Basis, actor: Actor, wish: Wish) -> tuple[Sheet, list[dict[str, str]]]:
    """The drawn sheet and its legend. Raises ``BadInput`` for layers that are not there, ``TooLarge`` when too much lies in the window."""
    grid = standards.working_grid(on.run.pack)
    size = PAPERS[wish.paper][1]
    point = shapely.Point(wish.lon, wish.lat)
    scale, window = sheets.window_of(grid, point, size, wish.scale)
    box = sheets.degrees_window(grid, window)
    offered = {row.code: row for row in printable(on, actor)}
    if unknown := [code for code in wish.layers if code not in offered]:
        raise BadInput(_("不能打印图层 %(layers)s。") % {"layers": "、".join(unknown)}, how="、".join(offered))
    legend: list[dict[str, str]] = []
    shapes: list[Drawn] = []
    for code, layer in offered.items():
        if code in wish.layers:
            shapes += _layer(on, layer, box, scale, legend)
            if len(shapes) > MOST_SHAPES:
                raise TooLarge(_("图幅里超过 %(most)s 个图斑。") % {"most": f"{MOST_SHAPES:,}"}, how=_("请放大比例尺或少选图层。"))
    rows: Any = Region.objects.counties().exclude(geometry=None)
    shapes += [Drawn(region.geometry.boundary, stroke="#3B4855", width=0.35, dash="2 1") for region in rows.in_window(*box)]
    return sheets.draw(grid, shapes, window, scale, size), legend


def _layer(on: Basis, layer: LayerDefinition, box: Any, scale: int, legend: list[dict[str, str]]) -> list[Drawn]:
    style = style_of(layer.style)
    stroke, dash = str(style.get("stroke") or "#5D6872"), "1.6 .8" if style.get("dash") else ""
    hatch = str(style.get("hatch") or "")
    if layer.is_living:
        found: Any = living_in_force().filter(layer_code=layer.code).in_window(*box)  # type: ignore[attr-defined]
        pairs = [(row.geometry, "") for row in found]
    else:
        finest = DOT_MM / 1000 * scale / 111_000
        zoom = next((z for z in range(20) if pixel(z) <= finest), 20)
        found, told = sources.layer_pyramid(on.run, layer.code).within(box, zoom)
        pairs = list(zip(found.tolist(), [str(row["code"]) for row in told], strict=True))
    frame = shapely.box(*box)
    pairs = [(shape, code) for shape, code in pairs if shapely.intersects(frame, shape)]
    if not pairs:
        return []
    table = on.partition.catalogue.table_of(layer)
    if layer.is_coverage and table is not None:
        for code in sorted({code for _shape, code in pairs}):
            entry = table.find(code)
            legend.append({"label": f"{code} {entry.name_zh}" if entry else code, "fill": fill_of(layer, table, code), "stroke": "#5D6872"})
        return [Drawn(shape, fill_of(layer, table, code), 0.7, "#5D6872", 0.1) for shape, code in pairs]
    fill = str(style.get("fill") or "none")
    legend.append({"label": name_of(layer), "fill": fill, "stroke": stroke})
    return [Drawn(shape, fill, 0.25, stroke, 0.3, dash, hatch) for shape, _code in pairs]


def as_pdf(on: Basis, actor: Actor, wish: Wish) -> bytes:
    """The sheet as PDF, exactly to scale when printed at 100 %."""
    sheet, legend = sheet_of(on, actor, wish)
    return pdf_of(on, actor, sheet, legend, title=wish.title, paper=wish.paper, note=wish.note)


def pdf_of(on: Basis, actor: Actor, sheet: Sheet, legend: list[dict[str, str]], *, title: str, paper: str = "a4", note: str = "") -> bytes:
    """A drawn sheet with its title block."""
    facts = on.facts()
    based = _("蓝图 %(n)s（%(day)s）") % {"n": facts["release"], "day": facts["published"]} if facts["release"] else str(facts["run"])
    west, south, east, north = sheet.window
    name, (width, height) = PAPERS[paper]
    data = {
        "paper": name,
        "width": width,
        "height": height,
        "title": title,
        "map": sheet.svg,
        "legend": legend[:40],
        "legend_title": _("图例"),
        "demo": on.demo,
        "demo_word": _("演示数据"),
        "facts": [
            [_("比例尺"), f"1:{formats.number(sheet.scale)}"],
            [_("坐标系"), f"CGCS2000　EPSG:{standards.working_grid(on.run.pack).epsg}"],
            [_("依据"), based],
            [_("摘要"), f"{on.run.digest[:16]}…"],
            [_("图幅"), f"{west:.4f}–{east:.4f}°E　{south:.4f}–{north:.4f}°N"],
            [_("制图"), f"{actor.name}　{formats.moment(timezone.now())}"],
            *([[_("说明"), note]] if note else []),
        ],
    }
    return render_pdf("analysis/map_sheet.typ", data)


def middle(degrees: Any) -> tuple[float, float]:
    """The middle of a box in degrees."""
    west, south, east, north = np.asarray(degrees, dtype=float).tolist()
    return (west + east) / 2, (south + north) / 2
