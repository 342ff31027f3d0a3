"""Datum parameters: list, fit from control points, take over given ones, confirm, report, reveal to few."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.geodesy.datums import VALUE_NAMES, ControlPoint, Fit
from lantu.plans import datum_papers, datum_tables
from lantu.plans.datum_forms import FitForm, GivenForm
from lantu.plans.models import DatumSet, Delivery
from lantu.plans.permissions import READERS
from lantu.plans.services import datums as verbs
from lantu.plans.services.control_points import read_points
from lantu.ui.answers import download

VIEWERS = (*READERS, "secadmin")
_REPORTS = {"pdf": datum_papers.report_pdf, "docx": datum_papers.report_docx}


def _actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]


@access(*VIEWERS)
def datums(request: HttpRequest) -> HttpResponse:
    """All sets."""
    may_fit = _actor(request).role == "planner"
    return datum_tables.datums(may_fit=may_fit).response(request, "plans/datums.html", {"may_fit": may_fit})


@access("planner")
def new_datum(request: HttpRequest) -> HttpResponse:
    """Fit a set from control points: look at the residuals first, then keep it."""
    form = FitForm(request.POST or None, request.FILES or None)
    error: LantuError | None = None
    tried: Any = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            points = read_points(form.table())
            if request.POST.get("act") == "save":
                facts = {key: data[key] for key in ("source_epsg", "source_proj", "source_name", "note")}
                kept = verbs.fit_datum(_actor(request), data["name"], data["kind"], points, **facts)
                messages.success(request, _("已建立参数集「%(name)s」，请复核人确认后使用。") % {"name": kept})
                return redirect("plans:datum", kept.pk)
            tried = verbs.fitted(data["kind"], points, data["source_epsg"], data["source_proj"])
            form = _with_points(request, form, points)
        except LantuError as caught:
            error = caught
    context = {"form": form, "tried": _shown(tried) if tried else None, "error": error}
    return render(request, "plans/datum_new.html", context, status=error.status if error else 200)


def _shown(found: Fit) -> dict[str, Any]:
    """A fit in millimetres, as the page shows it."""
    return {
        "rms_mm": f"{found.rms_m * 1000:.1f}",
        "largest_mm": f"{found.largest_m * 1000:.1f}",
        "check_mm": f"{found.check_rms_m * 1000:.1f}" if found.check_rms_m is not None else "",
        "residuals": verbs.residual_rows(found),
    }


def _with_points(request: HttpRequest, form: FitForm, points: list[ControlPoint]) -> FitForm:
    """The form once more with an uploaded table pasted in: a browser does not send a file twice by itself."""
    if not form.cleaned_data.get("upload"):
        return form
    data = request.POST.copy()
    data["points"] = "\n".join(["点名,源X,源Y,目标X,目标Y,用途,源H,目标H", *(_line(point) for point in points)])
    again = FitForm(data)
    again.is_valid()
    return again


def _line(point: ControlPoint) -> str:
    use = "检核" if point.check else "计算"
    numbers = (point.source[1], point.source[0], point.target[1], point.target[0])
    return ",".join([point.name, *(repr(value) for value in numbers), use, repr(point.source_height), repr(point.target_height)])


@access("planner")
def given_datum(request: HttpRequest) -> HttpResponse:
    """Take over a set given as numbers."""
    form = GivenForm(request.POST or None)
    error: LantuError | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        facts = {key: data[key] for key in ("source_epsg", "source_proj", "source_name", "note", "rms_m")}
        try:
            kept = verbs.register_datum(_actor(request), data["name"], data["kind"], data["values"], **facts)
        except LantuError as caught:
            error = caught
        else:
            messages.success(request, _("已建立参数集「%(name)s」，请复核人确认后使用。") % {"name": kept})
            return redirect("plans:datum", kept.pk)
    return render(request, "plans/datum_given.html", {"form": form, "error": error}, status=error.status if error else 200)


@access(*VIEWERS)
def datum(request: HttpRequest, pk: int) -> HttpResponse:
    """One set: quality, residuals, who made and confirmed it, what it was used for."""
    return _page(request, _find(pk))


def _page(request: HttpRequest, found: DatumSet, **more: Any) -> HttpResponse:
    actor = _actor(request)
    used = Delivery.objects.select_related("dataset").filter(reading__datum__id=found.pk).order_by("-pk")
    context = {
        "datum": found,
        "source": verbs.source_title(found),
        "doubts": verbs.doubts_of(found),
        "light": datum_tables.state_light(found),
        "used": used[:20],
        "used_count": used.count(),
        "may_confirm": found.state == DatumSet.State.DRAFT and verbs.is_other_checker.test(actor, found),
        "may_withdraw": found.state != DatumSet.State.WITHDRAWN and actor.role in ("planner", "checker"),
        "may_reveal": verbs.may_reveal.test(actor, found),
        "may_grant": actor.role == "secadmin",
        "custodians": list(found.custodians.order_by("username")),
        **more,
    }
    error = more.get("error")
    return render(request, "plans/datum.html", context, status=error.status if error else 200)


def _find(pk: int) -> DatumSet:
    return get_object_or_404(DatumSet, pk=pk)


@access("checker")
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person lets the set be used."""
    try:
        verbs.confirm_datum(_actor(request), _find(pk), request.POST.get("reason", ""))
    except LantuError as error:
        return _page(request, _find(pk), error=error)
    messages.success(request, _("已确认，入库时可以选用。"))
    return redirect("plans:datum", pk)


@access("planner", "checker")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the set out of use."""
    try:
        verbs.withdraw_datum(_actor(request), _find(pk), request.POST.get("reason", ""))
    except LantuError as error:
        return _page(request, _find(pk), error=error)
    messages.success(request, _("已停用；以前按它转换的成果不变。"))
    return redirect("plans:datum", pk)


@access(*VIEWERS)
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the numbers once, with a reason; the page is not to be kept by the browser."""
    found = _find(pk)
    try:
        secret = verbs.reveal_datum(_actor(request), found, request.POST.get("reason", ""))
    except LantuError as error:
        return _page(request, found, error=error)
    names = VALUE_NAMES[found.kind]
    answer = _page(request, found, numbers=list(zip(names, secret["values"], strict=False)), secret=secret)
    answer["Cache-Control"] = "no-store"
    return answer


@access("secadmin")
@require_POST
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Name who may see the numbers."""
    username, revoke = request.POST.get("username", "").strip(), request.POST.get("act") == "revoke"
    try:
        verbs.grant_datum(_actor(request), _find(pk), username, revoke=revoke)
    except LantuError as error:
        return _page(request, _find(pk), error=error)
    word = _("已收回 %(name)s 的查看权。") if revoke else _("已允许 %(name)s 查看参数。")
    messages.success(request, word % {"name": username})
    return redirect("plans:datum", pk)


@access(*VIEWERS)
def report(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The report as PDF or .docx."""
    found = _find(pk)
    return download(_REPORTS[kind](found), f"datum-{found.pk}.{kind}")
