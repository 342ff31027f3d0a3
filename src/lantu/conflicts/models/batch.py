"""Cases taken together: issue lists, bulk acts, sweeps of slivers."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Batch(models.Model):
    """An issue list (问题清单): a numbered batch of cases with a deadline for the departments' positions."""

    class State(models.TextChoices):
        OPEN = "open", _("编制中")
        CONSULTING = "consulting", _("征求意见")
        CLOSED = "closed", _("已结束")

    number = models.CharField("编号", max_length=24, unique=True)
    title = models.CharField("名称", max_length=200)
    deadline = models.DateField("答复期限")
    state = models.CharField("状态", max_length=12, choices=State, default=State.OPEN)
    question = models.TextField("征求事项", blank=True)
    round = models.PositiveSmallIntegerField("轮次", default=0)
    created_at = models.DateTimeField("编制", auto_now_add=True)
    created_by_id = models.BigIntegerField("编制用户", null=True)
    created_by_name = models.CharField("编制人", max_length=80)
    asked_at = models.DateTimeField("下发", null=True)
    demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = "问题清单"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("conflicts:batch", args=[self.pk])


class BulkAct(models.Model):
    """One verb on many cases (批量办理) and how it ended: done n, refused m with the rows."""

    act = models.CharField("事项", max_length=40)
    title = models.CharField("名称", max_length=200)
    params = models.JSONField("参数", default=dict)
    total = models.PositiveIntegerField("件数", default=0)
    done = models.PositiveIntegerField("完成", default=0)
    refused = models.PositiveIntegerField("拒绝", default=0)
    rows = models.JSONField("拒绝明细", default=list, help_text="[[编号, 原因], …]，最多一千行")
    job_id = models.UUIDField("任务", null=True)
    last_case = models.BigIntegerField("处理到", default=0, help_text="案件主键；中断后从此继续")
    finished_at = models.DateTimeField("完成时间", null=True)
    started_at = models.DateTimeField("开始", auto_now_add=True)
    by_id = models.BigIntegerField("用户", null=True)
    by_name = models.CharField("办理人", max_length=80)

    class Meta:
        verbose_name = "批量办理"
        ordering = ["-pk"]

    def get_absolute_url(self) -> str:
        return reverse("conflicts:bulk", args=[self.pk])


class Sweep(models.Model):
    """Slivers settled together without a decision (碎小图斑自动处理): listed, and reversible as a whole or one by one."""

    number = models.CharField("编号", max_length=24, unique=True)
    made_at = models.DateTimeField("时间", auto_now_add=True)
    by_name = models.CharField("办理人", max_length=80)
    count = models.PositiveIntegerField("件数", default=0)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by_name = models.CharField("撤销人", max_length=80, blank=True)

    class Meta:
        verbose_name = "自动处理"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number
