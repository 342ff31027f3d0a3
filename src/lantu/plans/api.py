"""``/api/v1/plans/…``: plans in, step by step as on the pages, and their releases.

Give files (``POST deliveries``), watch the job, confirm how they are read, map, look at the checks, release.
"""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from dataclasses import asdict
from datetime import date
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from lantu.core import jobs
from lantu.core.access import access
from lantu.core.api import JobOut
from lantu.core.errors import BadInput, Conflict, NotFound
from lantu.plans.models import Delivery, PlanRelease
from lantu.plans.permissions import READERS
from lantu.plans.schemas import (
    CheckOut,
    DatasetIn,
    DeliveryOut,
    FeatureOut,
    FeaturesOut,
    LegalIn,
    MappingIn,
    QualityOut,
    ReadingIn,
    ReleaseOut,
    StartedOut,
    WaiverIn,
)
from lantu.plans.selectors import current_releases, quality_summary
from lantu.plans.services import (
    DatasetSpec,
    abandon_delivery,
    confirm_reading,
    receive_in_background,
    release_table,
    repair_feature,
    waive,
)
from lantu.plans.services.bulk import TABLES, dataset_of
from lantu.plans.services.checking import Said
from lantu.plans.services.mapping import UNCLASSIFIED, proposal

router = Router(tags=["plans"])

MOST = 1000
"""Rows in one answer at most."""


def _find(pk: int) -> Delivery:
    found = Delivery.objects.select_related("dataset").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号入库。") % {"id": pk}, how="/api/v1/plans/deliveries")
    return found


def _read(pk: int) -> Delivery:
    found = _find(pk)
    if not found.reading:
        raise Conflict(_("还没有确认怎么读这个文件。"), how=f"POST /api/v1/plans/deliveries/{pk}/reading")
    return found


def _page(limit: int, offset: int) -> slice:
    first = max(offset, 0)
    return slice(first, first + min(max(limit, 1), MOST))


def _release(row: PlanRelease) -> ReleaseOut:
    names = [name for name in ReleaseOut.model_fields if name not in ("dataset", "control_area_m2")]
    facts = {name: getattr(row, name) for name in names}
    return ReleaseOut(**facts, dataset=row.dataset.name, control_area_m2=float(row.control_area_m2 or 0))


def _delivery(row: Delivery) -> DeliveryOut:
    checks = [
        CheckOut(
            code=one.code,
            title=_(one.title),
            errors=one.errors,
            warnings=one.warnings,
            repaired=one.repaired,
            waived_by=one.waiver.waived_by_name if one.waiver else "",
            blocking=one.blocking,
        )
        for one in (quality_summary(row) if row.checked_at else [])
    ]
    return DeliveryOut(
        id=row.pk,
        layer_code=row.dataset.layer_code,
        dataset=row.dataset.name,
        number=row.number,
        state=row.state,
        detected=row.detected,
        reading=row.reading,
        fields=row.field_mapping,
        codes=row.code_mapping,
        account=row.account,
        checks=checks,
        version=row.version,
    )


@router.get("releases", response=list[ReleaseOut], url_name="plans-releases")
@access(*READERS)
def releases(request: HttpRequest, on: date | None = None) -> list[ReleaseOut]:
    """The releases in force today, or on a day."""
    return [_release(row) for row in current_releases(on)]


@router.get("deliveries", response=list[DeliveryOut], url_name="plans-deliveries")
@access(*READERS)
def deliveries(request: HttpRequest, limit: int = 100, offset: int = 0) -> list[DeliveryOut]:
    """Deliveries, the latest first."""
    return [_delivery(row) for row in Delivery.objects.select_related("dataset")[_page(limit, offset)]]


@router.post("deliveries", response={202: StartedOut}, url_name="plans-receive")
@access("planner")
def receive(request: HttpRequest, dataset: Form[DatasetIn], files: File[list[UploadedFile]]) -> Any:
    """Give files; they are looked at in the background."""
    actor = request.actor  # type: ignore[attr-defined]
    target = dataset_of(actor, DatasetSpec(**dataset.dict()))
    streams = [(str(one.name), one.file) for one in files]
    delivery, job = receive_in_background(actor, target, streams)  # type: ignore[arg-type]
    return Status(202, StartedOut(delivery=delivery.pk, job=JobOut.from_orm(job)))


@router.post("tables", response=ReleaseOut, url_name="plans-table")
@access("planner")
def table(request: HttpRequest, dataset: Form[DatasetIn], file: File[UploadedFile]) -> ReleaseOut:
    """Release a table of targets or projects (.xlsx, .csv): plans without geometry."""
    if not str(file.name).lower().endswith(TABLES):
        raise BadInput(_("「%(name)s」不是表格。") % {"name": file.name}, how="、".join(TABLES))
    actor = request.actor  # type: ignore[attr-defined]
    return _release(release_table(actor, dataset_of(actor, DatasetSpec(**dataset.dict())), str(file.name), file.read()))


@router.get("deliveries/{delivery}", response=DeliveryOut, url_name="plans-delivery")
@access(*READERS)
def delivery(request: HttpRequest, delivery: int) -> DeliveryOut:
    """Where a delivery stands: what was detected, the mapping, the account, the checks."""
    return _delivery(_find(delivery))


