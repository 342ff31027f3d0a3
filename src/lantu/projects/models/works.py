"""What a project builds: works (工程) and their single buildings (单体)."""

from __future__ import annotations

from django.db import models

from lantu.projects.models.library import Project


class Work(models.Model):
    """A work (工程, ``gcdm``). Approvals hang on works, not on projects; ``follows`` is the work of the stage before (``qjdgcdm``)."""

    project = models.ForeignKey(Project, verbose_name="项目", on_delete=models.PROTECT, related_name="works")
    code = models.CharField("工程代码", max_length=40, unique=True)
    name = models.CharField("工程名称", max_length=200)
    scope = models.CharField("工程范围", max_length=500, blank=True)
    follows = models.ForeignKey("self", verbose_name="前阶段关联工程", null=True, on_delete=models.PROTECT, related_name="followed_by")
    floor_area_m2 = models.DecimalField("建筑面积（㎡）", max_digits=14, decimal_places=2, null=True)
    is_linear = models.BooleanField("线性工程", default=False)
    voided_reason = models.CharField("作废原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "工程"
        ordering = ["project", "code"]

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """A single building of a work (单体, ``dtbm``). Its identity for life is issued by the room of buildings later."""

    work = models.ForeignKey(Work, verbose_name="工程", on_delete=models.PROTECT, related_name="buildings")
    code = models.CharField("单体编码", max_length=48, unique=True)
    name = models.CharField("单体名称", max_length=200)
    use = models.CharField("用途", max_length=40, blank=True)
    floor_area_m2 = models.DecimalField("建筑面积（㎡）", max_digits=14, decimal_places=2, null=True)
    floors_above = models.PositiveSmallIntegerField("地上层数", null=True)
    floors_below = models.PositiveSmallIntegerField("地下层数", null=True)
    height_m = models.DecimalField("建筑高度（m）", max_digits=7, decimal_places=2, null=True)
    voided_reason = models.CharField("作废原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "单体"
        ordering = ["work", "code"]

    def __str__(self) -> str:
        return self.name
