"""What the departments say to a case."""

from __future__ import annotations

from django.db import models

from lantu.core.spatial import SpatialModel


class Position(SpatialModel):
    """What a department says in a round (部门意见): stance, reason, law, file, a geometry it proposes; its newest revision counts."""

    case = models.ForeignKey("conflicts.ConflictCase", verbose_name="案件", on_delete=models.CASCADE, related_name="positions")
    department = models.CharField("部门", max_length=40)
    round = models.PositiveSmallIntegerField("轮次")
    revision = models.PositiveSmallIntegerField("次", default=1)
    current = models.BooleanField("现行", default=True)
    stance = models.CharField("意见", max_length=40)
    verdict = models.CharField("结论", max_length=12, help_text="agree、conditions、disagree、silent")
    reason = models.TextField("理由", blank=True)
    law = models.CharField("依据", max_length=300, blank=True)
    file = models.ForeignKey("core.StoredFile", verbose_name="文件", null=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField("文件名", max_length=200, blank=True)
    area_m2 = models.DecimalField("图形面积（㎡）", max_digits=16, decimal_places=2, null=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    by_id = models.BigIntegerField("用户", null=True)
    by_name = models.CharField("答复人", max_length=80)

    class Meta(SpatialModel.Meta):
        verbose_name = "部门意见"
        ordering = ["case", "department", "-round", "-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "department", "round"], condition=models.Q(current=True), name="one_current_position_per_round"
            )
        ]
        indexes = [models.Index(fields=["case", "current"], name="position_of_case")]
