"""Collection rounds: the board, a department's own page, receipts, and the empty files to fill."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.accounts.models import Department
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError, NotFound
from lantu.documents.pdf import render_pdf
from lantu.plans import blank
from lantu.plans.models import CollectionRequest, CollectionRound, CollectionSubmission
from lantu.plans.permissions import COLLECTORS, READERS, forebears, may_hand_in
from lantu.plans.services import collecting
from lantu.plans.surroundings import grade_of
from lantu.plans.tables import layer_name
from lantu.standards import selectors
from lantu.standards.models import LayerDefinition
from lantu.ui import marks
from lantu.ui.answers import download
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

LIGHTS = {"asked": "n", "submitted": "y", "returned": "r", "accepted": "g", "withdrawn": "p"}


def _seen(actor: Actor) -> QuerySet[CollectionRequest]:
    """The requests that an actor may see: a reviewer those of the own department, the others all."""
    rows = CollectionRequest.objects.select_related("round", "department", "dataset")
    return rows.filter(department__code__in=forebears(actor.department)) if actor.role == "reviewer" else rows


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


@access(*COLLECTORS)
def rounds(request: HttpRequest) -> HttpResponse:
    """All rounds with how far they are; for a department its own requests."""
    actor = _actor(request)
    if actor.role == "reviewer":
        context = {"heading": _("规划汇交"), "mine": True}
        return _requests(_seen(actor), with_round=True).response(request, "plans/rounds.html", context)
    rows = CollectionRound.objects.annotate(
        all=Count("requests", filter=~Q(requests__state="withdrawn")),
        accepted=Count("requests", filter=Q(requests__state="accepted")),
        waiting=Count("requests", filter=Q(requests__state="submitted")),
        late=Count("requests", filter=Q(requests__state__in=["asked", "returned"], requests__due__lt=timezone.localdate())),
    )
    table = Table(
        key="rounds",
        title=gettext_lazy("规划汇交"),
        rows=rows,
        columns=(
            Column("title", gettext_lazy("汇交"), sort="title", link=_round_url),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state"),
            Column("due", gettext_lazy("截止"), kind="day", sort="due"),
            Column("all", gettext_lazy("任务"), kind="number", sort="all", link=_round_url),
            Column(
                "accepted", gettext_lazy("已接收"), kind="number", sort="accepted", link=lambda row: f"{_round_url(row)}?state=accepted"
            ),
            Column("waiting", gettext_lazy("待接收"), kind="number", sort="waiting", link=lambda row: f"{_round_url(row)}?state=submitted"),
            Column("late", gettext_lazy("超期"), kind="number", sort="late", link=lambda row: f"{_round_url(row)}?late=yes"),
            Column("opened_by_name", gettext_lazy("发起人"), sort="opened_by_name", minor=True),
        ),
        filters=(Search(gettext_lazy("名称"), ["title"]), Choice("state", gettext_lazy("状态"), CollectionRound.State.choices)),
        sort="-due",
        empty=gettext_lazy("还没有汇交。发起一次，各部门会收到通知、空库模板和截止日。"),
        empty_url=reverse("plans:round-new") if actor.role == "planner" else "",
        empty_label=gettext_lazy("发起汇交"),
    )
    return table.response(request, "plans/rounds.html", {"heading": _("规划汇交"), "may_open": actor.role == "planner"})


def _round_url(row: CollectionRound) -> str:
    return reverse("plans:round", args=[row.pk])


def _requests(rows: QuerySet[CollectionRequest], *, with_round: bool = False) -> Table:
    today = timezone.localdate()

    def left(row: CollectionRequest) -> Any:
        if not row.open:
            return ""
        days = row.days_left(today)
        word = _("余 %(n)s 天") % {"n": days} if days >= 0 else _("超期 %(n)s 天") % {"n": -days}
        return marks.light("r" if days < 0 else "y" if days <= 3 else "g", word)

    columns = [
        Column(
            "department",
            gettext_lazy("部门"),
            "department.name_zh",
            sort="department__code",
            link=lambda row: reverse("plans:request", args=[row.pk]),
        ),
        Column("layer_code", gettext_lazy("图层"), lambda row: layer_name(row.layer_code), sort="layer_code"),
        Column(
            "state",
            gettext_lazy("状态"),
            lambda row: row.get_state_display(),
            sort="state",
            render=lambda row: marks.light(LIGHTS[row.state], row.get_state_display()),
        ),
        Column("due", gettext_lazy("截止"), kind="day", sort="due"),
        Column("left", gettext_lazy("余日"), lambda row: row.days_left(today) if row.open else None, render=left),
        Column("tries", gettext_lazy("汇交次数"), lambda row: row.submissions.count(), kind="number", minor=True),
        Column("reminders", gettext_lazy("催办"), kind="number", sort="reminders", minor=True),
    ]
    if with_round:
        columns.insert(0, Column("round", gettext_lazy("汇交"), "round.title", sort="round__title"))
    late = Q(state__in=["asked", "returned"], due__lt=today)
    return Table(
        key="requests",
        title=gettext_lazy("汇交任务"),
        rows=rows,
        columns=columns,
        filters=(
            Search(gettext_lazy("部门、图层"), ["department__name_zh", "layer_code"]),
            Choice("state", gettext_lazy("状态"), CollectionRequest.State.choices),
            Choice("late", gettext_lazy("超期"), [("yes", gettext_lazy("只看超期"))], where=lambda value: late if value else Q()),
        ),
        sort="due",
        empty=gettext_lazy("没有汇交任务。"),
    )


@access("planner")
def new(request: HttpRequest) -> HttpResponse:
    """Ask departments for layers by a day."""
    error: LantuError | None = None
    if request.method == "POST":
        try:
            made = collecting.open_round(
                _actor(request),
                request.POST.get("title", ""),
                _day(request.POST.get("due", "")),
                [_wanted(value) for value in request.POST.getlist("layer")],
                note=request.POST.get("note", ""),
            )
            messages.success(request, _("已发起汇交，各部门已收到通知。"))
            return redirect("plans:round", made.pk)
        except LantuError as caught:
            error = caught
    context = {"groups": _owned(), "error": error, "given": request.POST, "chosen": set(request.POST.getlist("layer"))}
    return render(request, "plans/round_new.html", context, status=error.status if error else 200)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(_("没有填截止日。"), how=_("请选一个日子。")) from error


def _wanted(value: str) -> collecting.Wanted:
    """``department:layer`` of the form."""
    code, _mark, layer = value.partition(":")
    department = Department.objects.filter(code=code).first()
    if department is None:
        raise BadInput(_("没有部门 %(code)s。") % {"code": code}, how=_("请核对部门代码。"))
    return collecting.Wanted(department, layer)


def _owned() -> list[tuple[Department, list[LayerDefinition]]]:
    """The departments of today with the layers they are responsible for (also those they took over)."""
    layers = sorted(
        (one for one in selectors.catalogue().layers.values() if not one.is_living and one.geometry_kind in ("polygon", "line", "point")),
        key=lambda one: one.order,
    )
    found = []
    for department in Department.objects.filter(valid_to=None).prefetch_related("predecessors"):
        codes = forebears(department.code)
        own = [layer for layer in layers if layer.owner in codes and not layer.code.startswith("E")]
        if own:
            found.append((department, own))
    return found


@access(*READERS)
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a round is, by department."""
    found = get_object_or_404(CollectionRound, pk=pk)
    rows = _seen(_actor(request)).filter(round=found)
    today = timezone.localdate()
    counts = {state: rows.filter(state=state).count() for state in CollectionRequest.State.values}
    context = {
        "round": found,
        "counts": counts,
        "asked": sum(counts.values()) - counts["withdrawn"],
        "open": counts["asked"] + counts["returned"],
        "late": rows.filter(state__in=["asked", "returned"], due__lt=today).count(),
        "share": counts["accepted"] / max(sum(counts.values()) - counts["withdrawn"], 1),
        "may_close": _actor(request).role == "planner" and found.state == CollectionRound.State.OPEN,
    }
    return _requests(rows).response(request, "plans/round.html", context)


