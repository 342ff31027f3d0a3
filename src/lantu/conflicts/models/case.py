"""A conflict case and what happened to it."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.conflicts.states import CLOSED, State


class ConflictCase(models.Model):
    """A conflict patch under coordination (冲突案件).

    Its facts are those of ``finding``, the patch as the newest run that counts found it; rule, severity, district, departments and area are
    repeated here so that lists need no join. ``version`` counts every change: who saves over another's change is told. An identity has one
    open case at most; a finding that comes back after its case was closed opens another, linked by ``reopens``.
    """

    number = models.CharField("编号", max_length=24, unique=True)
    identity = models.CharField("图斑标识", max_length=40, db_index=True)
    finding = models.ForeignKey("blueprints.Finding", verbose_name="图斑", on_delete=models.PROTECT, related_name="cases")
    first_run = models.ForeignKey("blueprints.FusionRun", verbose_name="立案融合", on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=16, choices=State, default=State.DETECTED)
    open = models.BooleanField("未结", default=True)
    rule = models.CharField("类型", max_length=20)
    found_severity = models.PositiveSmallIntegerField("检出等级")
    severity = models.PositiveSmallIntegerField("等级")
    sliver = models.BooleanField("碎小", default=False)
    district = models.CharField("区县", max_length=20, blank=True)
    layers_key = models.CharField("规划组合", max_length=200)
    departments = models.JSONField("责任部门", default=list)
    departments_key = models.CharField("责任部门", max_length=400, blank=True, help_text="部门代码，首尾和之间以 | 分隔")
    area_m2 = models.DecimalField("面积（㎡）", max_digits=16, decimal_places=2)
    anchor_lon = models.FloatField("内点经度")
    anchor_lat = models.FloatField("内点纬度")
    batch = models.ForeignKey("conflicts.Batch", verbose_name="问题清单", null=True, on_delete=models.PROTECT, related_name="cases")
    submission = models.ForeignKey("conflicts.Submission", verbose_name="报批件", null=True, on_delete=models.PROTECT, related_name="cases")
    sweep = models.ForeignKey("conflicts.Sweep", verbose_name="自动处理", null=True, on_delete=models.SET_NULL, related_name="cases")
    due = models.DateField("期限", null=True)
    round = models.PositiveSmallIntegerField("轮次", default=0)
    asked = models.PositiveSmallIntegerField("征求部门", default=0)
    answered = models.PositiveSmallIntegerField("已答复", default=0)
    reopens = models.ForeignKey("self", verbose_name="前案", null=True, on_delete=models.PROTECT, related_name="reopened_by")
    duplicate_of = models.ForeignKey("self", verbose_name="与之重复", null=True, on_delete=models.PROTECT, related_name="duplicates")
    doubt_reason = models.TextField("误判理由", blank=True)
    doubt_by_id = models.BigIntegerField("误判报告用户", null=True)
    doubt_by_name = models.CharField("误判报告人", max_length=80, blank=True)
    override_number = models.CharField("落图", max_length=40, blank=True, help_text="协调结果的编号")
    document_no = models.CharField("批复文号", max_length=100, blank=True)
    document_date = models.DateField("批复日期", null=True)
    verified_run = models.ForeignKey("blueprints.FusionRun", verbose_name="复核融合", null=True, on_delete=models.PROTECT, related_name="+")
    still_hit = models.BooleanField("复核仍命中", default=False)
    release = models.ForeignKey(
        "blueprints.BlueprintRelease", verbose_name="归入版本", null=True, on_delete=models.PROTECT, related_name="+"
    )
    demo = models.BooleanField("演示数据", default=False)
    version = models.PositiveIntegerField("版本", default=1)
    opened_at = models.DateTimeField("立案", auto_now_add=True)
    moved_at = models.DateTimeField("状态变更", auto_now_add=True)

    class Meta:
        verbose_name = "冲突案件"
        ordering = ["severity", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["identity"], condition=models.Q(open=True), name="one_open_case_per_identity"),
            models.CheckConstraint(
                condition=~models.Q(state__in=[State.APPROVED, State.APPLIED])
                | (~models.Q(document_no="") & models.Q(document_date__isnull=False)),
                name="nothing_applied_without_document",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "severity", "id"]),
            models.Index(fields=["state", "sliver"]),
            models.Index(fields=["open", "severity", "id"]),
            models.Index(fields=["severity", "id"]),
            models.Index(fields=["rule", "id"]),
            models.Index(fields=["district", "id"]),
            models.Index(fields=["area_m2", "id"]),
            models.Index(fields=["due", "id"]),
            models.Index(fields=["moved_at", "id"]),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("conflicts:case", args=[self.pk])

    @property
    def closed(self) -> bool:
        return self.state in CLOSED

    @property
    def in_doubt(self) -> bool:
        """Somebody has reported it as no conflict and nobody has decided on that yet."""
        return bool(self.doubt_by_name) and self.state != State.FALSE_POSITIVE


class CaseEvent(models.Model):
    """One thing that happened to a case (经过): who did what, from which state to which, why."""

    case = models.ForeignKey(ConflictCase, verbose_name="案件", on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField("时间", auto_now_add=True)
    act = models.CharField("事项", max_length=40)
    before = models.CharField("之前", max_length=16, blank=True)
    after = models.CharField("之后", max_length=16, blank=True)
    version = models.PositiveIntegerField("案件版本", help_text="办理后的版本")
    user_id = models.BigIntegerField("用户", null=True)
    actor_name = models.CharField("办理人", max_length=100, blank=True)
    role = models.CharField("角色", max_length=40, blank=True)
    department = models.CharField("部门", max_length=40, blank=True)
    note = models.TextField("说明", blank=True)
    facts = models.JSONField("事实", default=dict)

    class Meta:
        verbose_name = "案件经过"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["case", "-id"])]
