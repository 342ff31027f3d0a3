"""Meetings."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from lantu.casework.models import Meeting
from lantu.casework.ports import OFFICE
from lantu.core.access import access


@access(*sorted(OFFICE))
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting: agenda, who is invited, what was decided."""
    found = get_object_or_404(Meeting.objects.prefetch_related("items", "invitations__department"), pk=pk)
    return render(request, "casework/meeting.html", {"meeting": found})
