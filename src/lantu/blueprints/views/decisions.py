"""Decisions on the map: the list, one with its ground, recording one, the balance sheet, and what must be amended."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from shapely.geometry.base import BaseGeometry

from lantu.accounts.models import Department
from lantu.blueprints.drawing import map_settings, places_of, read_drawn, shapes_around
from lantu.blueprints.models import Amendment, Finding, Override
from lantu.blueprints.outline_files import read_outline
from lantu.blueprints.selectors.balance import Line, balance
from lantu.blueprints.selectors.decisions import outcome_words, waiting
from lantu.blueprints.selectors.findings import words_of
from lantu.blueprints.selectors.layer_tree import drawn, patch_fill
from lantu.blueprints.selectors.names import department_names, name_of
from lantu.blueprints.services import AmendmentOrder, CaseRef, close_amendment, record_override, withdraw_override
from lantu.blueprints.visibility import INSIDE
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError
from lantu.plans.models import PlanPatch, PlanRelease
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition
from lantu.ui import marks, sketch
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table, workbook
from lantu.ui.typed import typed_day


@access(*INSIDE)
def decisions(request: HttpRequest) -> HttpResponse:
    """All decisions, active and withdrawn."""
    table = Table(
        key="decisions",
        title=gettext_lazy("协调结果"),
        rows=Override.objects.defer("units", "geometry"),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="pk", link=lambda row: row.get_absolute_url()),
            Column("title", gettext_lazy("名称"), sort="title"),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_state),
            Column("outcome", gettext_lazy("结果"), lambda row: "；".join(outcome_words(row)), minor=True),
            Column("area", gettext_lazy("面积（公顷）"), "area_m2", kind="hectares", sort="area_m2"),
            Column("document_no", gettext_lazy("批复文号"), sort="document_no"),
            Column("document_date", gettext_lazy("批复日期"), kind="day", sort="document_date", minor=True),
            Column("case_label", gettext_lazy("案件"), sort="case_label", minor=True),
            Column("recorded_by_name", gettext_lazy("登记人"), sort="recorded_by_name", minor=True),
        ),
        filters=(
            Search(gettext_lazy("编号、名称、文号、案件"), ["number", "title", "document_no", "case_label"]),
            Choice("state", gettext_lazy("状态"), Override.State.choices),
            Range("document_date", gettext_lazy("批复日期"), days=True),
        ),
        sort="-number",
        empty=gettext_lazy("还没有协调结果。矛盾案件经批复并落实后，协调结果会列在这里，从下一次融合起生效。"),
    )
    return table.response(request, "blueprints/decisions.html", {"part": "decisions", "waiting": waiting().count()})


def _state(row: Override) -> str:
    return marks.tag(row.get_state_display(), "ok" if row.state == Override.State.ACTIVE else "line")


@access(*INSIDE)
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision: what holds where, by which document, in which runs, what must be amended."""
    row = get_object_or_404(Override.objects.select_related("replaced_by", "document"), pk=pk)
    box = sketch.bounds_around(row.geometry)
    shape = sketch.Shape(row.geometry, fill="#8A1F8F", opacity=0.16, stroke="#8A1F8F", width=3.0, halo=True, title=row.title)
    departments = department_names()
    context = {
        "row": row,
        "lines": outcome_words(row),
        "sketch": sketch.draw([*_around(row, box), shape], box, label=_("协调结果的位置示意")),
        "sheet": balance([row]),
        "runs": row.runs.filter(state="done").prefetch_related("blueprint_releases"),
        "replaces": row.replaces.all(),
        "amendments": [(one, departments.get(one.department, one.department)) for one in row.amendments.select_related("release")],
        "centre": row.geometry.point_on_surface(),
    }
    return render(request, "blueprints/decision.html", context)


def _around(row: Override, box: sketch.Box) -> list[sketch.Shape]:
    """The patches in force of the layers that the decision is about, and the other active decisions."""
    layers = {layer.code: layer for layer in LayerDefinition.objects.filter(pack__in_force=True, code__in=row.layers)}
    patches = PlanPatch.objects.filter(release__state=PlanRelease.State.RELEASED, release__layer_code__in=layers).in_window(*box)
    shapes = []
    for patch in patches.select_related("release__dataset", "release__pack").order_by("release__layer_code", "index")[:400]:
        layer = layers[patch.release.layer_code]
        style = drawn(layer.style)
        fill = patch_fill(patch, layer) or "none"
        title = f"{patch.release.dataset} {patch.feature_id} {patch.code}"
        shapes.append(sketch.Shape(patch.geometry, fill=fill, stroke=style.get("stroke") or "#5D6872", width=1.0, title=title))
    others = Override.objects.filter(state=Override.State.ACTIVE).exclude(pk=row.pk).in_window(*box)
    shapes += [sketch.Shape(one.geometry, stroke="#8A1F8F", width=1.4, dash="6 4", title=f"{one.number} {one.title}") for one in others]
    return shapes


