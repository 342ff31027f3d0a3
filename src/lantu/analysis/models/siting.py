"""Assisted siting (辅助选址): a search and its ranked candidate zones."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.analysis.models.record import FrozenRecord
from lantu.core.spatial import SpatialModel


class SitingSearch(FrozenRecord):
    """A search. ``asked`` holds the must-haves, wishes and weights, ``result`` the account of what dropped out and why."""

    class Meta:
        verbose_name = "选址"
        ordering = ["-made_at", "-pk"]

    def get_absolute_url(self) -> str:
        return reverse("analysis:search", args=[self.pk])


class SitingCandidate(SpatialModel):
    """A candidate zone as exact geometry. ``values``: per criterion the measured value and its score (0 to 1).

    ``slope``: mean, greatest (percent), share that is steep, share whose slope is known; empty without a raster of heights.
    """

    search = models.ForeignKey(SitingSearch, verbose_name="选址", on_delete=models.CASCADE, related_name="candidates")
    rank = models.PositiveIntegerField("名次")
    score = models.FloatField("得分")
    area_m2 = models.DecimalField("面积（㎡）", max_digits=16, decimal_places=2)
    compactness = models.FloatField("紧凑度")
    district = models.CharField("区县", max_length=20, blank=True)
    values = models.JSONField("各项", default=list)
    slope = models.JSONField("坡度", default=dict)
    lon = models.FloatField("内点经度")
    lat = models.FloatField("内点纬度")

    class Meta(SpatialModel.Meta):
        verbose_name = "备选用地"
        ordering = ["search", "rank"]
        constraints = [models.UniqueConstraint(fields=["search", "rank"], name="one_candidate_per_rank")]

    def __str__(self) -> str:
        return f"{self.search_id}-{self.rank}"
