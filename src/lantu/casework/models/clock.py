"""Clocks and their ledgers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.casework.models.subject import SubjectRow


class Unit(models.TextChoices):
    """What a limit counts."""

    WORKING = "working", _("工作日")
    CALENDAR = "calendar", _("自然日")


class Clock(SubjectRow):
    """A legal clock (时限). The ledger is the truth; the columns from ``state`` on are what it comes to, kept so that lists of a hundred
    thousand can be filtered by light, and written anew by every verb and by the recalculation job."""

    class Kind(models.TextChoices):
        ITEM = "item", _("事项时限")
        STAGE = "stage", _("阶段时限")
        PROJECT = "project", _("项目计时")
        ELAPSED = "elapsed", _("跨度")

    class State(models.TextChoices):
        RUNNING = "running", _("计时中")
        PAUSED = "paused", _("停计")
        ENDED = "ended", _("已停止")

    kind = models.CharField("种类", max_length=10, choices=Kind)
    title = models.CharField("名称", max_length=200, blank=True)
    department = models.CharField("承办部门", max_length=40, blank=True)
    limit = models.PositiveSmallIntegerField("时限", null=True)
    unit = models.CharField("单位", max_length=10, choices=Unit, default=Unit.WORKING)
    extension_limit = models.PositiveSmallIntegerField("最多延长", null=True)
    near_share = models.CharField("临期比例", max_length=10, default="1/3")
    near_days = models.PositiveSmallIntegerField("临期日数", default=2)
    parts = models.ManyToManyField("self", verbose_name="组成", symmetrical=False, related_name="wholes", blank=True)
    created_at = models.DateTimeField("建立", auto_now_add=True)
    # what the ledger comes to
    state = models.CharField("状态", max_length=8, choices=State, default=State.RUNNING)
    calendar = models.PositiveIntegerField("日历版次")
    total = models.PositiveSmallIntegerField("时限连延长", null=True)
    started_on = models.DateField("起算")
    ended_on = models.DateField("停止", null=True)
    due_on = models.DateField("到期", null=True)
    near_from = models.DateField("临期起", null=True)
    paused_until = models.DateField("停计最晚到", null=True)
    provisional = models.BooleanField("暂定", default=False)

    class Meta:
        verbose_name = "时限"
        indexes = [
            models.Index(fields=["subject_type", "subject_id"]),
            models.Index(fields=["state", "paused_until"]),
            models.Index(fields=["department", "due_on", "id"], condition=models.Q(ended_on=None), name="clock_by_day"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.get_kind_display())


class ClockEntry(models.Model):
    """An entry of the ledger (时钟账): append-only evidence of what moved the clock, when, by whom, on what ground."""

    class Kind(models.TextChoices):
        STARTED = "started", _("开始计时")
        STOPPED = "stopped", _("停计")
        RESUMED = "resumed", _("恢复计时")
        EXTENDED = "extended", _("延长")
        RECALCULATED = "recalculated", _("按新日历重算")
        ENDED = "ended", _("停止计时")

    clock = models.ForeignKey(Clock, verbose_name="时限", on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField("序号")
    kind = models.CharField("种类", max_length=12, choices=Kind)
    on = models.DateField("生效日")
    pause = models.CharField("停计号", max_length=40, blank=True)
    reason_kind = models.CharField("停计种类", max_length=40, blank=True)
    label = models.CharField("事由", max_length=200, blank=True)
    basis = models.CharField("法律依据", max_length=300, blank=True)
    maximum = models.PositiveSmallIntegerField("最长", null=True)
    unit = models.CharField("单位", max_length=10, choices=Unit, default=Unit.WORKING)
    days = models.PositiveSmallIntegerField("延长日数", null=True)
    notice = models.CharField("告知", max_length=300, blank=True)
    approver = models.CharField("批准人", max_length=100, blank=True)
    calendar = models.PositiveIntegerField("日历版次", null=True)
    automatic = models.BooleanField("自动", default=False)
    result = models.CharField("结果", max_length=500, blank=True)
    due_before = models.DateField("原到期", null=True)
    due_after = models.DateField("现到期", null=True)
    by_name = models.CharField("办理人", max_length=100, blank=True)
    by_department = models.CharField("办理部门", max_length=40, blank=True)
    at = models.DateTimeField("记录时间", auto_now_add=True)

    class Meta:
        verbose_name = "时钟账"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["clock", "number"], name="clock_entry_number")]


class ClockNotice(models.Model):
    """That a warning of a clock was given (临期、超期提醒): once for each due day and rung."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="notices")
    rung = models.CharField("级", max_length=10)
    due_on = models.DateField("到期")
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "时限提醒"
        constraints = [models.UniqueConstraint(fields=["clock", "rung", "due_on"], name="one_warning_per_rung")]
