"""A whole folder of old files brought to the city's working system, file by file, with a report on every one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from pyogrio import raw
from shapely import to_wkb

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, LantuError
from lantu.core.verbs import verb
from lantu.geodesy.frames import OLD_DATUMS, frame
from lantu.geodesy.transform import Transform, transform
from lantu.plans import readers
from lantu.plans.models import DatumSet
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.readers import LayerInfo, ReaderError, SourceFeature
from lantu.plans.services.datums import recipe_of
from lantu.plans.services.intake import datum_facts, plain
from lantu.standards import selectors

Tell = Callable[[float, str], None]
CHUNK = 2000
_NUMPY = {"integer": np.int64, "number": np.float64}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one layer, or of one file that could not be read."""

    file: str
    layer: str
    frame: str
    source: int
    converted: int
    result: str
    way: str
    reason: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """The report: by which set, to which frame, and a row per layer."""

    datum: dict[str, Any]
    target: str
    rows: tuple[Row, ...]

    @property
    def refused(self) -> list[Row]:
        """What was not converted."""
        return [row for row in self.rows if not row.result]


@verb("plans.convert_archive", permission=may_bring, need=NEED_PLANNER)
def convert_archive(
    actor: Actor, folder: Path, out: Path, datum: DatumSet, *, epsg: int | None = None, tell: Tell = lambda share, step: None
) -> Conversion:
    """Convert every vector file under ``folder`` into a GeoPackage under ``out`` (new or empty) by a parameter set.

    What is in the national system already is only projected; a layer that declares no system is left alone unless ``epsg`` says what it
    is. Raises ``BadInput``, ``Conflict``; single files that fail stand in the report.
    """
    if not folder.is_dir():
        raise BadInput(_("没有文件夹 %(name)s。") % {"name": folder}, how=_("请核对路径。"))
    if out.exists() and any(out.iterdir()):
        raise BadInput(_("输出文件夹 %(name)s 不是空的。") % {"name": out}, how=_("请换一个新的文件夹，不覆盖已有的成果。"))
    out.mkdir(parents=True, exist_ok=True)
    work = _Work(folder, out, datum, epsg)
    paths = list(_sources(folder))
    rows: list[Row] = []
    for number, path in enumerate(paths):
        tell(number / max(len(paths), 1), path.name)
        rows += work.file(path)
    done = Conversion(datum_facts(datum), frame(work.target).name, tuple(rows))
    remark(folder=str(folder), datum=datum.name, converted=sum(row.converted for row in rows), refused=len(done.refused))
    tell(1.0, "")
    return done


def _sources(folder: Path) -> Iterator[Path]:
    """The files to open, without side files; a .gdb folder counts as one."""
    side = {suffix for reader in readers.readers() for suffix in reader.companions}
    geodatabases = [path for path in sorted(folder.rglob("*.gdb")) if path.is_dir()]
    yield from geodatabases
    for path in sorted(folder.rglob("*")):
        inside = any(parent in geodatabases for parent in path.parents)
        if path.is_file() and not inside and path.suffix.lower() not in side:
            yield path


class _Work:
    """Converts one file after another."""

    def __init__(self, folder: Path, out: Path, datum: DatumSet, epsg: int | None) -> None:
        self.folder, self.out, self.datum, self.epsg = folder, out, datum, epsg
        self.parameters = recipe_of(datum).parameter_set(datum.name, datum.rms_m)
        self.target = selectors.working_grid().epsg

    def file(self, path: Path) -> Iterator[Row]:
        name = str(path.relative_to(self.folder))
        digest = _digest(path)
        try:
            layers = readers.inspect(path, city=selectors.city_extent(), allowed=selectors.accepted_frames())
        except ReaderError as error:
            yield Row(name, "", "", 0, 0, "", "", str(error), digest)
            return
        for layer in layers:
            yield self._layer(path, name, layer, digest, alone=len(layers) == 1)

    def _layer(self, path: Path, name: str, layer: LayerInfo, digest: str, *, alone: bool) -> Row:
        found = layer.frame.frame if layer.frame else None
        sure = layer.frame is not None and layer.frame.certainty == "sure"
        epsg = found.epsg if found is not None and sure else self.epsg
        title = frame(epsg).name if epsg is not None else ""
        blank = Row(name, layer.name, title, layer.count, 0, "", "", "", digest)
        if epsg is None:
            evidence = "；".join(layer.frame.evidence) if layer.frame else ""
            return replace(blank, reason=_("没有可靠的坐标系说明，没有转换：%(evidence)s") % {"evidence": evidence})
        try:
            way = self._way(epsg)
            stem = path.relative_to(self.folder).with_suffix("")
            part = "" if alone else "_" + layer.name.rpartition("/")[2]
            target = self.out / stem.with_name(f"{stem.name}{part}.gpkg")
            count, left = self._write(path, layer, way, target)
        except LantuError as error:
            return replace(blank, reason=str(error))
        except ValueError as error:
            return replace(blank, reason=_("坐标超出所选坐标系能表示的范围（%(why)s）") % {"why": error})
        reason = _("%(n)s 个要素图形不能用，没有写出") % {"n": left} if left else ""
        return replace(blank, converted=count, result=str(target.relative_to(self.out)), way=way.operation, reason=reason)

    def _way(self, epsg: int) -> Transform:
        """By the set from its own datum; from the national system by projection alone."""
        source = frame(epsg)
        by_set = source.datum in OLD_DATUMS or epsg == self.datum.source_epsg
        return transform(epsg, self.target, self.parameters if by_set else None)

    def _write(self, path: Path, layer: LayerInfo, way: Transform, target: Path) -> tuple[int, int]:
        target.parent.mkdir(parents=True, exist_ok=True)
        count = left = 0
        encoding = layer.encoding.name if layer.encoding else None
        for batch in readers.read(path, layer.name, encoding=encoding, chunk=CHUNK):
            good = [feature for feature in batch if feature.geometry is not None]
            left += len(batch) - len(good)
            shapes = way.geometries(np.array([feature.geometry for feature in good], dtype=object))
            if good:
                _append(target, layer, good, shapes, self.target, first=not count)
            count += len(good)
        return count, left


def _append(target: Path, layer: LayerInfo, features: list[SourceFeature], shapes: Any, epsg: int, *, first: bool) -> None:
    columns, masks = [], []
    for item in layer.fields:
        values = [plain(feature.attributes).get(item.name) for feature in features]
        missing = np.array([value is None for value in values], dtype=bool)
        if kind := _NUMPY.get(item.kind):
            columns.append(np.array([0 if value is None else value for value in values], dtype=kind))
        else:
            columns.append(np.array([None if value is None else str(value) for value in values], dtype=object))
        masks.append(missing if missing.any() and item.kind in _NUMPY else None)
    raw.write(
        str(target),
        to_wkb(shapes),
        columns,
        # GeoPackage keeps "fid" for itself
        [item.name if item.name.lower() not in ("fid", "geom") else f"{item.name}_1" for item in layer.fields],
        field_mask=masks,
        geometry_type="Unknown",
        crs=f"EPSG:{epsg}",
        driver="GPKG",
        layer=target.stem,
        append=not first,
    )


def _digest(path: Path) -> str:
    """SHA-256 of a file, or of all files of a folder in order of name."""
    total = hashlib.sha256()
    for part in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if part.is_file():
            with part.open("rb") as stream:
                while piece := stream.read(1 << 20):
                    total.update(piece)
    return total.hexdigest()
