"""What departments add to their branches: conditions, evidence, hand-overs; what the lead says of the stage; objections."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models.application import Branch, Review, StageApplication
from lantu.core.models import StoredFile


class BranchCondition(models.Model):
    """A condition of a verdict (意见所附条件), ticked with evidence before results go out. ``item``, ``op``, ``value``: if it compares."""

    class State(models.TextChoices):
        OPEN = "open", _("待核对")
        MET = "met", _("已满足")
        WAIVED = "waived", _("不再适用")

    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="conditions")
    review = models.ForeignKey(Review, verbose_name="审核意见", null=True, on_delete=models.PROTECT, related_name="conditions")
    text = models.CharField("条件", max_length=500)
    item = models.CharField("指标", max_length=60, blank=True)
    op = models.CharField("关系", max_length=2, blank=True)
    value = models.FloatField("值", null=True)
    unit = models.CharField("单位", max_length=12, blank=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    evidence = models.CharField("证据", max_length=500, blank=True)
    evidence_by_name = models.CharField("核对人", max_length=100, blank=True)
    evidence_at = models.DateTimeField("核对时间", null=True)

    class Meta:
        verbose_name = "意见所附条件"
        ordering = ["branch", "pk"]

    def __str__(self) -> str:
        return self.text


class Tick(models.Model):
    """One line of a technical review (专业审查记录): ``key`` names what was looked at; the last of a key counts."""

    class Verdict(models.TextChoices):
        OK = "ok", _("符合")
        BAD = "bad", _("不符合")
        NONE = "none", _("不涉及")

    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="ticks")
    key = models.CharField("核对项", max_length=80)
    title = models.CharField("名称", max_length=200)
    limit = models.CharField("限值", max_length=100, blank=True)
    measured = models.CharField("方案值", max_length=100, blank=True)
    verdict = models.CharField("结论", max_length=6, choices=Verdict)
    evidence = models.CharField("证据", max_length=500)
    file = models.ForeignKey(StoredFile, verbose_name="附件", null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField("文件名", max_length=200, blank=True)
    by_id = models.BigIntegerField("审查人", null=True)
    by_name = models.CharField("审查人", max_length=100, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "专业审查记录"
        ordering = ["branch", "pk"]
        indexes = [models.Index(fields=["branch", "key"])]


class Handover(models.Model):
    """A step within a department or between two (内部流转): returned, delegated, transferred."""

    class Kind(models.TextChoices):
        RETURNED = "returned", _("退回重审")
        DELEGATED = "delegated", _("转办")
        CO_HANDLED = "co_handled", _("会办")
        TRANSFERRED = "transferred", _("移交")
        JOINT = "joint", _("联办")

    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="handovers")
    kind = models.CharField("种类", max_length=12, choices=Kind)
    to = models.CharField("给", max_length=200, blank=True)
    reason = models.CharField("说明", max_length=500, blank=True)
    by_id = models.BigIntegerField("办理人", null=True)
    by_name = models.CharField("办理人", max_length=100, blank=True)
    by_department = models.CharField("办理部门", max_length=40, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "内部流转"
        ordering = ["branch", "pk"]


class LeadOpinion(models.Model):
    """What the lead says of a stage, once each (牵头部门意见): the pre-check before the departments begin, the conclusion at the end."""

    class Kind(models.TextChoices):
        PRECHECK = "precheck", _("牵头预审")
        CONCLUSION = "conclusion", _("综合意见")

    application = models.ForeignKey(StageApplication, verbose_name="阶段申请", on_delete=models.PROTECT, related_name="lead_opinions")
    kind = models.CharField("种类", max_length=12, choices=Kind)
    text = models.TextField("意见")
    outcome = models.CharField("汇总结论", max_length=20, blank=True)
    by_id = models.BigIntegerField("签署人", null=True)
    by_name = models.CharField("签署人", max_length=100, blank=True)
    by_department = models.CharField("部门", max_length=40, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "牵头部门意见"
        ordering = ["application", "pk"]
        constraints = [models.UniqueConstraint(fields=["application", "kind"], name="one_lead_opinion_of_a_kind")]


class Objection(models.Model):
    """An applicant disputes a decision (异议), and how it was answered, by another person than who decided."""

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        UPHELD = "upheld", _("异议成立")
        DISMISSED = "dismissed", _("异议不成立")

    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="objections")
    text = models.TextField("异议")
    by_id = models.BigIntegerField("提出人", null=True)
    by_name = models.CharField("提出人", max_length=100, blank=True)
    at = models.DateTimeField("提出时间", auto_now_add=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField("答复", blank=True)
    answered_by_name = models.CharField("答复人", max_length=100, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "异议"
        ordering = ["branch", "pk"]
        constraints = [models.UniqueConstraint(fields=["branch"], condition=models.Q(state="open"), name="one_open_objection")]
