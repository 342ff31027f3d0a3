"""What an applicant prepares before filing, and what hangs on it afterwards."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models.application import StageApplication
from lantu.approvals.models.definition import DefinitionRelease
from lantu.approvals.models.unit import Applicant, Membership


class Draft(models.Model):
    """An application being prepared (申报草稿). What people answered (``situation``, ``answers``) is kept apart from what was derived
    (``derived``: field → value, source, label), so that another release of the catalogue never overwrites an answer."""

    class State(models.TextChoices):
        EDITING = "editing", _("填报中")
        FILED = "filed", _("已申报")
        DISCARDED = "discarded", _("已删除")

    applicant = models.ForeignKey(Applicant, verbose_name="申报单位", on_delete=models.PROTECT, related_name="drafts")
    project = models.ForeignKey("projects.Project", verbose_name="项目", on_delete=models.PROTECT, related_name="drafts")
    definition = models.ForeignKey(DefinitionRelease, verbose_name="事项库版次", on_delete=models.PROTECT, related_name="drafts")
    stage = models.CharField("阶段", max_length=10)
    project_class = models.CharField("项目类型", max_length=40)
    situation = models.JSONField("所答情形", default=dict)
    answers = models.JSONField("所填", default=dict)
    derived = models.JSONField("推得", default=dict)
    site = models.JSONField("用地范围", null=True, help_text="GeoJSON，EPSG:4490")
    site_source = models.CharField("用地来源", max_length=100, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.EDITING)
    application = models.OneToOneField(StageApplication, verbose_name="阶段申请", null=True, on_delete=models.PROTECT, related_name="draft")
    version = models.PositiveIntegerField("修改次数", default=1)
    created_by_id = models.BigIntegerField("填报人", null=True)
    created_by_name = models.CharField("填报人", max_length=100, blank=True)
    created_at = models.DateTimeField("新建", auto_now_add=True)
    changed_at = models.DateTimeField("更新", auto_now=True)

    class Meta:
        verbose_name = "申报草稿"
        ordering = ["-changed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["applicant", "project", "stage"], condition=models.Q(state="editing"), name="one_draft_per_stage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.stage}"

    def get_absolute_url(self) -> str:
        return reverse("portal:draft", args=[self.pk])


class CoSignature(models.Model):
    """A signature under what is filed (共同签署): over the digest of exactly that content; a later change makes it void."""

    draft = models.ForeignKey(Draft, verbose_name="草稿", on_delete=models.PROTECT, related_name="signatures")
    member = models.ForeignKey(Membership, verbose_name="签署人", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField("所签内容摘要", max_length=64)
    signed_by_name = models.CharField("签署人", max_length=100)
    signed_at = models.DateTimeField("签署时间", auto_now_add=True)

    class Meta:
        verbose_name = "签署"
        ordering = ["draft", "pk"]
        constraints = [models.UniqueConstraint(fields=["draft", "member", "digest"], name="one_signature_per_content")]


class Rating(models.Model):
    """What the applicant thinks of how it went (好差评), 1 to 5, once per stage application."""

    application = models.OneToOneField(StageApplication, verbose_name="阶段申请", on_delete=models.PROTECT, related_name="rating")
    score = models.PositiveSmallIntegerField("评分")
    text = models.TextField("评价", blank=True)
    by_name = models.CharField("评价人", max_length=100, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "评价"
        constraints = [models.CheckConstraint(condition=models.Q(score__gte=1, score__lte=5), name="rating_1_to_5")]
