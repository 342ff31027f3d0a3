"""The window's pages: filings to answer, one check list for all departments, papers at the counter."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.approvals import office_tables, services
from lantu.approvals.forms import PaperForm
from lantu.approvals.models import Branch, CounterPaper, StageApplication
from lantu.approvals.selectors import cases as reads
from lantu.approvals.selectors import checklist
from lantu.approvals.services.papers import papers_of, seal_all, unsealed
from lantu.approvals.services.window import KINDS, Answer, Point
from lantu.approvals.views.cases import find
from lantu.approvals.words import Words
from lantu.casework.selectors.clocks import state as read_clock
from lantu.core import files
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError
from lantu.ui.answers import attempt
from lantu.ui.typed import typed_day

ANSWERS = {
    "accept": gettext_lazy("受理"),
    "defer": gettext_lazy("容缺受理"),
    "commit": gettext_lazy("告知承诺受理"),
    "correct": gettext_lazy("一次性告知补正"),
    "not_required": gettext_lazy("不受理（不需许可）"),
    "refuse": gettext_lazy("不予受理"),
}


@access("window")
def filings(request: HttpRequest) -> HttpResponse:
    """The filings that wait for an answer, the most urgent first."""
    return office_tables.filings(checklist.waiting(), Words()).response(request, "approvals/window/filings.html", {})


@access("window")
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One filing: the materials, each once, what each item is answered, papers at the counter; a POST answers."""
    row = find(request, pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    error: LantuError | None = None
    if request.method == "POST":
        try:
            done = services.answer_filing(actor, row, read_answers(row, request.POST))
        except LantuError as refused:
            error = refused
        else:
            _tell(request, len(done.papers), len(done.sealed), done.left)
            return redirect("approvals:window-case", row.pk)
    words = Words()
    branches = reads.latest_branches(row)
    found = checklist.lines(row, branches, words)
    context: dict[str, Any] = {
        "case": row,
        "stage": words.stage_number(row),
        "lines": found,
        "proposals": [_offer(one, request.POST if error else None) for one in checklist.proposals(row, branches, found, words)],
        "answers": ANSWERS,
        "error": error,
        "readings": [(words.item(row, one.item), read_clock(one.acceptance)) for one in branches if one.acceptance is not None],
        "papers": papers_of(row)[:12],
        "unsealed": len(unsealed(actor, row)),
        "counter": row.counter_papers.select_related("material"),
        "paper_form": PaperForm(row),
        "points": [(one, words.item(row, one.branch.item)) for one in row.points.exclude(state="mended").select_related("branch")],
    }
    return render(request, "approvals/window/case.html", context, status=422 if error else 200)


def _tell(request: HttpRequest, count: int, sealed: int, left: list[str]) -> None:
    """Say how many papers went out and were sealed, and what could not be."""
    messages.success(request, _("已办理，发出 %(n)s 份文书，用印 %(sealed)s 份。") % {"n": count, "sealed": sealed})
    for text in left:
        messages.warning(request, text)


def _offer(one: checklist.Proposal, given: QueryDict | None) -> dict[str, Any]:
    """The row of a branch in the form, with what was sent before when it came back with an error."""
    name = f"b{one.branch.pk}"
    texts = "\n".join(f"{line.name}：{line.word}" for line in one.missing)
    points = [point.text for point in one.branch.points.filter(state__in=["answered", "open"])]
    if points:
        texts = "\n".join(points)

    def sent(field: str, default: str) -> str:
        return given.get(f"{name}-{field}", default) if given is not None else default

    kinds = [kind for kind in KINDS if kind != "commit" or one.may_commit]
    chosen = given.getlist(f"{name}-materials") if given is not None else [line.code for line in one.deferrable if line.committed]
    promised = [row for line in one.deferrable if line.committed for row in line.files if row.stored_id is None]
    names = "、".join(line.name for line in one.deferrable if line.committed)
    known = {"text": f"{names}：{promised[0].reference}", "signed_by": one.branch.application.filed_by_name} if promised else {}
    values = {field: sent(field, known.get(field, "")) for field in ("reason", "basis", "organ", "text", "signed_by", "due_on")}
    return {
        "proposal": one,
        "name": name,
        "kinds": [(kind, ANSWERS[kind]) for kind in kinds],
        "kind": sent("kind", one.suggested),
        "points": sent("points", texts),
        "second": bool(points),
        "materials": [(line, line.code in chosen) for line in one.deferrable],
        **values,
    }


def read_answers(row: StageApplication, post: QueryDict) -> dict[int, Answer]:
    """The answers that the form sent, by branch; a branch without a choice is left."""
    found = {}
    for branch in row.branches.all():
        name = f"b{branch.pk}"
        kind = post.get(f"{name}-kind", "")
        if not kind or kind == "leave":
            continue
        found[branch.pk] = Answer(
            kind,
            reason=post.get(f"{name}-reason", "").strip(),
            basis=post.get(f"{name}-basis", "").strip(),
            organ=post.get(f"{name}-organ", "").strip(),
            points=_points(branch, post.get(f"{name}-points", "")) if kind == "correct" else (),
            materials=tuple(post.getlist(f"{name}-materials")),
            text=post.get(f"{name}-text", "").strip(),
            signed_by=post.get(f"{name}-signed_by", "").strip(),
            due_on=typed_day(post.get(f"{name}-due_on", ""), _("承诺期限")),
        )
    return found


def _points(branch: Branch, text: str) -> tuple[Point, ...]:
    """A point a line; those of an earlier notice keep their material and ground."""
    before = {point.text: point for point in branch.points.all()}
    found = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        known = before.get(line)
        found.append(Point(line, known.material, known.basis) if known else Point(line))
    return tuple(found)


@access("window")
@require_POST
def take_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper brought to the counter, with its scan."""
    row = find(request, pk)
    form = PaperForm(row, request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        stored = files.store(io.BytesIO(data["file"].read()))
        facts = {"title": data["title"], "pages": data["pages"], "brought_by": data["brought_by"]}
        attempt(
            request,
            lambda: services.take_paper(request.actor, row, data["code"], stored, data["file"].name, **facts),  # type: ignore[attr-defined]
            _("已接收并存入扫描件。请与原件核对，再交还原件。"),
        )
    else:
        messages.error(request, "；".join(f"{form.fields[name].label}：{errors[0]}" for name, errors in form.errors.items()))
    return redirect(reverse("approvals:window-case", args=[row.pk]) + "#counter")


@access("window")
@require_POST
def paper_act(request: HttpRequest, pk: int, paper: int) -> HttpResponse:
    """Compare with the original, or hand back."""
    row = find(request, pk)
    found = get_object_or_404(CounterPaper, pk=paper, application=row)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.POST.get("act") == "compare":
        attempt(request, lambda: services.compare_paper(actor, found), _("已标为与原件核对无误。"))
    else:
        attempt(request, lambda: services.return_paper(actor, found, request.POST.get("to", "")), _("原件已交还。"))
    return redirect(reverse("approvals:window-case", args=[row.pk]) + "#counter")


@access("window")
@require_POST
def seal(request: HttpRequest, pk: int) -> HttpResponse:
    """Seal the papers that have no seal yet."""
    row = find(request, pk)
    sealed, left = seal_all(request.actor, row)  # type: ignore[attr-defined]
    _tell(request, 0, len(sealed), left)
    return redirect("approvals:window-case", row.pk)
