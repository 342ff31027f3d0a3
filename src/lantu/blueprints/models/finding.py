"""Findings: difference patches, conflict patches and coverage gaps."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.core.spatial import SpatialModel


class Finding(SpatialModel):
    """A patch that a rule found (图斑). ``listing`` says in which of the three lists it stands; the lists never mix.

    ``area_m2`` is ellipsoidal. ``severity`` is the highest of all hits; ``rule`` the primary type. ``sliver`` patches that no
    severity-1 rule hits are ``apart``: listed and counted by themselves.
    """

    class Listing(models.TextChoices):
        DIFFERENCE = "difference", "差异图斑"
        CONFLICT = "conflict", "矛盾图斑"
        GAP = "gap", "覆盖空白"

    class Status(models.TextChoices):
        DETECTED = "detected", "已检出"

    run = models.ForeignKey("blueprints.FusionRun", verbose_name="融合", on_delete=models.CASCADE, related_name="findings")
    number = models.PositiveIntegerField("序号")
    listing = models.CharField("清单", max_length=10, choices=Listing)
    rule = models.CharField("类型", max_length=20)
    origin = models.CharField("检出规则", max_length=20, help_text="碎条并入边界不一致之前的类型")
    hits = models.JSONField("命中规则", default=list, help_text="规则代码、等级、面积（㎡）")
    severity = models.PositiveSmallIntegerField("等级")
    sliver = models.BooleanField("碎小图斑", default=False)
    apart = models.BooleanField("单列", default=False)
    identity = models.CharField("标识", max_length=40, db_index=True)
    key = models.CharField("来源摘要", max_length=24)
    sources = models.JSONField("来源图斑", default=list, help_text="图层代码、成果、图斑序号、要素标识、用地代码")
    layers_key = models.CharField("规划组合", max_length=200, help_text="图层代码，以 + 相连")
    area_m2 = models.DecimalField("面积（㎡）", max_digits=16, decimal_places=2)
    area_account = models.JSONField("面积由来", default=dict)
    mean_width_m = models.FloatField("平均宽度（m）")
    district = models.CharField("区县", max_length=20, blank=True)
    departments = models.JSONField("责任部门", default=list)
    departments_key = models.CharField("责任部门", max_length=400, blank=True, help_text="部门代码，首尾和之间以 | 分隔")
    lineage = models.JSONField("沿革", default=dict)
    status = models.CharField("状态", max_length=20, choices=Status, default=Status.DETECTED)
    living = models.BooleanField("涉及动态图层", default=False, help_text="由动态图层检出，不在成果摘要之内")
    anchor_lon = models.FloatField("内点经度")
    anchor_lat = models.FloatField("内点纬度")

    class Meta:
        verbose_name = "图斑"
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="finding_number_once_per_run")]
        indexes = [
            models.Index(fields=["run", "listing", "apart", "rule"]),
            models.Index(fields=["run", "listing", "severity"]),
            models.Index(fields=["run", "district"]),
            models.Index(fields=["run", "min_x", "max_x", "min_y", "max_y"], name="finding_in_window"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}-{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("blueprints:finding", args=[self.pk])
