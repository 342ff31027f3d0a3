"""Files by digest."""

from __future__ import annotations

from django.db import models


class StoredFile(models.Model):
    """A file kept under its SHA-256 (内容寻址文件): the same bytes are stored once and never changed."""

    sha256 = models.CharField("SHA-256", max_length=64, primary_key=True)
    size = models.BigIntegerField("大小（字节）")
    media_type = models.CharField("内容类型", max_length=100)
    stored_at = models.DateTimeField("入库时间", auto_now_add=True)

    class Meta:
        verbose_name = "文件"
