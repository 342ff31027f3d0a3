"""Audit rows and the signed heads of their chain."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One verb done, refused or failed (审计事件). Append-only; ``position``, ``previous``, ``content`` and ``digest`` are filled by the
    sealer."""

    at = models.DateTimeField("时间", auto_now_add=True, db_index=True)
    request_id = models.CharField("请求号", max_length=32, blank=True, db_index=True)
    channel = models.CharField("途径", max_length=8)
    user_id = models.BigIntegerField("用户", null=True)
    actor_name = models.CharField("办理人", max_length=100, blank=True)
    role = models.CharField("角色", max_length=40, blank=True)
    department = models.CharField("部门", max_length=40, blank=True)
    region = models.CharField("辖区", max_length=12, blank=True)
    verb = models.CharField("事项", max_length=80, db_index=True)
    outcome = models.CharField("结果", max_length=8, default="done")
    subject_type = models.CharField("对象类型", max_length=80, blank=True)
    subject_id = models.CharField("对象", max_length=64, blank=True)
    before = models.JSONField("办理前", null=True)
    after = models.JSONField("办理后", null=True)
    detail = models.JSONField("说明", default=dict)
    position = models.BigIntegerField("链位", null=True, unique=True)
    previous = models.CharField("前一摘要", max_length=64, blank=True)
    content = models.CharField("内容摘要", max_length=64, blank=True, help_text="空：由早期版本封存，摘要直接含内容")
    digest = models.CharField("摘要", max_length=64, blank=True)

    class Meta:
        verbose_name = "审计事件"
        indexes = [models.Index(fields=["subject_type", "subject_id"])]


class AuditHead(models.Model):
    """The head of the chain on a day, signed (链首签名)."""

    day = models.DateField("日期", unique=True)
    position = models.BigIntegerField("链位")
    digest = models.CharField("摘要", max_length=64)
    signature = models.TextField("签名")
    public_key = models.TextField("公钥")

    class Meta:
        verbose_name = "审计链首"
