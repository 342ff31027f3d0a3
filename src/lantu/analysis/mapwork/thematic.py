"""Thematic maps (专题图): the districts shaded by the figures of an indicator, in classes of equal count, with legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.analysis import sheets
from lantu.analysis.evaluation.papers import figure
from lantu.analysis.sheets import Drawn, Sheet
from lantu.core.errors import NotFound
from lantu.standards import selectors as standards

RAMP = ("#EAF2F8", "#BCD6EA", "#86B5DA", "#4C8DC2", "#1C5F99")
NOTHING = "#EDEDED"
SCREEN_MM = (190.0, 150.0)


@dataclass(frozen=True, slots=True)
class Thematic:
    """The drawn sheet, its legend and the rows behind it, the greatest first."""

    sheet: Sheet
    legend: list[dict[str, str]]
    rows: list[dict[str, Any]]


def breaks(values: list[float], classes: int = len(RAMP)) -> list[float]:
    """Upper bounds of classes with about as many values each, rising strictly; fewer than asked where values repeat."""
    if not values:
        return []
    found = np.quantile(np.array(values, dtype=float), np.linspace(0, 1, classes + 1)[1:])
    return sorted({round(float(value), 6) for value in found})


def class_of(value: float, bounds: list[float]) -> int:
    """The class of a value: the first whose bound it does not pass."""
    return min(int(np.searchsorted(np.array(bounds), round(value, 6), side="left")), len(bounds) - 1)


def thematic(rows: list[dict[str, Any]], unit: str, size_mm: tuple[float, float] = SCREEN_MM) -> Thematic:
    """Shade the districts of ``rows`` ({code, name, value}). Raises ``NotFound`` where no district has an outline."""
    outlines = {row.code: row.geometry for row in Region.objects.filter(code__in=[row["code"] for row in rows]).exclude(geometry=None)}
    if not outlines:
        raise NotFound(_("区县没有界线，画不出专题图。"), how=_("请在城市包里给出区县界线。"))
    known = [row["value"] for row in rows if row["value"] is not None]
    bounds = breaks(known)
    colours = _ramp(len(bounds))
    shapes, told = [], []
    for row in sorted(rows, key=lambda one: -(one["value"] if one["value"] is not None else float("-inf"))):
        fill = NOTHING if row["value"] is None else colours[class_of(row["value"], bounds)]
        if row["code"] in outlines:
            shapes.append(Drawn(outlines[row["code"]], fill, 1.0, "#3B4855", 0.25))
        told.append(row | {"fill": fill, "word": figure(row["value"], unit)})
    lower = [min(known), *bounds[:-1]] if known else []
    legend = [
        {"label": f"{figure(low, unit)} – {figure(high, unit)}", "fill": colour, "stroke": "#3B4855"}
        for low, high, colour in zip(lower, bounds, colours, strict=True)
    ]
    if len(known) < len(rows):
        legend.append({"label": _("无数据"), "fill": NOTHING, "stroke": "#3B4855"})
    grid = standards.working_grid()
    scale, window = sheets.window_of(grid, shapely.union_all(list(outlines.values())), size_mm, room=1.1)
    return Thematic(sheets.draw(grid, shapes, window, scale, size_mm), legend, told)


def _ramp(count: int) -> list[str]:
    """Colours of so many classes, spread over the ramp."""
    if count <= 1:
        return [RAMP[-2]] * count
    return [RAMP[round(n * (len(RAMP) - 1) / (count - 1))] for n in range(count)]
