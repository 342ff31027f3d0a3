"""How a large plan file is read: seconds and peak memory of looking at it and reading it whole, by format and size.

``python -m benchmarks.reading [--format gml] [--mb 1024] [--folder /tmp]`` writes a file of made parcels of that size into the folder,
looks at it (``readers.inspect``: every feature once) and reads it (``readers.read``) in a process of its own, prints the figures as JSON
and takes the file away again. The goal (issue 4): files of 1 GB in bounded memory.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KINDS = 5000
"""Different parcels; then they come again, under other numbers: writing is not what is measured."""
EDGE_POINTS = 16
"""Vertices on each edge of a made parcel, as on surveyed ones."""


@functools.lru_cache(maxsize=KINDS)
def parcel(number: int) -> list[tuple[float, float]]:
    """The ring of a parcel of 100 m near Guiyang, metres of EPSG:4545, its edges wavy, closed."""
    east, north = 330_000 + 100 * (number % 600), 2_900_000 + 100 * (number // 600 % 1000)
    ring = []
    for step in range(4 * EDGE_POINTS):
        side, share = divmod(step, EDGE_POINTS)
        along, wave = 100 * share / EDGE_POINTS, 2 * math.sin(step + number % 7)
        x, y = ((along, wave), (100 - wave, along), (100 - along, 100 - wave), (wave, 100 - along))[side]
        ring.append((round(east + x, 4), round(north + y, 4)))
    return [*ring, ring[0]]


def gml(size: int) -> Iterator[str]:
    """A GML 3.2 feature collection of about so many bytes."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" '
        'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:p="urn:lantu:bench">\n'
    )
    written, number = 0, 0
    while written < size:
        number += 1
        points = _positions(number % KINDS)
        text = (
            f'<wfs:member><p:parcel gml:id="p{number}"><p:BSM>{number}</p:BSM><p:YDDM>R2</p:YDDM><p:geometry>'
            f'<gml:Polygon srsName="EPSG:4545" gml:id="g{number}"><gml:exterior><gml:LinearRing><gml:posList>{points}</gml:posList>'
            "</gml:LinearRing></gml:exterior></gml:Polygon></p:geometry></p:parcel></wfs:member>\n"
        )
        written += len(text)
        yield text
    yield "</wfs:FeatureCollection>\n"


@functools.lru_cache(maxsize=KINDS)
def _positions(number: int) -> str:
    return " ".join(f"{x} {y}" for x, y in parcel(number))


def geojson(size: int) -> Iterator[str]:
    """A GeoJSON feature collection of about so many bytes."""
    yield '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4545"}},"features":[\n'
    written, number = 0, 0
    while written < size:
        number += 1
        shape = {"type": "Polygon", "coordinates": [parcel(number % KINDS)]}
        text = json.dumps({"type": "Feature", "properties": {"BSM": str(number), "YDDM": "R2"}, "geometry": shape})
        written += len(text)
        yield text if number == 1 else ",\n" + text
    yield "\n]}\n"


MAKERS = {"gml": gml, "geojson": geojson}


def measure(path: Path) -> dict[str, object]:
    """Look at the file and read it in this process."""
    sys.path.insert(0, str(ROOT / "src"))
    from benchmarks.machine import peak_memory_mb, timed
    from lantu.plans import readers

    start, source = peak_memory_mb(), [readers.NamedFile(path, path.name)]
    looked, layers = timed(lambda: readers.inspect(source))
    after_look = peak_memory_mb()
    done, count = timed(lambda: sum(len(batch) for batch in readers.read(source, layers[0].name, chunk=2000)))
    return {
        "features": count,
        "inspect_s": round(looked.seconds, 1),
        "inspect_cpu_s": round(looked.cpu_seconds, 1),
        "read_s": round(done.seconds, 1),
        "read_cpu_s": round(done.cpu_seconds, 1),
        "memory_before_mb": round(start),
        "peak_after_inspect_mb": round(after_look),
        "peak_mb": round(peak_memory_mb()),
        "load_average": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Make, measure, print, take away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", choices=sorted(MAKERS), default="gml")
    parser.add_argument("--mb", type=int, default=1024)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        print(json.dumps(measure(given.read)))
        return
    with tempfile.TemporaryDirectory(prefix="lantu-bench-", dir=given.folder) as folder:
        path = Path(folder) / f"parcels.{given.format}"
        began = time.perf_counter()
        with path.open("w", encoding="utf-8") as out:
            out.writelines(MAKERS[given.format](given.mb << 20))
        made = {"format": given.format, "mb": path.stat().st_size >> 20, "made_s": round(time.perf_counter() - began, 1)}
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.reading", "--read", path], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stderr)
        print(json.dumps(made | json.loads(done.stdout), indent=1))


if __name__ == "__main__":
    main()
