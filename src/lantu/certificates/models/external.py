"""Certificates of others."""

from __future__ import annotations

from django.db import models


class ExternalCertificate(models.Model):
    """A certificate as another department's certificate base told it (外部证照), recorded before anything is done with it."""

    base = models.CharField("证照库", max_length=40)
    identifier = models.CharField("电子证照标识", max_length=120)
    type_name = models.CharField("证照名称", max_length=100)
    number = models.CharField("证号", max_length=80)
    holder_name = models.CharField("持证单位", max_length=200)
    holder_code = models.CharField("持证单位代码", max_length=40, db_index=True)
    issuer_name = models.CharField("发证机关", max_length=100, blank=True)
    state = models.CharField("状态", max_length=2)
    valid_to = models.DateField("有效期止", null=True)
    data = models.JSONField("证照数据", default=dict)
    fetched_at = models.DateTimeField("取得时间", auto_now=True)
    asked_for = models.CharField("取用事由", max_length=200)

    class Meta:
        verbose_name = "外部证照"
        ordering = ["-fetched_at"]
        constraints = [models.UniqueConstraint(fields=["base", "identifier"], name="one_external_certificate")]
