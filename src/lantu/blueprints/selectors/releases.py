"""Reads about runs and blueprint releases."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.blueprints.models import BlueprintRelease, FusionRun
from lantu.core.errors import NotFound

DONE = Q(state=FusionRun.State.DONE, purpose=FusionRun.Purpose.BLUEPRINT)
"""Finished fusions of plans in force; what was only checked beforehand is no blueprint."""


def in_force() -> BlueprintRelease | None:
    """The blueprint release in force: the latest that was published and not withdrawn."""
    return BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).select_related("run").first()


def in_force_on(day: date) -> BlueprintRelease | None:
    """The release that was in force at the end of a day: the latest published by then and not withdrawn by then."""
    published = BlueprintRelease.objects.filter(published_at__lt=_end_of(day))
    return published.exclude(withdrawn_at__lt=_end_of(day)).select_related("run", "run__pack").first()


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def run_named(text: str) -> FusionRun:
    """The run of a release ("1.0"), or the run of that number ("R2018-0001"). Raises ``NotFound``."""
    release = BlueprintRelease.objects.filter(number=text).select_related("run").first()
    found = release.run if release else FusionRun.objects.filter(number=text).first()
    if found is None:
        raise NotFound(_("没有蓝图版本 %(number)s。") % {"number": text}, how=_("请从蓝图版本的列表里选。"))
    return found


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
