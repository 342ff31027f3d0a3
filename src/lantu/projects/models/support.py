"""What plannings draw on: the list of experts, and assessments made for whole areas."""

from __future__ import annotations

from django.db import models

from lantu.core.spatial import SpatialModel


class Expert(models.Model):
    """Somebody who may be asked to a joint review (评审专家). Whoever has left stays in the list, so that old reviews keep their names."""

    name = models.CharField("姓名", max_length=80)
    field = models.CharField("专业", max_length=20, help_text="字典 expert_field")
    unit = models.CharField("工作单位", max_length=200)
    title = models.CharField("职称", max_length=80, blank=True)
    left_reason = models.CharField("退出原因", max_length=300, blank=True)
    added_by_name = models.CharField("登记人", max_length=80, blank=True)
    added_at = models.DateTimeField("登记时间", auto_now_add=True)
    demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = "评审专家"
        ordering = ["field", "name"]
        constraints = [models.UniqueConstraint(fields=["name", "unit"], name="expert_once")]

    def __str__(self) -> str:
        return f"{self.name}（{self.unit}）"


class RegionalAssessment(SpatialModel):
    """An assessment made once for an area (区域评估), which projects inside it use instead of one of their own while it is valid."""

    kind = models.CharField("评估类别", max_length=20, help_text="字典 regional_assessment")
    title = models.CharField("名称", max_length=200)
    document_no = models.CharField("批复文号", max_length=100)
    approved_on = models.DateField("批复日期")
    valid_to = models.DateField("有效期至", null=True)
    conclusion = models.CharField("结论要点", max_length=500, blank=True)
    area_m2 = models.DecimalField("椭球面积（㎡）", max_digits=16, decimal_places=2)
    ended_reason = models.CharField("停用原因", max_length=300, blank=True)
    added_by_name = models.CharField("登记人", max_length=80, blank=True)
    added_at = models.DateTimeField("登记时间", auto_now_add=True)
    demo = models.BooleanField("演示数据", default=False)

    class Meta(SpatialModel.Meta):
        verbose_name = "区域评估"
        ordering = ["kind", "-approved_on", "pk"]

    def __str__(self) -> str:
        return f"{self.title}（{self.document_no}）"
