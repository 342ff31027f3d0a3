"""Results: made by each department, gone out together, handed over at the desk, downloaded by the applicant."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.approvals import office_tables, services
from lantu.approvals.forms import DeliverForm, ResultForm
from lantu.approvals.models import StageResult
from lantu.approvals.permissions import INSIDE, READERS
from lantu.approvals.permits import permit_office
from lantu.approvals.selectors.filed import content_of
from lantu.approvals.services.issuing import results_for
from lantu.approvals.views.cases import find
from lantu.approvals.words import Words
from lantu.casework.people import answers_for
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import Conflict, LantuError, NotFound
from lantu.documents.models import Paper
from lantu.documents.views.papers import file_response
from lantu.ui.answers import attempt

PDF = "application/pdf"


@access("window", "supervisor", "viewer")
def desk(request: HttpRequest) -> HttpResponse:
    """All results that are out or were handed over."""
    rows = StageResult.objects.filter(state__in=[StageResult.State.OUT, StageResult.State.DELIVERED, StageResult.State.REVOKED])
    return office_tables.results(rows).response(request, "approvals/issue/desk.html", {})


@access(*INSIDE)
def results(request: HttpRequest, pk: int) -> HttpResponse:
    """The results of a stage: the actor's department makes its own; corrects one that went out."""
    row = find(request, pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    waiting = results_for(actor, row) if actor.role == "decider" else []
    forms = [
        ResultForm(one, request.POST if request.POST.get("act") == "make" else None, prefix=f"r{one.pk}")
        for one in waiting
        if one.kind == "certificate"
    ]
    error: LantuError | None = None
    if request.method == "POST" and request.POST.get("act") == "make" and all(form.is_valid() for form in forms):
        try:
            made = services.make_results(actor, row, {form.result.pk: form.cleaned_data for form in forms})
        except LantuError as found:
            error = found
        else:
            messages.success(request, _("已制作 %(n)s 件：%(names)s。") % {"n": len(made), "names": "、".join(map(str, made))})
            return redirect("approvals:results", row.pk)
    words = Words()
    mine = answers_for(actor.department) if actor.role == "decider" else frozenset()
    shown = [
        (one, words.department(one.branch.department), _link(one), _correction(one, mine))
        for one in row.results.select_related("branch", "paper", "application__project", "application__definition")
    ]
    context: dict[str, Any] = {
        "case": row,
        "results": shown,
        "waiting": waiting,
        "forms": forms,
        "error": error,
        "concluded": row.lead_opinions.filter(kind="conclusion").exists(),
        "lead": words.department(row.lead),
    }
    return render(request, "approvals/issue/results.html", context, status=422 if error else 200)


def _link(one: StageResult) -> str:
    if one.reference:
        return permit_office().permit(one.reference).url
    return one.paper.get_absolute_url() if one.paper is not None else ""


def _correction(one: StageResult, mine: frozenset[str]) -> ResultForm | None:
    """The form that corrects a certificate which went out, for its department."""
    out = one.state in (StageResult.State.OUT, StageResult.State.DELIVERED)
    if one.kind != StageResult.Kind.CERTIFICATE or not out or one.branch.department not in mine:
        return None
    return ResultForm(one, prefix=f"c{one.pk}")


@access("decider")
@require_POST
def correct(request: HttpRequest, pk: int, result: int) -> HttpResponse:
    """Correct a certificate after issue."""
    row = find(request, pk)
    one = get_object_or_404(StageResult, pk=result, application=row)
    form = ResultForm(one, request.POST, prefix=f"c{one.pk}")
    if form.is_valid():
        reason = request.POST.get("reason", "")
        attempt(request, lambda: services.correct_result(request.actor, one, form.cleaned_data, reason), _("已更正并重新出件。"))  # type: ignore[attr-defined]
    else:
        messages.error(request, _("更正的内容不全。"))
    return redirect("approvals:results", row.pk)


@access("window", "supervisor", "viewer")
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """The results of one stage in one list, to be handed over."""
    row = find(request, pk)
    rows = [
        (one, DeliverForm(prefix=f"d{one.pk}", initial={"receiver": row.filed_by_name}))
        for one in row.results.select_related("paper", "receipt")
    ]
    return render(request, "approvals/issue/case.html", {"case": row, "results": rows, "stage": Words().stage_number(row)})


@access("window")
@require_POST
def deliver(request: HttpRequest, pk: int, result: int) -> HttpResponse:
    """Hand over or post a result."""
    row = find(request, pk)
    one = get_object_or_404(StageResult, pk=result, application=row)
    form = DeliverForm(request.POST, prefix=f"d{one.pk}")
    if form.is_valid():
        data = form.cleaned_data
        attempt(
            request,
            lambda: services.deliver(request.actor, one, data["manner"], data["receiver"], data["receipt_no"]),  # type: ignore[attr-defined]
            _("已登记送达：%(title)s。") % {"title": one},
        )
    else:
        messages.error(request, "；".join(f"{form.fields[name].label}：{errors[0]}" for name, errors in form.errors.items()))
    return redirect("approvals:issue-case", row.pk)


@access(*READERS)
def file(request: HttpRequest, pk: int, result: int) -> HttpResponse:
    """The PDF of a result that is out; its applicant signs for it first."""
    row = find(request, pk)
    one = get_object_or_404(StageResult.objects.select_related("paper"), pk=result, application=row)
    try:
        content = content_of(request.actor, one)  # type: ignore[attr-defined]
    except Conflict as error:
        messages.info(request, error.what)
        return redirect(row.applicant_url())
    return HttpResponse(content, content_type=PDF, headers={"Content-Disposition": content_disposition_header(False, f"{one.title}.pdf")})


@access(*READERS)
def paper(request: HttpRequest, pk: int, paper: int) -> HttpResponse:
    """A paper of a case that went out, for those who may see the case."""
    row = find(request, pk)
    found = (
        Paper.objects.filter(pk=paper, subject_type=row._meta.label_lower, subject_id=str(row.pk)).exclude(state=Paper.State.DRAFT).first()
    )
    if found is None or found.template.startswith("certificate."):
        raise NotFound(_("没有这份文书，或它还没有发出。"), where=row.number)
    return file_response(found.current.pdf, f"{found.title}.pdf", PDF, attachment=False)
