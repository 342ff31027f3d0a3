"""What waits for a person in approvals, on the workbench: figures that lead to their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from lantu.approvals.models import Inquiry, StageApplication, StageResult
from lantu.approvals.office_tables import by_light
from lantu.approvals.permissions import OFFICE, visible
from lantu.approvals.selectors import checklist
from lantu.approvals.selectors.desk import in_work, to_do
from lantu.casework.clock import Light
from lantu.casework.people import answers_for
from lantu.core.actor import Actor
from lantu.core.counting import count_together


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of ``rows`` and the list that shows them."""

    name: str
    rows: QuerySet[Any]
    url: str


def home(request: HttpRequest, _subject: Any) -> str | None:
    """The figures of one's role; nothing while there is no case at all."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not StageApplication.objects.exists():
        return None
    figures = _figures(actor)
    counts = count_together([one.rows for one in figures])
    return render_to_string("approvals/parts/home.html", {"figures": list(zip(figures, counts, strict=True))}, request)


def _figures(actor: Actor) -> list[Figure]:
    if actor.role == "window":
        return _of_window()
    return _of_department(actor) if actor.role in OFFICE else _of_supervisor(actor)


def _of_window() -> list[Figure]:
    results, asked = StageResult.State.OUT, Inquiry.State.ASKED
    return [
        Figure(_("待受理"), checklist.waiting(), reverse("approvals:window")),
        Figure(_("待分办的咨询"), Inquiry.objects.filter(state=asked), f"{reverse('approvals:inquiries')}?state={asked}"),
        Figure(_("待送达的结果"), StageResult.objects.filter(state=results), f"{reverse('approvals:issue')}?state={results}"),
    ]


def _of_department(actor: Actor) -> list[Figure]:
    mine, desk = answers_for(actor.department), reverse("approvals:desk")
    return [Figure(_("在办事项"), to_do(mine), desk), *_pressing(in_work(mine), desk)]


def _of_supervisor(actor: Actor) -> list[Figure]:
    state, cases, rows = StageApplication.State.OPEN, reverse("approvals:cases"), visible(actor)
    return [Figure(_("在办案卷"), rows.filter(state=state), f"{cases}?state={state}"), *_pressing(rows, cases)]


def _pressing(rows: QuerySet[Any], url: str) -> list[Figure]:
    """Of rows with a clock those that are due soon, and those that are overdue."""
    lit = by_light("clock")
    return [
        Figure(name, rows.filter(lit(light)), f"{url}?light={light}")
        for name, light in ((_("临近到期"), Light.YELLOW), (_("已超期"), Light.RED))
    ]
