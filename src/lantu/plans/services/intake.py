"""Taking files in: stored by digest, looked into, and how to read them confirmed by the planner."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from lantu.core import files, jobs
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, TooLarge
from lantu.core.jobs import JobContext, job_kind
from lantu.core.models import Job, StoredFile
from lantu.core.verbs import verb
from lantu.geodesy.errors import DatumRefused
from lantu.geodesy.frames import frame
from lantu.geodesy.transform import ParameterSet, Transform, swapped, transform
from lantu.plans import readers
from lantu.plans.models import DatumSet, Delivery, DeliveryFile, PlanDataset
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.readers import ReaderError
from lantu.plans.services.datasets import last_profile
from lantu.plans.services.datums import recipe_of
from lantu.plans.services.states import State, locked, step
from lantu.plans.services.suspicion import suspected
from lantu.standards import selectors

NamedStream = tuple[str, BinaryIO]
Tell = Callable[[float, str], None]


def receive_delivery(actor: Actor, dataset: PlanDataset, uploads: Sequence[NamedStream]) -> Delivery:
    """Take files in and look into them. A file that cannot be read leaves nothing behind, neither rows nor bytes: ``ReaderError``."""
    return inspect_delivery(actor, store_delivery(actor, dataset, uploads))


def receive_in_background(actor: Actor, dataset: PlanDataset, uploads: Sequence[NamedStream]) -> tuple[Delivery, Job]:
    """As ``receive_delivery``, but the looking into is a job: for files that take more than a moment."""
    delivery = store_delivery(actor, dataset, uploads)
    return delivery, jobs.enqueue(actor, "plans.inspect", str(_("识别上传的文件")), subject=delivery, delivery=delivery.pk)


def store_delivery(actor: Actor, dataset: PlanDataset, uploads: Sequence[NamedStream]) -> Delivery:
    """Store the files as a delivery that is still to be looked into. Raises ``BadInput``, ``TooLarge`` (before anything is copied)."""
    if not uploads:
        raise BadInput(_("没有选择文件。"), how=_("请选择一个规划文件、一个 zip，或一套 Shapefile。"))
    limit = settings.LANTU_UPLOAD_LIMIT
    if (size := sum(_size(stream) for _name, stream in uploads)) > limit:
        raise TooLarge(
            _("文件共 %(size)s MB，超过 %(limit)s MB 的上限，没有读取。") % {"size": size >> 20, "limit": limit >> 20},
            where="、".join(name for name, _stream in uploads),
            how=_("请按图层或按区拆分后再传，或请管理员调整上限。"),
        )
    return _store(actor, dataset, uploads)


@verb("plans.receive_delivery", permission=may_bring, need=NEED_PLANNER)
def _store(actor: Actor, dataset: PlanDataset, uploads: Sequence[NamedStream]) -> Delivery:
    PlanDataset.objects.select_for_update().get(pk=dataset.pk)  # numbers of deliveries are given one after another
    last = Delivery.objects.filter(dataset=dataset).order_by("-number").first()
    delivery = Delivery.objects.create(
        dataset=dataset,
        number=(last.number if last else 0) + 1,
        uploaded_by_id=actor.user_id,
        uploaded_by_name=actor.name,
    )
    for name, stream in uploads:
        DeliveryFile.objects.create(delivery=delivery, stored=files.store(stream), name=name[:255])
    remark(files=[name for name, _stream in uploads])
    return delivery


def inspect_delivery(actor: Actor, delivery: Delivery, *, tell: Tell = lambda share, step: None) -> Delivery:
    """Look into the files of a delivery: layers, rows, encoding, reference system. A broken one is discarded: ``ReaderError``."""

    def seen(layer: str, count: int, total: int) -> None:
        # a format that does not say how many features it has fills its bar ever more slowly
        tell(count / total if total > 0 else count / (count + 50_000), f"{layer} {count}")

    try:
        layers = readers.inspect(source_of(delivery), city=selectors.city_extent(), allowed=selectors.accepted_frames(), tell=seen)
    except ReaderError as error:
        _discard(actor, delivery, str(error))
        raise
    return _record_inspection(actor, delivery, layers=[suspected(layer) for layer in layers])


@verb("plans.inspect_delivery", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def _record_inspection(actor: Actor, delivery: Delivery, *, layers: list[readers.LayerInfo]) -> Delivery:
    current = locked(delivery, State.UPLOADED, State.INSPECTED)
    current.detected = {"layers": [describe(layer) for layer in layers], "profile": last_profile(current.dataset)}
    remark(layers=[layer.name for layer in layers])
    return step(current, State.INSPECTED, "detected")


@verb("plans.discard_delivery", permission=may_bring, need=NEED_PLANNER)
def _discard(actor: Actor, delivery: Delivery, reason: str) -> None:
    current = locked(delivery, State.UPLOADED)
    stored = [(item.stored, files.path_of(item.stored)) for item in current.files.select_related("stored")]
    remark(dataset=current.dataset_id, number=current.number, reason=reason)
    current.delete()
    for kept, path in stored:
        with contextlib.suppress(ProtectedError), transaction.atomic():  # the same bytes may belong to something else
            StoredFile.objects.filter(pk=kept.pk).delete()
            path.unlink(missing_ok=True)


@job_kind("plans.inspect")
def _job(context: JobContext, delivery: int) -> dict[str, Any]:
    done = inspect_delivery(context.actor, Delivery.objects.get(pk=delivery), tell=context.progress)
    return {"delivery": done.pk, "layers": [layer["name"] for layer in done.detected["layers"]]}


def _size(stream: BinaryIO) -> int:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size


@verb("plans.confirm_reading", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def confirm_reading(
    actor: Actor,
    delivery: Delivery,
    *,
    layer: str,
    encoding: str,
    epsg: int,
    datum: int | None = None,
    swap: bool = False,
    version: int | None = None,
) -> Delivery:
    """The planner confirms or mends how the files are read: layer, encoding and reference system.

    ``datum``: the confirmed parameter set that leads from an old or local system; ``swap``: the file has its axes the wrong way round.
    A transformation that cannot be trusted (ballpark, old datum without parameters) is refused here. Raises ``BadInput``.
    """
    current = locked(delivery, State.INSPECTED, State.MAPPED, State.CHECKED, version=version)
    names = [item["name"] for item in current.detected["layers"]]
    if layer not in names:
        raise BadInput(_("文件里没有图层「%(layer)s」。") % {"layer": layer}, how=_("现有图层：%(names)s。") % {"names": "、".join(names)})
    way = checked_transform(epsg, datum, swap=swap)
    current.reading = {"layer": layer, "encoding": encoding, "epsg": epsg, "operation": way.operation, "accuracy_m": way.accuracy_m}
    if swap:
        current.reading["swap"] = True
    if datum is not None:
        current.reading["datum"] = datum_facts(DatumSet.objects.get(pk=datum))
    remark(**current.reading)
    return step(current, State.INSPECTED, "reading")


@verb("plans.abandon_delivery", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def abandon_delivery(actor: Actor, delivery: Delivery, reason: str = "") -> Delivery:
    """Give a delivery up; its files and its account stay for the record, its features go."""
    current = locked(delivery, State.UPLOADED, State.INSPECTED, State.MAPPED, State.CHECKED)
    current.features.all().delete()
    current.quality_findings.all().delete()
    remark(reason=reason)
    return step(current, State.ABANDONED)


def checked_transform(epsg: int, datum: int | None = None, *, swap: bool = False) -> Transform:
    """The way from a frame to the statutory system, if need be by a parameter set. Raises ``BadInput`` that says why there is none."""
    statutory = selectors.working_grid().statutory_epsg
    try:
        way = transform(epsg, statutory, _parameters(datum))
    except DatumRefused as refused:
        if refused.reason == "parameter-set-mismatch":
            raise BadInput(
                _("所选转换参数不是从 %(name)s 出发的。") % {"name": refused.source},
                how=_("请换一个参数集或坐标系。"),
                code="datum-mismatch",
            ) from refused
        how = _("请在「转换参数」里拟合或登记参数并经复核后再入库，或请来源提供 CGCS2000 成果。")
        raise BadInput(_("%(name)s 不能可靠地转换到 CGCS2000。") % {"name": refused.source}, how=how, code="datum-refused") from refused
    except ValueError as error:
        raise BadInput(_("没有 EPSG:%(epsg)s 这个坐标系。") % {"epsg": epsg}, how=_("请核对代码。")) from error
    return swapped(way) if swap else way


def way_of(reading: dict[str, Any]) -> Transform:
    """The way that was confirmed for a delivery."""
    return checked_transform(int(reading["epsg"]), (reading.get("datum") or {}).get("id"), swap=bool(reading.get("swap")))


def _parameters(datum: int | None) -> ParameterSet | None:
    if datum is None:
        return None
    found = DatumSet.objects.filter(pk=datum).first()
    if found is None:
        raise BadInput(_("没有第 %(id)s 号转换参数集。") % {"id": datum}, how=_("请在「转换参数」里核对。"))
    return recipe_of(found).parameter_set(str(found), found.rms_m)


def datum_facts(datum: DatumSet) -> dict[str, Any]:
    """What is kept with everything transformed by a set: which, how good, by whom; not its numbers."""
    return {
        "id": datum.pk,
        "name": datum.name,
        "kind": datum.kind,
        "source": datum.source_name,
        "rms_m": datum.rms_m,
        "points": datum.point_count,
        "author": datum.author_name,
        "made": f"{datum.made_at:%Y-%m-%d}",
        "confirmed_by": datum.confirmed_by_name,
        "fingerprint": datum.fingerprint[:16],
    }


def source_of(delivery: Delivery) -> list[readers.NamedFile]:
    """The delivery's files under the names they came with."""
    return [readers.NamedFile(files.path_of(item.stored), item.name) for item in delivery.files.select_related("stored").order_by("id")]


