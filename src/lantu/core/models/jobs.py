"""Long work with progress."""

from __future__ import annotations

import uuid

from django.db import models


class Job(models.Model):
    """A piece of long work (任务): it can be watched, left, cancelled and found again, and outlives a killed worker."""

    class State(models.TextChoices):
        QUEUED = "queued", "排队"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "未完成"
        CANCELLED = "cancelled", "已取消"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("种类", max_length=80, db_index=True)
    title = models.CharField("名称", max_length=200)
    params = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED, db_index=True)
    share = models.FloatField("进度", default=0.0)
    step = models.CharField("步骤", max_length=200, blank=True)
    result = models.JSONField("结果", null=True)
    error = models.JSONField("错误", null=True)
    cancel_requested = models.BooleanField("请求取消", default=False)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    max_attempts = models.PositiveSmallIntegerField("最多尝试", default=3)
    worker = models.CharField("工作进程", max_length=80, blank=True)
    lease_until = models.DateTimeField("租约到", null=True, db_index=True)
    subject_type = models.CharField("对象类型", max_length=80, blank=True)
    subject_id = models.CharField("对象", max_length=64, blank=True)
    actor = models.JSONField("发起人", default=dict)
    user_id = models.BigIntegerField("发起用户", null=True, db_index=True)
    created_at = models.DateTimeField("创建", auto_now_add=True)
    started_at = models.DateTimeField("开始", null=True)
    ended_at = models.DateTimeField("结束", null=True)

    class Meta:
        verbose_name = "任务"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]


class Tick(models.Model):
    """When a periodic duty (定时任务) ran last, and who runs it now: the row is the lease, so that two never run the same duty."""

    name = models.CharField("名称", max_length=80, primary_key=True)
    next_at = models.DateTimeField("下次", db_index=True)
    holder = models.CharField("执行者", max_length=80, blank=True)
    lease_until = models.DateTimeField("租约到", null=True)
    succeeded_at = models.DateTimeField("上次成功", null=True)
    error = models.TextField("上次错误", blank=True)

    class Meta:
        verbose_name = "定时任务"
