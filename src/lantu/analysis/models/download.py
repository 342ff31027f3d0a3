"""Layers given out as files (数据下载)."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Download(models.Model):
    """A layer that somebody took away: what, of which release, in which form, when. Its number stands in the file as watermark."""

    class State(models.TextChoices):
        PENDING = "pending", _("准备中")
        DONE = "done", _("可下载")
        FAILED = "failed", _("失败")

    class Form(models.TextChoices):
        GPKG = "gpkg", "GeoPackage"
        SHP = "shp", "Shapefile"
        GDB = "gdb", "FileGDB"
        PARQUET = "parquet", "GeoParquet"
        DXF = "dxf", "DXF"

    number = models.CharField("编号", max_length=40, unique=True)
    layer_code = models.CharField("图层代码", max_length=20)
    title = models.CharField("图层", max_length=200)
    form = models.CharField("格式", max_length=10, choices=Form)
    epsg = models.PositiveIntegerField("坐标系")
    run = models.ForeignKey("blueprints.FusionRun", verbose_name="融合", null=True, on_delete=models.PROTECT, related_name="+")
    release_number = models.CharField("蓝图版本", max_length=40, blank=True)
    purpose = models.CharField("用途", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PENDING)
    features = models.PositiveIntegerField("要素数", default=0)
    stored = models.ForeignKey("core.StoredFile", verbose_name="文件", null=True, on_delete=models.PROTECT, related_name="+")
    demo = models.BooleanField("演示数据", default=False)
    made_by_id = models.BigIntegerField("用户", null=True, db_index=True)
    made_by_name = models.CharField("申请人", max_length=80, blank=True)
    department = models.CharField("部门", max_length=40, blank=True)
    made_at = models.DateTimeField("时间", auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = "数据下载"
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("analysis:download-file", args=[self.pk])
