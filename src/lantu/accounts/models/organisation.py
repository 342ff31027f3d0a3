"""Regions and departments, with the time in which they are valid."""

from __future__ import annotations

from django.db import models

from lantu.core.spatial import SpatialModel, SpatialQuerySet


class RegionQuerySet(SpatialQuerySet["Region"]):
    """Regions, by what they are."""

    def counties(self) -> RegionQuerySet:
        """The counties and districts of today (区县), by code: those that have ended are left out."""
        return self.filter(kind=Region.Kind.COUNTY, valid_to=None).order_by("code")


class Region(SpatialModel):
    """An administrative division or a functional zone (行政区划、功能区).

    ``code``: GB/T 2260 (6), street 9, village 12 digits; functional zones have an internal code that cannot be mistaken for an official
    one. Rows are never deleted: validity ends.
    """

    class Kind(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        COUNTY = "county", "区县"
        STREET = "street", "乡镇街道"
        VILLAGE = "village", "村（社区）"
        FUNCTIONAL = "functional", "功能区"

    code = models.CharField("代码", max_length=20, unique=True)
    name_zh = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=100, blank=True)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    parent = models.ForeignKey("self", verbose_name="上级", null=True, on_delete=models.PROTECT, related_name="children")
    is_functional_zone = models.BooleanField("功能区", default=False)
    valid_from = models.DateField("启用", null=True)
    valid_to = models.DateField("停用", null=True)

    objects = RegionQuerySet.as_manager()  # type: ignore[misc]  # its base has one already

    class Meta(SpatialModel.Meta):
        verbose_name = "行政区划"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_zh


class Department(models.Model):
    """A department (部门) as it was named in its time; ``successors`` took over when it ended (机构改革)."""

    code = models.CharField("代码", max_length=40, unique=True)
    name_zh = models.CharField("名称", max_length=100)
    short_zh = models.CharField("简称", max_length=40, blank=True)
    name_en = models.CharField("英文名称", max_length=200, blank=True)
    region = models.ForeignKey(Region, verbose_name="辖区", null=True, on_delete=models.PROTECT, related_name="departments")
    valid_from = models.DateField("设立", null=True)
    valid_to = models.DateField("撤并", null=True)
    successors = models.ManyToManyField("self", verbose_name="承接部门", symmetrical=False, related_name="predecessors", blank=True)

    class Meta:
        verbose_name = "部门"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.short_zh or self.name_zh
