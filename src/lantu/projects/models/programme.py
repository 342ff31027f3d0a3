"""The annual spatial implementation programme (空间规划年度实施计划)."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.projects.models.library import Project


class Programme(models.Model):
    """A version of a year's programme. Departments propose, planning balances it under the quotas; published versions are not changed."""

    class State(models.TextChoices):
        DRAFT = "draft", "编制中"
        APPROVED = "approved", "已批准"
        PUBLISHED = "published", "已公布"
        SUPERSEDED = "superseded", "已被调整"

    year = models.PositiveSmallIntegerField("年度")
    version = models.PositiveSmallIntegerField("版本", default=1)
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    adjusts = models.ForeignKey("self", verbose_name="调整自", null=True, on_delete=models.PROTECT, related_name="adjustments")
    reason = models.CharField("调整原因", max_length=500, blank=True)
    document_no = models.CharField("批复文号", max_length=100, blank=True)
    document_date = models.DateField("批复日期", null=True)
    opened_by_id = models.PositiveBigIntegerField("编制人", null=True)
    opened_by_name = models.CharField("编制人", max_length=80, blank=True)
    approved_by_name = models.CharField("批准人", max_length=80, blank=True)
    published_at = models.DateTimeField("公布时间", null=True)
    demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = "年度实施计划"
        ordering = ["-year", "-version"]
        constraints = [models.UniqueConstraint(fields=["year", "version"], name="programme_version_once")]

    def __str__(self) -> str:
        return f"{self.year} 年度实施计划 第 {self.version} 版"

    def get_absolute_url(self) -> str:
        return reverse("projects:programme", args=[self.pk])


class Quota(models.Model):
    """What the year may use (年度指标): construction land and farmland in ㎡, funds in 万元."""

    class Kind(models.TextChoices):
        LAND = "land", "建设用地（㎡）"
        FARMLAND = "farmland", "占用耕地（㎡）"
        FUNDS = "funds", "财政资金（万元）"

    programme = models.ForeignKey(Programme, verbose_name="计划", on_delete=models.PROTECT, related_name="quotas")
    kind = models.CharField("指标", max_length=10, choices=Kind)
    amount = models.DecimalField("额度", max_digits=16, decimal_places=2)

    class Meta:
        verbose_name = "年度指标"
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["programme", "kind"], name="one_quota_per_kind")]


class ProgrammeEntry(models.Model):
    """A project in a programme (计划项目): what it uses of the year's quotas, in which quarters it runs."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "申报"
        INCLUDED = "included", "列入"
        DECLINED = "declined", "不列入"

    programme = models.ForeignKey(Programme, verbose_name="计划", on_delete=models.PROTECT, related_name="entries")
    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="entries")
    department = models.ForeignKey("accounts.Department", verbose_name="申报部门", on_delete=models.PROTECT, related_name="+")
    land = models.DecimalField("建设用地（㎡）", max_digits=14, decimal_places=2, default=0)
    farmland = models.DecimalField("占用耕地（㎡）", max_digits=14, decimal_places=2, default=0)
    funds = models.DecimalField("年度投资（万元）", max_digits=14, decimal_places=2, default=0)
    first_quarter = models.PositiveSmallIntegerField("开始季度", default=1)
    last_quarter = models.PositiveSmallIntegerField("结束季度", default=4)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    reason = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "计划项目"
        ordering = ["programme", "department__code", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "project"], name="project_once_per_programme"),
            models.CheckConstraint(
                condition=models.Q(first_quarter__gte=1, last_quarter__lte=4, first_quarter__lte=models.F("last_quarter")),
                name="quarters_in_order",
            ),
        ]


class Progress(models.Model):
    """What a department reports of an entry after a quarter (季度进展)."""

    entry = models.ForeignKey(ProgrammeEntry, verbose_name="计划项目", on_delete=models.PROTECT, related_name="reports")
    quarter = models.PositiveSmallIntegerField("季度")
    invested = models.DecimalField("累计完成投资（万元）", max_digits=14, decimal_places=2)
    words = models.CharField("进展", max_length=500)
    reported_by = models.CharField("填报人", max_length=80, blank=True)
    reported_at = models.DateTimeField("填报时间", auto_now=True)

    class Meta:
        verbose_name = "季度进展"
        ordering = ["quarter"]
        constraints = [models.UniqueConstraint(fields=["entry", "quarter"], name="one_report_per_quarter")]