@access("planner")
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a round."""
    try:
        collecting.close_round(_actor(request), get_object_or_404(CollectionRound, pk=pk))
        messages.success(request, _("汇交已结束。"))
    except LantuError as error:
        messages.error(request, str(error))
    return redirect("plans:round", pk)


def _find(request: HttpRequest, pk: int) -> CollectionRequest:
    return get_object_or_404(_seen(_actor(request)), pk=pk)


@access(*COLLECTORS)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: the empty files, handing in, what was handed in with its checks, the verdict."""
    found = _find(request, pk)
    actor = _actor(request)
    may = found.round.state == CollectionRound.State.OPEN and may_hand_in.test(actor, found)
    error: LantuError | None = None
    if request.method == "POST":
        try:
            streams = [(str(one.name), one.file) for one in request.FILES.getlist("files")]
            done = collecting.submit(actor, found, streams, request.POST.get("note", ""))  # type: ignore[arg-type]
            messages.success(request, _("已汇交，回执号 %(no)s；正在自动质检。") % {"no": done.receipt_no})
            return redirect("plans:request", pk)
        except LantuError as caught:
            error = caught
    rows = [
        {"one": one, "grade": grade_of(one.delivery.score) if one.delivery else "", "checks": _checks(one)}
        for one in found.submissions.select_related("delivery")
    ]
    context = {
        "task": found,
        "layer": selectors.layer(found.layer_code),
        "left": found.days_left(timezone.localdate()),
        "rows": rows,
        "may_hand_in": may and found.state in ("asked", "returned", "submitted"),
        "may_decide": actor.role == "planner",
        "may_remind": actor.role == "planner" and found.open,
        "error": error,
    }
    return render(request, "plans/request.html", context, status=error.status if error else 200)


