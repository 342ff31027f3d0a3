"""Outward papers and their versions."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.core.models import StoredFile
from lantu.standards.models import PackVersion


class Paper(models.Model):
    """An outward paper (文书): a receipt, notice, opinion, permit text … about a subject, made from a template release of the city pack.

    The subject is named by model label and key, as in the audit trail. What it says stands in its versions, which are never changed.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        ISSUED = "issued", "已发出"
        WITHDRAWN = "withdrawn", "已撤销"

    template = models.CharField("模板", max_length=60, db_index=True)
    title = models.CharField("标题", max_length=200)
    number = models.CharField("文号", max_length=80, blank=True, db_index=True)
    subject_type = models.CharField("对象类型", max_length=80, blank=True)
    subject_id = models.CharField("对象", max_length=64, blank=True)
    subject_title = models.CharField("所属案卷", max_length=200, blank=True)
    department = models.CharField("发文部门", max_length=40, blank=True)
    key = models.CharField("幂等键", max_length=200, unique=True, help_text="同一键只产生一份文书")
    token = models.CharField("核验码", max_length=32, unique=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    demo = models.BooleanField("演示数据", default=False)
    made_by_id = models.BigIntegerField("拟稿用户", null=True)
    made_by_name = models.CharField("拟稿人", max_length=100, blank=True)
    made_at = models.DateTimeField("拟稿时间", auto_now_add=True)
    issued_at = models.DateTimeField("发出时间", null=True)
    withdrawn_reason = models.CharField("撤销原因", max_length=300, blank=True)
    version = models.PositiveIntegerField("修改次数", default=0)

    class Meta:
        verbose_name = "文书"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.title} {self.number}".strip()

    def get_absolute_url(self) -> str:
        return reverse("documents:paper", args=[self.pk])

    @property
    def current(self) -> PaperVersion:
        """The newest version."""
        return self.versions.order_by("-number")[0]


class PaperVersion(models.Model):
    """One version of a paper (文书版本): its data, the template release it was made with, the files. Append-only."""

    paper = models.ForeignKey(Paper, verbose_name="文书", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版次")
    data = models.JSONField("数据", default=dict)
    changes = models.JSONField("改动", default=list, help_text="字段、原值、新值")
    note = models.CharField("改动说明", max_length=300, blank=True)
    pack = models.ForeignKey(PackVersion, verbose_name="模板所在城市包", on_delete=models.PROTECT, related_name="+")
    template_digest = models.CharField("模板摘要", max_length=64)
    pdf = models.ForeignKey(StoredFile, verbose_name="PDF", on_delete=models.PROTECT, related_name="+")
    docx = models.ForeignKey(StoredFile, verbose_name="Word", null=True, on_delete=models.PROTECT, related_name="+")
    edited = models.BooleanField("Word 由人修改", default=False)
    made_by_id = models.BigIntegerField("用户", null=True)
    made_by_name = models.CharField("经手人", max_length=100, blank=True)
    made_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "文书版本"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["paper", "number"], name="one_paper_version_number")]
