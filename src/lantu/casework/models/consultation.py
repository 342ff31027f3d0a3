"""Consultations: a matter put to departments, in rounds."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department, User
from lantu.casework.models.subject import SubjectRow


class Verdict(models.TextChoices):
    """What a department says."""

    AGREE = "agree", _("同意")
    CONDITIONS = "conditions", _("有条件同意")
    DISAGREE = "disagree", _("不同意")


class Consultation(SubjectRow):
    """A round of asking departments about a matter (征求意见). ``matter`` names it within the subject; a new round is a new row."""

    class Silence(models.TextChoices):
        NONE = "none", _("不回复不视为同意")
        NO_OBJECTION = "no_objection", _("逾期不回复视为无意见")

    class State(models.TextChoices):
        OPEN = "open", _("征求中")
        COMPLETE = "complete", _("已齐")
        CLOSED = "closed", _("已结束")

    matter = models.CharField("事项", max_length=60)
    title = models.CharField("标题", max_length=200)
    round = models.PositiveSmallIntegerField("轮次")
    question = models.TextField("征求内容", blank=True)
    due_on = models.DateField("期限")
    clock = models.OneToOneField(
        "casework.Clock", verbose_name="时限", null=True, on_delete=models.PROTECT, related_name="consultation", help_text="期限随它变动"
    )
    silence = models.CharField("不回复", max_length=12, choices=Silence, default=Silence.NONE)
    rule = models.CharField("依据规则", max_length=60, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    asked_by_id = models.BigIntegerField("征求人", null=True)
    asked_by_name = models.CharField("征求人", max_length=100, blank=True)
    asked_by_department = models.CharField("征求部门", max_length=40, blank=True)
    asked_at = models.DateTimeField("发出", auto_now_add=True)
    completed_at = models.DateTimeField("回齐", null=True)
    closed_at = models.DateTimeField("结束", null=True)

    class Meta:
        verbose_name = "征求意见"
        ordering = ["-asked_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id", "matter", "round"], name="one_consultation_per_round")]

    def __str__(self) -> str:
        return self.title


class Request(models.Model):
    """One department's part in a round (征求意见件): it has a due day and one answer, which may be revised while the round is open."""

    class State(models.TextChoices):
        ASKED = "asked", _("待回复")
        REPLIED = "replied", _("已回复")
        SILENT = "silent", _("逾期视为无意见")
        WITHDRAWN = "withdrawn", _("已撤回")

    consultation = models.ForeignKey(Consultation, verbose_name="征求意见", on_delete=models.PROTECT, related_name="requests")
    department = models.ForeignKey(Department, verbose_name="部门", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField("期限", db_index=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ASKED, db_index=True)
    delegated_to = models.ForeignKey(User, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField("说明", max_length=500, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "征求意见件"
        ordering = ["department__code"]
        constraints = [models.UniqueConstraint(fields=["consultation", "department"], name="one_request_per_department")]


class Reply(models.Model):
    """What a department answered (回复意见); a revision is a new row and the last one holds.

    ``conditions``: list of {text, item, op, value, unit}; the last four may be missing and let conditions be compared.
    """

    request = models.ForeignKey(Request, verbose_name="征求意见件", on_delete=models.PROTECT, related_name="replies")
    revision = models.PositiveSmallIntegerField("修订")
    verdict = models.CharField("意见", max_length=10, choices=Verdict)
    law = models.CharField("法律依据", max_length=300, blank=True)
    reason = models.TextField("理由", blank=True)
    conditions = models.JSONField("条件", default=list)
    late = models.BooleanField("逾期回复", default=False)
    by_id = models.BigIntegerField("回复人", null=True)
    by_name = models.CharField("回复人", max_length=100, blank=True)
    at = models.DateTimeField("回复时间", auto_now_add=True)

    class Meta:
        verbose_name = "回复意见"
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["request", "revision"], name="one_reply_per_revision")]


class CoHandler(models.Model):
    """A department that is drawn in by the one that was asked (协办): what it says goes to that department, which answers for both."""

    request = models.ForeignKey(Request, verbose_name="征求意见件", on_delete=models.PROTECT, related_name="co_handlers")
    department = models.ForeignKey(Department, verbose_name="协办部门", on_delete=models.PROTECT, related_name="+")
    question = models.CharField("请协办的内容", max_length=500, blank=True)
    opinion = models.TextField("协办意见", blank=True)
    verdict = models.CharField("意见", max_length=10, choices=Verdict, blank=True)
    by_name = models.CharField("办理人", max_length=100, blank=True)
    asked_at = models.DateTimeField("发出", auto_now_add=True)
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "协办"
        constraints = [models.UniqueConstraint(fields=["request", "department"], name="one_co_handler_per_department")]


class RequestReminder(models.Model):
    """A reminder (催办) of a request: by hand, or once per rung by the clock."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="reminders")
    rung = models.CharField("级", max_length=40)
    by_name = models.CharField("催办人", max_length=100, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "催办"
        constraints = [models.UniqueConstraint(fields=["request", "rung"], name="one_reminder_per_rung")]
