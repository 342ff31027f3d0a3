"""Metadata of datasets: the form, and the XML of a dataset or release."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.plans.iso_metadata import dataset_xml, steps
from lantu.plans.models import DatasetMetadata, PlanDataset, PlanRelease
from lantu.plans.permissions import READERS
from lantu.plans.services import metadata as verbs
from lantu.ui.answers import download


class MetadataForm(forms.Form):
    """The facts that no file carries."""

    abstract = forms.CharField(label=gettext_lazy("摘要"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    purpose = forms.CharField(label=gettext_lazy("用途"), max_length=400, required=False)
    method = forms.CharField(
        label=gettext_lazy("生产方法"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("如：地形图编绘、扫描矢量化、外业测量。"),
    )
    data_date = forms.DateField(label=gettext_lazy("数据日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    accuracy_m = forms.FloatField(
        label=gettext_lazy("平面精度（米）"), required=False, help_text=gettext_lazy("点位中误差；图上 0.1 毫米乘以比例尺分母可作参考。")
    )
    licence = forms.CharField(label=gettext_lazy("使用许可"), max_length=200, required=False)
    security = forms.ChoiceField(label=gettext_lazy("密级"), choices=DatasetMetadata.Security.choices)
    contact = forms.CharField(label=gettext_lazy("联系人"), max_length=100, required=False)


def _dataset(pk: int) -> PlanDataset:
    return get_object_or_404(PlanDataset.objects.select_related("owner"), pk=pk)


@access("planner")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Fill in or mend the metadata."""
    dataset = _dataset(pk)
    found = verbs.metadata_of(dataset)
    form = MetadataForm(request.POST or None, initial={name: getattr(found, name) for name in verbs.FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            verbs.describe_dataset(request.actor, dataset, **form.cleaned_data)  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("元数据已保存。"))
            return redirect("plans:dataset", pk)
    return render(request, "plans/metadata.html", {"form": form, "dataset": dataset})


@access(*READERS)
def xml(request: HttpRequest, pk: int) -> HttpResponse:
    """The metadata of a dataset in force now, ISO 19139."""
    return download(dataset_xml(_dataset(pk)), f"metadata-{pk}.xml")


@access(*READERS)
def release_xml(request: HttpRequest, pk: int) -> HttpResponse:
    """The metadata as of one release."""
    release = get_object_or_404(PlanRelease.objects.select_related("dataset__owner").exclude(state=PlanRelease.State.WRITING), pk=pk)
    return download(dataset_xml(release.dataset, release), f"metadata-{release.dataset_id}-{release.number}.xml")


def dataset_panel(request: HttpRequest, dataset: Any) -> str:
    """On the page of a dataset: what is known, and what is still to be filled in."""
    return _panel(request, dataset, verbs.in_force(dataset), reverse("plans:metadata-xml", args=[dataset.pk]))


def release_panel(request: HttpRequest, release: Any) -> str:
    """On the page of a release."""
    return _panel(request, release.dataset, release, reverse("plans:release-metadata", args=[release.pk]))


def _panel(request: HttpRequest, dataset: PlanDataset, release: PlanRelease | None, address: str) -> str:
    origin = verbs.provenance(release.delivery) if release else None
    context = {
        "dataset": dataset,
        "metadata": (found := verbs.metadata_of(dataset)),
        "missing": verbs.missing(found),
        "steps": steps(origin),
        "files": origin.files if origin else (),
        "xml": address,
        "may_edit": request.actor.role == "planner",  # type: ignore[attr-defined]
    }
    return render_to_string("plans/parts/metadata_panel.html", context, request)
