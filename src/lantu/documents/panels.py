"""What the room puts into the shell, and which seal services there are."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.documents.models import Paper
from lantu.documents.permissions import KEEPERS, STAFF
from lantu.documents.ports import seal_providers
from lantu.documents.providers import LocalSeals, RemoteSeals
from lantu.ui import registry


def connect() -> None:
    """Register navigation, search and the seal services."""
    seal_providers.register("local", LocalSeals())
    if settings.LANTU_SEAL_SERVICE:
        seal_providers.register("remote", RemoteSeals(settings.LANTU_SEAL_SERVICE, token=settings.LANTU_SEAL_SERVICE_TOKEN))
    registry.add_nav("approvals", _("文书"), "documents:papers", "file", STAFF, order=70)
    registry.add_nav("approvals", _("用印"), "documents:seals", "shield", (*STAFF, *KEEPERS), order=75)
    registry.searchers.register("papers", (_("文书"), find_papers))


def find_papers(request: HttpRequest, text: str) -> list[registry.Found]:
    """Papers by number or title, for staff."""
    if request.actor.role not in STAFF:  # type: ignore[attr-defined]
        return []
    rows = Paper.objects.filter(number__icontains=text) | Paper.objects.filter(title__icontains=text)
    return [registry.Found(str(row), reverse("documents:paper", args=[row.pk]), row.subject_title) for row in rows[:15]]
