"""Plans without geometry: targets and projects tied to layers and places (e.g. the economic and social development plan)."""

from __future__ import annotations

from django.db import models

from lantu.core.spatial import SpatialModel
from lantu.plans.models.release import PlanRelease


class PlanTarget(models.Model):
    """A target figure of a plan (规划指标)."""

    release = models.ForeignKey(PlanRelease, verbose_name="规划成果", on_delete=models.CASCADE, related_name="targets")
    row = models.PositiveIntegerField("来源行")
    name = models.CharField("指标", max_length=200)
    unit = models.CharField("单位", max_length=40, blank=True)
    binding = models.BooleanField("约束性", default=False)
    base_year = models.PositiveIntegerField("基期年", null=True)
    base_value = models.FloatField("基期值", null=True)
    target_year = models.PositiveIntegerField("目标年", null=True)
    target_value = models.FloatField("目标值", null=True)
    layer_code = models.CharField("对应图层", max_length=20, blank=True)
    attributes = models.JSONField("属性", default=dict)

    class Meta:
        verbose_name = "规划指标"
        ordering = ["release", "row"]


class PlanProject(SpatialModel):
    """A project that a plan names (规划重大项目), tied to a region or a place when it has one."""

    release = models.ForeignKey(PlanRelease, verbose_name="规划成果", on_delete=models.CASCADE, related_name="projects")
    row = models.PositiveIntegerField("来源行")
    code = models.CharField("项目编号", max_length=60, blank=True)
    name = models.CharField("项目名称", max_length=200)
    sector = models.CharField("行业", max_length=60, blank=True)
    investment_wan = models.FloatField("投资（万元）", null=True)
    years = models.CharField("年限", max_length=40, blank=True)
    region_code = models.CharField("所在区划", max_length=20, blank=True)
    layer_code = models.CharField("对应图层", max_length=20, blank=True)
    attributes = models.JSONField("属性", default=dict)

    class Meta(SpatialModel.Meta):
        verbose_name = "规划项目"
        ordering = ["release", "row"]
