"""The number of one's running jobs in the top bar, and the way to the page of one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from lantu.core.models import Job
from lantu.ui import registry


def connect() -> None:
    registry.bar_facts.register("jobs", facts)


def facts(request: HttpRequest) -> dict[str, Any]:
    """``jobs``: how many of one's jobs wait or run; ``jobs_url``."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.user_id is None:
        return {}
    running = Job.objects.filter(user_id=actor.user_id, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return {"jobs": running, "jobs_url": reverse("ui:jobs")}


def to_job(key: UUID, following: str) -> HttpResponseRedirect:
    """To the page that shows a job's progress and leads to ``following`` when it is done."""
    return HttpResponseRedirect(f"{reverse('ui:job', args=[key])}?next={quote(following)}")
