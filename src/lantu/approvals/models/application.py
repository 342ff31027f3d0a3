"""Stage applications, their branches and the events of each."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models.definition import DefinitionRelease
from lantu.approvals.models.unit import Applicant
from lantu.casework.models import Clock


class StageApplication(models.Model):
    """One application for all items of a stage (阶段申请, ``blspslbm``). ``facts``: what the rules asked, as it was at filing;
    ``received_on``: the day that counts, which the pack may move past ``filed_at``."""

    searched = ("number",)

    class State(models.TextChoices):
        OPEN = "open", _("办理中")
        APPROVED = "approved", _("通过")
        APPROVED_DEFERRED = "approved_deferred", _("容缺通过")
        REJECTED = "rejected", _("不通过")
        WITHDRAWN = "withdrawn", _("已撤回")
        NOT_REQUIRED = "not_required", _("不需办理")
        REVOKED = "revoked", _("已撤销")

    number = models.CharField("编号", max_length=40, unique=True)
    project = models.ForeignKey("projects.Project", verbose_name="项目", on_delete=models.PROTECT, related_name="stage_applications")
    definition = models.ForeignKey(DefinitionRelease, verbose_name="事项库版次", on_delete=models.PROTECT, related_name="applications")
    stage = models.CharField("阶段", max_length=10)
    project_class = models.CharField("项目类型", max_length=40)
    facts = models.JSONField("情形", default=dict)
    state = models.CharField("状态", max_length=20, choices=State, default=State.OPEN, db_index=True)
    lead = models.CharField("牵头部门", max_length=40)
    clock = models.ForeignKey(Clock, verbose_name="阶段时限", null=True, on_delete=models.PROTECT, related_name="+")
    received_on = models.DateField("收件")
    applicant = models.ForeignKey(Applicant, verbose_name="申报单位", null=True, on_delete=models.PROTECT, related_name="applications")
    filed_by_id = models.BigIntegerField("申报人", null=True)
    filed_by_name = models.CharField("申报人", max_length=100, blank=True)
    filed_at = models.DateTimeField("申报时间", auto_now_add=True)
    concluded_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = "阶段申请"
        ordering = ["-filed_at"]
        indexes = [models.Index(fields=["received_on"])]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("approvals:case", args=[self.pk])

    def applicant_url(self) -> str:
        """Where its applicant sees it: in the portal, or on the office's page when it was filed without a unit."""
        return reverse("portal:case", args=[self.pk]) if self.applicant_id else self.get_absolute_url()


class Branch(models.Model):
    """A branch (并联分支): item × department × round. ``state`` repeats the code of its last event, for lists."""

    application = models.ForeignKey(StageApplication, verbose_name="阶段申请", on_delete=models.PROTECT, related_name="branches")
    item = models.CharField("事项", max_length=40)
    department = models.CharField("部门", max_length=40)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    state = models.PositiveSmallIntegerField("办件状态", null=True)
    clock = models.ForeignKey(Clock, verbose_name="事项时限", null=True, on_delete=models.PROTECT, related_name="+")
    acceptance = models.ForeignKey(Clock, verbose_name="受理或补正期限", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "并联分支"
        ordering = ["application", "item", "round"]
        constraints = [models.UniqueConstraint(fields=["application", "item", "department", "round"], name="one_branch_per_round")]
        indexes = [models.Index(fields=["department", "state"])]

    def __str__(self) -> str:
        return f"{self.item} {self.department} {self.round}"

    def get_absolute_url(self) -> str:
        return reverse("approvals:branch", args=[self.application_id, self.pk])


class BranchEvent(models.Model):
    """An event of a case (办件过程), append-only. ``on`` is the day it is dated; ``pause`` pairs 9 with its 10."""

    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField("序号")
    code = models.PositiveSmallIntegerField("办件状态")
    on = models.DateField("日期")
    pause = models.CharField("停计号", max_length=40, blank=True)
    opinion = models.TextField("意见", blank=True)
    basis = models.CharField("依据", max_length=300, blank=True)
    remedy = models.CharField("救济告知", max_length=300, blank=True)
    automatic = models.BooleanField("自动", default=False)
    by_id = models.BigIntegerField("办理人", null=True)
    by_name = models.CharField("办理人", max_length=100, blank=True)
    by_department = models.CharField("办理部门", max_length=40, blank=True)
    at = models.DateTimeField("记录时间", auto_now_add=True)

    class Meta:
        verbose_name = "办件过程"
        ordering = ["branch", "number"]
        constraints = [models.UniqueConstraint(fields=["branch", "number"], name="one_event_per_number")]


class Review(models.Model):
    """What a reviewer proposes for a branch (审核意见); another person decides (审定), or returns it with a reason."""

    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="reviews")
    proposal = models.PositiveSmallIntegerField("建议")
    opinion = models.TextField("意见", blank=True)
    basis = models.CharField("法律依据", max_length=300, blank=True)
    returned = models.BooleanField("已退回", default=False)
    by_id = models.BigIntegerField("审核人", null=True)
    by_name = models.CharField("审核人", max_length=100, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "审核意见"
        ordering = ["at", "pk"]
