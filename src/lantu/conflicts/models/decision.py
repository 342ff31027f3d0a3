"""Proposals, submissions along the approval chain, and every step's verdict."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.core.spatial import SpatialModel


class Proposal(SpatialModel):
    """A proposed outcome of a case (处理方案). ``geometry`` is set when it is not the patch; ``outcome`` as ``record_override`` takes it.

    ``kind`` resolve, or defer: a deferral goes the same way and makes the case a remaining conflict (遗留).
    """

    class Kind(models.TextChoices):
        RESOLVE = "resolve", _("处理")
        DEFER = "defer", _("暂缓")

    case = models.ForeignKey("conflicts.ConflictCase", verbose_name="案件", on_delete=models.CASCADE, related_name="proposals")
    serial = models.PositiveSmallIntegerField("次")
    current = models.BooleanField("现行", default=True)
    kind = models.CharField("种类", max_length=10, choices=Kind, default=Kind.RESOLVE)
    letter = models.CharField("方案", max_length=4, blank=True)
    option = models.CharField("做法", max_length=60, blank=True)
    principle = models.CharField("原则", max_length=20, blank=True)
    title = models.CharField("名称", max_length=200)
    reason = models.TextField("理由", blank=True)
    cuts = models.JSONField("让位的协调结果", default=list, help_text="编号；它们在这块地上让位，其余范围继续有效")
    drawn = models.BooleanField("图上绘制", default=False, help_text="图形是画的，不是上传的")
    outcome = models.JSONField("结果", default=dict)
    amendments = models.JSONField("须修改的规划", default=list)
    balance = models.JSONField("增减", default=dict, help_text="construction_m2、farmland_m2")
    still_hit = models.JSONField("仍命中", default=list)
    at = models.DateTimeField("时间", auto_now_add=True)
    by_id = models.BigIntegerField("用户", null=True)
    by_name = models.CharField("提出人", max_length=80)

    class Meta(SpatialModel.Meta):
        verbose_name = "处理方案"
        ordering = ["case", "-serial"]
        constraints = [
            models.UniqueConstraint(fields=["case", "serial"], name="one_proposal_per_serial"),
            models.UniqueConstraint(fields=["case"], condition=models.Q(current=True), name="one_current_proposal_per_case"),
        ]


class Submission(models.Model):
    """Cases that go up the chain together (报批件). ``step``: code of the chain's step that has it now; empty when it is through."""

    class State(models.TextChoices):
        GOING = "going", _("审批中")
        APPROVED = "approved", _("已批复")
        RETURNED = "returned", _("已退回")

    number = models.CharField("编号", max_length=24, unique=True)
    title = models.CharField("名称", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.GOING)
    step = models.CharField("环节", max_length=40, blank=True)
    minutes = models.JSONField("纪要", default=dict, help_text="环节 → 会议纪要")
    document_no = models.CharField("批复文号", max_length=100, blank=True)
    document_date = models.DateField("批复日期", null=True)
    document = models.ForeignKey("core.StoredFile", verbose_name="批复文件", null=True, on_delete=models.PROTECT, related_name="+")
    document_name = models.CharField("文件名", max_length=200, blank=True)
    created_at = models.DateTimeField("报出", auto_now_add=True)
    created_by_id = models.BigIntegerField("报出用户", null=True)
    created_by_name = models.CharField("报出人", max_length=80)
    version = models.PositiveIntegerField("版本", default=1)
    demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = "报批件"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("conflicts:submission", args=[self.pk])


class Approval(models.Model):
    """A step's verdict on a case (审批): passed on, returned, deferred or approved; with the document where the step needs one."""

    class Verdict(models.TextChoices):
        SUBMIT = "submit", _("同意上报")
        RETURN = "return", _("退回")
        DEFER = "defer", _("暂缓")
        APPROVE = "approve", _("批准")

    case = models.ForeignKey("conflicts.ConflictCase", verbose_name="案件", on_delete=models.CASCADE, related_name="approvals")
    submission = models.ForeignKey(Submission, verbose_name="报批件", null=True, on_delete=models.PROTECT, related_name="approvals")
    proposal = models.ForeignKey(Proposal, verbose_name="方案", on_delete=models.PROTECT, related_name="approvals")
    step = models.CharField("环节", max_length=40)
    verdict = models.CharField("结论", max_length=10, choices=Verdict)
    note = models.TextField("意见", blank=True)
    document_no = models.CharField("批复文号", max_length=100, blank=True)
    document_date = models.DateField("批复日期", null=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    by_id = models.BigIntegerField("用户", null=True)
    by_name = models.CharField("办理人", max_length=80)

    class Meta:
        verbose_name = "审批"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["case", "-id"])]
