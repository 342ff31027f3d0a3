"""Findings about layers, not about places: what the blueprint rests on is past its update cycle."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class StaleLayer(models.Model):
    """A layer past its date (过期图层): found once for each date that passed, settled by itself when the layer is brought up to date."""

    layer_code = models.CharField("图层代码", max_length=20)
    dataset = models.CharField("数据集", max_length=200, blank=True, help_text="动态图层没有数据集")
    release = models.ForeignKey(
        "plans.PlanRelease", verbose_name="规划成果", null=True, on_delete=models.PROTECT, related_name="+", help_text="过期的那一版"
    )
    owner = models.CharField("责任部门", max_length=40, blank=True)
    since = models.DateField("现势日期")
    cycle = models.CharField("更新周期", max_length=20)
    due = models.DateField("应更新")
    found_at = models.DateTimeField("发现", auto_now_add=True)
    settled_at = models.DateTimeField("消除", null=True)

    class Meta:
        verbose_name = _("过期图层")
        ordering = ["due", "layer_code"]
        constraints = [models.UniqueConstraint(fields=["layer_code", "dataset", "due"], name="one_finding_per_date_passed")]

    def __str__(self) -> str:
        return f"{self.layer_code} {self.dataset}".strip()
