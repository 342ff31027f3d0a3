"""Taking files in: stored by digest, looked into, and how to read them confirmed by the planner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput
from lantu.core.models import StoredFile
from lantu.core.verbs import verb
from lantu.geodesy.errors import DatumRefused
from lantu.geodesy.frames import frame
from lantu.geodesy.transform import transform
from lantu.plans import readers
from lantu.plans.models import Delivery, DeliveryFile, PlanDataset
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.services.datasets import last_profile
from lantu.plans.services.states import State, locked, step
from lantu.standards import selectors

NamedStream = tuple[str, BinaryIO]


def receive_delivery(actor: Actor, dataset: PlanDataset, uploads: Sequence[NamedStream]) -> Delivery:
    """Take files in and look into them. A file that cannot be read leaves nothing behind, neither rows nor bytes: ``ReaderError``."""
    if not uploads:
        raise BadInput(_("没有选择文件。"), how=_("请选择一个 zip、GeoPackage、GeoJSON、界址点 TXT，或一套 Shapefile。"))
    known = set(StoredFile.objects.values_list("sha256", flat=True))
    stored: list[StoredFile] = []
    try:
        with transaction.atomic():
            stored.extend(files.store(stream) for _name, stream in uploads)
            return _start(actor, dataset, [(name, kept) for (name, _stream), kept in zip(uploads, stored, strict=True)])
    except BaseException:
        for kept in stored:
            if kept.sha256 not in known:
                files.path_of(kept).unlink(missing_ok=True)
        raise


@verb("plans.receive_delivery", permission=may_bring, need=NEED_PLANNER)
def _start(actor: Actor, dataset: PlanDataset, stored: Sequence[tuple[str, StoredFile]]) -> Delivery:
    last = Delivery.objects.select_for_update().filter(dataset=dataset).order_by("-number").first()
    delivery = Delivery.objects.create(
        dataset=dataset,
        number=(last.number if last else 0) + 1,
        uploaded_by_id=actor.user_id,
        uploaded_by_name=actor.name,
    )
    DeliveryFile.objects.bulk_create([DeliveryFile(delivery=delivery, stored=kept, name=name[:255]) for name, kept in stored])
    layers = readers.inspect(source_of(delivery), city=selectors.city_extent(), allowed=selectors.accepted_frames())
    delivery.detected = {"layers": [describe(layer) for layer in layers], "profile": last_profile(dataset)}
    remark(files=[name for name, _kept in stored], layers=[layer.name for layer in layers])
    return step(delivery, State.INSPECTED, "detected")


@verb("plans.confirm_reading", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def confirm_reading(actor: Actor, delivery: Delivery, *, layer: str, encoding: str, epsg: int, version: int | None = None) -> Delivery:
    """The planner confirms or mends how the files are read: layer, encoding and reference system.

    A transformation that cannot be trusted (ballpark, old datum without parameters) is refused here. Raises ``BadInput``.
    """
    current = locked(delivery, State.INSPECTED, State.MAPPED, State.CHECKED, version=version)
    names = [item["name"] for item in current.detected["layers"]]
    if layer not in names:
        raise BadInput(_("文件里没有图层「%(layer)s」。") % {"layer": layer}, how=_("现有图层：%(names)s。") % {"names": "、".join(names)})
    way = checked_transform(epsg)
    current.reading = {"layer": layer, "encoding": encoding, "epsg": epsg, "operation": way.operation, "accuracy_m": way.accuracy_m}
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


def checked_transform(epsg: int) -> Any:
    """The way from a frame to the statutory system. Raises ``BadInput`` that says why there is none."""
    statutory = selectors.working_grid().statutory_epsg
    try:
        return transform(epsg, statutory)
    except DatumRefused as refused:
        how = _("请管理员登记转换参数后再入库，或请来源提供 CGCS2000 成果。")
        raise BadInput(_("%(name)s 不能可靠地转换到 CGCS2000。") % {"name": refused.source}, how=how, code="datum-refused") from refused
    except ValueError as error:
        raise BadInput(_("没有 EPSG:%(epsg)s 这个坐标系。") % {"epsg": epsg}, how=_("请核对代码。")) from error


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
