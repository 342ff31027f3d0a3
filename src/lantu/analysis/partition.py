"""A run's faces ready to be asked: opened once, mapped from disk, with the codes of every patch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.analysis.columns import LayerColumns, layer_cents, layer_columns, raw_areas
from lantu.blueprints.fusion.decisions import HERE, KEEP, Decisions, Outcome, decided
from lantu.blueprints.fusion.view import FaceView
from lantu.blueprints.inputs import city_regions
from lantu.blueprints.models import BlueprintRelease, FusionRun
from lantu.blueprints.papers import is_demo
from lantu.blueprints.selectors.releases import in_force
from lantu.blueprints.store import folder_of
from lantu.core.errors import Conflict, NotFound
from lantu.geodesy.grid import WorkingGrid
from lantu.planar.arcs import Arcs, find_arcs
from lantu.planar.convert import Grid, layer_from_shapely
from lantu.planar.lookup import FaceIndex
from lantu.planar.model import NO_PATCH, Faces, IntArray
from lantu.planar.store import read_arcs, read_faces, read_index
from lantu.plans.models import PlanRelease
from lantu.standards import selectors as standards
from lantu.standards.selectors import Catalogue

BoolArray = NDArray[np.bool_]
KEPT_ANSWERS = 64
"""Sets of codes for which a partition keeps the patches that have them: a check asks for the same ones every time."""


@dataclass(frozen=True, eq=False)
class PartitionLayer:
    """A plan layer of the partition: its column in the labels, and the releases whose patches are numbered one after another."""

    code: str
    column: int
    releases: list[int]
    first: list[int]
    patches: int
    decided: list[tuple[str, str]]
    """What approved decisions put in place of the plan, as further patches: (number of the override, class)."""

    def source(self, patch: int) -> tuple[int, int] | str:
        """(release, index in it) of a patch of the layer; of what a decision put there the number of the decision."""
        if patch >= self.patches:
            return self.decided[patch - self.patches][0]
        number = int(np.searchsorted(self.first, patch, side="right")) - 1
        return self.releases[number], patch - self.first[number]


@dataclass(frozen=True, eq=False)
class Partition:
    """The faces of a run, read as the approved decisions say. ``plane`` turns grid units into metres, ``grid`` into degrees.

    ``plain``: the faces with the plans' own patches, by which areas are shared out.
    """

    digest: str
    faces: Faces
    plain: Faces
    index: FaceIndex
    grid: WorkingGrid
    layers: dict[str, PartitionLayer]
    regions: list[str]
    view: FaceView
    catalogue: Catalogue
    folder: Path
    demo: bool
    _columns: dict[str, LayerColumns] = field(default_factory=dict)
    _having: dict[tuple[str, tuple[str, ...]], BoolArray] = field(default_factory=dict)

    @functools.cached_property
    def arcs(self) -> Arcs:
        """What the faces have in common, for outlines of many of them."""
        return read_arcs(self.folder) if self.faces.xy is self.plain.xy else find_arcs(self.faces)

    @property
    def plane(self) -> Grid:
        return Grid(self.grid.origin, self.grid.unit_m)

    @property
    def region_column(self) -> int | None:
        """Where the labels hold the district; None when the pack has no outlines."""
        return len(self.layers) if self.regions and self.faces.label.shape[1] > len(self.layers) else None

    def columns(self, layer: str) -> LayerColumns:
        """The codes of the layer's patches."""
        if layer not in self._columns:
            found = self.layers[layer]
            columns = layer_columns(self.digest, layer, found.releases, found.patches)
            self._columns[layer] = columns.with_more([code for _number, code in found.decided]) if found.decided else columns
        return self._columns[layer]

    def cents(self, layer: str) -> IntArray:
        """(faces,) areas in hundredths of m², adjusted to the control areas of the layer."""
        found = self.layers[layer]
        return layer_cents(self.digest, layer, self.plain, self.grid, column=found.column, releases=found.releases)

    def areas(self) -> NDArray[np.float64]:
        """(faces,) ellipsoidal areas in m²."""
        return raw_areas(self.digest, self.faces, self.grid)

    def matching(self, layer: str, codes: list[str]) -> Callable[[str], bool]:
        """Whether a code of the layer is one of ``codes`` or below it, as the layer's code table compares; no codes = any."""
        table = self.catalogue.table_of(self.catalogue.layers[layer]) if layer in self.catalogue.layers else None
        wanted = [str(code) for code in codes]
        if not wanted:
            return lambda code: True
        if table is not None and table.matching == "prefix2":
            return lambda code: any(code[:2] == one[:2] for one in wanted)
        if table is not None and table.matching == "hierarchy":
            return lambda code: any(one in wanted for one in table.ancestors(code)) or code in wanted
        return lambda code: code in wanted

    def patches_having(self, layer: str, codes: list[str]) -> BoolArray:
        """(patches,) the patches of a layer with one of the codes (any when none is given); the last answers are kept."""
        if not codes:
            return np.ones(self.layers[layer].patches + len(self.layers[layer].decided), dtype=bool)
        key = layer, tuple(codes)
        found = self._having.get(key)
        if found is None:
            found = self.columns(layer).having(self.matching(layer, codes))
            found.setflags(write=False)
            if len(self._having) >= KEPT_ANSWERS:
                self._having.clear()
            self._having[key] = found
        return found

    def faces_having(self, layer: str, codes: list[str]) -> BoolArray:
        """(faces,) where the layer has such a patch."""
        column = self.layers[layer].column
        return self.view.any(column, self.patches_having(layer, codes)) if codes else self.view.covered(column)

    def to_plane(self, degrees: BaseGeometry) -> BaseGeometry:
        """A geometry in degrees on the grid, in metres of the working CRS."""
        return shapely.transform(degrees, lambda xy: self.grid.to_metres(self.grid.from_degrees(xy)))

    def to_degrees(self, metres: NDArray[np.object_]) -> NDArray[np.object_]:
        """Geometries in metres of the working CRS as degrees."""
        origin, unit = np.asarray(self.grid.origin), self.grid.unit_m
        return np.asarray(shapely.transform(metres, lambda xy: self.grid.to_degrees((xy - origin) / unit)), dtype=object)


