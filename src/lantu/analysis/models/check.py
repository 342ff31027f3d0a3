"""Conformity checks (合规性检测)."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.analysis.models.record import FrozenRecord
from lantu.core.spatial import SpatialModel


class CheckBatch(models.Model):
    """Many sites checked in one job (批量检测). Its checks count once it is ``done``."""

    class State(models.TextChoices):
        PENDING = "pending", _("未完成")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")

    number = models.CharField("编号", max_length=40, unique=True)
    title = models.CharField("名称", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PENDING)
    total = models.PositiveIntegerField("用地数", default=0)
    refused = models.JSONField("不能检测的", default=list, help_text="行号、名称、原因")
    job_id = models.UUIDField("任务", null=True)
    made_by_id = models.BigIntegerField("用户", null=True)
    made_by_name = models.CharField("办理人", max_length=80, blank=True)
    department = models.CharField("部门", max_length=40, blank=True)
    made_at = models.DateTimeField("提交时间", auto_now_add=True)

    class Meta:
        verbose_name = "批量检测"
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("analysis:batch", args=[self.pk])


class Check(FrozenRecord, SpatialModel):
    """The check of one site against a release and the living layers of a day. Never edited; officers only add dismissals.

    ``geometry`` is the site in degrees, exactly as checked; ``verdict`` is the computed one, ``standing`` the one after dismissals.
    """

    class Verdict(models.TextChoices):
        PASS = "pass", _("通过")
        CONDITIONAL = "conditional", _("有条件通过")
        FAIL = "fail", _("不通过")

    class Source(models.TextChoices):
        TEXT = "text", _("粘贴坐标")
        DRAWN = "drawn", _("图上绘制")
        FILE = "file", _("上传文件")
        PATCH = "patch", _("图斑或地块编号")
        API = "api", _("接口")
        SITING = "siting", _("辅助选址")
        PROJECT = "project", _("项目")

    verdict = models.CharField("结论", max_length=12, choices=Verdict, db_index=True)
    standing = models.CharField("改判后结论", max_length=12, choices=Verdict, db_index=True)
    source = models.CharField("来源", max_length=10, choices=Source)
    use = models.CharField("拟建用途", max_length=20, blank=True)
    district = models.CharField("区县", max_length=20, blank=True)
    area_m2 = models.DecimalField("面积（㎡）", max_digits=16, decimal_places=2)
    batch = models.ForeignKey(CheckBatch, verbose_name="批次", null=True, on_delete=models.CASCADE, related_name="checks")

    class Meta(SpatialModel.Meta):
        verbose_name = "合规性检测"
        ordering = ["-made_at", "-pk"]

    def get_absolute_url(self) -> str:
        return reverse("analysis:check", args=[self.pk])


class Dismissal(models.Model):
    """An officer sets a finding of a check aside, with the reason (人工改判). The original stays."""

    record = models.ForeignKey(Check, verbose_name="检测", on_delete=models.CASCADE, related_name="dismissals")
    item = models.CharField("核对项", max_length=40)
    reason = models.TextField("理由")
    made_by_id = models.BigIntegerField("用户", null=True)
    made_by_name = models.CharField("改判人", max_length=80)
    role = models.CharField("岗位", max_length=40)
    department = models.CharField("部门", max_length=40, blank=True)
    made_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "改判"
        ordering = ["made_at"]
        constraints = [models.UniqueConstraint(fields=["record", "item"], name="one_dismissal_per_item")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.item}"
