"""The worklist."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import User
from lantu.casework.models.clock import Clock
from lantu.casework.models.subject import SubjectRow


class Task(SubjectRow):
    """Something to be done by somebody (待办): a person, or whoever holds the role in the department. Its time columns follow its clock.

    ``sort_on``: the due day, or the last of all days without one, so that an index gives the order.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待办")
        RETURNED = "returned", _("退回")
        DONE = "done", _("已办")
        VOID = "void", _("作废")

    kind = models.CharField("环节", max_length=60)
    title = models.CharField("事项", max_length=200)
    number = models.CharField("案卷号", max_length=60, blank=True)
    subject_title = models.CharField("项目", max_length=200, blank=True)
    stage = models.CharField("阶段", max_length=60, blank=True)
    party = models.CharField("单位", max_length=200, blank=True)
    url = models.CharField("地址", max_length=300)
    role = models.CharField("角色", max_length=40, blank=True)
    department = models.CharField("部门", max_length=40, blank=True)
    region = models.CharField("区县", max_length=20, blank=True)
    person_id = models.BigIntegerField("经办人", null=True)
    person_name = models.CharField("经办人", max_length=100, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    is_open = models.BooleanField("未办结", default=True)
    received_on = models.DateField("收件")
    clock = models.ForeignKey(Clock, verbose_name="时限", null=True, on_delete=models.PROTECT, related_name="tasks")
    due_on = models.DateField("到期", null=True)
    sort_on = models.DateField("排序日", default=date.max)
    near_from = models.DateField("临期起", null=True)
    paused_until = models.DateField("停计最晚到", null=True)
    note = models.CharField("说明", max_length=500, blank=True)
    tags = models.JSONField("标签", default=list)
    opened_by_id = models.BigIntegerField("交办人", null=True)
    opened_by_name = models.CharField("交办人", max_length=100, blank=True)
    opened_by_department = models.CharField("交办部门", max_length=40, blank=True)
    opened_at = models.DateTimeField("交办时间", auto_now_add=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by_name = models.CharField("办结人", max_length=100, blank=True)
    urged_at = models.DateTimeField("催办时间", null=True)

    class Meta:
        verbose_name = "待办"
        indexes = [
            models.Index(fields=["subject_type", "subject_id"]),
            models.Index(fields=["is_open", "department", "due_on"], name="task_of_department"),
            models.Index(fields=["is_open", "person_id", "due_on"], name="task_of_person"),
            models.Index(fields=["is_open", "sort_on", "id"], name="task_by_day"),
            models.Index(
                fields=["is_open", "department", "role", "person_id", "region", "state", "due_on", "near_from", "paused_until"],
                name="task_counts",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SavedView(models.Model):
    """Filters of the worklist kept under a name (常用视图), one's own or shared with the department."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    place = models.CharField("页面", max_length=40, default="mine")
    name = models.CharField("名称", max_length=60)
    query = models.CharField("筛选", max_length=1000)
    department = models.CharField("共享部门", max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "常用视图"
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["user", "place", "name"], name="one_view_per_name")]
