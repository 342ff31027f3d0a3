"""Meetings: agenda, who came, what was decided."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department
from lantu.casework.models.subject import SubjectRow


class Meeting(models.Model):
    """A meeting (会议) that decides on matters."""

    class State(models.TextChoices):
        CALLED = "called", _("已通知")
        CONCLUDED = "concluded", _("已结束")
        CANCELLED = "cancelled", _("已取消")

    number = models.CharField("编号", max_length=40, unique=True)
    kind = models.CharField("种类", max_length=40)
    title = models.CharField("名称", max_length=200)
    place = models.CharField("地点", max_length=200, blank=True)
    at = models.DateTimeField("时间")
    chair = models.CharField("主持人", max_length=100, blank=True)
    department = models.CharField("召集部门", max_length=40, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.CALLED)
    called_by_name = models.CharField("召集人", max_length=100, blank=True)
    called_by_id = models.BigIntegerField("召集人", null=True)
    called_at = models.DateTimeField("发出", auto_now_add=True)
    concluded_at = models.DateTimeField("结束", null=True)
    note = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "会议"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.title


class AgendaItem(SubjectRow):
    """A matter on the agenda (议题), its minutes and what was decided."""

    class Decision(models.TextChoices):
        AGREED = "agreed", _("同意")
        CONDITIONS = "conditions", _("有条件同意")
        REJECTED = "rejected", _("不同意")
        DEFERRED = "deferred", _("暂缓")
        NOTED = "noted", _("听取，未作决定")

    meeting = models.ForeignKey(Meeting, verbose_name="会议", on_delete=models.PROTECT, related_name="items")
    order = models.PositiveSmallIntegerField("次序")
    title = models.CharField("议题", max_length=200)
    minutes = models.TextField("讨论情况", blank=True)
    decision = models.CharField("决定", max_length=12, choices=Decision, blank=True)
    decision_text = models.TextField("决定内容", blank=True)
    minuted_by = models.CharField("记录人", max_length=100, blank=True)
    minuted_at = models.DateTimeField("记录时间", null=True)

    class Meta:
        verbose_name = "议题"
        ordering = ["order"]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]
        constraints = [models.UniqueConstraint(fields=["meeting", "subject_type", "subject_id"], name="one_item_per_subject")]


class Invitation(models.Model):
    """Who is invited (参会), and who came."""

    meeting = models.ForeignKey(Meeting, verbose_name="会议", on_delete=models.CASCADE, related_name="invitations")
    department = models.ForeignKey(Department, verbose_name="部门", null=True, on_delete=models.PROTECT, related_name="+")
    person = models.CharField("参会人", max_length=100, blank=True)
    attended = models.BooleanField("到会", null=True)

    class Meta:
        verbose_name = "参会"
        ordering = ["department__code", "person"]
        constraints = [models.UniqueConstraint(fields=["meeting", "department", "person"], name="one_invitation_each")]
