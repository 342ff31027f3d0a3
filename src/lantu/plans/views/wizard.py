"""The import wizard in five steps: files, reading, mapping, quality, release. Every act is a verb; long ones are jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.core import jobs
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError
from lantu.core.models import Job
from lantu.plans import maps, previews, tables
from lantu.plans.forms import posted_number
from lantu.plans.models import Delivery, PlanDataset, PlanRelease
from lantu.plans.permissions import READERS
from lantu.plans.quality import AREA_UNITS
from lantu.plans.services import (
    abandon_delivery,
    confirm_reading,
    receive_delivery,
    receive_in_background,
    release_table,
    save_profile,
)
from lantu.plans.services.bulk import TABLES, is_target_table
from lantu.plans.services.checking import Said, map_and_check
from lantu.plans.services.mapping import Fields, layer_info, map_as_said
from lantu.plans.tables import layer_name
from lantu.standards import selectors

LARGE_BYTES = 4 << 20
LARGE_COUNT = 3000
"""From here on a step is a job with progress, below it is done at once."""
STEPS = ("files", "reading", "mapping", "quality", "release")
_PAGES = {"reading": "plans:reading", "mapping": "plans:mapping", "quality": "plans:quality", "release": "plans:release-delivery"}
_STATE_STEP = {
    Delivery.State.UPLOADED: "reading",
    Delivery.State.INSPECTED: "reading",
    Delivery.State.MAPPED: "mapping",
    Delivery.State.CHECKED: "quality",
}


def frame_of(request: HttpRequest, delivery: Delivery, step: str) -> dict[str, Any]:
    """What every page of the wizard shows: heading, facts of the layer, how far one is."""
    dataset = delivery.dataset
    reached = STEPS.index(_STATE_STEP.get(Delivery.State(delivery.state), "release"))
    if delivery.state == Delivery.State.INSPECTED and delivery.current_run:
        reached = STEPS.index("mapping")
    actor = request.actor  # type: ignore[attr-defined]
    return {
        "delivery": delivery,
        "dataset": dataset,
        "layer": selectors.layer(dataset.layer_code),
        "step": step,
        "steps": _steps(delivery, step, reached),
        "last": dataset.releases.filter(state=PlanRelease.State.RELEASED).first(),
        "may_act": actor.role == "planner" and delivery.state not in (Delivery.State.RELEASED, Delivery.State.ABANDONED),
        "files": list(delivery.files.select_related("stored").order_by("id")),
    }


def _steps(delivery: Delivery | None, step: str, reached: int) -> list[dict[str, Any]]:
    words = {"files": _("选文件"), "reading": _("识别"), "mapping": _("对照"), "quality": _("质检"), "release": _("确认入库")}
    found = []
    for number, key in enumerate(STEPS):
        url = reverse(_PAGES[key], args=[delivery.pk]) if delivery is not None and key != "files" and number <= reached else ""
        state = "now" if key == step else "done" if number < max(reached, STEPS.index(step)) else ""
        found.append({"word": words[key], "url": url if key != step else "", "state": state})
    return found


def find(pk: int) -> Delivery:
    """The delivery of that number with its dataset."""
    return get_object_or_404(Delivery.objects.select_related("dataset__owner"), pk=pk)


def at_once_or_job(
    request: HttpRequest, delivery: Delivery, following: str, act: Callable[[], object], job: Callable[[], Job]
) -> HttpResponse:
    """Do a step now when the delivery is small, else as a job whose page goes on by itself."""
    if _count(delivery) > LARGE_COUNT:
        return _job_page(job(), following)
    act()
    return redirect(following)


def _count(delivery: Delivery) -> int:
    return int(layer_info(delivery)["count"]) if delivery.reading else 0


def _job_page(job: Job, following: str) -> HttpResponse:
    return redirect(f"{reverse('ui:job', args=[job.pk])}?next={quote(following)}")


# -- 1 files


@access("planner")
def upload(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Choose the dataset and give the files."""
    chosen = pk or request.POST.get("dataset")
    dataset = PlanDataset.objects.filter(pk=chosen).first() if chosen and str(chosen).isdigit() else None
    error: LantuError | None = None
    if request.method == "POST":
        try:
            return _receive(request, dataset)
        except LantuError as caught:
            error = caught
    datasets = [(one, layer_name(one.layer_code)) for one in PlanDataset.objects.order_by("layer_code", "name")]
    limit = settings.LANTU_UPLOAD_LIMIT
    context = {"datasets": datasets, "dataset": dataset, "error": error, "steps": _steps(None, "files", 0), "limit": limit}
    return render(request, "plans/upload.html", context, status=error.status if error else 200)


