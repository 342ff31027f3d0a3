"""Living layers: list, register from file or GeoJSON, supersede, end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError
from lantu.plans import maps, tables
from lantu.plans.forms import EndForm, LivingForm, SupersedeForm, laid_out
from lantu.plans.models import LivingFeature
from lantu.plans.permissions import READERS
from lantu.plans.services import LivingFile, end_living, register_living_file, supersede_living
from lantu.plans.services.living_files import geometries
from lantu.standards import selectors


@access(*READERS)
def living(request: HttpRequest) -> HttpResponse:
    """All living features, those in force first."""
    may_register = request.actor.role == "planner"  # type: ignore[attr-defined]
    table = tables.living(LivingFeature.objects.all(), may_register=may_register)
    return table.response(request, "plans/living.html", {"may_register": may_register})


@access("planner")
def new_living(request: HttpRequest) -> HttpResponse:
    """Register the features of a file or of pasted GeoJSON, all or none."""
    form = LivingForm(request.POST or None, request.FILES or None, initial={"valid_from": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with laid_out(data) as source:
                file = LivingFile(source, epsg=_epsg(data), id_field=data["id_field"], name_field=data["name_field"])
                found = register_living_file(
                    request.actor,  # type: ignore[attr-defined]
                    data["layer_code"],
                    file,
                    valid_from=data["valid_from"],
                    document_no=data["document_no"],
                )
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已登记 %(n)s 个要素，点图即可看到。") % {"n": len(found)})
            return redirect("plans:living-feature", found[0].pk) if len(found) == 1 else redirect("plans:living")
    return render(request, "plans/new_living.html", {"form": form})


def _epsg(data: dict[str, Any]) -> int | None:
    """Pasted GeoJSON is in degrees of the statutory system unless it is said otherwise."""
    return data.get("epsg") or (selectors.working_grid().statutory_epsg if data.get("geojson") else None)


@access(*READERS)
def feature(request: HttpRequest, pk: int) -> HttpResponse:
    """One living feature with its history; superseding and ending it."""
    found = get_object_or_404(LivingFeature, pk=pk)
    acting = request.POST.get("act") if request.method == "POST" else ""
    today = timezone.localdate()
    supersede = SupersedeForm(
        request.POST if acting == "supersede" else None, request.FILES if acting == "supersede" else None, initial={"valid_from": today}
    )
    end = EndForm(request.POST if acting == "end" else None, initial={"on": today})
    if acting and (form := {"supersede": supersede, "end": end}.get(acting)) is not None and form.is_valid():
        try:
            done = _ACTS[acting](request, found, form.cleaned_data)
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已办理。"))
            return redirect("plans:living-feature", done.pk)
    history = LivingFeature.objects.filter(layer_code=found.layer_code, feature_id=found.feature_id).order_by("-valid_from", "-pk")
    layer = selectors.catalogue().layers.get(found.layer_code)
    shapes = maps.Shapes([found.geometry], [maps.fill_of(layer, None, "") if layer else maps.PLAIN_FILL])
    context = {
        "feature": found,
        "layer": layer,
        "history": history,
        "picture": maps.picture([shapes], maps.bounds_of(shapes.geometries), found.name or found.feature_id),
        "bounds": maps.bounds_of(shapes.geometries),
        "may_act": request.actor.role == "planner" and found.valid_to is None,  # type: ignore[attr-defined]
        "supersede": supersede,
        "end": end,
    }
    return render(request, "plans/living_feature.html", context)


def _supersede(request: HttpRequest, found: LivingFeature, data: dict[str, Any]) -> LivingFeature:
    with laid_out(data) as source:
        shapes = geometries(LivingFile(source, epsg=_epsg(data)))
    if len(shapes) != 1:
        raise BadInput(_("文件里有 %(n)s 个要素，须正好一个。") % {"n": len(shapes)}, how=_("请只保留替代的图形。"))
    return supersede_living(request.actor, found, shapes[0][1], valid_from=data["valid_from"], document_no=data["document_no"])  # type: ignore[attr-defined]


def _end(request: HttpRequest, found: LivingFeature, data: dict[str, Any]) -> LivingFeature:
    return end_living(request.actor, found, **data)  # type: ignore[attr-defined]


_ACTS = {"supersede": _supersede, "end": _end}
