"""A fusion run: which plan releases were laid over each other, by which rules, and what came out."""

from __future__ import annotations

from django.db import models


class FusionRun(models.Model):
    """One fusion of plan releases and of the decisions that were active when it was started (融合).

    Its findings count only once it is ``done``: a run that was cancelled or whose worker was killed shows nothing. ``digest``
    covers the faces (integers and labels), rules, reading, grid and engine rules; the same input gives the same digest.
    """

    class State(models.TextChoices):
        PENDING = "pending", "未完成"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"

    class Reading(models.TextChoices):
        STRICT = "strict", "严格口径（允许建设区）"
        LOOSE = "loose", "宽松口径（允许和有条件建设区）"

    class Purpose(models.TextChoices):
        BLUEPRINT = "blueprint", "融合"
        PRECHECK = "precheck", "合规性预检"

    number = models.CharField("编号", max_length=40, unique=True)
    purpose = models.CharField("用途", max_length=10, choices=Purpose, default=Purpose.BLUEPRINT, db_index=True)
    releases = models.ManyToManyField("plans.PlanRelease", verbose_name="规划成果", related_name="fusion_runs")
    draft = models.ForeignKey("plans.Delivery", verbose_name="预检的入库", null=True, on_delete=models.PROTECT, related_name="prechecks")
    overrides = models.ManyToManyField("blueprints.Override", verbose_name="协调结果", related_name="runs")
    pack = models.ForeignKey("standards.PackVersion", verbose_name="标准版本", on_delete=models.PROTECT, related_name="+")
    rule_digest = models.CharField("规则摘要", max_length=64, blank=True)
    reading = models.CharField("土规口径", max_length=10, choices=Reading, default=Reading.STRICT)
    engine = models.CharField("叠加引擎", max_length=40)
    engine_version = models.CharField("引擎版本", max_length=40, blank=True)
    grid = models.JSONField("格网", default=dict)
    layers = models.JSONField("图层", default=list, help_text="按面域标签的列序：图层代码、成果、比例尺、要素数")
    decisions = models.JSONField("计入的协调结果", default=list, help_text="编号、摘要")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PENDING, db_index=True)
    digest = models.CharField("成果摘要", max_length=64, blank=True, db_index=True)
    store_key = models.CharField("存储", max_length=80, blank=True)
    totals = models.JSONField("合计", default=dict)
    previous = models.ForeignKey("self", verbose_name="上一次融合", null=True, on_delete=models.SET_NULL, related_name="+")
    job_id = models.UUIDField("任务", null=True, db_index=True)
    started_by_id = models.BigIntegerField("发起用户", null=True, db_index=True)
    started_by_name = models.CharField("发起人", max_length=80, blank=True)
    started_at = models.DateTimeField("发起", auto_now_add=True)
    done_at = models.DateTimeField("完成", null=True)

    class Meta:
        verbose_name = "融合"
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return self.number
