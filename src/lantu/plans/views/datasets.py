"""Datasets and releases."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.plans import maps, previews, tables
from lantu.plans.forms import DatasetForm
from lantu.plans.models import PlanDataset, PlanRelease
from lantu.plans.permissions import READERS
from lantu.plans.services import create_dataset
from lantu.standards import selectors


@access(*READERS)
def datasets(request: HttpRequest) -> HttpResponse:
    """All datasets."""
    may_import = request.actor.role == "planner"  # type: ignore[attr-defined]
    return tables.datasets(may_import=may_import).response(request, "plans/datasets.html", {"may_import": may_import})


@access("planner")
def new_dataset(request: HttpRequest) -> HttpResponse:
    """Open a dataset, then go on to bring files into it."""
    form = DatasetForm(request.POST or None)
    if form.is_valid():
        data = dict(form.cleaned_data)
        try:
            dataset = create_dataset(request.actor, data.pop("layer_code"), data.pop("name"), **data)  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已建立数据集「%(name)s」，请上传文件。") % {"name": dataset.name})
            return redirect("plans:import-into", dataset.pk)
    return render(request, "plans/new_dataset.html", {"form": form})


def _page(request: HttpRequest, pk: int, tab: str) -> dict[str, Any]:
    dataset = get_object_or_404(PlanDataset.objects.select_related("owner"), pk=pk)
    current = dataset.releases.filter(state=PlanRelease.State.RELEASED).first()
    return {
        "dataset": dataset,
        "layer": selectors.catalogue().layers.get(dataset.layer_code),
        "current": current,
        "tab": tab,
        "may_import": request.actor.role == "planner",  # type: ignore[attr-defined]
        "release_count": dataset.releases.exclude(state=PlanRelease.State.WRITING).count(),
        "delivery_count": dataset.deliveries.count(),
    }


@access(*READERS)
def dataset(request: HttpRequest, pk: int) -> HttpResponse:
    """One dataset: its facts and releases."""
    context = _page(request, pk, "releases")
    return tables.releases(context["dataset"]).response(request, "plans/dataset.html", context)


@access(*READERS)
def dataset_deliveries(request: HttpRequest, pk: int) -> HttpResponse:
    """One dataset: its deliveries with their accounts."""
    context = _page(request, pk, "deliveries")
    return tables.deliveries(context["dataset"]).response(request, "plans/dataset.html", context)


@access(*READERS)
def release(request: HttpRequest, pk: int, part: str = "") -> HttpResponse:
    """One release: patches, or targets and projects where it has no geometry."""
    found = get_object_or_404(
        PlanRelease.objects.select_related("dataset", "delivery", "pack").exclude(state=PlanRelease.State.WRITING), pk=pk
    )
    layer = selectors.catalogue(found.pack).layers.get(found.layer_code)
    counts = {"targets": found.targets.count(), "projects": found.projects.count()}
    part = part or ("patches" if found.patch_count else "projects" if counts["projects"] else "targets" if counts["targets"] else "patches")
    table = {"patches": tables.patches, "targets": tables.targets, "projects": tables.projects}[part](found)
    context: dict[str, Any] = {"release": found, "layer": layer, "part": part, "counts": counts}
    if layer and not request.headers.get("HX-Request") and "export" not in request.GET:
        codes = selectors.catalogue(found.pack).table_of(layer)
        shown = list(found.patches.order_by("-control_area_m2").only("geometry", "codes")[: previews.SHOWN])
        shapes = maps.coded(shown, layer, codes)
        context |= {"picture": maps.picture([shapes], maps.bounds_of(shapes.geometries), str(found)), "shown": len(shown)}
    return table.response(request, "plans/release.html", context)
