"""Rasters of heights (高程栅格) and profiles along lines (剖面)."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.analysis.models.record import FrozenRecord
from lantu.core.spatial import SpatialModel


class HeightRaster(models.Model):
    """A raster of heights on the city's plane: where it comes from, what it covers; its cells lie in the store under ``digest``.

    One that was taken out of use stays: records rest on it. ``west`` to ``north`` in degrees, heights and ``cell_m`` in metres.
    """

    number = models.CharField("编号", max_length=40, unique=True)
    title = models.CharField("名称", max_length=200)
    source = models.CharField("来源", max_length=200)
    licence = models.CharField("许可", max_length=200)
    height_datum = models.CharField("高程基准", max_length=80, blank=True)
    surveyed_on = models.DateField("数据日期", null=True)
    files = models.JSONField("文件", default=list, help_text="名称、SHA-256、字节数、坐标系")
    epsg = models.PositiveIntegerField("平面坐标系")
    cell_m = models.FloatField("格子（m）")
    rows = models.PositiveIntegerField("行数")
    columns = models.PositiveIntegerField("列数")
    west = models.FloatField("西")
    south = models.FloatField("南")
    east = models.FloatField("东")
    north = models.FloatField("北")
    lowest_m = models.FloatField("最低（m）")
    highest_m = models.FloatField("最高（m）")
    void_share = models.FloatField("无值占比")
    digest = models.CharField("摘要", max_length=64, db_index=True)
    demo = models.BooleanField("演示数据", default=False)
    made_by_id = models.BigIntegerField("用户", null=True)
    made_by_name = models.CharField("载入人", max_length=80, blank=True)
    made_at = models.DateTimeField("载入时间", auto_now_add=True)
    removed_at = models.DateTimeField("停用时间", null=True, db_index=True)
    removed_by_name = models.CharField("停用人", max_length=80, blank=True)
    removed_because = models.CharField("停用原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "高程栅格"
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("analysis:rasters")


class Profile(FrozenRecord, SpatialModel):
    """A profile: ``geometry`` is the line in degrees, ``result`` points, figures and classes (``analysis.terrain.profile``)."""

    raster = models.ForeignKey(HeightRaster, verbose_name="高程栅格", on_delete=models.PROTECT, related_name="profiles")
    length_m = models.FloatField("长度（m）")
    lowest_m = models.FloatField("最低（m）")
    highest_m = models.FloatField("最高（m）")
    climb_m = models.FloatField("累计爬升（m）")

    class Meta(SpatialModel.Meta):
        verbose_name = "剖面"
        ordering = ["-made_at", "-pk"]

    def get_absolute_url(self) -> str:
        return reverse("analysis:profile", args=[self.pk])
