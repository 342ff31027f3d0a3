"""The builder's portal (网上报建): what a unit has under way, and what it is asked for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lantu.approvals.catalogue import read
from lantu.approvals.events import Code
from lantu.approvals.inquiry_tables import TAGS
from lantu.approvals.models import Branch, DefinitionRelease, StageApplication
from lantu.approvals.selectors import applicants, inquiries
from lantu.approvals.selectors.drafts import Prepared, class_of
from lantu.approvals.selectors.readiness import readiness
from lantu.approvals.services import start_draft
from lantu.approvals.views.guides import name_of
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError
from lantu.ui.typed import typed_number

TONES = {"open": "info", "approved": "ok", "approved_deferred": "ok", "rejected": "err", "revoked": "err"}


@access("builder")
def home(request: HttpRequest) -> HttpResponse:
    """What is under way for the units that this person acts for."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = list(applicants.applications(actor).order_by("-filed_at")[:100])
    waiting = set(Branch.objects.filter(application__in=rows, state=Code.CORRECTION_ASKED).values_list("application_id", flat=True))
    drafts = []
    for one in applicants.drafts(actor)[:50]:
        member = applicants.membership_in(actor, one.applicant, one.project)
        drafts.append({"draft": one, "ready": readiness(Prepared(one), member), "stage": _stage_name(one)})
    return render(
        request,
        "approvals/portal/home.html",
        {
            "members": applicants.memberships(actor),
            "applications": [
                {"row": one, "stage": _stage_name(one), "tone": TONES.get(one.state, "line"), "asked": one.pk in waiting} for one in rows
            ],
            "asked": [one for one in rows if one.pk in waiting],
            "drafts": drafts,
            "projects": applicants.projects(actor).count(),
            "inquiries": [(one, inquiries.subject_words(one), TAGS[one.state]) for one in inquiries.visible(actor)[:20]],
        },
    )


@access("builder")
def new(request: HttpRequest) -> HttpResponse:
    """Choose project, class and stage; then the questions follow."""
    actor = request.actor  # type: ignore[attr-defined]
    release = DefinitionRelease.objects.filter(state=DefinitionRelease.State.PUBLISHED).first()
    definition = read(release.content) if release else None
    if request.method == "POST" and definition is not None:
        project = get_object_or_404(applicants.projects(actor), pk=typed_number(request.POST.get("project")))
        chosen = request.POST.get("class") or class_of(definition, project)
        try:
            if not chosen:
                raise BadInput(_("项目库里没有写明项目类型。"), where=project.name, how=_("请在下面选项目类型。"))
            draft = start_draft(actor, project, request.POST.get("stage", ""), chosen)
        except LantuError as error:
            messages.error(request, str(error))
        else:
            return redirect(draft)
    projects = (
        [_choice(definition, project) for project in applicants.projects(actor).select_related("region").order_by("-pk")[:200]]
        if definition
        else []
    )
    sent = request.POST if request.method == "POST" else request.GET
    context = {
        "release": release,
        "projects": projects,
        "chosen": sent.get("project") or (str(projects[0]["project"].pk) if len(projects) == 1 else ""),
        "stage": sent.get("stage", ""),
        "stages": [(code, name_of(one)) for code, one in definition.stages.items()] if definition else [],
        "classes": [(code, name_of(dict(one))) for code, one in definition.classes.items()] if definition else [],
    }
    return render(request, "approvals/portal/new.html", context)


def _choice(definition: Any, project: Any) -> dict[str, Any]:
    taken = {row.stage: row for row in StageApplication.objects.filter(project=project).order_by("filed_at")}
    return {"project": project, "class": class_of(definition, project), "taken": taken}


def _stage_name(row: Any) -> str:
    stage = read(row.definition.content).stages.get(row.stage)
    return name_of(stage) if stage else row.stage


def welcome(request: HttpRequest, subject: Any) -> str:
    """The ways for applicants, on the public front page."""
    from django.template.loader import render_to_string

    return render_to_string("approvals/portal/public_link.html", {}, request)


def said(request: HttpRequest, error: LantuError) -> None:
    """An error at the head of the next page, each of its places on a line of its own."""
    messages.error(request, "　".join(part for part in (str(error.what), "；".join(str(error.where).splitlines()), str(error.how)) if part))


def waiting(request: HttpRequest) -> list[QuerySet[StageApplication]]:
    """The applications that wait for their applicant, for the number in the navigation."""
    actor = request.actor  # type: ignore[attr-defined]
    return [applicants.applications(actor).filter(branches__state=Code.CORRECTION_ASKED).distinct()]
