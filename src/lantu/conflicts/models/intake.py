"""Taking the findings of a run in."""

from __future__ import annotations

from django.db import models


class Intake(models.Model):
    """A run whose findings were laid against the cases (立案): how many were opened, kept, verified. Counts once ``done_at`` is set."""

    run = models.OneToOneField("blueprints.FusionRun", verbose_name="融合", on_delete=models.PROTECT, related_name="intake")
    opened = models.PositiveIntegerField("立案", default=0)
    reopened = models.PositiveIntegerField("重新立案", default=0)
    kept = models.PositiveIntegerField("延续", default=0)
    verified = models.PositiveIntegerField("复核通过", default=0)
    vanished = models.PositiveIntegerField("不再检出", default=0)
    still_hit = models.PositiveIntegerField("仍命中", default=0)
    job_id = models.UUIDField("任务", null=True)
    started_at = models.DateTimeField("开始", auto_now_add=True)
    done_at = models.DateTimeField("完成", null=True)

    class Meta:
        verbose_name = "立案"
        ordering = ["-pk"]
