"""Asking other platforms for their number of a project, and how that goes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.projects.models.library import Project


class CodeApplication(models.Model):
    """An application for another issuer's code (赋码申请): one for a project and issuer, tried until it is answered.

    ``tries`` counts the calls, ``said`` is what came of the last one, ``next_at`` when it is tried again by itself.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("等待赋码")
        GIVEN = "given", _("已赋码")
        REFUSED = "refused", _("对方退回")
        DOUBTED = "doubted", _("代码有疑问")

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="code_applications")
    issuer = models.CharField("赋码方", max_length=40, help_text="字典 code_issuer")
    state = models.CharField("状态", max_length=8, choices=State, default=State.PENDING)
    code = models.CharField("代码", max_length=60, blank=True)
    tries = models.PositiveIntegerField("已试次数", default=0)
    said = models.CharField("最近一次结果", max_length=300, blank=True)
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    tried_at = models.DateTimeField("最近一次时间", null=True)
    next_at = models.DateTimeField("下次再试", null=True)

    class Meta:
        verbose_name = "赋码申请"
        ordering = ["-asked_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["project", "issuer"], name="one_application_per_issuer")]
        indexes = [models.Index(fields=["state", "next_at"])]

    def __str__(self) -> str:
        return f"{self.project} {self.issuer}"
