"""Paper plans, scans and PDF pages on their way to vectors: sheets, their control points, what is traced from them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.core.models import StoredFile
from lantu.core.spatial import SpatialModel
from lantu.plans.models.dataset import PlanDataset
from lantu.plans.models.delivery import Delivery


class ScanSheet(models.Model):
    """One page of a scanned or drawn plan (图幅): its picture, where it lies, who traces and who checks it.

    ``points``: ``[{px, py, x, y, label}, …]``, pixels of the picture from its upper left corner and coordinates in ``epsg``.
    ``fit``: residuals and RMS in m, outline in degrees. ``bounds``: west, south, east, north of the picture drawn north up.
    """

    class State(models.TextChoices):
        LOADED = "loaded", _("待配准")
        TRACING = "tracing", _("矢量化中")
        SUBMITTED = "submitted", _("待复核")
        APPROVED = "approved", _("已复核")
        DELIVERED = "delivered", _("已转入库")

    dataset = models.ForeignKey(PlanDataset, verbose_name="数据集", on_delete=models.PROTECT, related_name="sheets")
    source = models.ForeignKey(StoredFile, verbose_name="原件", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField("文件名", max_length=255)
    page = models.PositiveIntegerField("页")
    pages = models.PositiveIntegerField("共几页", default=1)
    picture = models.ForeignKey(StoredFile, verbose_name="图像", on_delete=models.PROTECT, related_name="+")
    width = models.PositiveIntegerField("宽（像素）")
    height = models.PositiveIntegerField("高（像素）")
    dpi = models.FloatField("分辨率", null=True)
    scale = models.PositiveIntegerField("比例尺分母", null=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.LOADED, db_index=True)
    method = models.CharField("配准方法", max_length=16, blank=True)
    epsg = models.PositiveIntegerField("控制点坐标系", null=True)
    points = models.JSONField("控制点", default=list)
    fit = models.JSONField("配准结果", default=dict)
    warped = models.ForeignKey(StoredFile, verbose_name="配准后图像", null=True, on_delete=models.PROTECT, related_name="+")
    bounds = models.JSONField("范围", default=list)
    legend = models.JSONField("图例", default=list, help_text="[{code, color: [r,g,b], px, py}]")
    delivery = models.ForeignKey(Delivery, verbose_name="入库", null=True, on_delete=models.SET_NULL, related_name="sheets")
    brought_by_id = models.BigIntegerField("上传用户", null=True)
    brought_by_name = models.CharField("上传人", max_length=80, blank=True)
    brought_at = models.DateTimeField("上传时间", auto_now_add=True)
    referenced_by_name = models.CharField("配准人", max_length=80, blank=True)
    referenced_at = models.DateTimeField("配准时间", null=True)
    checked_by_name = models.CharField("复核人", max_length=80, blank=True)
    checked_at = models.DateTimeField("复核时间", null=True)
    check_note = models.CharField("复核意见", max_length=400, blank=True)
    version = models.PositiveIntegerField("版本", default=0)

    class Meta:
        verbose_name = "图幅"
        ordering = ["-brought_at", "file_name", "page"]

    def __str__(self) -> str:
        return f"{self.file_name} · {self.page}" if self.pages > 1 else self.file_name


class TracedFeature(SpatialModel):
    """A feature traced from a sheet (矢量化要素). Its nodes lie on the working grid; author and date stay with it."""

    class Way(models.TextChoices):
        DRAWN = "drawn", _("手绘")
        REGION = "region", _("色块提取")

    sheet = models.ForeignKey(ScanSheet, verbose_name="图幅", on_delete=models.CASCADE, related_name="features")
    number = models.PositiveIntegerField("序号")
    code = models.CharField("分类代码", max_length=40, blank=True)
    attributes = models.JSONField("属性", default=dict)
    way = models.CharField("方式", max_length=8, choices=Way, default=Way.DRAWN)
    batch = models.CharField("批次", max_length=32, blank=True, db_index=True)
    area_m2 = models.FloatField("面积（㎡）", default=0)
    author_id = models.BigIntegerField("作者用户", null=True)
    author_name = models.CharField("作者", max_length=80)
    made_at = models.DateTimeField("绘制时间", auto_now_add=True)
    changed_by_id = models.BigIntegerField("修改用户", null=True)
    changed_by_name = models.CharField("修改人", max_length=80, blank=True)
    changed_at = models.DateTimeField("修改时间", null=True)

    class Meta(SpatialModel.Meta):
        verbose_name = "矢量化要素"
        ordering = ["sheet", "number"]
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="one_number_per_sheet")]

    @property
    def feature_id(self) -> str:
        """The identity it goes into a delivery with."""
        return f"T{self.sheet_id}-{self.number}"


class TraceLog(models.Model):
    """A change of traced features with the areas before and after (矢量化记录)."""

    sheet = models.ForeignKey(ScanSheet, verbose_name="图幅", on_delete=models.CASCADE, related_name="log")
    act = models.CharField("动作", max_length=16)
    numbers = models.JSONField("序号", default=list)
    area_before_m2 = models.FloatField("之前（㎡）", default=0)
    area_after_m2 = models.FloatField("之后（㎡）", default=0)
    by_name = models.CharField("办理人", max_length=80)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "矢量化记录"
        ordering = ["-pk"]
