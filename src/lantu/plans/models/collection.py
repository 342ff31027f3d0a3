"""Collection rounds: departments are asked for their plans by a day, hand them in themselves, and get a receipt and a verdict."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.plans.models.dataset import PlanDataset
from lantu.plans.models.delivery import Delivery


class CollectionRound(models.Model):
    """One collection of plans (汇交)."""

    class State(models.TextChoices):
        OPEN = "open", _("进行中")
        CLOSED = "closed", _("已结束")

    title = models.CharField("名称", max_length=200)
    note = models.TextField("要求", blank=True)
    due = models.DateField("截止")
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN, db_index=True)
    demo = models.BooleanField("演示数据", default=False)
    opened_by_name = models.CharField("发起人", max_length=80, blank=True)
    opened_at = models.DateTimeField("发起时间", auto_now_add=True)
    closed_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = "汇交"
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.title


class CollectionRequest(models.Model):
    """One layer asked of one department (汇交任务)."""

    class State(models.TextChoices):
        ASKED = "asked", _("待汇交")
        SUBMITTED = "submitted", _("已汇交待接收")
        RETURNED = "returned", _("已退回待重交")
        ACCEPTED = "accepted", _("已接收")
        WITHDRAWN = "withdrawn", _("已撤回")

    round = models.ForeignKey(CollectionRound, verbose_name="汇交", on_delete=models.CASCADE, related_name="requests")
    department = models.ForeignKey("accounts.Department", verbose_name="部门", on_delete=models.PROTECT, related_name="+")
    layer_code = models.CharField("图层代码", max_length=20)
    dataset = models.ForeignKey(PlanDataset, verbose_name="数据集", null=True, on_delete=models.PROTECT, related_name="requests")
    due = models.DateField("截止")
    state = models.CharField("状态", max_length=10, choices=State, default=State.ASKED, db_index=True)
    reminders = models.PositiveIntegerField("催办次数", default=0)
    reminded_on = models.DateField("最近催办", null=True)
    version = models.PositiveIntegerField("版本", default=0)

    class Meta:
        verbose_name = "汇交任务"
        ordering = ["due", "department__code", "layer_code"]
        constraints = [models.UniqueConstraint(fields=["round", "department", "layer_code"], name="one_request_per_layer")]

    @property
    def open(self) -> bool:
        """Whether the department still has to do something."""
        return self.state in (self.State.ASKED, self.State.RETURNED)

    def days_left(self, today: date) -> int:
        """Calendar days to the due day; negative when it is past."""
        return (self.due - today).days


class CollectionSubmission(models.Model):
    """Files that a department handed in for a request, with receipt and verdict (汇交件)."""

    class Verdict(models.TextChoices):
        NONE = "", _("待定")
        ACCEPTED = "accepted", _("接收")
        RETURNED = "returned", _("退回")

    request = models.ForeignKey(CollectionRequest, verbose_name="汇交任务", on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveIntegerField("次序")
    receipt_no = models.CharField("回执号", max_length=40, unique=True)
    delivery = models.ForeignKey(Delivery, verbose_name="入库", null=True, on_delete=models.SET_NULL, related_name="submissions")
    files = models.JSONField("文件", default=list, help_text="[{name, size, sha256}]")
    note = models.CharField("说明", max_length=400, blank=True)
    problem = models.CharField("自动质检没有做完的原因", max_length=600, blank=True)
    checked = models.BooleanField("自动质检已做", default=False)
    submitted_by_id = models.BigIntegerField("汇交用户", null=True)
    submitted_by_name = models.CharField("汇交人", max_length=80)
    submitted_at = models.DateTimeField("汇交时间", auto_now_add=True)
    verdict = models.CharField("结论", max_length=10, choices=Verdict, default=Verdict.NONE, blank=True)
    reasons = models.TextField("理由", blank=True)
    decided_by_name = models.CharField("接收人", max_length=80, blank=True)
    decided_at = models.DateTimeField("接收时间", null=True)

    class Meta:
        verbose_name = "汇交件"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="one_number_per_request")]
