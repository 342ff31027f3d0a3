"""Time against size for all engines, drawn from what ``benchmarks.overlay --json`` and ``benchmarks.figures --json`` kept.

python -m benchmarks.chart docs/images/overlay.svg docs/benchmarks/*.json
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP, LINE = 720, 440, 70, 60, 130, 50, 16
COLOURS = {
    "planar": "#0b6e4f",
    "polars-st": "#c8553d",
    "duckdb": "#e0a458",
    "shapely": "#34689b",
    "geopandas": "#7b5ea7",
    "oracle": "#888888",
}

Points = dict[str, list[tuple[int, float]]]
Point = tuple[str, int, float]
"""Engine, patches of all layers, processor seconds."""


def points(reports: Sequence[Mapping[str, Any]]) -> Points:
    """(patches of all layers, processor seconds) by engine, by size."""
    found: Points = {}
    for report in reports:
        for engine, size, seconds in (*_of_overlay(report), *_of_figures(report)):
            found.setdefault(engine, []).append((size, seconds))
    return {engine: sorted(values) for engine, values in found.items()}


def _of_overlay(report: Mapping[str, Any]) -> Iterator[Point]:
    """What ``benchmarks.overlay`` kept of two layers: a row an engine."""
    data = report.get("data", {})
    if data.get("layers") == 2:
        yield from ((row["engine"], data["patches"] * 2, row["cpu_seconds"]) for row in report["rows"] if "cpu_seconds" in row)


def _of_figures(report: Mapping[str, Any]) -> Iterator[Point]:
    """What ``benchmarks.figures`` kept of two layers: the kernel, then a row a peer that names the kernel's time again."""
    for row in report.get("rows", ()):
        if row.get("row") == "overlay" and "cpu_seconds" in row:
            size = report["data"]["patches"] * 2
            yield (row["peer"].split(",")[0], size, row["peer_cpu_seconds"]) if "peer" in row else ("planar", size, row["cpu_seconds"])


def svg(found: Points, title: str) -> str:
    """A double-logarithmic chart."""
    every = [point for values in found.values() for point in values]
    x0, x1 = (f(math.log10(x) for x, _y in every) for f in (min, max))
    y0, y1 = math.floor(min(math.log10(y) for _x, y in every)), math.ceil(max(math.log10(y) for _x, y in every))
    x0, x1 = (x0 - 0.1, x1 + 0.1)

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = (math.log10(x) - x0) / (x1 - x0), (math.log10(y) - y0) / (y1 - y0)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/><text x="{LEFT}" y="26" font-size="15">{title}</text>',
    ]
    for power in range(y0, y1 + 1):
        _x, y = place(every[0][0], 10.0**power)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for size in sorted({x for x, _y in every}):
        x, _y = place(size, 10.0**y0)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 14}" text-anchor="middle">patches of all layers</text>')
    for engine, values in found.items():
        colour = COLOURS.get(engine, "#000000")
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in values))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in (place(*point) for point in values)]
    names = [(engine, *place(*values[-1])) for engine, values in found.items()]
    parts += [
        f'<text x="{x + 9:.1f}" y="{y + 4:.1f}" fill="{COLOURS.get(engine, "#000000")}">{engine}</text>' for engine, x, y in _apart(names)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _apart(names: Sequence[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Names at the ends of their lines, from the top, each at least a line below the one before."""
    placed: list[tuple[str, float, float]] = []
    for engine, x, y in sorted(names, key=lambda one: one[2]):
        placed.append((engine, x, max(y, placed[-1][2] + LINE) if placed else y))
    return placed


def main() -> int:
    out, *files = (Path(name) for name in sys.argv[1:])
    reports = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    title = "Overlay of two layers: processor seconds (planar: union; others: intersection)"
    out.write_text(svg(points(reports), title), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
