"""Collection rounds: the board, a department's own page, receipts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.accounts.models import Department
from lantu.casework.people import today_of
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError
from lantu.documents.pdf import render_pdf
from lantu.plans import blank, collection_tables
from lantu.plans.models import CollectionRequest, CollectionRound, CollectionSubmission
from lantu.plans.permissions import COLLECTORS, READERS, may_hand_in
from lantu.plans.scoring import grade_of
from lantu.plans.selectors import quality_summary, requests_seen_by
from lantu.plans.services import collecting
from lantu.plans.tables import layer_name
from lantu.standards import selectors
from lantu.standards.models import LayerDefinition
from lantu.ui.answers import attempt, download
from lantu.ui.typed import needed_day


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


@access(*COLLECTORS)
def rounds(request: HttpRequest) -> HttpResponse:
    """All rounds with how far they are; for a department its own requests."""
    actor = _actor(request)
    if actor.role == "reviewer":
        context = {"heading": _("规划汇交"), "mine": True}
        return collection_tables.requests(requests_seen_by(actor), with_round=True).response(request, "plans/rounds.html", context)
    table = collection_tables.rounds(may_open=actor.role == "planner")
    return table.response(request, "plans/rounds.html", {"heading": _("规划汇交"), "may_open": actor.role == "planner"})


@access("planner")
def new(request: HttpRequest) -> HttpResponse:
    """Ask departments for layers by a day."""
    error: LantuError | None = None
    if request.method == "POST":
        try:
            made = collecting.open_round(
                _actor(request),
                request.POST.get("title", ""),
                needed_day(request.POST.get("due", ""), _("截止日")),
                [collecting.wanted(value) for value in request.POST.getlist("layer")],
                note=request.POST.get("note", ""),
            )
            messages.success(request, _("已发起汇交，各部门已收到通知。"))
            return redirect("plans:round", made.pk)
        except LantuError as caught:
            error = caught
    context = {"groups": _owned(), "error": error, "given": request.POST, "chosen": set(request.POST.getlist("layer"))}
    return render(request, "plans/round_new.html", context, status=error.status if error else 200)


def _owned() -> list[tuple[Department, list[LayerDefinition]]]:
    """The departments of today with the layers they are responsible for (also those they took over)."""
    asked = [one for one in selectors.catalogue().layers.values() if not one.is_living and not one.code.startswith("E")]
    layers = sorted((one for one in asked if one.geometry_kind in blank.KINDS), key=lambda one: one.order)
    today = {one.code: today_of(one) for one in Department.objects.filter(code__in={layer.owner for layer in layers})}
    own: dict[str, list[LayerDefinition]] = {}
    for layer in layers:
        for code in today.get(layer.owner, ()):
            own.setdefault(code, []).append(layer)
    return [(department, own[department.code]) for department in Department.objects.filter(code__in=own, valid_to=None)]


@access(*READERS)
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a round is, by department."""
    found = get_object_or_404(CollectionRound, pk=pk)
    rows = requests_seen_by(_actor(request)).filter(round=found)
    counts = collecting.counts_of(rows)
    asked = sum(counts.values()) - counts["withdrawn"]
    context = {
        "round": found,
        "counts": counts,
        "asked": asked,
        "open": counts["asked"] + counts["returned"],
        "late": rows.filter(collection_tables.late()).count(),
        "share": counts["accepted"] / max(asked, 1),
        "may_close": _actor(request).role == "planner" and found.state == CollectionRound.State.OPEN,
    }
    return collection_tables.requests(rows).response(request, "plans/round.html", context)


@access("planner")
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a round."""
    found = get_object_or_404(CollectionRound, pk=pk)
    attempt(request, lambda: collecting.close_round(_actor(request), found), _("汇交已结束。"))
    return redirect("plans:round", pk)


def _find(request: HttpRequest, pk: int) -> CollectionRequest:
    return get_object_or_404(requests_seen_by(_actor(request)), pk=pk)


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
        "may_remind": actor.role == "planner" and found.open and found.round.state == CollectionRound.State.OPEN,
        "error": error,
    }
    return render(request, "plans/request.html", context, status=error.status if error else 200)


def _checks(submission: CollectionSubmission) -> list[Any]:
    delivery = submission.delivery
    return [one for one in quality_summary(delivery) if one.errors or one.warnings] if delivery and delivery.checked_at else []


@access("planner")
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Receive a hand-over, or return it with reasons."""
    found = get_object_or_404(CollectionSubmission.objects.select_related("request"), pk=pk)
    accept = request.POST.get("act") == "accept"
    done = _("已接收，可以继续入库。") if accept else _("已退回，部门会收到理由。")
    reasons = request.POST.get("reasons", "")
    attempt(request, lambda: collecting.decide(_actor(request), found, accept=accept, reasons=reasons), done)
    return redirect("plans:request", found.request_id)


@access("planner")
@require_POST
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind a department."""
    found = _find(request, pk)
    attempt(request, lambda: collecting.remind(_actor(request), found), lambda told: _("已催办，通知了 %(n)s 人。") % {"n": told})
    return redirect("plans:request", pk)


@access("planner")
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a layer no more."""
    found = _find(request, pk)
    attempt(request, lambda: collecting.withdraw(_actor(request), found), _("已撤回这项任务。"))
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
