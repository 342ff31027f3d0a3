"""Plan datasets: one layer of one plan of one owner, through all its deliveries and releases."""

from __future__ import annotations

from django.db import models


class PlanDataset(models.Model):
    """A layer of a plan as a department keeps it (规划数据集). ``layer_code`` is of the catalogue."""

    layer_code = models.CharField("图层代码", max_length=20, db_index=True)
    name = models.CharField("名称", max_length=200)
    plan_name = models.CharField("规划名称", max_length=200, blank=True)
    owner = models.ForeignKey(
        "accounts.Department", verbose_name="责任部门", null=True, on_delete=models.PROTECT, related_name="plan_datasets"
    )
    scale = models.PositiveIntegerField("比例尺分母", default=10000)
    document_no = models.CharField("批复文号", max_length=100, blank=True)
    document_date = models.DateField("批复日期", null=True)
    valid_from = models.DateField("规划期起", null=True)
    valid_to = models.DateField("规划期止", null=True)
    demo = models.BooleanField("演示数据", default=False)
    created_at = models.DateTimeField("建立", auto_now_add=True)
    version = models.PositiveIntegerField("版本", default=0)

    class Meta:
        verbose_name = "规划数据集"
        ordering = ["layer_code", "name"]
        constraints = [models.UniqueConstraint(fields=["layer_code", "name"], name="one_dataset_name_per_layer")]

    def __str__(self) -> str:
        return self.name


class SourceProfile(models.Model):
    """The reading and mapping that was confirmed for a dataset's source and is proposed at its next delivery (来源方案)."""

    dataset = models.ForeignKey(PlanDataset, verbose_name="数据集", on_delete=models.CASCADE, related_name="profiles")
    name = models.CharField("名称", max_length=100)
    reading = models.JSONField("识别", default=dict, help_text="encoding、epsg、layer")
    fields = models.JSONField("字段对照", default=dict)
    codes = models.JSONField("代码对照", default=dict)
    saved_at = models.DateTimeField("保存", auto_now=True)

    class Meta:
        verbose_name = "来源方案"
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="one_profile_name_per_dataset")]
