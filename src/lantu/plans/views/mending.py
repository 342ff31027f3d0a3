"""Mending on the quality page: offers at one place, a rule with its preview; comparison with the release before; the report."""

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
from lantu.plans import comparing, maps, previews, reports
from lantu.plans.forms import posted_number
from lantu.plans.models import Delivery, QualityFinding
from lantu.plans.permissions import READERS
from lantu.plans.scoring import delivery_marks, grade_of
from lantu.plans.selectors import taken_in
from lantu.plans.services import check_delivery, mending
from lantu.plans.services.mending_ways import METHODS
from lantu.plans.services.states import State
from lantu.plans.views.wizard import at_once_or_job, find, frame_of
from lantu.standards import selectors
from lantu.ui.answers import download

_OPEN = (State.MAPPED, State.CHECKED)
_SHOWN = 300


def panel(request: HttpRequest, delivery: Delivery, focus: QualityFinding | None) -> dict[str, Any]:
    """What the quality page shows of mending: offers at the place in view, rules with how many findings each looks at, the score."""
    may = request.actor.role == "planner" and delivery.state in _OPEN  # type: ignore[attr-defined]
    counts = mending.counts_by_rule(delivery) if may else {}
    return {
        "offers": mending.offers(focus) if may and focus is not None and not focus.repaired else [],
        "rules": [(rule, METHODS[rule], count) for rule, count in counts.items() if count],
        "grade": grade_of(delivery.score),
        "marks": {one.check: one for one in delivery_marks(delivery)} if delivery.score is not None else {},
        "previous": comparing.previous_of(delivery),
    }


@access("planner")
@require_POST
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Mend one finding as offered and check again."""
    delivery = find(pk)
    finding = get_object_or_404(QualityFinding, pk=posted_number(request, "finding"), delivery=delivery, run=delivery.current_run)
    actor = request.actor  # type: ignore[attr-defined]
    try:
        logs = mending.mend_finding(actor, finding, request.POST.get("method", ""))
    except LantuError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('plans:quality', args=[pk])}?focus={finding.pk}#place")
    said = "，".join(
        _("第 %(row)s 行 %(change)+.2f ㎡") % {"row": log.row, "change": log.area_after_m2 - log.area_before_m2} for log in logs
    )
    messages.success(request, _("已修复：%(what)s。") % {"what": said})
    title = _("质检 %(name)s") % {"name": delivery.dataset.name}
    return at_once_or_job(
        request,
        delivery,
        reverse("plans:quality", args=[pk]),
        lambda: check_delivery(actor, delivery),
        lambda: jobs.enqueue(actor, "plans.check_delivery", title, subject=delivery, delivery=delivery.pk),
    )


@access("planner")
def batch(request: HttpRequest, pk: int, rule: str) -> HttpResponse:
    """What a rule would do, place by place; on saying yes, do it."""
    delivery = find(pk)
    if delivery.state not in _OPEN:
        return redirect("plans:delivery", pk)
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        version = posted_number(request, "version")
        title = _("%(rule)s %(name)s") % {"rule": METHODS[rule], "name": delivery.dataset.name} if rule in mending.RULES else rule
        try:
            return at_once_or_job(
                request,
                delivery,
                reverse("plans:quality", args=[pk]),
                lambda: mending.mend_by_rule(actor, delivery, rule, version=version),
                lambda: jobs.enqueue(
                    actor, "plans.mend_by_rule", title, subject=delivery, delivery=delivery.pk, rule=rule, version=version
                ),
            )
        except LantuError as error:
            messages.error(request, str(error))
            return redirect("plans:mend-batch", pk, rule)
    seen = mending.preview(delivery, rule)
    context = {
        "seen": seen,
        "word": METHODS[rule],
        "shown": seen.good[:_SHOWN],
        "refused": seen.refused[:_SHOWN],
        "picture": _picture(delivery, seen),
    }
    return render(request, "plans/mend_batch.html", frame_of(request, delivery, "quality") | context)


def _picture(delivery: Delivery, seen: mending.Preview) -> Any:
    layer = selectors.layer(delivery.dataset.layer_code)
    places = [one.place for one in seen.good if one.place is not None]
    bounds = maps.bounds_of(places)
    if bounds is None:
        return ""
    rows = taken_in(delivery).in_window(*bounds)
    shapes = [maps.coded(rows.only("geometry", "codes")[: previews.SHOWN], layer, selectors.catalogue().table_of(layer), "pmap__f")]
    shapes.append(maps.Shapes(places, ["#A81E1E"] * len(places), "#A81E1E", "pmap__hit"))
    points = [place.representative_point() for place in places[:100]]
    return maps.picture(shapes, bounds, _("将要修复的位置"), [maps.Mark(point.x, point.y, "warning", "") for point in points])


@access(*READERS)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """What this delivery changes against the release before it, by class and by place."""
    delivery = find(pk)
    release = comparing.previous_of(delivery)
    if release is None or not delivery.current_run:
        messages.info(request, _("这是第一次入库，没有上一版可比。"))
        return redirect("plans:delivery", pk)
    found = comparing.compare(delivery, release)
    layer = selectors.layer(delivery.dataset.layer_code)
    table = selectors.catalogue().table_of(layer)
    names = {one.code: one.name_zh for one in table.entries.values()} if table else {}
    places = [one.place for one in found.moved if one.place is not None]
    fills = [
        maps.fill_of(layer, table, one.after.split("/")[0]) if one.after else "#FFFFFF" for one in found.moved if one.place is not None
    ]
    context = {
        "release": release,
        "found": found,
        "names": names,
        "picture": maps.picture([maps.Shapes(places, fills, "#A81E1E")], maps.bounds_of(places), _("变化最大的地方")),
    }
    return render(request, "plans/compare.html", frame_of(request, delivery, "quality") | context)


@access(*READERS)
def report(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The quality report as a file."""
    delivery = find(pk)
    if not delivery.checked_at:
        return redirect("plans:delivery", pk)
    body = reports.quality_pdf(delivery) if kind == "pdf" else reports.quality_docx(delivery)
    return download(body, f"{delivery.dataset.name}-{delivery.number}-{_('质检报告')}.{kind}")
