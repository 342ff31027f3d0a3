"""What differs between two fusions: of two releases, or of a draft plan against the blueprint."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.core.spatial import SpatialModel


class Comparison(models.Model):
    """Two finished fusions compared (版本对比). Both never change, so neither does this; it is made once.

    ``totals``: faces (same, only before, only after), changed ground per layer, findings per list (new, gone, same, changed).
    ``areas``: per layer, class and district the m² before and after, where they differ.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("未完成")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")

    before = models.ForeignKey("blueprints.FusionRun", verbose_name="前", on_delete=models.CASCADE, related_name="+")
    after = models.ForeignKey("blueprints.FusionRun", verbose_name="后", on_delete=models.CASCADE, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PENDING)
    job_id = models.UUIDField("任务", null=True)
    totals = models.JSONField("合计", default=dict)
    areas = models.JSONField("分区县面积", default=list)
    made_at = models.DateTimeField("完成", null=True)

    class Meta:
        verbose_name = "版本对比"
        constraints = [models.UniqueConstraint(fields=["before", "after"], name="runs_compared_once")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"

    def get_absolute_url(self) -> str:
        return reverse("blueprints:comparison", args=[self.pk])


class Change(SpatialModel):
    """Ground on which a layer says something else than before. Empty ``before`` or ``after``: the layer said nothing there."""

    comparison = models.ForeignKey(Comparison, verbose_name="对比", on_delete=models.CASCADE, related_name="changes")
    number = models.PositiveIntegerField("序号")
    layer_code = models.CharField("图层代码", max_length=20)
    before = models.CharField("原用地", max_length=80, blank=True)
    after = models.CharField("现用地", max_length=80, blank=True)
    decision = models.CharField("协调结果", max_length=80, blank=True, help_text="改变由它而来的协调结果编号")
    area_m2 = models.DecimalField("面积（㎡）", max_digits=16, decimal_places=2)
    district = models.CharField("区县", max_length=20, blank=True)

    class Meta(SpatialModel.Meta):
        verbose_name = "变化图斑"
        ordering = ["comparison", "number"]
        constraints = [models.UniqueConstraint(fields=["comparison", "number"], name="one_number_per_change")]
        indexes = [models.Index(fields=["comparison", "layer_code"]), *SpatialModel.Meta.indexes]
