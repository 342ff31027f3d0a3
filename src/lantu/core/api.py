"""Endpoints of the core room: the progress of a job. Mounted by the web room under ``/api/v1``."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from lantu.core.access import access
from lantu.core.selectors import job_for
from lantu.core.services import cancel_job, retry_job

router = Router(tags=["jobs"])


class JobOut(Schema):
    """A job as its watcher sees it. ``share`` 0 to 1."""

    id: UUID
    kind: str
    title: str
    state: str
    share: float
    step: str
    result: Any
    error: Any
    cancel_requested: bool
    attempts: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@router.get("/jobs/{job_id}", response=JobOut, summary="任务进度 Progress of a job")
@access("@")
def show_job(request: HttpRequest, job_id: UUID) -> Any:
    """The job, for whoever started it and for the system administrator; 404 for others."""
    return job_for(request.actor, job_id)  # type: ignore[attr-defined]


@router.post("/jobs/{job_id}/cancel", response=JobOut, summary="取消任务 Cancel a job")
@access("@")
def cancel(request: HttpRequest, job_id: UUID) -> Any:
    """Ask the job to stop."""
    return cancel_job(request.actor, job_for(request.actor, job_id))  # type: ignore[attr-defined]


@router.post("/jobs/{job_id}/retry", response=JobOut, summary="重试任务 Run a job again")
@access("@")
def retry(request: HttpRequest, job_id: UUID) -> Any:
    """Put a failed or cancelled job back on the queue."""
    return retry_job(request.actor, job_for(request.actor, job_id))  # type: ignore[attr-defined]
