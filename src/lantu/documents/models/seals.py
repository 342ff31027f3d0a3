"""The register of seals: who holds them, their keys, who may use them, and every use."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from lantu.core.models import StoredFile


class Seal(models.Model):
    """An electronic seal (电子印章). Its private keys are outside the database (``crypto.keystore``), or at the remote provider."""

    class Kind(models.TextChoices):
        STATUTORY = "statutory", "法定名称章"
        APPROVAL = "approval", "审批专用章"
        RECEIPT = "receipt", "受理专用章"
        LEGAL = "legal", "法定代表人章"

    class State(models.TextChoices):
        ACTIVE = "active", "在用"
        SUSPENDED = "suspended", "停用"
        RETIRED = "retired", "已注销"

    code = models.CharField("印章编码", max_length=40, unique=True)
    name = models.CharField("印章名称", max_length=100)
    kind = models.CharField("种类", max_length=10, choices=Kind)
    holder = models.CharField("持章单位", max_length=100)
    holder_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    department = models.CharField("部门", max_length=40, db_index=True)
    purpose = models.CharField("章面文字", max_length=30, blank=True)
    picture = models.ForeignKey(StoredFile, verbose_name="印模", on_delete=models.PROTECT, related_name="+")
    drawn = models.BooleanField("印模由系统绘制", default=True)
    side_mm = models.PositiveSmallIntegerField("边长（毫米）", default=40)
    valid_from = models.DateField("启用")
    valid_to = models.DateField("失效", null=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ACTIVE)
    provider = models.CharField("签章服务", max_length=20, default="local")
    two_steps = models.BooleanField("先申请后用印", default=False)
    test = models.BooleanField("测试印章", default=True)
    registered_by_name = models.CharField("登记人", max_length=100, blank=True)
    registered_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = "电子印章"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("documents:seal", args=[self.pk])


class SealKey(models.Model):
    """A pair of keys of a seal (印章密钥): the names of the key files, certificates' numbers and validity. Rotated, never overwritten."""

    class State(models.TextChoices):
        CURRENT = "current", "现用"
        RETIRED = "retired", "已轮换"
        REVOKED = "revoked", "已吊销"

    seal = models.ForeignKey(Seal, verbose_name="印章", on_delete=models.PROTECT, related_name="keys")
    name = models.CharField("密钥名", max_length=80, unique=True)
    eseal = models.ForeignKey(StoredFile, verbose_name="GB/T 38540 印章", null=True, on_delete=models.PROTECT, related_name="+")
    rsa_serial = models.CharField("RSA 证书号", max_length=60, blank=True)
    sm2_serial = models.CharField("SM2 证书号", max_length=60, blank=True)
    valid_from = models.DateTimeField("有效期起")
    valid_to = models.DateTimeField("有效期止")
    state = models.CharField("状态", max_length=10, choices=State, default=State.CURRENT)
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = "印章密钥"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["seal"], condition=models.Q(state="current"), name="one_current_key_per_seal")]


class SealGrant(models.Model):
    """Who may use a seal, and for which templates or certificate types (用印授权). Empty ``items``: for all."""

    seal = models.ForeignKey(Seal, verbose_name="印章", on_delete=models.PROTECT, related_name="grants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="用印人", on_delete=models.PROTECT, related_name="seal_grants")
    items = models.JSONField("可用于", default=list)
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", null=True)
    granted_by_name = models.CharField("授权人", max_length=100, blank=True)
    granted_at = models.DateTimeField("授权时间", auto_now_add=True)

    class Meta:
        verbose_name = "用印授权"
        ordering = ["-pk"]

    def is_over(self, on: date | None = None) -> bool:
        """Whether it has ended by a day (default today); on its last day it does not hold any more."""
        return self.valid_to is not None and self.valid_to <= (on or timezone.localdate())


class SealRequest(models.Model):
    """An application to use a seal (用印申请), decided by another person, good for one document."""

    class State(models.TextChoices):
        APPLIED = "applied", "待批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        USED = "used", "已用印"

    seal = models.ForeignKey(Seal, verbose_name="印章", on_delete=models.PROTECT, related_name="requests")
    item = models.CharField("用于", max_length=60)
    subject_type = models.CharField("对象类型", max_length=80, blank=True)
    subject_id = models.CharField("对象", max_length=64, blank=True)
    title = models.CharField("文件", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.APPLIED)
    applicant_id = models.BigIntegerField("申请用户", null=True)
    applicant_name = models.CharField("申请人", max_length=100)
    applied_at = models.DateTimeField("申请时间", auto_now_add=True)
    decided_by_name = models.CharField("批准人", max_length=100, blank=True)
    decided_at = models.DateTimeField("批准时间", null=True)
    reason = models.CharField("理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "用印申请"
        ordering = ["-pk"]


class SealUse(models.Model):
    """One use, or refused or failed attempt (用印记录): who, which document by digest, which case. Append-only."""

    class Outcome(models.TextChoices):
        SIGNED = "signed", "已用印"
        REFUSED = "refused", "被拒绝"
        FAILED = "failed", "未成功"

    seal = models.ForeignKey(Seal, verbose_name="印章", on_delete=models.PROTECT, related_name="uses")
    key = models.ForeignKey(SealKey, verbose_name="密钥", null=True, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(SealRequest, verbose_name="用印申请", null=True, on_delete=models.PROTECT, related_name="uses")
    at = models.DateTimeField("时间", auto_now_add=True, db_index=True)
    outcome = models.CharField("结果", max_length=10, choices=Outcome)
    item = models.CharField("用于", max_length=60)
    title = models.CharField("文件", max_length=200)
    subject_type = models.CharField("对象类型", max_length=80, blank=True)
    subject_id = models.CharField("案卷", max_length=64, blank=True)
    sha256_before = models.CharField("用印前 SHA-256", max_length=64)
    sha256 = models.CharField("用印后 SHA-256", max_length=64, blank=True, db_index=True)
    sm3 = models.CharField("用印后 SM3", max_length=64, blank=True)
    data_sm3 = models.CharField("数据 SM3", max_length=64, blank=True)
    signature = models.ForeignKey(StoredFile, verbose_name="SM2 签章", null=True, on_delete=models.PROTECT, related_name="+")
    user_id = models.BigIntegerField("用户", null=True)
    user_name = models.CharField("用印人", max_length=100)
    department = models.CharField("部门", max_length=40, blank=True)
    reason = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "用印记录"
        ordering = ["-pk"]
