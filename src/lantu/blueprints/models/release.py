"""Blueprint releases: the published map."""

from __future__ import annotations

from django.db import models


class BlueprintRelease(models.Model):
    """A published version of the one map (蓝图成果版本). Immutable once published; a later change makes a new number."""

    class State(models.TextChoices):
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已撤回"

    number = models.CharField("版本号", max_length=20, unique=True)
    run = models.ForeignKey("blueprints.FusionRun", verbose_name="融合", on_delete=models.PROTECT, related_name="blueprint_releases")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PUBLISHED)
    digest = models.CharField("摘要", max_length=64)
    statistics = models.JSONField("统计", default=dict)
    guards = models.JSONField("发布前核查", default=list)
    note = models.TextField("说明", blank=True)
    published_at = models.DateTimeField("发布时间")
    published_by_id = models.BigIntegerField("发布用户", null=True)
    published_by_name = models.CharField("发布人", max_length=80)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by_name = models.CharField("撤回人", max_length=80, blank=True)
    withdrawn_reason = models.TextField("撤回原因", blank=True)
    verified_at = models.DateTimeField("最近核验", null=True)
    verified_report = models.JSONField("核验结果", null=True)

    class Meta:
        verbose_name = "蓝图版本"
        ordering = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return self.number
