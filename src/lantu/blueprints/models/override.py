"""Decisions on the one map, and what they oblige others to do."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantu.core.spatial import SpatialModel


class Override(SpatialModel):
    """What an approved decision says of a piece of ground (协调结果, layer E0103). Never edited: it is withdrawn, and a new one made.

    ``units`` is the ground on the working grid (WKB with integer coordinates) and the truth; ``geometry`` in degrees is derived from it.
    ``outcome`` says which layer or class holds (``fusion.decisions.Outcome``). Runs keep the overrides that they were made with.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("有效")
        WITHDRAWN = "withdrawn", _("已撤销")

    class Origin(models.TextChoices):
        FINDING = "finding", _("图斑范围")
        DRAWN = "drawn", _("绘制")
        UPLOADED = "uploaded", _("上传")

    number = models.CharField("编号", max_length=40, unique=True)
    title = models.CharField("名称", max_length=200)
    layers = models.JSONField("图层", default=list, help_text="决定所及的图层代码")
    outcome = models.JSONField("结果", default=dict)
    origin = models.CharField("范围来源", max_length=10, choices=Origin, default=Origin.FINDING)
    units = models.BinaryField("格网图形")
    digest = models.CharField("摘要", max_length=64, db_index=True)
    area_m2 = models.DecimalField("面积（㎡）", max_digits=16, decimal_places=2, default=0)
    district = models.CharField("区县", max_length=20, blank=True)
    document_no = models.CharField("批复文号", max_length=100)
    document_date = models.DateField("批复日期")
    document = models.ForeignKey("core.StoredFile", verbose_name="批复文件", null=True, on_delete=models.PROTECT, related_name="+")
    case_type = models.CharField("案件类型", max_length=80, blank=True)
    case_id = models.CharField("案件键", max_length=40, blank=True)
    case_label = models.CharField("案件", max_length=80, blank=True)
    identity = models.CharField("图斑标识", max_length=40, blank=True, db_index=True)
    note = models.TextField("说明", blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ACTIVE, db_index=True)
    replaced_by = models.ForeignKey("self", verbose_name="改由", null=True, on_delete=models.PROTECT, related_name="replaces")
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    recorded_by_id = models.BigIntegerField("登记用户", null=True)
    recorded_by_name = models.CharField("登记人", max_length=80, blank=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True)
    withdrawn_by_name = models.CharField("撤销人", max_length=80, blank=True)
    withdrawn_reason = models.TextField("撤销原因", blank=True)

    class Meta(SpatialModel.Meta):
        verbose_name = "协调结果"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["case_type", "case_id"]), *SpatialModel.Meta.indexes]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("blueprints:override", args=[self.pk])


class Amendment(models.Model):
    """A plan that must be amended after a decision (应修改的规划): which, by whom, by when, and whether it has been."""

    class State(models.TextChoices):
        OPEN = "open", _("待修改")
        SHORT = "short", _("已报新成果，未改到位")
        DONE = "done", _("已修改")
        CANCELLED = "cancelled", _("不再要求")

    override = models.ForeignKey(Override, verbose_name="协调结果", on_delete=models.CASCADE, related_name="amendments")
    layer_code = models.CharField("图层代码", max_length=20, db_index=True)
    dataset = models.ForeignKey("plans.PlanDataset", verbose_name="数据集", null=True, on_delete=models.PROTECT, related_name="+")
    department = models.CharField("责任部门代码", max_length=40, db_index=True)
    text = models.TextField("修改内容", blank=True)
    due = models.DateField("期限", db_index=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN, db_index=True)
    release = models.ForeignKey("plans.PlanRelease", verbose_name="修改后的成果", null=True, on_delete=models.PROTECT, related_name="+")
    share = models.FloatField("改到位的面积比例", null=True)
    note = models.TextField("办理说明", blank=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by_name = models.CharField("办结人", max_length=80, blank=True)

    class Meta:
        verbose_name = "规划修改"
        ordering = ["due", "pk"]

    OPEN_STATES = (State.OPEN, State.SHORT)

    def __str__(self) -> str:
        return f"{self.override.number} {self.layer_code}"

    @classmethod
    def late(cls, today: date | None = None) -> models.Q:
        """Which amendments are open and past their date."""
        return models.Q(state__in=cls.OPEN_STATES, due__lt=today or timezone.localdate())

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    def overdue_days(self, today: date | None = None) -> int:
        """Calendar days past the due date of an open amendment, else 0."""
        return max(0, ((today or timezone.localdate()) - self.due).days) if self.is_open else 0
