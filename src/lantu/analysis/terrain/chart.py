"""The chart of a profile as SVG with everything said in attributes: the same on the page, in a picture and on paper."""

from __future__ import annotations

import math
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext as _

from lantu.analysis.conformity.wording import said
from lantu.analysis.models import Profile
from lantu.analysis.sheets import FONT
from lantu.plans.maps import fill_of
from lantu.standards import selectors as standards
from lantu.ui import formats

WIDTH, LEFT, RIGHT, TOP, PLOT = 960, 128, 16, 18, 240
"""Pixels: the chart's width, room for names on the left, the height of the plot."""
BAND, BAND_STEP = 16, 24
INK, SOFT, RULE, LINE, GROUND = "#182430", "#515E6B", "#E2E7EC", "#8A1F8F", "#E9E2EC"
MOST_BANDS = 12


def frame_of(profile: Profile) -> dict[str, float]:
    """Where the plot stands in the drawing, for who shows a place on it: pixels and metres."""
    low, high, _step = _range(profile.result["lowest_m"], profile.result["highest_m"])
    values = (WIDTH, height_of(profile), LEFT, WIDTH - RIGHT, TOP, TOP + PLOT, low, high, profile.result["length_m"])
    return dict(zip(("width", "height", "left", "right", "top", "bottom", "low", "high", "length"), values, strict=True))


def height_of(profile: Profile) -> int:
    """Pixels from top to bottom."""
    return TOP + PLOT + 40 + BAND_STEP * len(_shown(profile)) + 6


def _shown(profile: Profile) -> list[dict[str, Any]]:
    return list(profile.result["bands"][:MOST_BANDS])


def _range(low: float, high: float) -> tuple[float, float, float]:
    """Rounded bounds of an axis and its step: four to eight steps."""
    room = max(high - low, 1.0)
    step = _nice(room / 5)
    return math.floor(low / step) * step, math.ceil(high / step) * step or step, step


def _nice(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * 0.999)


def _text(x: float, y: float, words: str, anchor: str = "start", *, colour: str = SOFT, size: int = 12, halo: bool = False) -> str:
    style = f'text-anchor="{anchor}" font-family="{FONT}" font-size="{size}" fill="{colour}"'
    if halo:
        style += ' paint-order="stroke" stroke="#FFFFFF" stroke-width="4" stroke-linejoin="round"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'


def svg(profile: Profile) -> str:
    """The chart: heights over distance, below it a band per layer in the colours of its classes."""
    result = profile.result
    low, high, step = _range(result["lowest_m"], result["highest_m"])
    length, right, bottom = result["length_m"], WIDTH - RIGHT, TOP + PLOT

    def across(metres: float) -> float:
        return LEFT + (right - LEFT) * metres / length

    def up(metres: float) -> float:
        return bottom - PLOT * (metres - low) / (high - low)

    parts = [f'<rect width="{WIDTH}" height="{height_of(profile)}" fill="#FFFFFF"/>']
    for n in range(round((high - low) / step) + 1):
        y = up(low + n * step)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="{RULE}" stroke-width="1"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{formats.number(low + n * step)} m", "end"))
    parts += _distances(length, across, bottom)
    for run in _stretches(result["points"]):
        path = "L".join(f"{across(s):.1f} {up(z):.1f}" for s, z in run)
        parts.append(f'<path d="M{across(run[0][0]):.1f} {bottom}L{path}L{across(run[-1][0]):.1f} {bottom}Z" fill="{GROUND}"/>')
        parts.append(f'<path d="M{path}" fill="none" stroke="{LINE}" stroke-width="1.8" stroke-linejoin="round"/>')
    for at, value, word in (("highest_at", "highest_m", _("最高 %(n)s")), ("lowest_at", "lowest_m", _("最低 %(n)s"))):
        x, y = across(result[at]), up(result[value])
        side = "end" if x > right - 90 else "start"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="#FFFFFF" stroke="{LINE}" stroke-width="1.8"/>')
        above = y - 7 if y > TOP + 12 else y + 16
        label = word % {"n": f"{formats.number(result[value], 1)} m"}
        parts.append(_text(x + (-6 if side == "end" else 6), above, label, side, colour=INK, halo=True))
    parts += _bands(profile, across, bottom + 40)
    name = _("剖面图：%(title)s，长 %(km)s km") % {"title": profile.title, "km": formats.number(length / 1000, 2)}
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height_of(profile)}" role="img" aria-label="{escape(name)}">'
        f"{''.join(parts)}</svg>"
    )


def _distances(length: float, across: Any, bottom: int) -> list[str]:
    step = _nice(length / 6)
    parts = [f'<path d="M{LEFT} {bottom}H{WIDTH - RIGHT}" stroke="{SOFT}" stroke-width="1"/>']
    for n in range(int(length / step) + 1):
        x, metres = across(n * step), n * step
        word = f"{metres / 1000:g} km" if length >= 2000 else f"{metres:g} m"
        parts.append(f'<path d="M{x:.1f} {bottom}v5" stroke="{SOFT}" stroke-width="1"/>')
        parts.append(_text(x, bottom + 19, word, "start" if n == 0 else "middle"))
    return parts


def _stretches(points: list[list[Any]]) -> list[list[tuple[float, float]]]:
    """The points with a height, apart where some are missing."""
    runs: list[list[tuple[float, float]]] = [[]]
    for along, _lon, _lat, height in points:
        if height is None:
            runs.append([])
        else:
            runs[-1].append((along, height))
    return [run for run in runs if len(run) > 1]


def _bands(profile: Profile, across: Any, top: int) -> list[str]:
    parts = []
    for number, band in enumerate(_shown(profile)):
        y = top + number * BAND_STEP
        name = said(band, "name")
        parts.append(_text(LEFT - 8, y + 12.5, name if len(name) <= 9 else f"{name[:8]}…", "end", colour=INK))
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{WIDTH - RIGHT - LEFT}" height="{BAND}" fill="#F3F5F7"/>')
        for run in classes(profile, band):
            x = across(run["from"])
            width = max(across(run["to"]) - x, 0.6)
            title = f"<title>{escape(run['label'])}　{formats.number(run['from'])}–{formats.number(run['to'])} m</title>"
            fill = f'fill="{escape(run["fill"])}" stroke="#5D6872" stroke-width=".5"'
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAND}" {fill}>{title}</rect>')
            if run["code"] and width > 9 * len(run["code"]):
                parts.append(_text(x + width / 2, y + 12, run["code"], "middle", colour=INK, size=11))
    return parts


def classes(profile: Profile, band: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs of a layer with the names and colours of their classes."""
    catalogue = standards.catalogue(profile.run.pack)
    layer = catalogue.layers.get(band["layer"])
    table = catalogue.table_of(layer) if layer else None
    rows = []
    for run in band["runs"]:
        entry = table.find(run["code"]) if table and run["code"] else None
        label = f"{run['code']} {entry.name_zh}" if entry else run["code"] or said(band, "name")
        fill = fill_of(layer, table, run["code"]) if layer else ""
        rows.append(run | {"label": label, "fill": fill if fill not in ("", "none") else "#B9A3C9", "length": run["to"] - run["from"]})
    return rows
