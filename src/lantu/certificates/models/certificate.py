"""A certificate as a record."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.urls import reverse
from django.utils import timezone

from lantu.blueprints.models import BlueprintRelease
from lantu.core.models import StoredFile
from lantu.core.spatial import SpatialModel
from lantu.documents.models import Paper
from lantu.plans.models import LivingFeature
from lantu.standards.models import PackVersion


class CertificateState(models.TextChoices):
    """States as national certificates use them (domain 8.1). Two are our own, for what was never issued: ``00``, the number is held and the
    file not sealed yet; ``0X``, the held number was dropped."""

    PREPARED = "00", "制证中"
    VALID = "01", "有效"
    SUSPENDED = "02", "暂扣"
    REVOKED = "03", "撤销"
    CANCELLED = "04", "注销"
    LAPSED = "05", "失效"
    TRANSFERRED = "06", "转出"
    WITHDRAWN = "07", "吊销"
    OTHER = "99", "其他"
    DROPPED = "0X", "未发证作废"


NEVER_ISSUED = (CertificateState.PREPARED, CertificateState.DROPPED)


class Certificate(SpatialModel):
    """A certificate (证照): what was granted to whom, by which case, on which release of the blueprint. Its data never change; a change or
    an extension is a successor with ``predecessor``."""

    type = models.CharField("证照类型", max_length=40, db_index=True)
    title = models.CharField("证照名称", max_length=100)
    identifier = models.CharField("电子证照标识", max_length=120, unique=True)
    number = models.CharField("证号", max_length=80, db_index=True)
    issue_version = models.PositiveSmallIntegerField("版本", default=1)
    key = models.CharField("幂等键", max_length=200, unique=True, help_text="同一键只发一证")
    token = models.CharField("核验码", max_length=32, unique=True)
    state = models.CharField("状态", max_length=2, choices=CertificateState, default=CertificateState.PREPARED, db_index=True)
    holder_name = models.CharField("持证单位", max_length=200)
    holder_code = models.CharField("持证单位代码", max_length=40, blank=True, db_index=True)
    data = models.JSONField("证照数据", default=dict)
    annexes = models.JSONField("附图附件", default=list)
    department = models.CharField("发证部门", max_length=40)
    issuer_name = models.CharField("发证机关", max_length=100)
    issuer_code = models.CharField("发证机关代码", max_length=18)
    region = models.CharField("区划", max_length=12, blank=True)
    valid_from = models.DateField("有效期起")
    valid_to = models.DateField("有效期止", null=True, help_text="最后有效的一天；空为长期")
    subject_type = models.CharField("案卷类型", max_length=80, blank=True)
    subject_id = models.CharField("案卷", max_length=64, blank=True)
    subject_title = models.CharField("案卷名称", max_length=200, blank=True)
    item = models.CharField("事项", max_length=60, blank=True)
    project_code = models.CharField("项目代码", max_length=40, blank=True, db_index=True)
    release = models.ForeignKey(BlueprintRelease, verbose_name="依据的蓝图版本", null=True, on_delete=models.PROTECT, related_name="+")
    release_digest = models.CharField("蓝图摘要", max_length=64, blank=True)
    predecessor = models.ForeignKey("self", verbose_name="前证", null=True, on_delete=models.PROTECT, related_name="successors")
    pack = models.ForeignKey(PackVersion, verbose_name="城市包", on_delete=models.PROTECT, related_name="+")
    paper = models.ForeignKey(Paper, verbose_name="文书", null=True, on_delete=models.PROTECT, related_name="certificates")
    pdf = models.ForeignKey(StoredFile, verbose_name="PDF", null=True, on_delete=models.PROTECT, related_name="+")
    ofd = models.ForeignKey(StoredFile, verbose_name="OFD", null=True, on_delete=models.PROTECT, related_name="+")
    signature = models.ForeignKey(StoredFile, verbose_name="SM2 签章", null=True, on_delete=models.PROTECT, related_name="+")
    living = models.ForeignKey(LivingFeature, verbose_name="活图层要素", null=True, on_delete=models.SET_NULL, related_name="+")
    demo = models.BooleanField("演示数据", default=False)
    prepared_at = models.DateTimeField("取号时间", auto_now_add=True)
    prepared_by_name = models.CharField("经办人", max_length=100, blank=True)
    claimed_at = models.DateTimeField("制证开始", null=True)
    issued_at = models.DateTimeField("发证时间", null=True)
    issued_by_name = models.CharField("签发人", max_length=100, blank=True)

    class Meta(SpatialModel.Meta):
        verbose_name = "证照"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["type", "number", "issue_version"], name="one_certificate_per_number")]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="certificate_subject"), *SpatialModel.Meta.indexes]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("certificates:certificate", args=[self.pk])

    def state_on(self, day: date | None = None) -> CertificateState:
        """The state on a day (default today): past its last day a valid certificate has lapsed, even before that is written down."""
        on = day or timezone.localdate()
        if self.state == CertificateState.VALID and self.valid_to is not None and on > self.valid_to:
            return CertificateState.LAPSED
        return CertificateState(self.state)


class CertificateEvent(models.Model):
    """Something that happened to a certificate (证照变更记录). Append-only."""

    class Operation(models.TextChoices):
        ISSUE = "issue", "发证"
        CHANGE = "change", "变更"
        EXTEND = "extend", "延期"
        SUSPEND = "suspend", "暂扣"
        RESUME = "resume", "恢复"
        REVOKE = "revoke", "撤销"
        WITHDRAW = "withdraw", "吊销"
        CANCEL = "cancel", "注销"
        LAPSE = "lapse", "失效"
        TRANSFER = "transfer", "转出"
        DROP = "drop", "作废编号"
        OTHER = "other", "其他"

    certificate = models.ForeignKey(Certificate, verbose_name="证照", on_delete=models.PROTECT, related_name="events")
    operation = models.CharField("操作", max_length=10, choices=Operation)
    state_before = models.CharField("原状态", max_length=2)
    state_after = models.CharField("新状态", max_length=2)
    on = models.DateField("生效日期")
    at = models.DateTimeField("时间", auto_now_add=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    basis = models.CharField("依据", max_length=300, blank=True)
    paper = models.ForeignKey(Paper, verbose_name="决定书", null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField("经手人", max_length=100)

    class Meta:
        verbose_name = "证照变更记录"
        ordering = ["pk"]
