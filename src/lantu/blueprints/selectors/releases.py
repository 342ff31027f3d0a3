"""Reads about runs and blueprint releases."""

from __future__ import annotations

from django.db.models import Q

from lantu.blueprints.models import BlueprintRelease, FusionRun

DONE = Q(state=FusionRun.State.DONE, purpose=FusionRun.Purpose.BLUEPRINT)
"""Finished fusions of plans in force; what was only checked beforehand is no blueprint."""


def in_force() -> BlueprintRelease | None:
    """The blueprint release in force: the latest that was published and not withdrawn."""
    return BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).select_related("run").first()


def next_numbers() -> tuple[str, str]:
    """The two numbers that the next release may have: the next minor one and the next whole one. Withdrawn numbers stay used."""
    used = [tuple(int(part) for part in number.split(".")) for number in BlueprintRelease.objects.values_list("number", flat=True)]
    major, minor = max(used, default=(0, 0))
    return f"{major}.{minor + 1}", f"{major + 1}.0"


def runs() -> list[FusionRun]:
    """The finished runs, latest first."""
    return list(FusionRun.objects.filter(DONE))


def shown_run(run_id: int | None = None) -> FusionRun | None:
    """The run to show: the one asked for, else that of the release in force, else the latest. Only finished ones."""
    done = FusionRun.objects.filter(DONE)
    if run_id is not None:
        return done.filter(pk=run_id).first()
    release = in_force()
    return release.run if release else done.first()
