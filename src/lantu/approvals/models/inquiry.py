"""Questions asked before filing (前期咨询), and what the window answered for all departments."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models.definition import DefinitionRelease
from lantu.approvals.models.draft import Draft
from lantu.approvals.models.unit import Applicant


class Inquiry(models.Model):
    """A question about a stage before it is filed (前期咨询), with or without a project. The departments answer in a consultation of
    casework over it; the window sends one answer. It binds nobody.

    ``number`` ends in characters drawn by lot: who asked at the counter reads the answer by it without an account. ``lines``: what each
    department said when the answer went out, ``[{department, verdict, reason, law, conditions}]``.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("待分办")
        CONSULTING = "consulting", _("部门答复中")
        ANSWERED = "answered", _("已答复")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Channel(models.TextChoices):
        PORTAL = "portal", _("网上")
        COUNTER = "counter", _("窗口")

    number = models.CharField("编号", max_length=40, unique=True)
    definition = models.ForeignKey(DefinitionRelease, verbose_name="事项库版次", on_delete=models.PROTECT, related_name="+")
    stage = models.CharField("阶段", max_length=10)
    project_class = models.CharField("项目类型", max_length=40)
    project = models.ForeignKey("projects.Project", verbose_name="项目", null=True, on_delete=models.PROTECT, related_name="inquiries")
    facts = models.JSONField("情形", default=dict)
    question = models.TextField("咨询内容")
    applicant = models.ForeignKey(Applicant, verbose_name="咨询单位", null=True, on_delete=models.PROTECT, related_name="inquiries")
    channel = models.CharField("渠道", max_length=8, choices=Channel)
    asker = models.CharField("咨询人", max_length=100)
    phone = models.CharField("电话", max_length=20, blank=True)
    asked_by_id = models.BigIntegerField("登记人", null=True)
    asked_by_name = models.CharField("登记人", max_length=100, blank=True)
    asked_at = models.DateTimeField("提出", auto_now_add=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ASKED, db_index=True)
    due_on = models.DateField("答复期限")
    answer = models.TextField("答复", blank=True)
    lines = models.JSONField("各部门意见", default=list)
    answered_by_name = models.CharField("答复人", max_length=100, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    note = models.CharField("说明", max_length=500, blank=True)
    draft = models.ForeignKey(Draft, verbose_name="由此填报", null=True, on_delete=models.SET_NULL, related_name="inquiries")
    demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = "前期咨询"
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("approvals:inquiry", args=[self.pk])

    def portal_url(self) -> str:
        """Where its asker reads it."""
        return reverse("portal:inquiry", args=[self.number])
