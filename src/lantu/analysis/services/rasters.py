"""Loading rasters of heights and taking them out of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from lantu.analysis.freezing import next_number
from lantu.analysis.models import HeightRaster
from lantu.analysis.settings import settings_of
from lantu.analysis.terrain import store
from lantu.analysis.terrain.reading import read_heights
from lantu.analysis.terrain.warping import Box, Lattice, lattice_of, warp
from lantu.core import audit, files, jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, NotFound
from lantu.core.models import Job, StoredFile
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.geodesy.transform import transform
from lantu.standards import selectors as standards

LOADERS = ("planner", "sysadmin")
may_load = has_role(*LOADERS)
NEED_LOADER = gettext_lazy("须由规划经办或系统管理员载入、停用高程栅格。")
BESIDE_M = 3_000.0
"""Ground beyond the city's extent that is kept with it."""
INLINE_BYTES = 8 * 2**20
"""Larger uploads are read by a job."""


@dataclass(frozen=True, slots=True)
class About:
    """What people say of a raster: title, source, licence, vertical datum, day of the data.

    ``epsg`` and ``nodata`` where the file does not say them.
    """

    title: str
    source: str
    licence: str
    height_datum: str = ""
    surveyed_on: str = ""
    epsg: int | None = None
    nodata: float | None = None
    demo: bool = False

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> About:
        """From a form or JSON. Raises ``BadInput`` for what is missing or no number or day."""
        for name, word in (("title", _("名称")), ("source", _("来源")), ("licence", _("许可"))):
            if not str(data.get(name) or "").strip():
                raise BadInput(_("没有填%(word)s。") % {"word": word}, how=_("高程数据要写明名称、来源和许可，用的人才知道能不能用。"))
        day = str(data.get("surveyed_on") or "").strip()
        try:
            if day:
                date.fromisoformat(day)
            epsg = int(data["epsg"]) if str(data.get("epsg") or "").strip() else None
            nodata = float(data["nodata"]) if str(data.get("nodata") or "").strip() else None
        except ValueError as error:
            raise BadInput(
                _("日期、坐标系或无值写得不对。"), where=str(error), how=_("日期如 2018-05-01，坐标系填 EPSG 代码，无值填数。")
            ) from None
        texts = (str(data.get(name) or "").strip() for name in ("title", "source", "licence", "height_datum"))
        title, source, licence, datum = texts
        return cls(title[:200], source[:200], licence[:200], datum[:80], day, epsg, nodata, bool(data.get("demo")))


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Files read and brought onto the city's plane, not kept yet."""

    heights: NDArray[np.float32]
    lattice: Lattice
    files: list[dict[str, Any]]


def prepare(given: Sequence[tuple[str, Path]], about: About) -> Prepared:
    """Read files (name, path; the tiles of one raster) and bring them onto the city's plane. Raises ``BadInput``, ``TooLarge``."""
    if not given:
        raise BadInput(_("没有选文件。"), how=_("请选一个或几个 GeoTIFF；几个文件会拼成一幅。"))
    most = int(settings_of().limits["raster_cells"])
    found = [read_heights(path, name, epsg=about.epsg, nodata=about.nodata, most_cells=most) for name, path in given]
    lattice = lattice_of(found, standards.working_grid().epsg, _city_box(), most)
    heights = warp(found, lattice)
    if np.isnan(heights).all():
        raise BadInput(_("栅格在本市范围内全是无值。"), how=_("请换覆盖本市的数据。"), code="no-heights")
    told = []
    for file, (name, path) in zip(found, given, strict=True):
        stored = files.store_path(path)
        told.append({"name": name, "sha256": stored.sha256, "bytes": stored.size, "epsg": file.epsg})
    return Prepared(heights, lattice, told)


def _city_box() -> Box:
    grid = standards.working_grid()
    west, south, east, north = standards.city_extent()
    rim = shapely.get_coordinates(shapely.segmentize(shapely.box(west, south, east, north), 0.05))
    plane = transform(grid.statutory_epsg, grid.epsg).points(rim)
    (x0, y0), (x1, y1) = plane.min(axis=0).tolist(), plane.max(axis=0).tolist()
    return x0 - BESIDE_M, y0 - BESIDE_M, x1 + BESIDE_M, y1 + BESIDE_M


@verb("analysis.load_raster", permission=may_load, need=NEED_LOADER)
def load_raster(actor: Actor, given: Sequence[tuple[str, Path]], about: About) -> HeightRaster:
    """Read, place and keep a raster in one go: for small files. Raises ``BadInput``, ``TooLarge``, ``Conflict``."""
    return _keep(actor, prepare(given, about), about)


