"""Planning and generating a project (项目策划生成): from the initiative to the conditions sheet and the joint review."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.projects.models.library import CandidateSite, Project
from lantu.projects.models.support import Expert, RegionalAssessment


class Generation(models.Model):
    """One planning of a project on one site. What departments say of it is a consultation of ``casework`` over this row.

    ``check_number``, ``release_number``, ``release_digest``: the conformity check and the blueprint release that the opinions rest on.
    """

    class State(models.TextChoices):
        INITIATED = "initiated", "待形式审查"
        RETURNED = "returned", "已退回"
        CONSULTING = "consulting", "征求意见"
        COORDINATING = "coordinating", "待协调"
        SETTLED = "settled", "意见已定"
        CONDITIONED = "conditioned", "条件已明确"
        REVIEWED = "reviewed", "已评审"
        GENERATED = "generated", "已生成"
        ENDED = "ended", "已终止"

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="generations")
    number = models.CharField("策划编号", max_length=40, unique=True)
    site = models.ForeignKey(CandidateSite, verbose_name="地块", on_delete=models.PROTECT, related_name="generations")
    lead = models.ForeignKey("accounts.Department", verbose_name="发起部门", on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=14, choices=State, default=State.INITIATED)
    note = models.CharField("状态说明", max_length=500, blank=True)
    check_number = models.CharField("合规性检测", max_length=40, blank=True)
    release_number = models.CharField("蓝图版本", max_length=20, blank=True)
    release_digest = models.CharField("蓝图摘要", max_length=64, blank=True)
    needs = models.JSONField("由此需要", default=list, help_text="检测提出的部门和评估")
    hits_key = models.CharField("压占摘要", max_length=64, blank=True, help_text="压占的管控要素变了，意见就要重来")
    initiated_by_id = models.PositiveBigIntegerField("发起人", null=True)
    initiated_by_name = models.CharField("发起人", max_length=80, blank=True)
    initiated_at = models.DateTimeField("发起时间", auto_now_add=True)
    generated_at = models.DateTimeField("生成时间", null=True)
    version = models.PositiveIntegerField("修改次数", default=1)

    class Meta:
        verbose_name = "策划生成"
        ordering = ["-initiated_at", "-pk"]
        indexes = [models.Index(fields=["state", "-initiated_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=~models.Q(state__in=["generated", "ended"]),
                name="one_open_generation_per_project",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}　{self.project.name}"

    def get_absolute_url(self) -> str:
        return reverse("projects:generation", args=[self.pk])


class Condition(models.Model):
    """A line of the conditions sheet (建设条件清单): who asked for it, at which stage it is checked, and the evidence that it is met.

    ``op`` and ``value`` are there when the condition can be compared (建筑高度 ≤ 24 m).
    """

    class State(models.TextChoices):
        OPEN = "open", "待落实"
        MET = "met", "已落实"
        WAIVED = "waived", "不再适用"

    generation = models.ForeignKey(Generation, verbose_name="策划", on_delete=models.PROTECT, related_name="conditions")
    order = models.PositiveIntegerField("序号")
    topic = models.CharField("类别", max_length=20, help_text="字典 condition_topic")
    text = models.CharField("条件", max_length=500)
    item = models.CharField("指标", max_length=60, blank=True)
    op = models.CharField("关系", max_length=2, blank=True)
    value = models.FloatField("值", null=True)
    unit = models.CharField("单位", max_length=12, blank=True)
    departments = models.JSONField("提出部门", default=list)
    law = models.CharField("依据", max_length=300, blank=True)
    stage = models.PositiveSmallIntegerField("落实阶段")
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    assessment = models.ForeignKey(
        RegionalAssessment, verbose_name="采用的区域评估", null=True, on_delete=models.PROTECT, related_name="conditions"
    )
    evidence = models.CharField("落实情况", max_length=500, blank=True)
    attachment = models.ForeignKey("casework.Attachment", verbose_name="落实材料", null=True, on_delete=models.PROTECT, related_name="+")
    evidence_by = models.CharField("确认人", max_length=80, blank=True)
    evidence_at = models.DateTimeField("确认时间", null=True)

    class Meta:
        verbose_name = "建设条件"
        ordering = ["generation", "order"]
        constraints = [models.UniqueConstraint(fields=["generation", "order"], name="condition_order_once")]

    def __str__(self) -> str:
        return self.text


class Review(models.Model):
    """The joint evaluation of the feasibility study (可研联评联审): one meeting, experts and departments, scores, one opinion."""

    class Verdict(models.TextChoices):
        PASSED = "passed", "通过"
        AMENDED = "amended", "修改后通过"
        FAILED = "failed", "不通过"

    generation = models.OneToOneField(Generation, verbose_name="策划", on_delete=models.PROTECT, related_name="review")
    meeting_id = models.PositiveBigIntegerField("会议", null=True)
    experts = models.ManyToManyField(Expert, verbose_name="专家", related_name="reviews")
    opinion = models.TextField("评审意见", blank=True)
    verdict = models.CharField("结论", max_length=8, choices=Verdict, blank=True)
    concluded_by = models.CharField("签发人", max_length=80, blank=True)
    concluded_at = models.DateTimeField("签发时间", null=True)

    class Meta:
        verbose_name = "联评联审"


class Score(models.Model):
    """What one reviewer gave for one criterion (评分); the last one holds."""

    review = models.ForeignKey(Review, verbose_name="评审", on_delete=models.PROTECT, related_name="scores")
    reviewer = models.CharField("评审人", max_length=80)
    is_expert = models.BooleanField("专家", default=False)
    criterion = models.CharField("指标", max_length=40, help_text="字典 review_criterion")
    points = models.DecimalField("得分", max_digits=5, decimal_places=1)
    remark = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "评分"
        ordering = ["reviewer", "criterion"]
        constraints = [models.UniqueConstraint(fields=["review", "reviewer", "criterion"], name="one_score_each")]
