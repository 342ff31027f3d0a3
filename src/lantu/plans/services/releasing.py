"""Plan releases: snapped once to the working grid, addressed by digest, immutable from then on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.jobs import JobContext, job_kind
from lantu.core.verbs import verb
from lantu.geodesy.area import polygon_areas
from lantu.geodesy.grid import WorkingGrid
from lantu.geodesy.transform import transform
from lantu.planar.convert import Grid, layer_from_shapely
from lantu.planar.model import RingLayer
from lantu.planar.store import write_layer
from lantu.plans.models import Delivery, DeliveryFeature, PlanDataset, PlanPatch, PlanRelease, QualityFinding
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.selectors import open_findings, taken_in
from lantu.plans.services.states import State, locked, step
from lantu.standards import selectors
from lantu.standards.codes import CodeTable
from lantu.standards.models import PackVersion

CHUNK = 2000
Tell = Callable[[float, str], None]
DIGEST_FORM = b"lantu plan release 1\n"


@dataclass(frozen=True, slots=True, eq=False)
class Snapped:
    """The patches of a release in canonical order: rings on the grid, geometry in degrees derived from them, control areas in m²."""

    features: list[DeliveryFeature]
    rings: RingLayer
    geometries: NDArray[np.object_]
    areas: NDArray[np.float64]
    digest: str


@dataclass(frozen=True, slots=True)
class Legal:
    """On what a release rests and how long it holds. None = as the dataset says."""

    document_no: str | None = None
    document_date: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def release_delivery(actor: Actor, delivery: Delivery, *, legal: Legal | None = None, tell: Tell = lambda share, step: None) -> PlanRelease:
    """Make a checked delivery the dataset's release in force.

    Errors of the quality checks must be mended or waived first. Patch rows are written in chunks; the release counts only once the
    last verb has flipped it, so a killed worker leaves nothing that shows. Raises ``Conflict``.
    """
    release = _begin_release(actor, delivery, legal=legal or Legal())
    pack = release.pack
    tell(0.05, "snap")
    snapped = snap(delivery, pack)
    write_layer(
        Path(settings.LANTU_STORE) / "plans" / snapped.digest,
        snapped.rings,
        {"layer": release.layer_code, "digest": snapped.digest, "epsg": selectors.working_grid(pack).epsg},
    )
    table = selectors.catalogue(pack).table_of(selectors.layer(release.layer_code, pack))
    count = len(snapped.features)
    for first in range(0, count, CHUNK):
        _write(_patches(release, snapped, table, first, min(first + CHUNK, count)))
        tell(0.2 + 0.75 * min(first + CHUNK, count) / count, f"{min(first + CHUNK, count)} / {count}")
    return _finish_release(actor, release, snapped=snapped)


@job_kind("plans.release")
def _job(context: JobContext, delivery: int, **facts: str | None) -> dict[str, Any]:
    days = {key: date.fromisoformat(facts[key] or "") for key in ("document_date", "valid_from", "valid_to") if facts.get(key)}
    legal = Legal(document_no=facts.get("document_no"), **days)
    release = release_delivery(context.actor, Delivery.objects.get(pk=delivery), legal=legal, tell=context.progress)
    return {"release": release.pk, "digest": release.digest, "patches": release.patch_count}


def blocking_checks(delivery: Delivery) -> list[str]:
    """Codes of the checks that found errors which are neither mended nor waived."""
    errors = open_findings(delivery).filter(level=QualityFinding.Level.ERROR)
    waived = set(delivery.waivers.filter(run=delivery.current_run).values_list("check_code", flat=True))
    return sorted(set(errors.values_list("check_code", flat=True)) - waived)


def _overtaken() -> Conflict:
    return Conflict(_("另一个人正在发布这次入库。"), how=_("请刷新页面看结果。"))


def _write(patches: list[PlanPatch]) -> None:
    try:
        PlanPatch.objects.bulk_create(patches, batch_size=500)
    except IntegrityError as error:  # the release was thrown away by somebody who began anew
        raise _overtaken() from error


@verb("plans.begin_release", permission=may_bring, need=NEED_PLANNER)
def _begin_release(actor: Actor, delivery: Delivery, *, legal: Legal) -> PlanRelease:
    PlanDataset.objects.select_for_update().get(pk=delivery.dataset_id)  # numbers of releases are given one after another
    current = locked(delivery, State.CHECKED)
    if blocking := blocking_checks(current):
        raise Conflict(
            _("质检还有未处理的错误：%(checks)s。") % {"checks": "、".join(blocking)},
            how=_("请在源数据中改正后重新入库、逐项修复，或由复核人说明理由后放行。"),
        )
    if pending := current.account.get("pending"):
        raise Conflict(_("还有 %(n)s 个要素没有归类。") % {"n": pending}, how=_("请在「对照」一步给出归类，或标为「未归类」入库。"))
    begun = PlanRelease.objects.filter(delivery=current, state=PlanRelease.State.WRITING)
    list(begun.select_for_update())  # whoever is writing its patches waits, and finds it gone
    begun.delete()
    last = PlanRelease.objects.filter(dataset=current.dataset).order_by("-number").first()
    dataset = current.dataset
    starts = legal.valid_from or (None if last else dataset.valid_from) or timezone.localdate()
    ends = legal.valid_to or dataset.valid_to
    if ends and ends <= starts:
        raise BadInput(_("止日 %(end)s 须在起日 %(start)s 之后。") % {"end": ends, "start": starts}, how=_("请改正有效期。"))
    return PlanRelease.objects.create(
        dataset=dataset,
        delivery=current,
        number=(last.number if last else 0) + 1,
        layer_code=dataset.layer_code,
        pack=selectors.pack(),
        scale=dataset.scale,
        document_no=dataset.document_no if legal.document_no is None else legal.document_no,
        document_date=legal.document_date or dataset.document_date,
        valid_from=starts,
        valid_to=ends,
        demo=dataset.demo,
    )


@verb("plans.release", permission=may_bring, need=NEED_PLANNER, subject="release")
def _finish_release(actor: Actor, release: PlanRelease, *, snapped: Snapped) -> PlanRelease:
    PlanDataset.objects.select_for_update().get(pk=release.dataset_id)  # of two deliveries the one ends what the other put in force
    delivery = locked(release.delivery, State.CHECKED)  # type: ignore[arg-type]
    if not PlanRelease.objects.select_for_update().filter(pk=release.pk).exists():
        raise _overtaken()
    older = PlanRelease.objects.filter(dataset=release.dataset, state=PlanRelease.State.RELEASED)
    older.update(state=PlanRelease.State.SUPERSEDED, valid_to=release.valid_from)
    release.state = PlanRelease.State.RELEASED
    release.digest = release.store_key = snapped.digest
    release.patch_count = len(snapped.features)
    release.control_area_m2 = Decimal(f"{float(snapped.areas.sum()):.2f}")
    release.released_by_id, release.released_by_name, release.released_at = actor.user_id, actor.name, timezone.now()
    release.save()
    step(delivery, State.RELEASED)
    remark(digest=release.digest, patches=release.patch_count)
    emit(actor, "plans.released", release, layer=release.layer_code, digest=release.digest)
    return release


def snap(delivery: Delivery, pack: PackVersion) -> Snapped:
    """The delivery's features on the working grid, in canonical order (feature identity, then row)."""
    grid = selectors.working_grid(pack)
    rows = taken_in(delivery)
    features = sorted(rows, key=lambda row: (row.feature_id, row.row))
    degrees = np.array([row.geometry for row in features], dtype=object)
    units = shapely.normalize(grid.units_of(degrees))
    layer = layer_from_shapely(units, Grid(size=1.0)) if _is_areal(units) else _no_rings(len(features))
    derived = grid.degrees_of(units)
    return Snapped(features, layer, derived, control_areas(degrees, grid, pack), digest_of(delivery, layer, features, units))


