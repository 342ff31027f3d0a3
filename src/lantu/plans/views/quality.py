"""Steps 4 and 5 of the wizard: the quality report with waivers and repairs, and the release."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.core import jobs
from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.plans import maps, previews, tables
from lantu.plans.forms import LegalForm, posted_number
from lantu.plans.models import Delivery, DeliveryFeature, QualityFinding
from lantu.plans.permissions import READERS, is_second_person
from lantu.plans.selectors import open_findings, quality_summary, taken_in
from lantu.plans.services import Legal, check_delivery, release_delivery, repair_feature, waive
from lantu.plans.views import mending
from lantu.plans.views.wizard import at_once_or_job, find, frame_of
from lantu.standards import selectors
from lantu.ui.answers import attempt

MARKS = 200
"""How many findings the map marks at once."""


@access(*READERS)
def quality(request: HttpRequest, pk: int) -> HttpResponse:
    """The report: checks, list, map; waiving and mending what blocks."""
    found = find(pk)
    if found.state not in (Delivery.State.CHECKED, Delivery.State.RELEASED):
        return redirect("plans:mapping", pk)
    here = reverse("plans:quality", args=[pk])
    table = tables.findings(found, focus=lambda row: f"{here}?focus={row.pk}#place" if row.geometry is not None else None)
    if request.headers.get("HX-Request") or "export" in request.GET:
        return table.response(request, "plans/quality.html")
    summary = quality_summary(found)
    invalid = open_findings(found).filter(message_code="invalid")
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "summary": summary,
        "blocking": [one for one in summary if one.blocking],
        "errors": sum(one.errors for one in summary),
        "warnings": sum(one.warnings for one in summary),
        "may_waive": found.state == Delivery.State.CHECKED and actor.role == "checker" and is_second_person.test(actor, found),
        "repairable": list(invalid[:50]),
        "repairs": found.repairs.order_by("-pk")[:20],
        **(placed := _map_of(request, found, here)),
        **mending.panel(request, found, placed["focus"]),
    }
    return table.response(request, "plans/quality.html", frame_of(request, found, "quality") | context)


def _map_of(request: HttpRequest, delivery: Delivery, here: str) -> dict[str, Any]:
    """The findings on their features; one of them near when the address says so."""
    layer = selectors.layer(delivery.dataset.layer_code)
    codes = selectors.catalogue().table_of(layer)
    placed = delivery.quality_findings.filter(run=delivery.current_run).exclude(geometry=None)
    wanted = request.GET.get("focus", "")
    focus = placed.filter(pk=wanted).first() if wanted.isdigit() else None
    features = taken_in(delivery)
    bounds = None
    if focus is not None:
        x0, y0, x1, y1 = focus.geometry.bounds
        room = max(x1 - x0, y1 - y0, 2e-4)
        bounds = (x0 - room, y0 - room, x1 + room, y1 + room)
        features, placed = features.in_window(*bounds), placed.in_window(*bounds)
    shown = list(features.order_by("row").only("geometry", "codes")[: previews.SHOWN])
    shapes = [maps.coded(shown, layer, codes, "pmap__f")]
    rank = {"error": 0, "warning": 1, "info": 2}
    listed = sorted(placed.order_by("level", "pk")[:MARKS], key=lambda one: (rank[one.level], one.pk))
    if focus is not None:
        shapes.append(maps.Shapes([focus.geometry], ["#A81E1E"], "#A81E1E", "pmap__hit"))
    bounds = bounds or maps.bounds_of([one.geometry for one in shown])
    return {
        "picture": maps.picture(shapes, bounds, _("质检问题的位置"), [_mark(one, here, focus) for one in reversed(listed)]),
        "focus": focus,
        "marked": len(listed),
        "placed": placed.count(),
    }


def _mark(finding: QualityFinding, here: str, focus: QualityFinding | None) -> maps.Mark:
    point = finding.geometry.representative_point()
    label = f"{finding.check_code} {finding.sentence}"
    current = focus is not None and focus.pk == finding.pk
    return maps.Mark(point.x, point.y, finding.level, label, f"{here}?focus={finding.pk}#place", current)


@access("checker")
@require_POST
def waive_check(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person lets one check pass, with a reason."""
    found, code, reason = find(pk), request.POST.get("check", ""), request.POST.get("reason", "")
    done = _("已放行 %(code)s。") % {"code": code}
    attempt(request, lambda: waive(request.actor, found, code, reason), done)  # type: ignore[attr-defined]
    return redirect("plans:quality", pk)


@access("planner")
@require_POST
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    """Mend the polygon of one finding and check again."""
    delivery = find(pk)
    finding = get_object_or_404(QualityFinding, pk=posted_number(request, "finding"), delivery=delivery, run=delivery.current_run)
    feature = get_object_or_404(DeliveryFeature, delivery=delivery, run=delivery.current_run, row=finding.rows[0])
    try:
        log = repair_feature(request.actor, feature)  # type: ignore[attr-defined]
    except LantuError as error:
        messages.error(request, str(error))
        return redirect("plans:quality", pk)
    change = log.area_after_m2 - log.area_before_m2
    messages.success(request, _("已修复第 %(row)s 行，面积变化 %(change).2f ㎡。") % {"row": log.row, "change": change})
    return _check(request, delivery)


@access("planner")
@require_POST
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Run the checks again."""
    return _check(request, find(pk))


def _check(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    title = _("质检 %(name)s") % {"name": delivery.dataset.name}
    return at_once_or_job(
        request,
        delivery,
        reverse("plans:quality", args=[delivery.pk]),
        lambda: check_delivery(actor, delivery),
        lambda: jobs.enqueue(actor, "plans.check_delivery", title, subject=delivery, delivery=delivery.pk),
    )


@access(*READERS)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes in, on which document, for how long; then it is the release in force."""
    found = find(pk)
    if found.state != Delivery.State.CHECKED:
        return redirect("plans:delivery", pk)
    dataset = found.dataset
    initial = {"document_no": dataset.document_no, "document_date": dataset.document_date, "valid_to": dataset.valid_to}
    form = LegalForm(request.POST or None, initial=initial)
    summary = quality_summary(found)
    if request.method == "POST" and form.is_valid():
        try:
            return _release(request, found, form.cleaned_data)
        except LantuError as error:
            form.add_error(None, str(error))
    context = {
        "form": form,
        "blocking": [one for one in summary if one.blocking],
        "waived": [one for one in summary if one.waiver and one.errors],
        "warnings": sum(one.warnings for one in summary),
    }
    return render(request, "plans/confirm.html", frame_of(request, found, "release") | context)


def _release(request: HttpRequest, delivery: Delivery, data: dict[str, Any]) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    title = _("入库 %(name)s") % {"name": delivery.dataset.name}
    facts = {key: str(value) if value else None for key, value in data.items()}
    return at_once_or_job(
        request,
        delivery,
        reverse("plans:delivery", args=[delivery.pk]),
        lambda: release_delivery(actor, delivery, legal=Legal(**data)),
        lambda: jobs.enqueue(actor, "plans.release", title, subject=delivery, delivery=delivery.pk, **facts),
    )
