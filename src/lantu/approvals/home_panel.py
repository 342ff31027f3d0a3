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
from lantu.casework.clock.course import Light
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
    mine, desk, lit = answers_for(actor.department), reverse("approvals:desk"), by_light("clock")
    return [
        Figure(_("在办事项"), to_do(mine), desk),
        Figure(_("临近到期"), in_work(mine).filter(lit(Light.YELLOW)), f"{desk}?light={Light.YELLOW}"),
        Figure(_("已超期"), in_work(mine).filter(lit(Light.RED)), f"{desk}?light={Light.RED}"),
    ]


def _of_supervisor(actor: Actor) -> list[Figure]:
    state, cases, lit = StageApplication.State.OPEN, reverse("approvals:cases"), by_light("clock")
    rows = visible(actor)
    return [
        Figure(_("在办案卷"), rows.filter(state=state), f"{cases}?state={state}"),
        Figure(_("临近到期"), rows.filter(lit(Light.YELLOW)), f"{cases}?light={Light.YELLOW}"),
        Figure(_("已超期"), rows.filter(lit(Light.RED)), f"{cases}?light={Light.RED}"),
    ]
