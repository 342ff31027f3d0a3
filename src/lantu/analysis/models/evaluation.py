"""Evaluations of the indicators (指标评价)."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.analysis.models.record import FrozenRecord


class Evaluation(FrozenRecord):
    """All indicators of the city pack over one release and the living layers of a day; ``result`` has a row per indicator."""

    met = models.PositiveIntegerField("达到", default=0)
    warned = models.PositiveIntegerField("预警", default=0)
    missed = models.PositiveIntegerField("未达到", default=0)

    class Meta:
        verbose_name = "指标评价"
        ordering = ["-made_at", "-pk"]

    def get_absolute_url(self) -> str:
        return reverse("analysis:evaluation", args=[self.pk])
