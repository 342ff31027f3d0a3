"""Scanned sheets: taken in, placed, traced, checked by a second person, handed over."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db.models import Count
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError
from lantu.core.models import StoredFile
from lantu.core.selectors import job_for
from lantu.geodesy.frames import frame
from lantu.plans.forms import posted_number
from lantu.plans.models import PlanDataset, ScanSheet
from lantu.plans.permissions import READERS, is_second_tracer
from lantu.plans.services import sheets as verbs
from lantu.plans.services import tracing
from lantu.plans.services.sheet_jobs import enqueue_placing, enqueue_sheets, page_numbers
from lantu.plans.tables import layer_name
from lantu.standards import selectors
from lantu.ui import marks
from lantu.ui.answers import attempt
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

State = ScanSheet.State
LIGHTS = {"loaded": "n", "tracing": "y", "submitted": "y", "approved": "g", "delivered": "g"}


def _table(*, may_bring: bool) -> Table:
    return Table(
        key="sheets",
        title=gettext_lazy("扫描图幅"),
        rows=ScanSheet.objects.select_related("dataset").annotate(feature_count=Count("features")),
        columns=(
            Column("file_name", gettext_lazy("图幅"), str, sort="file_name,page", link=lambda row: reverse("plans:sheet", args=[row.pk])),
            Column("dataset", gettext_lazy("数据集"), "dataset.name", sort="dataset__name"),
            Column(
                "state",
                gettext_lazy("状态"),
                lambda row: row.get_state_display(),
                sort="state",
                render=lambda row: marks.light(LIGHTS[row.state], row.get_state_display()),
            ),
            Column("method", gettext_lazy("配准方法"), lambda row: str(verbs.METHOD_WORDS.get(row.method, "")), sort="method", minor=True),
            Column("rms", gettext_lazy("中误差（m）"), lambda row: row.fit.get("rms_m"), kind="decimal"),
            Column(
                "features",
                gettext_lazy("要素"),
                "feature_count",
                kind="number",
                sort="feature_count",
                link=lambda row: reverse("plans:sheet-trace", args=[row.pk]) if row.method else None,
            ),
            Column("brought_by_name", gettext_lazy("上传人"), sort="brought_by_name", minor=True),
            Column("checked_by_name", gettext_lazy("复核人"), sort="checked_by_name", minor=True),
            Column("brought_at", gettext_lazy("上传"), kind="moment", sort="brought_at"),
        ),
        filters=(
            Search(gettext_lazy("文件名、数据集"), ["file_name", "dataset__name"]),
            Choice("state", gettext_lazy("状态"), State.choices),
        ),
        sort="-brought_at",
        empty=gettext_lazy("还没有扫描图。上传图片或 PDF，配准后在地图上描绘成矢量。"),
        empty_url=reverse("plans:sheet-new") if may_bring else "",
        empty_label=gettext_lazy("上传扫描图"),
    )


@access(*READERS)
def sheets(request: HttpRequest) -> HttpResponse:
    """All sheets, and the datasets whose approved sheets can be handed over."""
    may = request.actor.role == "planner"  # type: ignore[attr-defined]
    ready = PlanDataset.objects.filter(sheets__state=State.APPROVED).distinct() if may else []
    return _table(may_bring=may).response(request, "plans/sheets.html", {"may_bring": may, "ready": ready})


@access("planner")
def new(request: HttpRequest) -> HttpResponse:
    """Upload pictures and PDFs to a dataset."""
    error: LantuError | None = None
    if request.method == "POST":
        try:
            return _bring(request)
        except LantuError as caught:
            error = caught
    datasets = [(one, layer_name(one.layer_code)) for one in PlanDataset.objects.order_by("layer_code", "name")]
    chosen = request.POST.get("dataset") or request.GET.get("dataset", "")
    return render(
        request,
        "plans/sheet_new.html",
        {"datasets": datasets, "chosen": chosen, "error": error, "steps": _steps(None, "files")},
        status=error.status if error else 200,
    )


def _bring(request: HttpRequest) -> HttpResponse:
    dataset = PlanDataset.objects.filter(pk=posted_number(request, "dataset") or 0).first()
    if dataset is None:
        raise BadInput(_("没有选数据集。"), how=_("请选择入库到哪个数据集，或先建立数据集。"))
    job = enqueue_sheets(
        request.actor,  # type: ignore[attr-defined]
        dataset,
        [(str(one.name), one.file) for one in request.FILES.getlist("files")],  # type: ignore[misc]
        pages=page_numbers(request.POST.get("pages", "")),
        scale=posted_number(request, "scale"),
    )
    return _job_page(job.pk, reverse("plans:sheets-brought", args=[job.pk]))


def _job_page(job: uuid.UUID, following: str) -> HttpResponse:
    return redirect(f"{reverse('ui:job', args=[job])}?next={quote(following)}")


@access("planner")
def brought(request: HttpRequest, job: uuid.UUID) -> HttpResponse:
    """Where to go on after a job has taken sheets in: the one sheet, or the list."""
    made = (job_for(request.actor, job).result or {}).get("sheets", [])  # type: ignore[attr-defined]
    if len(made) == 1:
        return redirect("plans:sheet", made[0])
    messages.success(request, _("已建立 %(n)s 幅图，请逐幅配准。") % {"n": len(made)})
    return redirect("plans:sheets")


def find(pk: int) -> ScanSheet:
    """The sheet of that number."""
    return get_object_or_404(ScanSheet.objects.select_related("dataset__owner", "delivery", "picture", "warped"), pk=pk)


_ORDER = ("files", "place", "trace", "check", "deliver")
_REACHED = {"loaded": 1, "tracing": 2, "submitted": 3, "approved": 4, "delivered": 4}


def _steps(sheet: ScanSheet | None, step: str) -> list[dict[str, Any]]:
    words = {"files": _("上传"), "place": _("配准"), "trace": _("矢量化"), "check": _("复核"), "deliver": _("转入库")}
    reached = _REACHED[sheet.state] if sheet else 0
    found = []
    for number, key in enumerate(_ORDER):
        url = ""
        if sheet is not None and key == "place":
            url = reverse("plans:sheet-place", args=[sheet.pk])
        elif sheet is not None and key in ("trace", "check") and number <= reached:
            url = reverse("plans:sheet-trace", args=[sheet.pk])
        state = "now" if key == step else "done" if number < max(reached, _ORDER.index(step)) else ""
        found.append({"word": words[key], "url": url if key != step else "", "state": state})
    return found


def _context(request: HttpRequest, sheet: ScanSheet, step: str) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    planner = actor.role == "planner"
    return {
        "sheet": sheet,
        "dataset": sheet.dataset,
        "layer": selectors.layer(sheet.dataset.layer_code),
        "step": step,
        "steps": _steps(sheet, step),
        "method_words": verbs.METHOD_WORDS,
        "may_place": planner and sheet.state in (State.LOADED, State.TRACING),
        "may_trace": planner and sheet.state == State.TRACING,
        "may_reopen": planner and sheet.state in (State.SUBMITTED, State.APPROVED, State.DELIVERED),
        "may_deliver": planner and sheet.state == State.APPROVED,
        "may_check": sheet.state == State.SUBMITTED and actor.role == "checker" and is_second_tracer.test(actor, sheet),
    }


@access(*READERS)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a sheet stands."""
    found = find(pk)
    return redirect("plans:sheet-place" if found.state == State.LOADED else "plans:sheet-trace", pk)