@access(*INSIDE)
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The approval's own file."""
    row = get_object_or_404(Override.objects.exclude(document=None).select_related("document"), pk=pk)
    if row.document is None:
        raise BadInput(_("这项协调结果没有附批复文件。"))
    suffix = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}.get(row.document.media_type, "")
    return FileResponse(files.path_of(row.document).open("rb"), as_attachment=True, filename=f"{row.number}{suffix}")


@access("planner")
@require_POST
def withdrawn(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a decision no longer hold."""
    row = get_object_or_404(Override, pk=pk)
    try:
        withdraw_override(request.actor, row, request.POST.get("reason", ""))  # type: ignore[attr-defined]
        messages.success(request, _("协调结果 %(number)s 已撤销，从下一次融合起不再计入。") % {"number": row.number})
    except LantuError as error:
        messages.error(request, str(error))
    return redirect(row.get_absolute_url())


@access("planner")
def new(request: HttpRequest) -> HttpResponse:
    """Record a decision: on the ground of a finding (``?finding=``) or of an outline that is uploaded, or drawn on the map."""
    given = request.POST if request.method == "POST" else request.GET
    finding = Finding.objects.select_related("run").filter(pk=given.get("finding") or 0).first()
    problem = None
    if request.method == "POST":
        try:
            row = _record(request, given, finding)
        except LantuError as error:
            problem = error
        else:
            messages.success(request, _("协调结果 %(number)s 已登记，从下一次融合起计入。") % {"number": row.number})
            return redirect(row.get_absolute_url())
    catalogue = standards.catalogue()
    layers = [layer for layer in catalogue.layers.values() if not layer.is_living and layer.geometry_kind == "polygon" and layer.plan]
    named = {source["layer"] for source in finding.sources} if finding else set()
    fields = [(layer, given.get(f"class-{layer.code}", "")) for layer in sorted(layers, key=lambda layer: layer.order)]
    context = {
        "finding": finding,
        "rule_name": words_of(finding.run).rule(finding.rule) if finding else "",
        "near": [(layer, value) for layer, value in fields if layer.code in named or value],
        "far": [(layer, value) for layer, value in fields if layer.code not in named and not value],
        "layers": [layer for layer, _value in fields],
        "given": given,
        "departments": Department.objects.filter(valid_to=None).order_by("code"),
        "rules": [hit["rule"] for hit in finding.hits] if finding else [],
        "problem": problem,
        "map_settings": map_settings(),
        "around": shapes_around(finding.geometry if finding else None, sorted(named), str(finding.number) if finding else ""),
        "places": places_of(problem),
    }
    return render(request, "blueprints/decision_new.html", context, status=422 if problem else 200)


def _record(request: HttpRequest, given: QueryDict, finding: Finding | None) -> Override:
    classes = {key.removeprefix("class-"): str(value).strip() for key, value in given.items() if key.startswith("class-") and value}
    classes = {layer: "" if value in ("-", "－", "—") else value for layer, value in classes.items()}
    accepts = [code for code in given.get("accepts", "").replace("，", ",").replace("、", ",").replace(" ", ",").split(",") if code]
    outcome: dict[str, Any] = {"classes": classes, "accepts": accepts, "condition": given.get("condition", "")}
    uploaded = request.FILES.get("outline")
    geometry: BaseGeometry
    if uploaded is not None:
        geometry, origin = read_outline(uploaded.name or "", uploaded), Override.Origin.UPLOADED  # type: ignore[arg-type]
    elif outline := given.get("drawn", ""):
        geometry, origin = read_drawn(outline), Override.Origin.DRAWN
    elif finding is not None:
        geometry, origin = finding.geometry, Override.Origin.FINDING
    else:
        raise BadInput(_("没有范围。"), how=_("请从图斑进入，上传范围文件，或在图上画。"))
    paper = request.FILES.get("document")
    return record_override(
        request.actor,  # type: ignore[attr-defined]
        title=given.get("title", ""),
        layers=sorted({*classes, *([source["layer"] for source in finding.sources] if finding else [])}),
        outcome=outcome,
        geometry=geometry,
        document_no=given.get("document_no", ""),
        document_date=typed_day(given.get("document_date", ""), _("批复日期")),
        document=files.store(paper) if paper is not None else None,  # type: ignore[arg-type]
        case=CaseRef(identity=finding.identity if finding else ""),
        amendments=_orders(given),
        origin=origin,
        note=given.get("note", ""),
    )


def _orders(given: QueryDict) -> list[AmendmentOrder]:
    layer, due = given.get("amend-layer", ""), typed_day(given.get("amend-due", ""), _("修改期限"))
    if not layer:
        return []
    if due is None:
        raise BadInput(_("没有写明修改期限。"), how=_("请填写规划修改的期限。"))
    return [AmendmentOrder(layer, given.get("amend-department", ""), due, given.get("amend-text", ""))]


@access(*INSIDE)
def balance_sheet(request: HttpRequest) -> HttpResponse:
    """增减平衡表 of the active decisions, of one document or all; ``?export=xlsx`` as a workbook."""
    active = Override.objects.filter(state=Override.State.ACTIVE).order_by("pk")
    documents = sorted(set(active.order_by().values_list("document_no", flat=True)))
    chosen = request.GET.get("document", "")
    rows = list(active.filter(document_no=chosen) if chosen else active)
    sheet = balance(rows)
    layers = standards.catalogue().layers
    names = {code: name_of(layer) for code, layer in layers.items()}
    if request.GET.get("export") == "xlsx":
        return _workbook(request, sheet.lines, names)
    links = {row.number: row.get_absolute_url() for row in rows}
    context = {
        "part": "balance",
        "sheet": sheet,
        "sums": [(one, names.get(one.layer, "")) for one in sheet.sums],
        "lines": [(one, names.get(one.layer, ""), links.get(one.change, "")) for one in sheet.lines],
        "documents": documents,
        "chosen": chosen,
    }
    return render(request, "blueprints/balance.html", context)


def _workbook(request: HttpRequest, lines: list[Line], names: dict[str, str]) -> HttpResponse:
    heads = [_("协调结果"), _("图层"), _("图层名称"), _("原用地"), _("现用地"), _("原为建设"), _("现为建设"), _("面积（㎡）")]
    rows = [
        [
            one.change,
            one.layer,
            names.get(one.layer, ""),
            one.before,
            one.after,
            _("是") if one.was_built else _("否"),
            _("是") if one.will_be_built else _("否"),
            round(one.area_m2, 2),
        ]
        for one in lines
    ]
    return workbook(request, "balance", _("增减平衡表"), heads, rows)


@access(*INSIDE)
def amendments(request: HttpRequest) -> HttpResponse:
    """Which plan must be amended by whom and by when; the overdue ones first."""
    departments = department_names()
    today = timezone.localdate()
    late = Amendment.late(today)
    table = Table(
        key="amendments",
        title=gettext_lazy("规划修改"),
        rows=Amendment.objects.select_related("override", "release").defer("override__units", "override__geometry"),
        columns=(
            Column("due", gettext_lazy("期限"), kind="day", sort="due", render=lambda row: _due(row, today)),
            Column("layer", gettext_lazy("图层"), "layer_code", kind="code", sort="layer_code"),
            Column("text", gettext_lazy("修改内容")),
            Column("department", gettext_lazy("责任部门"), lambda row: departments.get(row.department, row.department), sort="department"),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_amendment_state),
            Column("share", gettext_lazy("改到位"), kind="share", sort="share", minor=True),
            Column(
                "override",
                gettext_lazy("协调结果"),
                "override.number",
                kind="code",
                sort="override__number",
                link=lambda row: row.override.get_absolute_url(),
            ),
            Column("document", gettext_lazy("批复文号"), "override.document_no", sort="override__document_no", minor=True),
        ),
        filters=(
            Search(gettext_lazy("内容、协调结果、文号"), ["text", "override__number", "override__document_no"]),
            Choice("state", gettext_lazy("状态"), Amendment.State.choices),
            Choice("department", gettext_lazy("责任部门"), sorted(departments.items())),
            Choice(
                "late",
                gettext_lazy("时限"),
                [("1", gettext_lazy("已超期")), ("0", gettext_lazy("未超期"))],
                where=lambda v: late if v == "1" else ~late,
            ),
        ),
        sort="due",
        empty=gettext_lazy("还没有要修改的规划。登记协调结果时写明由谁、何时修改哪个规划，进度会列在这里。"),
    )
    return table.response(request, "blueprints/decisions.html", {"part": "amendments", "waiting": 0})


def _due(row: Amendment, today: date) -> str:
    late = row.overdue_days(today)
    return marks.light("r", _("%(day)s，超期 %(n)s 天") % {"day": row.due, "n": late}) if late else str(row.due)


def _amendment_state(row: Amendment) -> str:
    lights = {Amendment.State.OPEN: "n", Amendment.State.SHORT: "y", Amendment.State.DONE: "g", Amendment.State.CANCELLED: "n"}
    return marks.light(lights[Amendment.State(row.state)], row.get_state_display())


@access("planner", "checker")
@require_POST
def amendment_closed(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an amendment by hand."""
    row = get_object_or_404(Amendment.objects.select_related("override"), pk=pk)
    try:
        close_amendment(request.actor, row, request.POST.get("state", ""), request.POST.get("note", ""))  # type: ignore[attr-defined]
        messages.success(request, _("规划修改已办结。"))
    except LantuError as error:
        messages.error(request, str(error))
    return redirect(row.override.get_absolute_url())