def describe(layer: readers.LayerInfo) -> dict[str, Any]:
    """What was found of a layer, as JSON: each fact with its evidence."""
    guess, encoding = layer.frame, layer.encoding
    found = guess.frame if guess else None
    return {
        "name": layer.name,
        "file": layer.file,
        "format": layer.format,
        "count": layer.count,
        "geometry": layer.geometry_kind,
        "kinds": layer.kinds,
        "bounds": list(layer.bounds) if layer.bounds else None,
        "fields": [{"name": item.name, "kind": item.kind, "length": item.length} for item in layer.fields],
        "encoding": {"name": encoding.name, "certainty": encoding.certainty, "evidence": list(encoding.evidence)} if encoding else None,
        "frame": {
            "epsg": found.epsg if found else None,
            "name": found.name if found else "",
            "certainty": guess.certainty if guess else "unknown",
            "evidence": list(guess.evidence) if guess else [],
            "candidates": [{"epsg": item.epsg, "name": item.name} for item in (guess.candidates if guess else ())],
        },
        "notices": [{"code": item.code, "level": item.level, "what": item.what, "how": item.how} for item in layer.notices],
        "sample": [{"row": item.row, "attributes": plain(item.attributes)} for item in layer.sample],
    }


def plain(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes as JSON values; what JSON has no form for becomes text."""
    return {
        key: value if isinstance(value, str | int | bool | None) or (isinstance(value, float) and math.isfinite(value)) else str(value)
        for key, value in attributes.items()
    }


def frame_name(epsg: int) -> str:
    """The name people know a frame by."""
    return frame(epsg).name
