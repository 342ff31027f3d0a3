"""Crosswalks of a source: which of its values stand for which codes of the catalogue (来源代码对照)."""

from __future__ import annotations

from django.db import models

from lantu.plans.models.dataset import PlanDataset


class SourceCrosswalk(models.Model):
    """What was decided for the values of one source in one version, to be used at its next delivery.

    ``rows``: ``[{value, name, target, how, note}, …]``; ``target`` as the mapping takes it: code(s) with shares
    (``R2:0.7/B1:0.3``), ``?`` for taken in unclassified, empty while undecided.
    """

    dataset = models.ForeignKey(PlanDataset, verbose_name="数据集", on_delete=models.CASCADE, related_name="crosswalks")
    version = models.CharField("来源版本", max_length=60)
    system = models.CharField("分类标准", max_length=60)
    rows = models.JSONField("对照", default=list)
    saved_by_name = models.CharField("保存人", max_length=80, blank=True)
    saved_at = models.DateTimeField("保存", auto_now=True)

    class Meta:
        verbose_name = "来源代码对照"
        ordering = ["-saved_at"]
        constraints = [models.UniqueConstraint(fields=["dataset", "version"], name="one_crosswalk_per_version")]

    def __str__(self) -> str:
        return f"{self.dataset.name} {self.version}"
