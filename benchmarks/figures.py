"""Every figure of the planar kernel, each beside its peer, on one made city: one row a question.

    python -m benchmarks.figures                                     # tiny: does it run?
    python -m benchmarks.figures --size 100k --keep DATA --json docs/benchmarks/figures-100k.json
    python -m benchmarks.figures --size 500k --keep DATA --rows again,dissolve --no-peers

Every row runs in a process of its own. Kernel and peer take turns, so that both meet the same foreign load; medians count. ``--keep`` keeps
city and partition for the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import rows_faces, rows_overlay, rows_places, rows_tiles
from benchmarks.city import City
from benchmarks.machine import describe_machine, peak_memory_mb

SIZES = {"tiny": 400, "10k": 10_000, "100k": 100_000, "500k": 500_000, "2m": 2_000_000}

ROWS: dict[str, Callable[[City, bool], list[dict[str, Any]]]] = {
    "overlay": rows_overlay.two_layers,
    "four": rows_overlay.four_layers,
    "again": rows_faces.again,
    "quality": rows_faces.quality_check,
    "siting": rows_faces.siting,
    "dissolve": rows_faces.dissolving,
    "site": rows_places.site,
    "site_shapes": rows_places.site_shapes,
    "tiles": rows_tiles.tiles,
}
"""In the order of the table of the issue that set the goals."""


def in_child(row: str, city: City, peers: bool) -> list[dict[str, Any]]:
    """Measure one row in a process of its own; a row that fails says with what."""
    command = [sys.executable, "-m", "benchmarks.figures", "--child", row, "--keep", str(city.base), "--patches", str(city.patches)]
    command += ["--threads", str(city.threads), "--repeat", str(city.repeat)] + ([] if peers else ["--no-peers"])
    # what is importable here is importable there
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "POLARS_MAX_THREADS": str(city.threads)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[1], check=False)
    if done.returncode:
        return [{"row": row, "work": row, "error": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}]
    found: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def table(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    data = report["data"]
    lines = [
        f"{data['patches']:,} patches a layer, {data['threads']} threads, {data['repeat']} turns",
        "",
        ", ".join(f"{key} {value}" for key, value in report["machine"].items()),
        "",
        "| work | kernel: median s | processor s | peer | median s | processor s | ratio s | ratio processor s | peak MB | foreign cores "
        "| goal | agrees |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in report["rows"]:
        if "error" in row:
            lines.append(f"| {row['work']} | failed: {row['error']} | | | | | | | | | | |")
            continue
        cells = [row["work"], _number(row["seconds"]), _number(row["cpu_seconds"]), row.get("peer", "–")]
        if "peer" in row:
            cells += [_number(row["peer_seconds"]), _number(row["peer_cpu_seconds"])]
            cells += [
                f"{row['peer_seconds'] / max(row['seconds'], 1e-9):.2f}",
                f"{row['peer_cpu_seconds'] / max(row['cpu_seconds'], 1e-9):.2f}",
            ]
        else:
            cells += ["", "", "", ""]
        foreign = row.get("foreign_cores")
        cells += [f"{row['peak_mb']:,.0f}", "" if foreign is None else f"{foreign:.1f}", row.get("goal", ""), row.get("agrees", "")]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:.2f}" if value >= 1 else f"{value:.4f}"


def run(city: City, rows: list[str], peers: bool) -> dict[str, Any]:
    """Make what is missing of the city, measure the rows one after another."""
    found = []
    for row in rows:
        found += in_child(row, city, peers)
        for line in found[-1:]:
            print(f"# {row}: {line.get('error', 'done')}", file=sys.stderr, flush=True)
    data = {"patches": city.patches, "threads": city.threads, "repeat": city.repeat}
    return {"machine": describe_machine(), "data": data, "rows": found}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--patches", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--rows", help=f"comma-separated, of {', '.join(ROWS)}; default: all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true", help="the kernel only")
    parser.add_argument("--keep", type=Path, help="folder that keeps city and partition")
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    parser.add_argument("--child", choices=ROWS, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Exit code 1 when a row failed."""
    given = _arguments()
    patches = given.patches or SIZES[given.size]
    with tempfile.TemporaryDirectory() as temporary:
        city = City(given.keep or Path(temporary), patches, given.threads, given.repeat)
        if given.child:
            found = ROWS[given.child](city, not given.no_peers)
            for row in found:
                row.setdefault("peak_mb", peak_memory_mb())
            print(json.dumps([{"row": given.child, **row} for row in found]))
            return 0
        report = run(city, given.rows.split(",") if given.rows else list(ROWS), not given.no_peers)
    print(table(report))
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if any("error" in row for row in report["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