def _checks(submission: CollectionSubmission) -> list[Any]:
    from lantu.plans.selectors import quality_summary

    delivery = submission.delivery
    return [one for one in quality_summary(delivery) if one.errors or one.warnings] if delivery and delivery.checked_at else []


@access("planner")
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Receive a hand-over, or return it with reasons."""
    found = get_object_or_404(CollectionSubmission.objects.select_related("request"), pk=pk)
    accept = request.POST.get("act") == "accept"
    try:
        collecting.decide(_actor(request), found, accept=accept, reasons=request.POST.get("reasons", ""))
        messages.success(request, _("已接收，可以继续入库。") if accept else _("已退回，部门会收到理由。"))
    except LantuError as error:
        messages.error(request, str(error))
    return redirect("plans:request", found.request_id)


@access("planner")
@require_POST
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind a department."""
    try:
        told = collecting.remind(_actor(request), _find(request, pk))
        messages.success(request, _("已催办，通知了 %(n)s 人。") % {"n": told})
    except LantuError as error:
        messages.error(request, str(error))
    return redirect("plans:request", pk)


@access("planner")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a layer no more."""
    try:
        collecting.withdraw(_actor(request), _find(request, pk))
        messages.success(request, _("已撤回这项任务。"))
    except LantuError as error:
        messages.error(request, str(error))
    return redirect("plans:request", pk)


@access(*COLLECTORS)
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The dated receipt of a hand-over as PDF: which files with which digests came when from whom."""
    found = get_object_or_404(CollectionSubmission.objects.select_related("request__round", "request__department"), pk=pk)
    task = _find(request, found.request_id)
    moment = timezone.localtime(found.submitted_at)
    data = {
        "title": _("规划成果汇交回执"),
        "number": found.receipt_no,
        "demo": task.round.demo,
        "intro": [
            _("%(department)s 于 %(when)s 汇交「%(round)s」的 %(layer)s，第 %(n)s 次，汇交人 %(who)s。")
            % {
                "department": task.department.name_zh,
                "when": f"{moment:%Y-%m-%d %H:%M:%S}",
                "round": task.round.title,
                "layer": layer_name(task.layer_code),
                "n": found.number,
                "who": found.submitted_by_name,
            }
        ],
        "parts": [
            {
                "heading": _("收到的文件"),
                "heads": [_("文件名"), _("字节"), "SHA-256"],
                "rows": [[one["name"], f"{one['size']:,}", f"{one['sha256'][:32]} {one['sha256'][32:]}"] for one in found.files],
                "widths": [3, 2, 5],
                "numeric": [1],
            }
        ],
        "closing": [_("本回执只证明收到上列文件，不表示内容合格；是否接收以接收结论为准。")],
    }
    return download(render_pdf("documents/list.typ", data), f"{found.receipt_no}.pdf")


@access("@")
def template(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """An empty GeoPackage or file geodatabase of a catalogue layer."""
    layer = selectors.catalogue().layers.get(code)
    if layer is None or layer.geometry_kind not in ("polygon", "line", "point"):
        raise NotFound(_("图层目录里没有 %(code)s，或它没有图形。") % {"code": code}, how=_("请核对图层代码。"))
    made = blank_of(layer)
    body = blank.geopackage(made) if kind == "gpkg" else blank.geodatabase_zip(made)
    name = f"{code}-{layer.name_zh}.{'gpkg' if kind == 'gpkg' else 'gdb.zip'}"
    return download(body, name)


def blank_of(layer: LayerDefinition) -> blank.BlankLayer:
    """What a catalogue layer asks of a file: fields, the code system as a domain, colours."""
    table = selectors.catalogue().table_of(layer)
    codes = tuple((one.code, one.name_zh) for one in table.entries.values()) if table else ()
    fields = tuple(
        blank.BlankField(
            item["name"],
            item.get("title", ""),
            {"text": "text", "integer": "integer", "real": "real", "date": "date"}.get(str(item.get("type", "text")), "text"),
            int(item.get("length") or 0),
            int(item.get("precision") or 0),
            bool(item.get("required")),
            codes if item["name"] == layer.code_field else (),
        )
        for item in layer.schema
    )
    colors = tuple((one.code, one.name_zh, one.color) for one in table.entries.values() if one.color) if table else ()
    grid = selectors.working_grid()
    return blank.BlankLayer(layer.code, layer.name_zh, layer.geometry_kind, grid.epsg, fields, layer.code_field or "", colors)
