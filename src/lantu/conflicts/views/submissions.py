"""Submissions on their way up the chain, and the balance sheet that is looked at before approval."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.conflicts import papers
from lantu.conflicts.forms import ApproveForm, PassForm, SubmitManyForm
from lantu.conflicts.models import Approval, ConflictCase, Proposal, Submission
from lantu.conflicts.pack import chain, holds_step
from lantu.conflicts.selectors.balance import balance_sheet
from lantu.conflicts.services import approve, pass_on, submit
from lantu.conflicts.services.approving import coordination
from lantu.conflicts.services.meetings import minuted
from lantu.conflicts.states import MAIN, State
from lantu.conflicts.tables import case_table, submission_table
from lantu.conflicts.views import bulk
from lantu.conflicts.views.acts import stored_file
from lantu.conflicts.wiring import INSIDE
from lantu.conflicts.words import words
from lantu.core import audit, files
from lantu.core.access import access
from lantu.core.errors import BadInput
from lantu.ui.answers import download
from lantu.ui.tables import Column

MOST_READY = 2000


@access(*INSIDE)
def submissions(request: HttpRequest) -> HttpResponse:
    """All submissions; for the coordination group also what is ready to be submitted."""
    actor = request.actor  # type: ignore[attr-defined]
    mine = holds_step(actor.role, actor.department, coordination())
    ready = len(ready_cases(actor.user_id)) if mine else 0
    return submission_table().response(request, "conflicts/submissions.html", {"mine": mine, "ready": ready})


def ready_cases(user_id: int | None) -> list[ConflictCase]:
    """Cases whose meeting is concluded with an agreement, whose proposal another person made."""
    rows = ConflictCase.objects.filter(state=State.MEETING, doubt_by_name="").order_by("severity", "pk")
    rows = rows.exclude(proposals__in=Proposal.objects.filter(current=True, by_id=user_id)) if user_id else rows
    found = list(rows[:MOST_READY])
    known = minuted(found)
    return [case for case in found if case.pk in known]


@access("checker", "planner", "decider")
def new(request: HttpRequest) -> HttpResponse:
    """Submit what the coordination meeting agreed to, all of it or the ticked ones."""
    actor = request.actor  # type: ignore[attr-defined]
    ready = ready_cases(actor.user_id)
    form = SubmitManyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = {int(key) for key in request.POST.getlist("case") if key.isdigit()}
        try:
            row = submit(actor, [case for case in ready if case.pk in wanted], form.cleaned_data["title"])
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            return redirect(row)
    proposals = {row.case_id: row for row in Proposal.objects.filter(case__in=[case.pk for case in ready], current=True).defer("geometry")}
    named = words()
    lines = [{"case": case, "rule": named.rule(case.rule), "proposal": proposals.get(case.pk)} for case in ready]
    context = {"form": form, "lines": lines, "sheet": balance_sheet(ConflictCase.objects.filter(pk__in=[case.pk for case in ready]))}
    return render(request, "conflicts/new_submission.html", context, status=422 if form.is_bound else 200)


@access(*INSIDE)
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    """A submission: where it is in the chain, its cases with their proposals, the balance sheet, the documents."""
    row = get_object_or_404(Submission.objects.select_related("document"), pk=pk)
    actor = request.actor  # type: ignore[attr-defined]
    steps = chain()
    codes = [step.code for step in steps]
    now = codes.index(row.step) if row.step in codes else len(codes)
    here = steps[now] if now < len(steps) else None
    holds = here is not None and holds_step(actor.role, actor.department, here)
    # what was returned is not of it any more, but stood in it
    listed = ConflictCase.objects.filter(Q(submission=row) | Q(approvals__submission=row)).distinct()
    proposals = {one.case_id: one for one in Proposal.objects.filter(case__in=listed, current=True).defer("geometry")}

    def proposed(case: ConflictCase) -> str:
        return proposals[case.pk].title if case.pk in proposals else ""

    table = case_table(rows=listed)
    table.columns = [*table.columns[:5], Column("proposal", _("处理方案"), proposed), *table.columns[5:7]]
    own = actor.user_id is not None and any(one.by_id == actor.user_id for one in proposals.values())
    context: dict[str, Any] = {
        "submission": row,
        "steps": [
            {"step": step, "state": "done" if place < now else "now" if place == now else "", "minutes": row.minutes.get(step.code, "")}
            for place, step in enumerate(steps)
        ],
        "here": here,
        "holds": holds,
        "own": own,
        "pass_form": PassForm(initial={"version": row.version}) if holds and here and "submit" in here.may else None,
        "approve_form": ApproveForm(initial={"version": row.version}) if holds and here and "approve" in here.may else None,
        "sheet": balance_sheet(row.cases.all()),
        "total": listed.count(),
        "to_apply": row.cases.filter(state=State.APPROVED).count() if actor.role == "planner" else 0,
        "returned": row.approvals.filter(verdict=Approval.Verdict.RETURN).select_related("case"),
    }
    return table.response(request, "conflicts/submission.html", context)


@access("checker", "planner", "decider")
@require_POST
def pass_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree and pass on."""
    row, form = get_object_or_404(Submission, pk=pk), PassForm(request.POST)
    form.is_valid()
    pass_on(request.actor, row, form.cleaned_data["minutes"], version=form.cleaned_data["version"])  # type: ignore[attr-defined]
    messages.success(request, _("%(number)s 已上报下一环节。") % {"number": row.number})
    return redirect(row)


