"""Units that file online and the people who may act for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Applicant(models.Model):
    """A unit that files (申报单位). ``verified``: name and state came from the legal-person base; typed ones are shown as not verified."""

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("单位名称", max_length=200)
    verified = models.BooleanField("已核验", default=False)
    register_state = models.CharField("登记状态", max_length=40, blank=True)
    demo = models.BooleanField("演示数据", default=False)
    registered_at = models.DateTimeField("注册时间", auto_now_add=True)

    class Meta:
        verbose_name = "申报单位"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Who may act for a unit (办事人员). An owner answers for the unit and names agents; an agent acts for it or for one project.

    Of the identity document only a keyed fingerprint and the last four characters are kept.
    """

    class Kind(models.TextChoices):
        OWNER = "owner", _("单位管理人")
        AGENT = "agent", _("代理人")

    applicant = models.ForeignKey(Applicant, verbose_name="申报单位", on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey("accounts.User", verbose_name="人员", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("身份", max_length=10, choices=Kind)
    project = models.ForeignKey(
        "projects.Project", verbose_name="限于项目", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    phone = models.CharField("手机", max_length=20, blank=True)
    identity_tail = models.CharField("证件尾号", max_length=4, blank=True)
    identity_print = models.CharField("证件指纹", max_length=64, blank=True)
    real_name_by = models.CharField("实名核验", max_length=80, blank=True, help_text="核验方；空为未核验")
    real_name_reference = models.CharField("核验编号", max_length=80, blank=True)
    named_by_name = models.CharField("指定人", max_length=100, blank=True)
    since = models.DateTimeField("起", auto_now_add=True)
    ended_at = models.DateTimeField("止", null=True)

    class Meta:
        verbose_name = "办事人员"
        ordering = ["applicant", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["applicant", "user"], condition=models.Q(ended_at=None, project=None), name="one_membership_of_unit"
            ),
            models.UniqueConstraint(
                fields=["applicant", "user", "project"], condition=models.Q(ended_at=None), name="one_membership_of_project"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)
