"""Questions before filing, for who asks: ask, read the answer, begin the draft from it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lantu.approvals import services
from lantu.approvals.inquiry_tables import TAGS
from lantu.approvals.models import Inquiry
from lantu.approvals.selectors import applicants
from lantu.approvals.selectors import inquiries as reads
from lantu.approvals.views.inquiries import Asking, project_choice
from lantu.approvals.views.portal import said as tell
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError


@access("builder")
def new(request: HttpRequest) -> HttpResponse:
    """Ask, about one of one's projects or about none."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked, own = Asking(request), applicants.projects(actor).order_by("-pk")
    chosen = project_choice(request, own)
    if request.method == "POST":
        try:
            made = services.open_inquiry(actor, *asked.said(), project=chosen)
        except LantuError as error:
            asked.error = error
        else:
            messages.success(request, _("已提出咨询 %(number)s。") % {"number": made.number})
            return redirect("portal:inquiry", made.number)
    context = {**asked.context(), "projects": own[:200], "project": chosen, "typed": {"question": asked.data.get("question", "")}}
    return render(request, "approvals/inquiries/ask.html", context, status=422 if asked.error else 200)


@access("builder")
def inquiry(request: HttpRequest, number: str) -> HttpResponse:
    """One question with its answer; a POST withdraws it or begins the draft."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = reads.by_number(actor, number)
    own = applicants.projects(actor).order_by("-pk")
    if request.method == "POST":
        try:
            if request.POST.get("act") == "draft":
                return redirect(services.draft_from_inquiry(actor, row, project_choice(request, own)))
            services.withdraw_inquiry(actor, row, request.POST.get("reason", ""))
        except LantuError as error:
            tell(request, error)
        else:
            messages.success(request, _("已撤回。"))
        return redirect("portal:inquiry", row.number)
    return render(request, "approvals/inquiries/mine.html", {**shown(row), "projects": own[:200], "mine": reads.is_asker(actor, row)})


def shown(row: Inquiry) -> dict[str, Any]:
    """What who asked may read of it: nothing of what departments said before the answer went out."""
    return {"inquiry": row, "tag": TAGS[row.state], "subject": reads.subject_words(row), "situation": reads.situation(row)}
