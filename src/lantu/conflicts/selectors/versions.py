"""What became of the cases between two versions of the map: opened, closed, remaining."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lantu.blueprints.models import BlueprintRelease, Comparison, FusionRun
from lantu.conflicts.models import ConflictCase, Intake
from lantu.conflicts.states import DISMISSED

WHAT = {"opened": _("新立的案件"), "closed": _("办结的案件"), "remaining": _("仍未办结的案件")}


def ends_of(row: Comparison) -> tuple[FusionRun, FusionRun]:
    """The two runs of a comparison in the order in which they were made, whichever way they are compared."""
    first, last = sorted((row.before, row.after), key=lambda run: run.pk)
    return first, last


def cases_between(row: Comparison, what: str) -> QuerySet[ConflictCase]:
    """The cases that were opened or closed between the two versions, or that remain open in the later one.

    A case is opened by the run that found it first, and closed by the run that verified it; one that was dismissed (duplicate, false
    positive, settled sliver) by the first version that came out after that.
    """
    first, last = ends_of(row)
    there = ConflictCase.objects.filter(first_run_id__lte=last.pk)
    if what == "opened":
        return there.filter(first_run_id__gt=first.pk)
    closed = _closed_by(last)
    return there.exclude(closed) if what == "remaining" else there.filter(closed).exclude(_closed_by(first))


def counts_between(row: Comparison) -> dict[str, int]:
    """How many cases each of ``WHAT`` has."""
    return {what: cases_between(row, what).count() for what in WHAT}


def _closed_by(run: FusionRun) -> Q:
    verified = Q(verified_run__isnull=False, verified_run_id__lte=run.pk)
    return verified | Q(state__in=DISMISSED, verified_run__isnull=True, moved_at__lte=_moment(run))


def _moment(run: FusionRun) -> datetime:
    """When the version of a run was done with: published, else taken in, else fused."""
    published = BlueprintRelease.objects.filter(run=run).order_by("-published_at").values_list("published_at", flat=True).first()
    taken_in = Intake.objects.filter(run=run, done_at__isnull=False).values_list("done_at", flat=True).first()
    found = [when for when in (published, taken_in, run.done_at) if when is not None]
    return max(found)
