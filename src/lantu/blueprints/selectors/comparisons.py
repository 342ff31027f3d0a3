"""Reads about comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from lantu.blueprints.models import BlueprintRelease, Comparison, Finding, FusionRun

WHAT = ("new", "gone", "changed")


def findings_of(row: Comparison, listing: str, what: str) -> QuerySet[Finding]:
    """The findings of a list that are new, gone, or changed in area; ``area_before`` of the latter (m²)."""
    run, other = (row.before, row.after) if what == "gone" else (row.after, row.before)
    mine = Finding.objects.filter(run=run, listing=listing, living=False)
    there = Finding.objects.filter(run=other, listing=listing, living=False, identity=OuterRef("identity"))
    if what == "changed":
        return (
            mine.annotate(area_before=Subquery(there.values("area_m2")[:1]))
            .filter(area_before__isnull=False)
            .exclude(area_before=F("area_m2"))
        )
    return mine.filter(~Exists(there))


def release_labels(runs: Iterable[FusionRun]) -> dict[int, str]:
    """Key of a run → what to call it: the release it was published as (the latest), else its number."""
    labels = {run.pk: run.number for run in runs}
    return labels | dict(BlueprintRelease.objects.filter(run__in=labels).order_by("published_at").values_list("run_id", "number"))


def release_label(run: FusionRun) -> str:
    """``release_labels`` of one run."""
    return release_labels([run])[run.pk]


def summary(row: Comparison) -> list[dict[str, Any]]:
    """The three lists with their counts of new, gone, changed and same findings."""
    return [{"key": key, "label": label, **row.totals["findings"][key]} for key, label in Finding.Listing.choices]
