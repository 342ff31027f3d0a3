"""What the office's half puts into the shell: navigation, the home page, the project page, search."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.approvals import home_panel
from lantu.approvals.models import Branch, Inquiry, StageApplication, StageResult
from lantu.approvals.permissions import INSIDE, OFFICE, visible
from lantu.approvals.selectors import checklist
from lantu.approvals.selectors.desk import to_do
from lantu.approvals.words import Words
from lantu.casework.people import answers_for
from lantu.casework.selectors.tasks import COUNTED
from lantu.projects.models import Project
from lantu.ui import registry


def connect() -> None:
    """Register it all."""
    registry.add_nav("approvals", _("综合窗口"), "approvals:window", "person", ("window",), order=10, count=_waiting)
    registry.add_nav("approvals", _("本部门事项"), "approvals:desk", "list", OFFICE, order=12, count=_mine)
    registry.add_nav("approvals", _("前期咨询"), "approvals:inquiries", "help", INSIDE, order=14, count=_unanswered)
    registry.add_nav("approvals", _("阶段案卷"), "approvals:cases", "case", INSIDE, order=15)
    registry.add_nav("approvals", _("出件"), "approvals:issue", "upload", ("window", "supervisor", "viewer"), order=20, count=_out)
    registry.add_panel("home", "approvals", home_panel.home, order=15, roles=INSIDE)
    registry.add_panel("projects.project", "approvals", of_project, order=30, roles=INSIDE)
    registry.add_panel("public.links", "approvals.query", public_link, order=30, roles=("*",))
    registry.searchers.register("approvals", (_("阶段案卷"), find))


def _waiting(request: HttpRequest) -> list[QuerySet[StageApplication]]:
    return [checklist.waiting()]


def _mine(request: HttpRequest) -> list[QuerySet[Branch]]:
    return [to_do(answers_for(request.actor.department))[:COUNTED]]  # type: ignore[attr-defined]


def _unanswered(request: HttpRequest) -> list[QuerySet[Inquiry]]:
    return [Inquiry.objects.filter(state=Inquiry.State.ASKED)] if request.actor.role == "window" else []  # type: ignore[attr-defined]


def _out(request: HttpRequest) -> list[QuerySet[StageResult]]:
    return [StageResult.objects.filter(state=StageResult.State.OUT)]


def of_project(request: HttpRequest, subject: Any) -> str | None:
    """The stages of a project."""
    if not isinstance(subject, Project):
        return None
    own = StageApplication.objects.filter(project=subject).select_related("definition")
    rows = list(visible(request.actor, own).order_by("stage", "filed_at"))  # type: ignore[attr-defined]
    words = Words()
    return (
        render_to_string("approvals/cases/of_project.html", {"rows": [(one, words.stage_number(one)) for one in rows]}, request)
        if rows
        else None
    )


def public_link(request: HttpRequest, subject: Any) -> str:
    """The way to the query by number, on the front page."""
    return render_to_string("approvals/query/public_link.html", {}, request)


def find(request: HttpRequest, text: str) -> list[registry.Found]:
    """Cases by number, project or code."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.role not in INSIDE:
        return []
    rows = visible(actor).select_related("project")
    found = rows.filter(number__icontains=text) | rows.filter(project__name__icontains=text) | rows.filter(project__code__icontains=text)
    return [registry.Found(row.number, reverse("approvals:case", args=[row.pk]), row.project.name) for row in found[:15]]