@access("checker", "planner", "decider")
@require_POST
def approved(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve by a document."""
    row, form = get_object_or_404(Submission, pk=pk), ApproveForm(request.POST, request.FILES)
    if not form.is_valid():
        raise BadInput(_("批复文号或日期没有填好。"), where=row.number, how=_("请填写批复文件上的文号和日期。"))
    values = form.cleaned_data
    stored, name = stored_file(values["document"])
    approve(
        request.actor,  # type: ignore[attr-defined]
        row,
        values["document_no"],
        values["document_date"],
        document=stored,
        document_name=name,
        note=values["note"],
        version=values["version"],
    )
    messages.success(request, _("%(number)s 已由 %(document)s 批复，可以落图。") % {"number": row.number, "document": row.document_no})
    return redirect(row)


@access("planner")
@require_POST
def apply_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply all that a document approved."""
    row = get_object_or_404(Submission, pk=pk)
    keys = list(row.cases.filter(state=State.APPROVED).values_list("pk", flat=True))
    return bulk.carry_out(request, "apply", cases=keys)


@access(*INSIDE)
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of proposals with the balance sheet as official .docx."""
    row = get_object_or_404(Submission, pk=pk)
    audit.record(request.actor, "conflicts.export_submission", row, detail={"format": "docx"})  # type: ignore[attr-defined]
    return download(papers.submission_docx(row), f"{row.number}.docx")


@access(*INSIDE)
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The approving document's own file (批复文件)."""
    row = get_object_or_404(Submission.objects.exclude(document=None).select_related("document"), pk=pk)
    assert row.document is not None
    name = row.document_name or f"{row.number}"
    return FileResponse(files.path_of(row.document).open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream")


@access(*INSIDE)
def balance(request: HttpRequest) -> HttpResponse:
    """The balance sheet of everything that has a proposal, or of what stands in one state."""
    state = request.GET.get("state", "")
    rows: QuerySet[ConflictCase] = ConflictCase.objects.exclude(state__in=[State.DUPLICATE, State.FALSE_POSITIVE])
    rows = rows.filter(state=state) if state in State.values else rows
    states = [(one.value, one.label) for one in (*MAIN[4:], State.DEFERRED)]
    return render(request, "conflicts/balance.html", {"sheet": balance_sheet(rows), "states": states, "state": state})
