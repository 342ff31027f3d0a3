"""The builder's portal (网上报建): what a unit has under way, and what it is asked for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lantu.approvals.selectors import applicants
from lantu.core.access import access


@access("builder")
def home(request: HttpRequest) -> HttpResponse:
    """What is under way for the units that this person acts for."""
    members = applicants.memberships(request.actor)  # type: ignore[attr-defined]
    return render(
        request,
        "approvals/portal/home.html",
        {
            "members": members,
            "applications": applicants.applications(request.actor),  # type: ignore[attr-defined]
            "drafts": applicants.drafts(request.actor),  # type: ignore[attr-defined]
        },
    )
