"""Code systems, always keyed (system, version, code), and the crosswalks between them."""

from __future__ import annotations

from django.db import models

from lantu.standards.models.pack import PackVersion


class CodeSystem(models.Model):
    """A classification (分类标准), e.g. GB 50137-2011. The same digits mean different things in two systems."""

    pack = models.ForeignKey(PackVersion, verbose_name="城市包", on_delete=models.CASCADE, related_name="code_systems")
    system = models.CharField("标准", max_length=40)
    version = models.CharField("版本", max_length=20)
    name_zh = models.CharField("名称", max_length=200)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    matching = models.CharField("归并规则", max_length=20, default="exact", help_text="exact、prefix2（前两位加 0）、hierarchy（上级代码）")
    meta = models.JSONField("说明", default=dict)

    class Meta:
        verbose_name = "分类标准"
        ordering = ["system", "version"]
        constraints = [models.UniqueConstraint(fields=["pack", "system", "version"], name="one_code_system_version")]

    def __str__(self) -> str:
        return self.name_zh


class Code(models.Model):
    """One class of a code system (分类代码)."""

    class Construction(models.TextChoices):
        YES = "yes", "建设用地"
        NO = "no", "非建设用地"
        DEPENDS = "depends", "视情况"

    system = models.ForeignKey(CodeSystem, verbose_name="标准", on_delete=models.CASCADE, related_name="codes")
    code = models.CharField("代码", max_length=20)
    parent_code = models.CharField("上级代码", max_length=20, blank=True)
    name_zh = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    construction = models.CharField("是否建设用地", max_length=8, choices=Construction, default=Construction.DEPENDS)
    group = models.CharField("归组", max_length=40, blank=True)
    color = models.CharField("颜色", max_length=9, blank=True, help_text="#RRGGBB")
    traits = models.JSONField("特征", default=dict)
    order = models.PositiveIntegerField("次序", default=0)

    class Meta:
        verbose_name = "分类代码"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["system", "code"], name="one_code_per_system")]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class Crosswalk(models.Model):
    """A mapping between two code systems or from source values to catalogue codes (对照表)."""

    pack = models.ForeignKey(PackVersion, verbose_name="城市包", on_delete=models.CASCADE, related_name="crosswalks")
    name = models.CharField("名称", max_length=80)
    title_zh = models.CharField("标题", max_length=200)
    source = models.CharField("来源标准", max_length=60)
    target = models.CharField("目标标准", max_length=60)

    class Meta:
        verbose_name = "对照表"
        constraints = [models.UniqueConstraint(fields=["pack", "name"], name="one_crosswalk_name")]


class CrosswalkRow(models.Model):
    """One line of a crosswalk (对照)."""

    crosswalk = models.ForeignKey(Crosswalk, verbose_name="对照表", on_delete=models.CASCADE, related_name="rows")
    source_code = models.CharField("来源代码", max_length=40)
    target_code = models.CharField("目标代码", max_length=40, blank=True)
    relation = models.CharField("关系", max_length=12, help_text="exact、broader、narrower、tolerated、none")
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "对照"
