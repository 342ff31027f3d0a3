"""The departments' desk: their branches, and the technical review of one."""

from __future__ import annotations

import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.analysis.conformity import wording
from lantu.analysis.conformity.picture import SCREEN_MM, picture
from lantu.analysis.conformity.sites import Site
from lantu.analysis.services import run_check
from lantu.approvals import office_tables
from lantu.approvals.events import ENDED
from lantu.approvals.models import Branch, Tick
from lantu.approvals.permissions import INSIDE, OFFICE, handles
from lantu.approvals.selectors import technical
from lantu.approvals.selectors.desk import ever, in_work, to_do
from lantu.approvals.selectors.filed import materials_of, site_of, values_of
from lantu.approvals.services.handling import tick_line
from lantu.approvals.views.cases import find_branch
from lantu.approvals.words import Words, definition_of, local, state_word
from lantu.casework.people import answers_for
from lantu.casework.selectors.clocks import state as read_clock
from lantu.core import files
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import NotFound
from lantu.core.reading import kept
from lantu.ui import sketch
from lantu.ui.answers import attempt


@access(*OFFICE)
def branches(request: HttpRequest) -> HttpResponse:
    """The branches of one's department: those to be done, or all with ``?all=1``."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    everything = request.GET.get("all") == "1"
    codes = answers_for(actor.department)
    if everything:
        table = office_tables.branches(ever(codes), Words(), _page_of, sort="")
    else:
        table = office_tables.branches(in_work(codes), Words(), _page_of, total=_waiting(codes))
    return table.response(request, "approvals/desk/branches.html", {"everything": everything})


@kept
def _waiting(departments: frozenset[str]) -> int:
    return to_do(departments).count()


def _page_of(row: Branch) -> str:
    return row.get_absolute_url()


def _find(request: HttpRequest, pk: int) -> Branch:
    row = Branch.objects.filter(pk=pk).only("application_id").first()
    if row is None:
        raise NotFound(_("没有这个事项。"), how=_("请从案卷打开。"))
    return find_branch(request, row.application_id, pk)


@access(*INSIDE)
def branch(request: HttpRequest, pk: int) -> HttpResponse:
    """The technical review of a branch: the site over the blueprint, measures beside limits, conditions, hits."""
    row = _find(request, pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    application, words = row.application, Words()
    check = technical.check_of(application)
    groups = technical.groups(row, check)
    drawing = picture(check, actor, SCREEN_MM) if check is not None else None
    site = site_of(application)
    context: dict[str, Any] = {
        "branch": row,
        "case": application,
        "item": words.item(application, row.item),
        "department": words.department(row.department),
        "state": state_word(row.state),
        "reading": read_clock(row.clock) if row.clock else None,
        "check": check,
        "headline": wording.shown(check).headline if check is not None else "",
        "drawing": mark_safe(drawing.sheet.svg) if drawing is not None else "",
        "sketch": _sketch(site) if drawing is None and site is not None else "",
        "bounds": site.bounds if site is not None else None,
        "groups": groups,
        "left": technical.open_rows(groups),
        "verdicts": Tick.Verdict.choices,
        "may_tick": handles.test(actor, row) and row.state is not None and row.state not in ENDED,
        "values": _values(row),
        "materials": _materials(row),
        "history": row.ticks.order_by("-pk")[:50],
        "has_site": site is not None,
    }
    return render(request, "approvals/desk/branch.html", context)


def _sketch(site: Any) -> str:
    box = sketch.bounds_around(site)
    return sketch.draw([sketch.Shape(site, stroke="#8A1F8F", width=3, halo=True)], box, label=_("用地红线"), size=(760, 360))


def _values(row: Branch) -> list[tuple[str, Any]]:
    """What the form says, by the titles of its fields."""
    fields = definition_of(row.application).fields
    found = []
    for code, value in values_of(row.application).items():
        if code in fields and value not in (None, ""):
            field = fields[code]
            title = local(str(field.get("title", code)), str(field.get("title_en", "")))
            found.append((title, _said(field, value)))
    return found


def _said(field: Any, value: Any) -> str:
    """A value of the form in words: what was chosen by its name, numbers with their unit."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int | float):
        text = f"{value:,.2f}".rstrip("0").rstrip(".")
    else:
        text = str((field.get("choices") or {}).get(value, value))
    return f"{text} {field.get('unit', '')}".strip()


def _materials(row: Branch) -> list[tuple[str, Any]]:
    """All materials of the stage: every department sees all."""
    kinds = definition_of(row.application).materials
    return [
        (local(kinds.get(code, {}).get("name_zh", code), kinds.get(code, {}).get("name_en", "")), files_)
        for code, files_ in materials_of(row.application).items()
    ]


@access("reviewer", "planner", "decider")
@require_POST
def tick(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a line."""
    row = _find(request, pk)
    line, upload = technical.line(row, request.POST.get("key", "")), request.FILES.get("file")
    stored = files.store(io.BytesIO(upload.read())) if upload is not None else None
    attempt(
        request,
        lambda: tick_line(
            request.actor,  # type: ignore[attr-defined]
            row,
            line.key,
            request.POST.get("verdict", ""),
            evidence=request.POST.get("evidence", ""),
            measured=request.POST.get("measured", ""),
            file=stored,
            filename=(upload.name or "") if upload is not None else "",
        ),
        _("已核对：%(title)s。") % {"title": line.title},
    )
    return redirect(reverse("approvals:desk-branch", args=[row.pk]))


@access("reviewer", "planner", "decider")
@require_POST
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the site against the blueprint in force."""
    row = _find(request, pk)
    site = site_of(row.application)
    if site is None:
        raise NotFound(_("案卷里没有用地范围，不能检测。"), where=row.application.number, how=_("请建设单位补充用地范围。"))
    name = row.application.project.name
    attempt(
        request,
        lambda: run_check(request.actor, Site(site, "project", name), title=name),  # type: ignore[attr-defined]
        lambda made: _("已按现行蓝图检测：%(number)s。") % {"number": made.number},
    )
    return redirect(reverse("approvals:desk-branch", args=[row.pk]))
