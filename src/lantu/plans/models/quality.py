"""Quality findings of a delivery, waivers and repairs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lantu.core.spatial import SpatialModel
from lantu.plans.models.delivery import Delivery
from lantu.plans.quality.messages import MESSAGES


class QualityFinding(SpatialModel):
    """Something a quality check found (质检问题); geometry marks the place."""

    class Level(models.TextChoices):
        ERROR = "error", _("错误")
        WARNING = "warning", _("警告")
        INFO = "info", _("说明")

    delivery = models.ForeignKey(Delivery, verbose_name="入库", on_delete=models.CASCADE, related_name="quality_findings")
    run = models.CharField("批次", max_length=32)
    check_code = models.CharField("检查项", max_length=8)
    level = models.CharField("级别", max_length=8, choices=Level)
    rows = models.JSONField("要素行", default=list)
    message = models.CharField("说明", max_length=400)
    message_code = models.CharField("说明代码", max_length=40, blank=True)
    values = models.JSONField("数值", default=dict)
    repaired = models.BooleanField("已修复", default=False)

    class Meta(SpatialModel.Meta):
        verbose_name = "质检问题"
        ordering = ["delivery", "check_code", "id"]
        indexes = [models.Index(fields=["delivery", "run", "check_code"]), *SpatialModel.Meta.indexes]

    @property
    def sentence(self) -> str:
        """The message in the page's language."""
        template = MESSAGES.get(self.message_code)
        return gettext(template) % self.values if template else self.message


class Waiver(models.Model):
    """A second person lets a delivery pass in spite of the errors of one check, with a reason (放行)."""

    delivery = models.ForeignKey(Delivery, verbose_name="入库", on_delete=models.CASCADE, related_name="waivers")
    check_code = models.CharField("检查项", max_length=8)
    run = models.CharField("批次", max_length=32)
    reason = models.CharField("理由", max_length=400)
    waived_by_id = models.BigIntegerField("放行用户", null=True)
    waived_by_name = models.CharField("放行人", max_length=80)
    waived_at = models.DateTimeField("放行时间", auto_now_add=True)

    class Meta:
        verbose_name = "放行"
        constraints = [models.UniqueConstraint(fields=["delivery", "run", "check_code"], name="one_waiver_per_check")]


class RepairLog(models.Model):
    """A repair of one feature's geometry: what was done and how much area changed (修复记录)."""

    delivery = models.ForeignKey(Delivery, verbose_name="入库", on_delete=models.CASCADE, related_name="repairs")
    row = models.PositiveIntegerField("要素行")
    method = models.CharField("方法", max_length=40)
    check_code = models.CharField("检查项", max_length=8, blank=True)
    batch = models.CharField("批次", max_length=32, blank=True, db_index=True)
    area_before_m2 = models.FloatField("修复前面积（㎡）")
    area_after_m2 = models.FloatField("修复后面积（㎡）")
    repaired_by_name = models.CharField("修复人", max_length=80)
    repaired_at = models.DateTimeField("修复时间", auto_now_add=True)

    class Meta:
        verbose_name = "修复记录"
