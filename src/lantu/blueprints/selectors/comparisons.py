"""Reads about comparisons."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from lantu.blueprints.models import BlueprintRelease, Comparison, Finding, FusionRun

WHAT = ("new", "gone", "changed")


def diff(before: BlueprintRelease, after: BlueprintRelease) -> Comparison | None:
    """The comparison of two releases, None while it is not made (``services.compare`` makes it)."""
    return Comparison.objects.filter(before=before.run, after=after.run, state=Comparison.State.DONE).first()


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


def release_label(run: FusionRun) -> str:
    """What to call a run: the release it was published as, else its number."""
    release = BlueprintRelease.objects.filter(run=run).order_by("-published_at").first()
    return release.number if release else run.number


def summary(row: Comparison) -> list[dict[str, Any]]:
    """The three lists with their counts of new, gone, changed and same findings."""
    return [{"key": key, "label": label, **row.totals["findings"][key]} for key, label in Finding.Listing.choices]
