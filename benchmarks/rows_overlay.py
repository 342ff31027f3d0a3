"""Overlay of whole layers, engine by engine (see ``overlay``), as rows of ``figures``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.city import City
from benchmarks.engines import available
from benchmarks.overlay import in_child

PEERS = ("polars-st", "shapely", "duckdb")
SLOW = 100_000
"""Patches a layer above which peers are asked once."""


def two_layers(city: City, peers: bool) -> list[dict[str, Any]]:
    goal = "≥ 5 × the best peer"
    if city.patches > SLOW:
        goal = "≥ 4 × the best peer, ≤ 3 GB" if city.patches <= 5 * SLOW else "≤ 6 GB, linear"
    return _rows(city, 2, PEERS if peers else (), goal)


def four_layers(city: City, peers: bool) -> list[dict[str, Any]]:
    return _rows(city, 4, ("shapely",) if peers and city.patches <= SLOW else (), "≥ 15 × the cascade; linear in layers")


def _rows(city: City, layers: int, peers: tuple[str, ...], goal: str) -> list[dict[str, Any]]:
    city.layers(layers)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for number in range(layers):
            (folder / f"layer-{number:02}").symlink_to((city.folder / f"layer-{number:02}").resolve())
        mine = in_child("planar", folder, city.threads, city.repeat)
        work = f"{layers} layers, full union"
        if "error" in mine:
            return [{"work": work, "error": mine["error"]}]
        figures = {key: mine[key] for key in ("seconds", "cpu_seconds", "runs", "foreign_cores", "peak_mb", "input_mb", "faces", "parts")}
        found = [{"work": work, "goal": goal, **figures}]
        for name in peers:
            if name not in available():
                continue
            other = in_child(name, folder, city.threads, 1 if city.patches > SLOW or layers > 2 else city.repeat)
            if "error" in other:
                found.append({"work": f"{work} / {name}", "error": other["error"]})
                continue
            found.append({
                "work": work, "goal": goal, **figures, "peer": f"{name}, {other['does']}", "peer_seconds": other["seconds"],
                "peer_cpu_seconds": other["cpu_seconds"], "peer_peak_mb": other["peak_mb"], "peer_runs": other["runs"],
                "agrees": f"area {mine['area_m2'] / other['area_m2'] - 1:.1e}, parts {mine['parts']:,} / {other['parts']:,}",
            })  # fmt: skip
    return found
