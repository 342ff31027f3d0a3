"""Issue lists: made, sent, answered, exported; positions in from Excel."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.casework.people import answers_for
from lantu.conflicts import excel, papers
from lantu.conflicts.forms import BatchForm, PositionsFileForm
from lantu.conflicts.models import Batch, Position
from lantu.conflicts.pack import stances
from lantu.conflicts.selectors.balance import balance_sheet
from lantu.conflicts.services import create_batch, send_batch
from lantu.conflicts.states import State
from lantu.conflicts.tables import batch_table, case_table, cases_in
from lantu.conflicts.views import bulk
from lantu.conflicts.views.acts import stored_file
from lantu.conflicts.wiring import INSIDE
from lantu.conflicts.words import words
from lantu.core import audit
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound
from lantu.ui.answers import download


@access(*INSIDE)
def batches(request: HttpRequest) -> HttpResponse:
    """All issue lists."""
    context = {"may_make": request.actor.role == "planner"}  # type: ignore[attr-defined]
    return batch_table().response(request, "conflicts/batches.html", context)


@access("planner")
def new(request: HttpRequest) -> HttpResponse:
    """Begin an issue list."""
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = create_batch(request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            return redirect(row)
    return render(request, "conflicts/new_batch.html", {"form": form}, status=422 if form.is_bound else 200)


@access(*INSIDE)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """An issue list: its cases, how far the departments are, what it does to the balance."""
    row = get_object_or_404(Batch, pk=pk)
    cases = row.cases.all()
    actor = request.actor  # type: ignore[attr-defined]
    planner = actor.role == "planner"
    counts = dict(cases.order_by().values_list("state").annotate(n=Count("pk")))
    table = case_table(rows=cases, here=f"group=&batch={row.pk}")
    context: dict[str, Any] = {
        "batch": row,
        "counts": [{"label": State(state).label, "state": state, "n": n} for state, n in sorted(counts.items())],
        "total": sum(counts.values()),
        "listed": counts.get(State.LISTED, 0),
        "consulting": counts.get(State.CONSULTING, 0),
        "proposed": counts.get(State.PROPOSED, 0),
        "departments": progress(row),
        "stances": [one.name for one in stances().values()],
        "sheet": balance_sheet(cases),
        "planner": planner,
        "importer": planner or actor.role in ("reviewer", "decider"),
        "meetings": bulk.called_meetings() if planner else (),
        "form": PositionsFileForm(),
    }
    return table.response(request, "conflicts/batch.html", context)


def progress(row: Batch) -> list[dict[str, Any]]:
    """One line a department: asked, answered, and how often it said what."""
    named, known = words(), stances()
    asked: dict[str, int] = {}
    for departments in row.cases.exclude(asked=0).values_list("departments", flat=True):
        for code in departments:
            asked[code] = asked.get(code, 0) + 1
    said: dict[str, dict[str, int]] = {}
    rows = (
        Position.objects.filter(case__batch=row, current=True, round=1)
        .order_by()
        .values_list("department", "stance")
        .annotate(n=Count("pk"))
    )
    for department, stance, n in rows:
        said.setdefault(department, {})[stance] = n
    return [
        {
            "code": code,
            "name": named.department(code),
            "asked": n,
            "answered": sum(said.get(code, {}).values()),
            "by": [said.get(code, {}).get(stance, 0) for stance in known],
        }
        for code, n in sorted(asked.items())
    ]


@access(*INSIDE)
def paper(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The issue list as official .docx, or the sheet for positions as .xlsx (a department's own people get their rows)."""
    row = get_object_or_404(Batch, pk=pk)
    actor = request.actor  # type: ignore[attr-defined]
    if form == "docx":
        body = papers.batch_docx(row)
    elif form == "xlsx":
        own = actor.department if actor.role in ("reviewer", "decider") else ""
        mine = (
            next((code for code in answers_for(own) if row.cases.filter(departments_key__contains=f"|{code}|").exists()), "") if own else ""
        )
        body = excel.positions_sheet(row, mine)
    else:
        raise NotFound(_("没有这种格式。"), how=_("问题清单有 .docx 和 .xlsx。"))
    audit.record(actor, "conflicts.export_batch", row, detail={"format": form})
    return download(body, f"{row.number}.{form}")


@access("planner")
@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an issue list out and ask the departments of its cases."""
    row = get_object_or_404(Batch, pk=pk)
    send_batch(request.actor, row)  # type: ignore[attr-defined]
    return bulk.carry_out(request, "ask", query=cases_in(row, State.LISTED))


@access("planner")
@require_POST
def together(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """A bulk act on the cases of a list that are ready for it."""
    row = get_object_or_404(Batch, pk=pk)
    if act == "propose":
        return bulk.carry_out(request, act, query=cases_in(row, State.CONSULTING))
    if act == "meeting":
        meeting = request.POST.get("meeting", "")
        return bulk.carry_out(request, act, query=cases_in(row, State.PROPOSED), meeting=int(meeting) if meeting.isdigit() else 0)
    raise NotFound(_("没有「%(key)s」这种办理。") % {"key": act})


@access("planner", "reviewer", "decider")
@require_POST
def take_positions(request: HttpRequest, pk: int) -> HttpResponse:
    """Positions in from a filled sheet; what could not be taken is listed with its row."""
    row = get_object_or_404(Batch, pk=pk)
    form = PositionsFileForm(request.POST, request.FILES)
    if not form.is_valid():
        raise BadInput(_("没有选表格。"), how=_("请选填好的 .xlsx。"))
    stored, name = stored_file(form.cleaned_data["file"])
    assert stored is not None
    outcome = excel.import_positions(request.actor, row, stored, name)  # type: ignore[attr-defined]
    messages.success(request, _("导入 %(n)s 条意见。") % {"n": outcome.taken})
    return render(request, "conflicts/imported.html", {"batch": row, "outcome": outcome})
