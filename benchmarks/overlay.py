"""Overlay of the made city by the planar kernel and its peers, on the same data in the same run.

    python -m benchmarks.overlay --size tiny
    python -m benchmarks.overlay --size 100k --layers 4 --threads 2 --json figures.json

Every engine runs in a process of its own; the median of its runs counts, preparing its input does not.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.engines import available
from benchmarks.machine import describe_machine, peak_memory_mb, timed
from benchmarks.made_city import made_city
from lantu.planar.store import read_layer, write_layer

SIZES = {"tiny": 400, "10k": 10_000, "100k": 100_000, "500k": 500_000}
SMALL = {"oracle": 10_000, "geopandas": 100_000}
"""Patches a layer up to which slow engines are asked by default."""


def measure(name: str, folder: Path, threads: int, repeat: int) -> dict[str, Any]:
    """Run one engine here, in this process."""
    if hasattr(os, "sched_setaffinity"):
        # what an engine's own settings do not bound, the processors do
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    engine = available()[name]
    layers = [read_layer(path) for path in sorted(folder.iterdir())]
    engine.prepare(layers, threads)
    before = peak_memory_mb()
    runs, account = [], {}
    for _ in range(repeat):
        result = None
        timing, result = timed(engine.run)
        runs.append(timing)
        account = engine.account(result)
        del result
    foreign = [run.foreign_cores for run in runs if run.foreign_cores is not None]
    return {
        "engine": name,
        "does": engine.does,
        "seconds": statistics.median(run.seconds for run in runs),
        "runs": [run.seconds for run in runs],
        "cpu_seconds": statistics.median(run.cpu_seconds for run in runs),
        "foreign_cores": statistics.mean(foreign) if foreign else None,
        "input_mb": before,
        "peak_mb": peak_memory_mb(),
        **account,
    }


def in_child(name: str, folder: Path, threads: int, repeat: int) -> dict[str, Any]:
    """Run one engine in a process of its own; an engine that fails is a row with its error."""
    command = [sys.executable, "-m", "benchmarks.overlay", "--child", name, "--folder", str(folder)]
    command += ["--threads", str(threads), "--repeat", str(repeat)]
    # what is importable here is importable there
    limits = {"POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": str(threads), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    root = Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **limits}, cwd=root, check=False)
    if done.returncode:
        return {"engine": name, "error": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def run(patches: int, layers: int, threads: int, repeat: int, engines: Sequence[str], *, seed: int = 1) -> dict[str, Any]:
    """Make the city, run the engines one after another: machine, data and one row an engine."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = made_city(patches, layers, seed)
        for number, layer in enumerate(made):
            write_layer(folder / f"layer-{number:02}", layer)
        vertices = sum(len(layer.xy) for layer in made)
        del made
        rows = [in_child(name, folder, threads, repeat) for name in engines]
    data = {"patches": patches, "layers": layers, "vertices": vertices, "threads": threads, "seed": seed}
    return {"machine": describe_machine(), "data": data, "rows": rows}


def table(report: dict[str, Any]) -> str:
    """The report as Markdown; ratios are against the planar kernel of the same run."""
    data, machine = report["data"], report["machine"]
    first = next((row for row in report["rows"] if row["engine"] == "planar" and "seconds" in row), None)
    lines = [
        f"{data['layers']} layers x {data['patches']:,} patches, {data['vertices']:,} vertices, {data['threads']} threads",
        "",
        ", ".join(f"{key} {value}" for key, value in machine.items()),
        "",
        "| engine | does | median s | ratio to planar | processor s | ratio to planar | peak MB | of it input MB | parts of all layers "
        "| their area km² | foreign cores |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in report["rows"]:
        if "error" in row:
            lines.append(f"| {row['engine']} | failed: {row['error']} | | | | | | | | | |")
            continue
        ratio, work = (f"{row[key] / first[key]:.1f}" if first else "" for key in ("seconds", "cpu_seconds"))
        foreign = "" if row["foreign_cores"] is None else f"{row['foreign_cores']:.1f}"
        lines.append(
            f"| {row['engine']} | {row['does']} | {row['seconds']:.2f} | {ratio} | {row['cpu_seconds']:.2f} | {work} "
            f"| {row['peak_mb']:,.0f} | {row['input_mb']:,.0f} | {row['parts']:,} | {row['area_m2'] / 1e6:,.6f} | {foreign} |"
        )
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", help="comma-separated; default: all that are installed and not too slow for the size")
    parser.add_argument("--json", type=Path, help="keep all figures in this file")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Exit code 1 when an engine failed."""
    given = _arguments()
    if given.child:
        print(json.dumps(measure(given.child, given.folder, given.threads, given.repeat)))
        return 0
    patches = SIZES[given.size]
    engines = given.engines.split(",") if given.engines else [name for name in available() if patches <= SMALL.get(name, patches)]
    report = run(patches, given.layers, given.threads, given.repeat, engines, seed=given.seed)
    print(table(report))
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if any("error" in row for row in report["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main())
