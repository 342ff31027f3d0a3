"""Public: how far a case is, by its number, without anything about a person; and the process of each stage as a picture."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lantu.approvals.catalogue import read
from lantu.approvals.models import DefinitionRelease, StageApplication
from lantu.approvals.picture import definition_picture
from lantu.approvals.selectors import inquiries
from lantu.approvals.selectors.cases import latest_branches, tag_of
from lantu.approvals.views.portal_inquiries import shown
from lantu.approvals.words import Words, local, state_word
from lantu.casework.selectors.clocks import columns
from lantu.casework.selectors.clocks import state as read_clock
from lantu.core.access import access
from lantu.core.errors import NotFound


def public_state(row: StageApplication) -> dict[str, Any]:
    """What everybody may know of a case: stage, items, states and days. No names, no opinions, no materials."""
    words = Words()
    clock = read_clock(row.clock) if row.clock else None
    items = [
        {
            "item": words.item(row, one.item),
            "department": words.department(one.department),
            "state": state_word(one.state),
            "due_on": one.clock.due_on if one.clock and one.clock.ended_on is None else None,
        }
        for one in latest_branches(row)
    ]
    return {
        "number": row.number,
        "project_code": row.project.code,
        "stage": words.stage_number(row),
        "lead": words.department(row.lead),
        "state": str(row.get_state_display()),
        "received_on": row.received_on,
        "due_on": row.clock.due_on if row.clock else None,
        "light": clock.words if clock else "",
        "items": items,
    }


def find_public(number: str) -> StageApplication | None:
    """A case by its exact number."""
    rows = StageApplication.objects.select_related("project", "clock").only(
        "number", "definition", "stage", "lead", "state", "received_on", "project__code", *columns("clock")
    )
    return rows.filter(number=number.strip().upper()).first() if number.strip() else None


@access("*")
def query(request: HttpRequest) -> HttpResponse:
    """Ask by number."""
    number = request.GET.get("number", "").strip()
    row = find_public(number)
    asked = inquiries.public(number) if row is None else None
    context = {
        **(shown(asked) if asked is not None else {}),
        "number": number,
        "found": public_state(row) if row else None,
        **({"tag": tag_of(row)} if row else {}),
        "missing": bool(number) and row is None and asked is None,
    }
    return render(request, "approvals/query/query.html", context, status=404 if context["missing"] else 200)


@access("*")
def process(request: HttpRequest, stage: str) -> HttpResponse:
    """The process of a stage for a class of projects, by the catalogue in force."""
    release = DefinitionRelease.objects.filter(state=DefinitionRelease.State.PUBLISHED).first()
    definition = read(release.content) if release is not None else None
    if definition is None or stage not in definition.stages:
        raise NotFound(_("事项库里没有这个阶段。"), how=_("请从办事指南打开。"))
    chosen = request.GET.get("class", "")
    if chosen not in definition.classes:
        chosen = next(iter(definition.classes))
    context = {
        "stage": local(definition.stages[stage].name_zh, definition.stages[stage].name_en),
        "stages": [(code, local(one.name_zh, one.name_en)) for code, one in definition.stages.items()],
        "code": stage,
        "classes": [(code, local(one["name_zh"], one.get("name_en", ""))) for code, one in definition.classes.items()],
        "chosen": chosen,
        "svg": definition_picture(definition, stage, chosen, Words().departments),
        "release": release,
    }
    return render(request, "approvals/query/process.html", context)
