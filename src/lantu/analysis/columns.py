"""What is known of the patches and faces of a run, as columns: made once from the database, then mapped from disk.

Beside the faces in the store: per layer the codes of every patch with their shares, the area of every face adjusted to the control
areas of that layer (domain 3.4), and once the ellipsoidal area of every face.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from lantu.blueprints.fusion.areas import adjust, face_areas
from lantu.blueprints.fusion.view import FaceView
from lantu.geodesy.grid import WorkingGrid
from lantu.planar.model import Faces, IntArray
from lantu.planar.store import read_column, read_meta, write_columns
from lantu.plans.models import PlanPatch

NO_CODE = -1
FORM = "1"
"""Changes when the columns change: old ones are made anew."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerColumns:
    """The patches of one layer: patch p has the parts ``part_start[p]:part_start[p + 1]``, each a code (its index) and a share."""

    codes: tuple[str, ...]
    part_start: IntArray
    part_code: NDArray[np.int32]
    part_share: NDArray[np.float64]

    def codes_of(self, patch: int) -> list[tuple[str, float]]:
        """The codes of a patch with their shares."""
        first, last = int(self.part_start[patch]), int(self.part_start[patch + 1])
        return [(self.codes[self.part_code[i]], float(self.part_share[i])) for i in range(first, last)]

    def with_more(self, more: Sequence[str]) -> LayerColumns:
        """With further patches of one code each (none where it is empty)."""
        codes = list(self.codes)
        for code in more:
            if code and code not in codes:
                codes.append(code)
        ends = self.part_start[-1] + np.cumsum([bool(code) for code in more])
        numbers = np.array([codes.index(code) for code in more if code], dtype=np.int32)
        return LayerColumns(
            tuple(codes),
            np.concatenate([self.part_start, ends]).astype(np.int64),
            np.concatenate([self.part_code, numbers]).astype(np.int32),
            np.concatenate([self.part_share, np.ones(len(numbers))]),
        )

    def main(self) -> NDArray[np.int32]:
        """(patches,) index of the first code of every patch, ``NO_CODE`` where it has none."""
        result = np.full(len(self.part_start) - 1, NO_CODE, dtype=np.int32)
        some = self.part_start[1:] > self.part_start[:-1]
        result[some] = self.part_code[self.part_start[:-1][some]]
        return result

    def having(self, wanted: Callable[[str], bool]) -> NDArray[np.bool_]:
        """(patches,) whether some code of the patch is wanted; a patch without code only where the layer has no codes at all."""
        if not self.codes:
            return np.ones(len(self.part_start) - 1, dtype=bool)
        passed = np.array([wanted(code) for code in self.codes], dtype=bool)
        result = np.zeros(len(self.part_start) - 1, dtype=bool)
        owner = np.repeat(np.arange(len(result)), np.diff(self.part_start))
        result[owner[passed[self.part_code]]] = True
        return result


def _folder(key: str) -> Path:
    return Path(settings.LANTU_STORE) / "analysis" / key


def layer_columns(digest: str, layer: str, releases: list[int], patches: int) -> LayerColumns:
    """The columns of a layer of a run; made from the database the first time."""
    folder = _folder(f"{digest}-{layer}-codes-{FORM}")
    if not folder.exists():
        _write_codes(folder, releases, patches)
    meta = read_meta(folder)
    return LayerColumns(tuple(meta["codes"]), *(read_column(folder, name) for name in ("part_start", "part_code", "part_share")))


def _write_codes(folder: Path, releases: list[int], patches: int) -> None:
    known: dict[str, int] = {}
    count = np.zeros(patches, dtype=np.int64)
    part_code: list[int] = []
    part_share: list[float] = []
    at = 0
    for release in releases:
        rows = PlanPatch.objects.filter(release=release).order_by("index").values_list("code", "codes")
        for code, parts in rows.iterator(chunk_size=20_000):
            pairs = parts or ([[code, 1.0]] if code else [])
            for value, share in pairs:
                part_code.append(known.setdefault(str(value), len(known)))
                part_share.append(float(share))
            count[at] = len(pairs)
            at += 1
    columns: dict[str, NDArray[Any]] = {
        "part_start": np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        "part_code": np.array(part_code, dtype=np.int32),
        "part_share": np.array(part_share, dtype=np.float64),
    }
    write_columns(folder, columns, {"kind": "codes", "codes": list(known)})


def raw_areas(digest: str, faces: Faces, grid: WorkingGrid) -> NDArray[np.float64]:
    """(faces,) ellipsoidal area of every face in m²."""
    folder = _folder(f"{digest}-areas-{FORM}")
    if not folder.exists():
        write_columns(folder, {"area": face_areas(faces, grid)}, {"kind": "areas"})
    return read_column(folder, "area")


def layer_cents(digest: str, layer: str, faces: Faces, grid: WorkingGrid, *, column: int, releases: list[int]) -> IntArray:
    """(faces,) area of every face in hundredths of m², the faces of a patch adjusted to its control area."""
    folder = _folder(f"{digest}-{layer}-cents-{FORM}")
    if not folder.exists():
        control: list[float] = []
        for release in releases:
            control += map(float, PlanPatch.objects.filter(release=release).order_by("index").values_list("control_area_m2", flat=True))
        parts = adjust(FaceView(faces), column, np.asarray(raw_areas(digest, faces, grid)), np.array(control, dtype=np.float64))
        write_columns(folder, {"cents": parts.cents}, {"kind": "cents"})
    return read_column(folder, "cents")
