"""The results of a stage and how each reached the applicant."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models.application import Branch, StageApplication
from lantu.documents.models import Paper


class StageResult(models.Model):
    """What comes out of a branch (办理结果): a certificate, a decision or a refusal. All of a stage go out together (同步出件): ``out_at``
    is the same for all. ``reference`` names the certificate in its room; ``number`` is the one on the paper."""

    class Kind(models.TextChoices):
        CERTIFICATE = "certificate", _("证照")
        DECISION = "decision", _("准予决定")
        REFUSAL = "refusal", _("不予许可决定")

    class State(models.TextChoices):
        DUE = "due", _("待制作")
        READY = "ready", _("已制作，待同步出件")
        OUT = "out", _("待送达")
        DELIVERED = "delivered", _("已送达")
        REVOKED = "revoked", _("已撤销")

    class Manner(models.TextChoices):
        COUNTER = "counter", _("窗口领取")
        POST = "post", _("邮寄")
        DOWNLOAD = "download", _("网上下载")

    application = models.ForeignKey(StageApplication, verbose_name="阶段申请", on_delete=models.PROTECT, related_name="results")
    branch = models.OneToOneField(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="result")
    kind = models.CharField("种类", max_length=12, choices=Kind)
    type = models.CharField("证照类型", max_length=60, blank=True)
    title = models.CharField("名称", max_length=200)
    data = models.JSONField("内容", default=dict)
    number = models.CharField("编号", max_length=80, blank=True)
    reference = models.CharField("证照", max_length=64, blank=True)
    paper = models.ForeignKey(Paper, verbose_name="文书", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DUE)
    made_by_name = models.CharField("制作人", max_length=100, blank=True)
    made_at = models.DateTimeField("制作", null=True)
    out_at = models.DateTimeField("出件", null=True)
    manner = models.CharField("送达方式", max_length=10, choices=Manner, blank=True)
    receiver = models.CharField("签收人", max_length=100, blank=True)
    receipt_no = models.CharField("签收凭证", max_length=100, blank=True, help_text="邮寄单号或签收的证件尾号")
    receipt = models.ForeignKey(Paper, verbose_name="送达回执", null=True, on_delete=models.PROTECT, related_name="+")
    delivered_by_name = models.CharField("送达人", max_length=100, blank=True)
    delivered_at = models.DateTimeField("送达", null=True)
    reminded_on = models.DateField("提醒日", null=True)

    class Meta:
        verbose_name = "办理结果"
        ordering = ["application", "pk"]
        indexes = [models.Index(fields=["state", "out_at"])]

    def __str__(self) -> str:
        return f"{self.title} {self.number}".strip()
