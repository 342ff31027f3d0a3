"""Statistics that were kept (统计记录)."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.analysis.models.record import FrozenRecord


class Statistic(FrozenRecord):
    """A statistic as it was: ``kind`` says which, ``asked`` its parameters, ``result`` its tables."""

    kind = models.CharField("统计", max_length=20)
    shared = models.BooleanField("全员可用", default=False)

    class Meta:
        verbose_name = "统计"
        ordering = ["-made_at", "-pk"]

    def get_absolute_url(self) -> str:
        return reverse("analysis:kept", args=[self.pk])