@dataclass(frozen=True, slots=True)
class Basis:
    """What an answer rests on: a release (or a run that is not published yet) and its partition. ``demo``: made data is in it."""

    run: FusionRun
    release: BlueprintRelease | None
    partition: Partition
    demo: bool

    def facts(self) -> dict[str, object]:
        """As the record keeps it."""
        return {
            "release": self.release.number if self.release else None,
            "published": self.release.published_at.date().isoformat() if self.release else None,
            "run": self.run.number,
            "digest": self.run.digest,
            "reading": self.run.reading,
            "engine": f"{self.run.engine} {self.run.engine_version}",
            "pack": str(self.run.pack),
            "layers": [{"code": layer["code"], "releases": layer["releases"]} for layer in self.run.layers],
        }


def basis(number: str = "", run: FusionRun | None = None) -> Basis:
    """The basis of an answer: the release with that number, else the given run, else the release in force.

    Raises ``NotFound`` for an unknown number, ``Conflict`` when nothing was published yet or the faces are not in the store.
    """
    release: BlueprintRelease | None
    if number:
        release = BlueprintRelease.objects.filter(number=number).select_related("run__pack").first()
        if release is None:
            raise NotFound(_("没有蓝图版本 %(number)s。") % {"number": number}, how=_("请在「蓝图版本」里核对版本号。"))
    elif run is not None:
        release = BlueprintRelease.objects.filter(run=run).first()
    else:
        release = in_force()
        if release is None:
            raise Conflict(_("还没有已发布的蓝图版本，无从检测和统计。"), how=_("请先融合并发布一个版本。"))
    found = release.run if release is not None else run
    assert found is not None
    partition = partition_of(found)
    return Basis(found, release, partition, partition.demo)


def partition_of(run: FusionRun) -> Partition:
    """The partition of a finished run."""
    if run.state != FusionRun.State.DONE or not run.store_key:
        raise Conflict(_("融合 %(run)s 还没有完成。") % {"run": run.number}, how=_("请等它完成。"))
    if not folder_of(run.store_key).exists():
        raise Conflict(
            _("融合 %(run)s 的面域不在本机存储里。") % {"run": run.number},
            how=_("请恢复存储的备份，或重新融合。"),
            where=run.store_key[:16],
        )
    return _open(run.pk, run.digest)


@functools.lru_cache(maxsize=4)
def _open(run_id: int, digest: str) -> Partition:
    run = FusionRun.objects.select_related("pack").get(pk=run_id)
    counts = dict(PlanRelease.objects.filter(fusion_runs=run).values_list("pk", "patch_count"))
    layers: dict[str, PartitionLayer] = {}
    for column, layer in enumerate(run.layers):
        sizes = [counts.get(pk, 0) for pk in layer["releases"]]
        first = [int(value) for value in np.cumsum([0, *sizes])[:-1]] if sizes else [0]
        layers[layer["code"]] = PartitionLayer(layer["code"], column, list(layer["releases"]), first, int(layer["patches"]), [])
    folder = folder_of(run.store_key)
    plain = read_faces(folder)
    catalogue = standards.catalogue(run.pack)
    faces = _as_decided(run, plain, layers, catalogue)
    return Partition(
        digest,
        faces,
        plain,
        read_index(folder),
        standards.working_grid(run.pack),
        layers,
        [region.code for region in city_regions()],
        FaceView(faces),
        catalogue,
        folder,
        is_demo(run),
    )


def _as_decided(run: FusionRun, plain: Faces, layers: dict[str, PartitionLayer], catalogue: Catalogue) -> Faces:
    """The faces with what approved decisions put in place of the plans (``blueprints.fusion.decisions``)."""
    overrides = list(run.overrides.order_by("pk"))
    if not overrides:
        return plain
    put: dict[int, NDArray[np.int64]] = {}
    for k, row in enumerate(overrides):
        for code, klass in Outcome.read(row.outcome, row.layers).classes.items():
            if code not in layers:
                continue
            layer = layers[code]
            at = put.setdefault(layer.column, np.full(len(overrides), KEEP, dtype=np.int64))
            if not klass and not catalogue.layers[code].is_coverage:
                at[k] = NO_PATCH
                continue
            at[k] = layer.patches + len(layer.decided)
            layer.decided.append((row.number, "" if klass == HERE else klass))
    grounds = layer_from_shapely([shapely.from_wkb(bytes(row.units)) for row in overrides], Grid(size=1.0))
    return decided(plain, Decisions(grounds, put, {}), plain.label.shape[1] - 1)


def forget() -> None:
    """Close what is open (tests whose databases reuse keys)."""
    _open.cache_clear()
