"""What the page of a project shows of its stages of approval (port ``project_stages`` of the room ``projects``)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils import timezone

from lantu.approvals.events import ENDED
from lantu.approvals.models import StageApplication
from lantu.projects.models import Project
from lantu.projects.ports import StageStep


class Stages:
    """The stage applications of a project; of a stage that was filed again, the later application comes last and counts."""

    def steps(self, project: Project) -> Sequence[StageStep]:
        """How each stage stands: whose branches are under way, until when the stage has time."""
        rows = (
            StageApplication.objects.filter(project=project).select_related("clock").prefetch_related("branches").order_by("filed_at", "pk")
        )
        return [_step(row) for row in rows]

    def subjects(self, project: Project) -> Sequence[models.Model]:
        """The applications and their branches."""
        rows = list(StageApplication.objects.filter(project=project).prefetch_related("branches"))
        return [*rows, *(branch for row in rows for branch in row.branches.all())]


def _step(row: StageApplication) -> StageStep:
    ended = row.state != StageApplication.State.OPEN
    holders = sorted({branch.department for branch in row.branches.all() if branch.state is not None and branch.state not in ENDED})
    return StageStep(
        stage=row.stage,
        ended=ended,
        began_on=row.received_on,
        ended_on=timezone.localdate(row.concluded_at) if row.concluded_at else None,
        words=str(row.get_state_display()),
        holders=() if ended else tuple(holders),
        due=row.clock.due_on if row.clock and not ended else None,
        url=row.get_absolute_url(),
    )