def _receive(request: HttpRequest, dataset: PlanDataset | None) -> HttpResponse:
    if dataset is None:
        raise BadInput(_("没有选数据集。"), how=_("请选择入库到哪个数据集，或先建立数据集。"))
    actor = request.actor  # type: ignore[attr-defined]
    found = request.FILES.getlist("files")
    if len(found) == 1 and str(found[0].name).lower().endswith(TABLES) and is_target_table(dataset.layer_code, _content(found[0])):
        release = release_table(actor, dataset, str(found[0].name), found[0].read())
        messages.success(request, _("已入库 %(release)s。") % {"release": release})
        return redirect("plans:release", release.pk)
    streams = [(str(one.name), one.file) for one in found]
    if sum(one.size or 0 for one in found) > LARGE_BYTES:
        delivery, job = receive_in_background(actor, dataset, streams)  # type: ignore[arg-type]
        return _job_page(job, reverse("plans:delivery", args=[delivery.pk]))
    delivery = receive_delivery(actor, dataset, streams)  # type: ignore[arg-type]
    return redirect("plans:reading", delivery.pk)


def _content(upload: Any) -> bytes:
    data: bytes = upload.read()
    upload.seek(0)
    return data


@access(*READERS)
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a delivery stands: its current step, its release, or its account when it was given up."""
    found = find(pk)
    if found.state == Delivery.State.RELEASED:
        return redirect("plans:release", PlanRelease.objects.get(delivery=found).pk)
    if found.state == Delivery.State.ABANDONED:
        return redirect("plans:dataset-deliveries", found.dataset_id)
    return redirect(f"plans:{_STATE_STEP[Delivery.State(found.state)]}", found.pk)


# -- 2 reading


@access(*READERS)
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """What was found of the files with its evidence, shown as read; the planner confirms or chooses otherwise."""
    found = find(pk)
    if found.state == Delivery.State.UPLOADED:
        return render(request, "plans/waiting.html", frame_of(request, found, "reading"))
    error: LantuError | None = None
    source = request.POST if request.method == "POST" else request.GET
    swap = bool(source.get("swap")) if source.get("layer") else None
    shown = previews.read_as(found, source.get("layer", ""), source.get("encoding", ""), source.get("epsg", ""), swap=swap)
    if request.method == "POST":
        try:
            return _confirm(request, found, shown)
        except LantuError as caught:
            error = caught
    west_to_north = maps.bounds_of(shown.geometries)
    fills = [maps.PLAIN_FILL] * len(shown.geometries)
    context = {
        "reading": shown,
        "frames": previews.frame_choices(shown.layer, shown.epsg),
        "encodings": dict.fromkeys((shown.encoding, *previews.ENCODINGS)) if shown.layer["encoding"] else [],
        "picture": maps.picture([maps.Shapes(shown.geometries, fills)], west_to_north, _("按所选坐标系的位置")),
        "bounds": west_to_north,
        "shown": min(previews.SHOWN, shown.layer["count"]),
        "error": error or shown.problem,
    }
    return render(request, "plans/reading.html", frame_of(request, found, "reading") | context, status=error.status if error else 200)


def _confirm(request: HttpRequest, delivery: Delivery, shown: previews.Reading) -> HttpResponse:
    if shown.problem is not None:
        raise shown.problem
    if shown.epsg is None:
        raise BadInput(_("还没有选坐标系。"), how=_("请按依据选一个坐标系。"))
    actor = request.actor  # type: ignore[attr-defined]
    version = posted_number(request, "version")
    said: dict[str, Any] = {"encoding": shown.encoding, "epsg": int(shown.epsg), "datum": shown.datum, "swap": shown.swap}
    done = confirm_reading(actor, delivery, layer=shown.layer["name"], version=version, **said)
    return at_once_or_job(
        request,
        done,
        reverse("plans:mapping", args=[done.pk]),
        lambda: map_as_said(actor, done),
        lambda: jobs.enqueue(
            actor, "plans.apply_mapping", _("对照 %(name)s") % {"name": done.dataset.name}, subject=done, delivery=done.pk
        ),
    )


# -- 3 mapping


@access(*READERS)
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Fields and codes; every feature with its destiny."""
    found = find(pk)
    if not found.current_run:
        return redirect("plans:reading", pk)
    layer = selectors.layer(found.dataset.layer_code)
    error: LantuError | None = None
    if request.method == "POST":
        try:
            return _map(request, found)
        except LantuError as caught:
            error = caught
    info, codes = layer_info(found), previews.code_rows(found, layer)
    undecided = [one for one in codes if one.pending]
    context = {
        "info": info,
        "rows": previews.field_rows(found),
        "targets": previews.field_targets(layer),
        "codes": codes,
        "undecided": undecided,
        "choices": previews.code_choices(layer) if undecided or any(one.target for one in codes) else [],
        "units": AREA_UNITS,
        "profile": (found.detected.get("profile") or {}).get("name"),
        "picture": previews.mapped_picture(found, layer),
        "sample": [[row["attributes"].get(item["name"]) for item in info["fields"]] for row in info["sample"][:4]],
        "frame_name": previews.read_frame_name(found.reading),
        "error": error,
    }
    return render(request, "plans/mapping.html", frame_of(request, found, "mapping") | context, status=error.status if error else 200)


