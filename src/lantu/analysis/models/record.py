"""What every answer of this room is: a frozen record that names the release it rests on and can be verified later."""

from __future__ import annotations

from django.db import models


class FrozenRecord(models.Model):
    """Number, title, what was asked, what came out, on which run and release, when, by whom; never edited.

    ``digest`` is the SHA-256 of the canonical JSON of what was asked and what came out (``lantu.analysis.freezing``).
    """

    number = models.CharField("编号", max_length=40, unique=True)
    title = models.CharField("名称", max_length=200, blank=True)
    run = models.ForeignKey("blueprints.FusionRun", verbose_name="融合", on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey(
        "blueprints.BlueprintRelease", verbose_name="蓝图版本", null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked = models.JSONField("所问", default=dict)
    result = models.JSONField("结果", default=dict)
    digest = models.CharField("摘要", max_length=64, db_index=True)
    elapsed_ms = models.PositiveIntegerField("用时（毫秒）", default=0)
    demo = models.BooleanField("演示数据", default=False)
    made_by_id = models.BigIntegerField("用户", null=True, db_index=True)
    made_by_name = models.CharField("办理人", max_length=80, blank=True)
    department = models.CharField("部门", max_length=40, blank=True)
    made_at = models.DateTimeField("生成时间", db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number
