"""Living layers: what changes every hour, laid over the partition."""

from __future__ import annotations

from django.db import models

from lantu.core.spatial import SpatialModel


class LivingFeature(SpatialModel):
    """A feature of a living layer (活图层要素) with valid time: project red lines, permits, land approvals.

    Never edited, only superseded or ended.
    """

    layer_code = models.CharField("图层代码", max_length=20, db_index=True)
    feature_id = models.CharField("要素标识", max_length=100)
    name = models.CharField("名称", max_length=200, blank=True)
    attributes = models.JSONField("属性", default=dict)
    document_no = models.CharField("文号", max_length=100, blank=True)
    valid_from = models.DateField("生效")
    valid_to = models.DateField("失效", null=True, help_text="到这一天起不再有效")
    supersedes = models.ForeignKey("self", verbose_name="替代", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    area_m2 = models.DecimalField("椭球面积（㎡）", max_digits=16, decimal_places=2, default=0)
    demo = models.BooleanField("演示数据", default=False)
    registered_by_name = models.CharField("登记人", max_length=80, blank=True)
    registered_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta(SpatialModel.Meta):
        verbose_name = "活图层要素"
        ordering = ["layer_code", "feature_id", "-valid_from"]
        indexes = [models.Index(fields=["layer_code", "valid_to"]), *SpatialModel.Meta.indexes]