@verb("analysis.keep_raster", permission=may_load, need=NEED_LOADER)
def keep_raster(actor: Actor, prepared: Prepared, about: About) -> HeightRaster:
    """Keep a raster that was prepared outside of the transaction. Raises ``Conflict`` for one that is in use already."""
    return _keep(actor, prepared, about)


def _keep(actor: Actor, prepared: Prepared, about: About) -> HeightRaster:
    digest = store.write(prepared.heights, prepared.lattice)
    same = HeightRaster.objects.filter(digest=digest, removed_at=None).first()
    if same is not None:
        raise Conflict(_("这幅高程栅格已经载入过。"), where=f"{same.number} {same.title}")
    lattice = prepared.lattice
    west, south, east, north = _degrees_box(lattice)
    row = HeightRaster.objects.create(
        number=next_number("GC", "raster"),
        title=about.title,
        source=about.source,
        licence=about.licence,
        height_datum=about.height_datum,
        surveyed_on=date.fromisoformat(about.surveyed_on) if about.surveyed_on else None,
        files=prepared.files,
        epsg=lattice.epsg,
        cell_m=lattice.cell,
        rows=lattice.rows,
        columns=lattice.columns,
        west=west,
        south=south,
        east=east,
        north=north,
        lowest_m=round(float(np.nanmin(prepared.heights)), 2),
        highest_m=round(float(np.nanmax(prepared.heights)), 2),
        void_share=round(float(np.isnan(prepared.heights).mean()), 4),
        digest=digest,
        demo=about.demo,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    audit.remark(number=row.number, title=row.title, digest=digest, files=[one["sha256"] for one in prepared.files])
    return row


def _degrees_box(lattice: Lattice) -> tuple[float, float, float, float]:
    west, south, east, north = lattice.box
    back = transform(lattice.epsg, standards.working_grid().statutory_epsg)
    rim = back.points(shapely.get_coordinates(shapely.segmentize(shapely.box(west, south, east, north), 5_000)))
    (x0, y0), (x1, y1) = rim.min(axis=0).tolist(), rim.max(axis=0).tolist()
    return round(x0, 6), round(y0, 6), round(x1, 6), round(y1, 6)


@verb("analysis.start_raster", permission=may_load, need=NEED_LOADER)
def start_raster(actor: Actor, stored: Sequence[tuple[str, StoredFile]], about: About) -> Job:
    """Put the loading of large files on the queue. Raises ``BadInput`` without files."""
    if not stored:
        raise BadInput(_("没有选文件。"), how=_("请选一个或几个 GeoTIFF；几个文件会拼成一幅。"))
    given = [{"name": name, "sha256": one.sha256} for name, one in stored]
    audit.remark(title=about.title, files=[one["sha256"] for one in given])
    return jobs.enqueue(actor, "analysis.raster", _("载入高程栅格 %(title)s") % {"title": about.title}, files=given, about=asdict(about))


@jobs.job_kind("analysis.raster")
def raster_job(context: jobs.JobContext, *, files: list[dict[str, str]], about: dict[str, Any]) -> dict[str, Any]:
    """Read and keep; what is refused is refused as on the page."""
    told = About(**about)
    context.progress(0.1, _("读取并换算到本市坐标系"))
    prepared = prepare([(one["name"], _path(one["sha256"])) for one in files], told)
    context.progress(0.8, _("计算坡度并保存"))
    row = keep_raster(context.actor, prepared, told)
    return {"raster": row.number, "url": row.get_absolute_url()}


def _path(sha256: str) -> Path:
    return files.path_of(StoredFile.objects.get(sha256=sha256))


@verb("analysis.remove_raster", permission=may_load, need=NEED_LOADER, subject="raster")
def remove_raster(actor: Actor, raster: HeightRaster, reason: str) -> HeightRaster:
    """Take a raster out of use: new answers do not rest on it any more; records that do can still be verified."""
    row = HeightRaster.objects.select_for_update().get(pk=raster.pk)
    if row.removed_at is not None:
        raise Conflict(_("这幅高程栅格已经停用。"), where=row.number)
    if len(reason.strip()) < 2:
        raise BadInput(_("没有写明停用的原因。"), where=row.number, how=_("如：已有更新的数据、来源许可到期。"))
    row.removed_at, row.removed_by_name, row.removed_because = timezone.now(), actor.name, reason.strip()[:200]
    row.save(update_fields=["removed_at", "removed_by_name", "removed_because"])
    audit.remark(number=row.number, reason=row.removed_because)
    return row


def raster_named(number: str) -> HeightRaster:
    """A raster in use by its number. Raises ``NotFound``."""
    row = HeightRaster.objects.filter(number=number, removed_at=None).first()
    if row is None:
        raise NotFound(_("没有在用的高程栅格 %(number)s。") % {"number": number}, how=_("请在「高程栅格」里核对编号。"))
    return row
