"""Rules over the faces of the one map, as data."""

from __future__ import annotations

from django.db import models

from lantu.standards.models.pack import PackVersion


class Rule(models.Model):
    """A rule of the pack (冲突规则): what it finds, how severe it is, and its predicate over layers (see docs/city-pack.md)."""

    class Kind(models.TextChoices):
        CONFLICT = "conflict", "矛盾"
        DIFFERENCE = "difference", "差异"
        GAP = "gap", "覆盖空白"
        STRIP = "strip", "边界不一致"

    pack = models.ForeignKey(PackVersion, verbose_name="城市包", on_delete=models.CASCADE, related_name="rules")
    code = models.CharField("代码", max_length=20)
    name_zh = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    kind = models.CharField("种类", max_length=12, choices=Kind)
    severity = models.PositiveSmallIntegerField("严重程度")
    direction_zh = models.CharField("处理方向", max_length=300, blank=True)
    when = models.JSONField("条件", default=dict)
    names = models.JSONField("涉及图层", default=list)
    departments = models.JSONField("责任部门代码", default=list)
    order = models.PositiveIntegerField("次序", default=0)
    meta = models.JSONField("其他", default=dict)

    class Meta:
        verbose_name = "冲突规则"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="one_rule_code_per_pack")]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"
