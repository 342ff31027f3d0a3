"""The layer catalogue (图层目录)."""

from __future__ import annotations

from django.db import models

from lantu.standards.models.codes import CodeSystem
from lantu.standards.models.pack import PackVersion


class LayerDefinition(models.Model):
    """A layer of the unified catalogue: what it is, whose, and what its features must have (domain 1.9)."""

    class Strength(models.TextChoices):
        HARD = "hard", "刚性"
        CONDITIONAL = "conditional", "条件"
        REFERENCE = "reference", "参考"

    pack = models.ForeignKey(PackVersion, verbose_name="城市包", on_delete=models.CASCADE, related_name="layers")
    code = models.CharField("图层代码", max_length=20)
    name_zh = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    plan = models.CharField("所属规划", max_length=40, blank=True, help_text="规划代码，如 urban、land、eco")
    plan_name_zh = models.CharField("所属规划名称", max_length=100, blank=True)
    owner = models.CharField("责任部门代码", max_length=40, blank=True)
    geometry_kind = models.CharField("图形", max_length=12, default="polygon", help_text="polygon、line、point、none")
    code_system = models.ForeignKey(CodeSystem, verbose_name="分类标准", null=True, on_delete=models.PROTECT, related_name="layers")
    is_coverage = models.BooleanField("全覆盖", default=False)
    is_living = models.BooleanField("活图层", default=False)
    scale = models.PositiveIntegerField("比例尺分母", default=10000)
    strength = models.CharField("管控强度", max_length=12, choices=Strength, default=Strength.REFERENCE)
    id_field = models.CharField("标识字段", max_length=40, blank=True)
    code_field = models.CharField("代码字段", max_length=40, blank=True)
    schema = models.JSONField("字段", default=list, help_text="[{name, title, type, length, required}]")
    style = models.JSONField("样式", default=dict)
    update_cycle = models.CharField("更新周期", max_length=40, blank=True)
    security = models.CharField("密级", max_length=20, default="public")
    sharing = models.CharField("共享类型", max_length=20, blank=True)
    order = models.PositiveIntegerField("次序", default=0)
    meta = models.JSONField("其他", default=dict)

    class Meta:
        verbose_name = "图层"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="one_layer_code_per_pack")]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"
