"""Copies for use, and verifications."""

from __future__ import annotations

import uuid

from django.db import models

from lantu.certificates.models.certificate import Certificate
from lantu.core.models import StoredFile


class CertificateCopy(models.Model):
    """A copy for one use (加注件): purpose, recipient and last day stand across every page; sealed anew."""

    certificate = models.ForeignKey(Certificate, verbose_name="证照", on_delete=models.PROTECT, related_name="copies")
    purpose = models.CharField("用途", max_length=100)
    recipient = models.CharField("使用单位", max_length=100)
    expires = models.DateField("有效至")
    token = models.CharField("下载码", max_length=32, unique=True)
    pdf = models.ForeignKey(StoredFile, verbose_name="PDF", on_delete=models.PROTECT, related_name="+")
    made_by_name = models.CharField("制作人", max_length=100)
    made_at = models.DateTimeField("制作时间", auto_now_add=True)

    class Meta:
        verbose_name = "加注件"
        ordering = ["-pk"]


class Verification(models.Model):
    """A verification that somebody asked for (核验记录), with its report as given. Nobody's name is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField("核验编号", max_length=30, unique=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    how = models.CharField("方式", max_length=10)
    result = models.CharField("结论", max_length=10)
    certificate = models.ForeignKey(Certificate, verbose_name="证照", null=True, on_delete=models.PROTECT, related_name="verifications")
    sha256 = models.CharField("文件 SHA-256", max_length=64, blank=True)
    report = models.JSONField("报告", default=dict)

    class Meta:
        verbose_name = "核验记录"
        ordering = ["-at"]
