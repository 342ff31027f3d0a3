"""Reads about runs and blueprint releases."""

from __future__ import annotations

from lantu.blueprints.models import BlueprintRelease, FusionRun


def in_force() -> BlueprintRelease | None:
    """The blueprint release in force: the latest that was published and not withdrawn."""
    return BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).select_related("run").first()


def runs() -> list[FusionRun]:
    """The finished runs, latest first."""
    return list(FusionRun.objects.filter(state=FusionRun.State.DONE))


def shown_run(run_id: int | None = None) -> FusionRun | None:
    """The run to show: the one asked for, else that of the release in force, else the latest. Only finished ones."""
    done = FusionRun.objects.filter(state=FusionRun.State.DONE)
    if run_id is not None:
        return done.filter(pk=run_id).first()
    release = in_force()
    return release.run if release else done.first()
