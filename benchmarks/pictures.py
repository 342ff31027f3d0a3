"""The pictures of ``docs/kernel.md``, drawn from what the kernel really makes of a small example.

python -m benchmarks.pictures docs/images
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from lantu.planar.dissolve import dissolve
from lantu.planar.engine import PlanarEngine
from lantu.planar.model import Faces, RingLayer

CELL = 36
FILLS = ("#f3efe6", "#cfe3d6", "#f4d6b0", "#d5dcf0", "#f0c9c4", "#dcd0ea", "#bfd8d5", "#e9e3b4")


def layer(*patches: list[tuple[int, int]]) -> RingLayer:
    """One ring a patch."""
    starts = np.cumsum([0] + [len(patch) for patch in patches], dtype=np.int64)
    return RingLayer(np.array([point for patch in patches for point in patch], np.int64), starts, np.arange(len(patches) + 1))


LAND = layer([(1, 1), (9, 1), (8, 9), (1, 8)], [(9, 1), (16, 2), (15, 9), (8, 9)])
TOWN = layer([(3, 0), (12, 3), (11, 7), (4, 10)], [(12, 3), (17, 1), (17, 8), (11, 7)])


def main() -> int:
    folder = Path(sys.argv[1])
    faces = PlanarEngine(threads=1).overlay([LAND, TOWN])
    (folder / "kernel-snapping.svg").write_text(snapping(faces), encoding="utf-8")
    (folder / "kernel-faces.svg").write_text(partition(faces), encoding="utf-8")
    (folder / "kernel-dissolve.svg").write_text(dissolved(faces), encoding="utf-8")
    return 0


def _at(x: float, y: float) -> tuple[float, float]:
    return (x + 1) * CELL, (12 - y) * CELL


def _path(xy: np.ndarray) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (_at(*point) for point in xy.tolist())) + "Z"


def _svg(parts: list[str], title: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {19 * CELL} {14 * CELL}" font-family="sans-serif" font-size="14">'
    return (
        "\n".join([head, f'<rect width="100%" height="100%" fill="#fff"/><text x="{CELL}" y="22">{title}</text>', *parts, "</svg>"]) + "\n"
    )


def snapping(faces: Faces) -> str:
    """Pixels, input rings, hot pixels and the chains through them."""
    grid = [f'<path d="M{_at(x - 0.5, 0)[0]} {_at(0, 11)[1]}V{_at(0, -0.9)[1]}" stroke="#eee"/>' for x in range(19)]
    grid += [f'<path d="M{_at(-0.8, 0)[0]} {_at(0, y - 0.5)[1]}H{_at(17.6, 0)[0]}" stroke="#eee"/>' for y in range(12)]
    hot = [f'<rect x="{x - CELL / 2}" y="{y - CELL / 2}" width="{CELL}" height="{CELL}" fill="#f4d6b0"/>' for x, y in _nodes(faces)]
    rings = []
    for one, colour in ((LAND, "#0b6e4f"), (TOWN, "#34689b")):
        for a, b in zip(one.ring_start[:-1], one.ring_start[1:], strict=True):
            rings.append(f'<path d="{_path(one.xy[a:b])}" fill="none" stroke="{colour}" stroke-width="1.2" stroke-dasharray="5 4"/>')
    edges = [f'<path d="{_path(ring)}" fill="none" stroke="#222" stroke-width="2"/>' for ring in _rings(faces)]
    dots = [f'<circle cx="{x}" cy="{y}" r="3.5"/>' for x, y in _nodes(faces)]
    return _svg([*grid, *hot, *rings, *edges, *dots], "Dashed: segments given. Squares: hot pixels. Black: chains through their centres.")


def partition(faces: Faces) -> str:
    """Faces with their labels."""
    parts = []
    for face in range(len(faces)):
        rings = faces.xy[faces.ring_start[faces.face_start[face]] : faces.ring_start[faces.face_start[face] + 1]]
        names = "".join(f"{name}{','.join(map(str, faces.patches(face, k))) or '–'} " for k, name in enumerate("AB"))
        x, y = _at(*rings.mean(axis=0))
        parts.append(f'<path d="{_path(rings)}" fill="{FILLS[face % len(FILLS)]}" stroke="#222"/>')
        parts.append(f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="11">{names}</text>')
    return _svg(parts, "Faces and the patches of layers A and B that cover each; – is a gap.")


def dissolved(faces: Faces) -> str:
    """Faces covered by both layers melted into one region."""
    regions = dissolve(faces, np.where((faces.label >= 0).all(axis=1), 0, -1))
    parts = [f'<path d="{_path(ring)}" fill="none" stroke="#bbb"/>' for ring in _rings(faces)]
    for a, b in zip(regions.ring_start[:-1], regions.ring_start[1:], strict=True):
        parts.append(f'<path d="{_path(regions.xy[a:b])}" fill="#cfe3d6" fill-opacity="0.8" stroke="#0b6e4f" stroke-width="2.5"/>')
    return _svg(parts, "Dissolve: inner edges dropped, what is left traced again; no vertex moves.")


def _rings(faces: Faces) -> list[np.ndarray]:
    return [faces.xy[a:b] for a, b in zip(faces.ring_start[:-1], faces.ring_start[1:], strict=True)]


def _nodes(faces: Faces) -> list[tuple[float, float]]:
    return [_at(x, y) for x, y in np.unique(faces.xy, axis=0).tolist()]


if __name__ == "__main__":
    sys.exit(main())
