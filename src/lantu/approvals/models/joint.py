"""Joint handling between city and district (市区联办)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models.application import Branch
from lantu.casework.models import Clock
from lantu.casework.models.consultation import Verdict


class JointPart(models.Model):
    """The part that a department of the other level has in a branch (联办意见): asked by the department that handles the branch, with a
    clock of its own inside the branch's. The branch is not decided while a part is open."""

    class State(models.TextChoices):
        OPEN = "open", _("待联办")
        GIVEN = "given", _("已出具")
        WAIVED = "waived", _("不再等待")
        VOID = "void", _("随办件终止")

    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="joint_parts")
    department = models.CharField("联办部门", max_length=40, db_index=True)
    question = models.CharField("请联办的内容", max_length=500)
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    clock = models.ForeignKey(Clock, verbose_name="联办时限", null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField("意见", max_length=10, choices=Verdict, blank=True)
    opinion = models.TextField("联办意见", blank=True)
    basis = models.CharField("法律依据", max_length=300, blank=True)
    asked_by_name = models.CharField("发起人", max_length=100, blank=True)
    asked_by_department = models.CharField("发起部门", max_length=40, blank=True)
    asked_at = models.DateTimeField("发起", auto_now_add=True)
    closed_by_id = models.BigIntegerField("办理人", null=True)
    closed_by_name = models.CharField("办理人", max_length=100, blank=True)
    closed_at = models.DateTimeField("办结", null=True)
    reason = models.CharField("不再等待的理由", max_length=500, blank=True)

    class Meta:
        verbose_name = "市区联办"
        ordering = ["branch", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "department"], condition=models.Q(state="open"), name="one_open_joint_part")
        ]

    def __str__(self) -> str:
        return f"{self.branch} {self.department}"