@access(*READERS)
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture, the control points with their residuals, and the map to pick places from."""
    found = find(pk)
    error: LantuError | None = None
    points, method, epsg = found.points, found.method or "affine", found.epsg or selectors.working_grid().epsg
    if request.method == "POST":
        try:
            method, epsg = request.POST.get("method", ""), posted_number(request, "epsg") or 0
            points = _points(request)
            job = enqueue_placing(
                request.actor,  # type: ignore[attr-defined]
                found,
                method=method,
                epsg=epsg,
                points=[verbs.Point(**one) for one in points],
                version=posted_number(request, "version"),
            )
            return _job_page(job.pk, reverse("plans:sheet-trace", args=[pk]))
        except LantuError as caught:
            error = caught
    rows = list(zip(points, found.fit.get("points", []) if not error and found.fit else [], strict=False)) if found.fit else []
    rows = rows if len(rows) == len(points) else [(point, None) for point in points]
    grid = selectors.working_grid()
    context = {
        **_context(request, found, "place"),
        "rows": rows,
        "blanks": range(max(0, 4 - len(rows))),
        "method": method,
        "methods": [(key, word, verbs.georef.METHODS[key]) for key, word in verbs.METHOD_WORDS.items()],
        "epsg": epsg,
        "frames": [(code, f"{frame(code).name}（EPSG:{code}）") for code in dict.fromkeys((grid.epsg, *selectors.accepted_frames(), epsg))],
        "error": error,
        "island": _island(found, "place"),
    }
    return render(request, "plans/sheet_place.html", context, status=error.status if error else 200)


def _points(request: HttpRequest) -> list[dict[str, Any]]:
    """The rows of the form that are filled in. Raises ``BadInput`` for one that is half filled or no number."""
    columns = [request.POST.getlist(name) for name in ("px", "py", "x", "y")]
    labels = request.POST.getlist("label")
    points = []
    for number, cells in enumerate(zip(*columns, strict=False)):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            px, py, x, y = (float(cell.replace(",", "")) for cell in cells)
        except ValueError as error:
            raise BadInput(
                _("第 %(n)s 个控制点没有填全，或不是数。") % {"n": number + 1}, how=_("请填像素 x、y 和东、北坐标，或清空这一行。")
            ) from error
        points.append({"px": px, "py": py, "x": x, "y": y, "label": labels[number] if number < len(labels) else ""})
    return points


@access(*READERS)
def trace(request: HttpRequest, pk: int) -> HttpResponse:
    """The map on which the sheet is traced; the list of features; check and hand-over."""
    found = find(pk)
    if not found.method:
        return redirect("plans:sheet-place", pk)
    step = {"submitted": "check", "approved": "deliver", "delivered": "deliver"}.get(found.state, "trace")
    table = _feature_table(found)
    layer = selectors.layer(found.dataset.layer_code)
    taken = {layer.id_field, layer.code_field}
    context = {
        **_context(request, found, step),
        "fields": [one for one in layer.schema if one["name"] not in taken],
        "log": found.log.all()[:12],
        "island": _island(found, "trace"),
    }
    return table.response(request, "plans/sheet_trace.html", context)


def _feature_table(sheet: ScanSheet) -> Table:
    return Table(
        key="traced",
        title=gettext_lazy("矢量化要素"),
        rows=sheet.features.defer("geometry"),
        columns=(
            Column("number", gettext_lazy("序号"), kind="number", sort="number"),
            Column("code", gettext_lazy("分类代码"), kind="code", sort="code"),
            Column("area_m2", gettext_lazy("椭球面积（㎡）"), kind="square_metres", sort="area_m2"),
            Column("way", gettext_lazy("方式"), lambda row: row.get_way_display(), sort="way"),
            Column("page", gettext_lazy("来源"), lambda row: str(sheet), minor=True),
            Column("author_name", gettext_lazy("作者"), sort="author_name"),
            Column("made_at", gettext_lazy("绘制时间"), kind="moment", sort="made_at", minor=True),
            Column("changed_by_name", gettext_lazy("修改人"), sort="changed_by_name", minor=True),
        ),
        filters=(Search(gettext_lazy("代码"), ["code"]), Choice("way", gettext_lazy("方式"), sheet.features.model.Way.choices)),
        sort="number",
        empty=gettext_lazy("还没有要素。用「画面」描绘，或点取图例颜色后「提取色块」。"),
    )


def _island(sheet: ScanSheet, mode: str) -> dict[str, Any]:
    """What the island of ``frontend/src/digitise`` is told."""
    return {
        "api": f"/api/v1/plans/sheets/{sheet.pk}",
        "mode": mode,
        "statutory": selectors.working_grid().statutory_epsg,
        "jobs": "/jobs/",
        "here": reverse("plans:sheet-trace", args=[sheet.pk]),
        "texts": {
            "failed": _("没有办成：%(what)s"),
            "residual": _("东 %(east)s　北 %(north)s　共 %(error)s m"),
            "leftOut": _("检核 %(error)s m"),
            "rms": _("中误差 %(rms)s m（%(n)s 点）"),
            "pickPicture": _("请在左边图上点第 %(n)s 个控制点的位置。"),
            "pickMap": _("请在右边地图上点第 %(n)s 个控制点的位置。"),
            "chosen": _("已选 %(n)s 个：%(numbers)s"),
            "noneChosen": _("没有选中要素"),
            "drawHint": _("逐点单击画面，双击结束；靠近已有边会自动捕捉。"),
            "splitHint": _("从图斑外画一条线穿过它，双击结束。"),
            "reshapeHint": _("拖动节点或边；公共边上的节点两边一起动。改完点「保存边界」。"),
            "selectHint": _("单击选中，按住 Shift 多选。"),
            "legendHint": _("在图上点一种颜色，再选它代表的分类。"),
            "frameHint": _("沿图廓画一圈，双击结束；只在圈内提取，图例和图名不进来。"),
            "saved": _("已保存。"),
            "done": _("完成，%(n)s 个要素。"),
            "remove": _("去掉"),
            "classOf": _("这种颜色代表的分类"),
            "choose": _("请选分类"),
            "eraseAsk": _("删除所选 %(n)s 个要素？"),
        },
    }


@access(*READERS)
def picture(request: HttpRequest, pk: int) -> FileResponse:
    """The picture of the sheet as it was taken in."""
    return _image(find(pk).picture)


@access(*READERS)
def warped(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """The picture drawn north up."""
    stored = find(pk).warped
    return _image(stored) if stored else HttpResponse(status=404)


def _image(stored: StoredFile) -> FileResponse:
    response = FileResponse(files.path_of(stored).open("rb"), content_type="image/png")
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _act(request: HttpRequest, pk: int, act: Any, done: str) -> HttpResponse:
    found = find(pk)
    attempt(request, lambda: act(request.actor, found), done)  # type: ignore[attr-defined]
    return redirect("plans:sheet-trace", pk)


@access("planner")
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the second person's check."""
    return _act(request, pk, verbs.submit_sheet, _("已提交复核。"))


