"""Time against size for all engines, drawn from the figures that ``benchmarks.overlay --json`` kept.

python -m benchmarks.chart docs/images/overlay.svg docs/benchmarks/*.json
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 720, 440, 70, 60, 130, 50
COLOURS = {
    "planar": "#0b6e4f",
    "polars-st": "#c8553d",
    "duckdb": "#e0a458",
    "shapely": "#34689b",
    "geopandas": "#7b5ea7",
    "oracle": "#888888",
}

Points = dict[str, list[tuple[int, float]]]


def points(reports: Sequence[Mapping[str, Any]]) -> Points:
    """(patches of all layers, processor seconds) by engine, by size."""
    found: Points = {}
    for report in reports:
        size = report["data"]["patches"] * report["data"]["layers"]
        for row in report["rows"]:
            if "cpu_seconds" in row:
                found.setdefault(row["engine"], []).append((size, row["cpu_seconds"]))
    return {engine: sorted(values) for engine, values in found.items()}


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
        x, y = place(*values[-1])
        parts.append(f'<text x="{x + 9:.1f}" y="{y + 4:.1f}" fill="{colour}">{engine}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> int:
    out, *files = (Path(name) for name in sys.argv[1:])
    reports = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    title = "Overlay of two layers: processor seconds (planar: union; others: intersection)"
    out.write_text(svg(points([report for report in reports if report.get("data", {}).get("layers") == 2]), title), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