def control_areas(degrees: NDArray[np.object_], grid: WorkingGrid, pack: PackVersion) -> NDArray[np.float64]:
    """(n,) m²: the statutory area of the original vertices, ellipsoidal or (where the pack says so) plane in the working CRS."""
    if pack.settings.get("statutory_area") == "plane":
        way = transform(grid.statutory_epsg, grid.epsg)
        return np.asarray(shapely.area(way.geometries(degrees)))
    return polygon_areas(degrees, grid.ellipsoid)


def digest_of(delivery: Delivery, layer: RingLayer, features: list[DeliveryFeature], units: NDArray[np.object_]) -> str:
    """SHA-256 over layer code, integer rings, identities and codes in canonical order: no float, no time, no file bytes."""
    total = hashlib.sha256(DIGEST_FORM)
    total.update(delivery.dataset.layer_code.encode())
    for column in (layer.xy, layer.ring_start, layer.patch_start):
        total.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
    if not len(layer.xy):
        total.update(np.ascontiguousarray(shapely.get_coordinates(units), dtype="<i8").tobytes())
    facts = [[row.feature_id, [[code, f"{share:.6f}"] for code, share in row.codes]] for row in features]
    total.update(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())
    return total.hexdigest()


def _is_areal(geometries: NDArray[np.object_]) -> bool:
    return bool(np.isin(shapely.get_type_id(geometries), (3, 6)).all())


def _no_rings(count: int) -> RingLayer:
    """A layer of lines or points has no rings: it takes no part in the partition."""
    return RingLayer(np.empty((0, 2), np.int64), np.zeros(1, np.int64), np.zeros(count + 1, np.int64))


def _patches(release: PlanRelease, snapped: Snapped, table: CodeTable | None, first: int, last: int) -> list[PlanPatch]:
    return [
        PlanPatch(
            release=release,
            index=index,
            feature_id=row.feature_id,
            code=str(row.codes[0][0]) if row.codes else "",
            codes=row.codes,
            construction=table.construction([(str(code), float(share)) for code, share in row.codes])
            if table
            else PlanPatch.Construction.UNKNOWN,
            attributes=row.attributes,
            file_name=row.file_name,
            row=row.row,
            control_area_m2=Decimal(f"{float(snapped.areas[index]):.2f}"),
            geometry=snapped.geometries[index],
        )
        for index, row in enumerate(snapped.features[first:last], start=first)
    ]
