"""The outbox."""

from __future__ import annotations

from django.db import models


class OutboxEvent(models.Model):
    """Something that happened, kept for delivery (发件箱事件): ordered per subject, delivered at least once."""

    at = models.DateTimeField("时间", auto_now_add=True)
    name = models.CharField("事件", max_length=80, db_index=True)
    subject_type = models.CharField("对象类型", max_length=80)
    subject_id = models.CharField("对象", max_length=64)
    payload = models.JSONField("内容", default=dict)
    request_id = models.CharField("请求号", max_length=32, blank=True)
    delivered_at = models.DateTimeField("送达时间", null=True, db_index=True)

    class Meta:
        verbose_name = "发件箱事件"
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"])]