def _map(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    fields, codes = _said(request, delivery)
    changed = fields != delivery.field_mapping or any(delivery.code_mapping.get(value, "") != target for value, target in codes.items())
    codes = delivery.code_mapping | codes
    if request.POST.get("act") == "profile":
        save_profile(actor, delivery, request.POST.get("profile", ""))
        messages.success(request, _("已保存来源方案，下次入库会自动用上。"))
        return redirect("plans:mapping", delivery.pk)
    said = Said(fields, codes, changed, check=request.POST.get("act") == "check")
    title = _("对照和质检 %(name)s") if said.check else _("对照 %(name)s")
    return at_once_or_job(
        request,
        delivery,
        reverse("plans:quality" if said.check else "plans:mapping", args=[delivery.pk]),
        lambda: map_and_check(actor, delivery, said),
        lambda: jobs.enqueue(
            actor, "plans.map_and_check", title % {"name": delivery.dataset.name}, subject=delivery, delivery=delivery.pk, said=asdict(said)
        ),
    )


def _said(request: HttpRequest, delivery: Delivery) -> tuple[Fields, dict[str, str]]:
    """What the form says of fields and codes. Raises ``BadInput`` when two source fields go to one."""
    fields: Fields = {"id": "", "code": "", "area": "", "names": {}}
    for item in layer_info(delivery)["fields"]:
        target = request.POST.get(f"field-{item['name']}", "")
        role, mark, name = target.partition(":")
        place, key = (fields["names"], name) if mark else (fields, role)
        if not key or (key not in ("id", "code", "area") and not mark):
            continue
        if place.get(key):
            raise BadInput(
                _("来源字段 %(one)s 和 %(two)s 都对照到「%(target)s」。") % {"one": place[key], "two": item["name"], "target": key},
                how=_("一个标准字段只能有一个来源，请改一个。"),
            )
        place[key] = item["name"]
    if (unit := request.POST.get("area_unit", "")) in AREA_UNITS and unit != "m2":
        fields["area_unit"] = unit
    values, targets = request.POST.getlist("code-value"), request.POST.getlist("code-target")
    return fields, dict(zip(values, targets, strict=False))


@access(*READERS)
def features(request: HttpRequest, pk: int) -> HttpResponse:
    """Every source feature with its destiny: the account's rows, the reject list."""
    found = find(pk)
    return tables.features(found).response(request, "plans/features.html", frame_of(request, found, "mapping") | {"in_wizard": False})


@access("planner")
@require_POST
def abandon(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the delivery up."""
    done = abandon_delivery(request.actor, find(pk), request.POST.get("reason", ""))  # type: ignore[attr-defined]
    messages.success(request, _("已放弃这次导入，文件和账目留底。"))
    return redirect("plans:dataset-deliveries", done.dataset_id)