@router.post("deliveries/{delivery}/reading", response=DeliveryOut, url_name="plans-reading")
@access("planner")
def reading(request: HttpRequest, delivery: int, said: ReadingIn) -> DeliveryOut:
    """Confirm layer, encoding and reference system; a ballpark transformation is refused."""
    return _delivery(confirm_reading(request.actor, _find(delivery), **said.dict()))  # type: ignore[attr-defined]


@router.get("deliveries/{delivery}/mapping", response=MappingIn, url_name="plans-proposal")
@access(*READERS)
def proposed(request: HttpRequest, delivery: int) -> MappingIn:
    """The mapping proposed from the catalogue and the last profile of the source; ``codes`` with an empty target are not known."""
    fields, codes = proposal(_read(delivery))
    return MappingIn(fields=dict(fields), codes=codes)


@router.post("deliveries/{delivery}/mapping", response={202: StartedOut}, url_name="plans-map")
@access("planner")
def mapping(request: HttpRequest, delivery: int, said: MappingIn) -> Any:
    """Map fields and codes, then run the checks, in the background."""
    found = _read(delivery)
    fields, codes = proposal(found, said.fields, said.codes)
    if said.unclassified:
        codes = {value: code or UNCLASSIFIED for value, code in codes.items()}
    title = _("对照和质检 %(name)s") % {"name": found.dataset.name}
    told = asdict(Said(fields, codes, check=said.check))
    job = jobs.enqueue(request.actor, "plans.map_and_check", title, subject=found, delivery=found.pk, said=told)  # type: ignore[attr-defined]
    return Status(202, StartedOut(delivery=found.pk, job=JobOut.from_orm(job)))


@router.get("deliveries/{delivery}/features", response=FeaturesOut, url_name="plans-features")
@access(*READERS)
def features(request: HttpRequest, delivery: int, status: str = "", limit: int = 100, offset: int = 0) -> FeaturesOut:
    """Every source feature with its destiny; ``status``: in, pending, rejected."""
    found = _find(delivery)
    rows = found.features.filter(run=found.current_run).order_by("row")
    rows = rows.filter(status=status) if status else rows
    names = [name for name in FeatureOut.model_fields if name != "file"]
    page = [FeatureOut(file=row.file_name, **{name: getattr(row, name) for name in names}) for row in rows[_page(limit, offset)]]
    return FeaturesOut(count=rows.count(), rows=page)


@router.get("deliveries/{delivery}/quality", response=list[QualityOut], url_name="plans-quality")
@access(*READERS)
def quality(request: HttpRequest, delivery: int, check: str = "", limit: int = 1000, offset: int = 0) -> list[QualityOut]:
    """What the checks found, with places."""
    found = _find(delivery)
    rows = found.quality_findings.filter(run=found.current_run).order_by("check_code", "pk")
    rows = rows.filter(check_code=check) if check else rows
    return [
        QualityOut(
            check=row.check_code,
            level=row.level,
            rows=row.rows,
            message=row.message,
            repaired=row.repaired,
            geometry=None if row.geometry is None else dict(shapely.geometry.mapping(row.geometry)),
        )
        for row in rows[_page(limit, offset)]
    ]


@router.post("deliveries/{delivery}/repairs", response=DeliveryOut, url_name="plans-repair")
@access("planner")
def repair(request: HttpRequest, delivery: int, row: int) -> DeliveryOut:
    """Make the invalid polygon of a row valid; the delivery is to be checked again (``POST mapping`` or the quality page)."""
    found = _find(delivery)
    feature = found.features.filter(run=found.current_run, row=row).first()
    if feature is None:
        raise NotFound(_("没有第 %(row)s 行。") % {"row": row})
    repair_feature(request.actor, feature)  # type: ignore[attr-defined]
    return _delivery(_find(delivery))


@router.post("deliveries/{delivery}/waivers", response=DeliveryOut, url_name="plans-waive")
@access("checker")
def waivers(request: HttpRequest, delivery: int, said: WaiverIn) -> DeliveryOut:
    """Waive the errors of a check; only by a second person."""
    found = _find(delivery)
    waive(request.actor, found, said.check, said.reason)  # type: ignore[attr-defined]
    return _delivery(found)


@router.post("deliveries/{delivery}/release", response={202: StartedOut}, url_name="plans-release")
@access("planner")
def release(request: HttpRequest, delivery: int, legal: LegalIn) -> Any:
    """Release a checked delivery, in the background."""
    found = _find(delivery)
    facts = {key: value.isoformat() if isinstance(value, date) else value for key, value in legal.dict().items() if value is not None}
    title = _("发布 %(name)s") % {"name": found.dataset.name}
    job = jobs.enqueue(request.actor, "plans.release", title, subject=found, delivery=found.pk, **facts)  # type: ignore[attr-defined]
    return Status(202, StartedOut(delivery=found.pk, job=JobOut.from_orm(job)))


@router.delete("deliveries/{delivery}", response=DeliveryOut, url_name="plans-abandon")
@access("planner")
def abandon(request: HttpRequest, delivery: int, reason: str = "") -> DeliveryOut:
    """Give a delivery up; files and account are kept."""
    return _delivery(abandon_delivery(request.actor, _find(delivery), reason))  # type: ignore[attr-defined]