@access("planner")
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on tracing."""
    return _act(request, pk, verbs.reopen_sheet, _("已退回矢量化，复核结论作废。"))


@access("checker")
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person approves or returns."""
    approve = request.POST.get("act") == "approve"
    note = request.POST.get("note", "")
    return _act(
        request,
        pk,
        lambda actor, found: verbs.check_sheet(actor, found, approve=approve, note=note),
        _("已复核通过。") if approve else _("已退回。"),
    )


@access("planner")
@require_POST
def erase_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the last extraction of colour regions back."""
    found = find(pk)
    last = found.features.exclude(batch="").order_by("-number").first()
    if last is None:
        return redirect("plans:sheet-trace", pk)
    return _act(request, pk, lambda actor, one: tracing.erase_features(actor, one, batch=last.batch), _("已撤销最近一次提取。"))


@access("planner")
@require_POST
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand all approved sheets of a dataset over as one delivery."""
    try:
        delivery = verbs.deliver_sheets(request.actor, get_object_or_404(PlanDataset, pk=pk))  # type: ignore[attr-defined]
    except LantuError as error:
        messages.error(request, str(error))
        return redirect("plans:sheets")
    messages.success(request, _("已转入库，请核对字段和代码。"))
    return redirect("plans:reading", delivery.pk)
