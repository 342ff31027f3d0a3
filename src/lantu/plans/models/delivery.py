"""Deliveries: one hand-over of files, from upload to release, every source feature accounted for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.core.models import StoredFile
from lantu.core.spatial import SpatialModel
from lantu.plans.models.dataset import PlanDataset


class Delivery(models.Model):
    """One hand-over of a dataset (一次入库)."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("已上传")
        INSPECTED = "inspected", _("已识别")
        MAPPED = "mapped", _("已对照")
        CHECKED = "checked", _("已质检")
        RELEASED = "released", _("已发布")
        ABANDONED = "abandoned", _("已放弃")

    dataset = models.ForeignKey(PlanDataset, verbose_name="数据集", on_delete=models.PROTECT, related_name="deliveries")
    number = models.PositiveIntegerField("次序")
    state = models.CharField("状态", max_length=12, choices=State, default=State.UPLOADED, db_index=True)
    detected = models.JSONField("识别结果", default=dict, help_text="图层、行数、编码、坐标系、图形，逐项附依据")
    reading = models.JSONField("确认的读法", default=dict, help_text="layer、encoding、epsg")
    field_mapping = models.JSONField("字段对照", default=dict)
    code_mapping = models.JSONField("代码对照", default=dict)
    account = models.JSONField("账目", default=dict, help_text="source = in + pending + rejected")
    uploaded_by_id = models.BigIntegerField("上传用户", null=True)
    uploaded_by_name = models.CharField("上传人", max_length=80, blank=True)
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    checked_at = models.DateTimeField("质检时间", null=True)
    score = models.FloatField("质检得分", null=True, help_text="0–100，按城市包的权重")
    current_run = models.CharField("有效批次", max_length=32, blank=True, help_text="要素按批写入，翻转这一行才生效")
    version = models.PositiveIntegerField("版本", default=0)

    class Meta:
        verbose_name = "入库"
        ordering = ["-uploaded_at"]
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="one_delivery_number_per_dataset")]


class DeliveryFile(models.Model):
    """A file of a delivery under the name it came with (入库文件)."""

    delivery = models.ForeignKey(Delivery, verbose_name="入库", on_delete=models.CASCADE, related_name="files")
    stored = models.ForeignKey(StoredFile, verbose_name="文件", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("文件名", max_length=255)

    class Meta:
        verbose_name = "入库文件"


class DeliveryFeature(SpatialModel):
    """A source feature and what became of it (来源要素). ``row`` counts from 1 in the file it names; geometry in EPSG:4490."""

    class Status(models.TextChoices):
        IN = "in", _("入库")
        PENDING = "pending", _("待定")
        REJECTED = "rejected", _("拒收")

    delivery = models.ForeignKey(Delivery, verbose_name="入库", on_delete=models.CASCADE, related_name="features")
    run = models.CharField("批次", max_length=32)
    file_name = models.CharField("文件", max_length=255)
    row = models.PositiveIntegerField("行")
    status = models.CharField("去向", max_length=10, choices=Status)
    reason = models.CharField("原因", max_length=300, blank=True)
    reason_code = models.CharField("原因代码", max_length=40, blank=True)
    feature_id = models.CharField("要素标识", max_length=100, blank=True)
    source_code = models.CharField("来源代码", max_length=100, blank=True)
    codes = models.JSONField("归类", default=list, help_text="[[代码, 份额], …]")
    attributes = models.JSONField("属性", default=dict)

    class Meta(SpatialModel.Meta):
        verbose_name = "来源要素"
        ordering = ["delivery", "row"]
        indexes = [models.Index(fields=["delivery", "run", "status"]), *SpatialModel.Meta.indexes]
