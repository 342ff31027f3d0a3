"""Plan releases: immutable, snapped once to the grid, addressed by digest."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.core.spatial import SpatialModel
from lantu.plans.models.dataset import PlanDataset
from lantu.plans.models.delivery import Delivery


class PlanRelease(models.Model):
    """A released state of a dataset (规划成果), never edited. The integer rings in the store (``store_key``) are the truth."""

    class State(models.TextChoices):
        WRITING = "writing", _("写入中")
        RELEASED = "released", _("现行")
        SUPERSEDED = "superseded", _("已被替代")

    dataset = models.ForeignKey(PlanDataset, verbose_name="数据集", on_delete=models.PROTECT, related_name="releases")
    delivery = models.OneToOneField(Delivery, verbose_name="入库", null=True, on_delete=models.PROTECT, related_name="release")
    number = models.PositiveIntegerField("版次")
    state = models.CharField("状态", max_length=12, choices=State, default=State.WRITING, db_index=True)
    layer_code = models.CharField("图层代码", max_length=20, db_index=True)
    pack = models.ForeignKey("standards.PackVersion", verbose_name="城市包", on_delete=models.PROTECT, related_name="plan_releases")
    scale = models.PositiveIntegerField("比例尺分母", default=10000)
    document_no = models.CharField("批复文号", max_length=100, blank=True)
    document_date = models.DateField("批复日期", null=True)
    valid_from = models.DateField("生效", null=True)
    valid_to = models.DateField("失效", null=True)
    digest = models.CharField("摘要", max_length=64, blank=True, db_index=True)
    store_key = models.CharField("存储键", max_length=64, blank=True)
    patch_count = models.PositiveIntegerField("图斑数", default=0)
    control_area_m2 = models.DecimalField("控制面积（㎡）", max_digits=16, decimal_places=2, default=0)
    demo = models.BooleanField("演示数据", default=False)
    released_by_id = models.BigIntegerField("发布用户", null=True)
    released_by_name = models.CharField("发布人", max_length=80, blank=True)
    released_at = models.DateTimeField("发布时间", null=True)

    class Meta:
        verbose_name = "规划成果"
        ordering = ["layer_code", "-number"]
        constraints = [models.UniqueConstraint(fields=["dataset", "number"], name="one_release_number_per_dataset")]

    def __str__(self) -> str:
        return f"{self.dataset.name} 第 {self.number} 版"


class PlanPatch(SpatialModel):
    """A patch of a release (图斑). ``index`` is its place in the ring store; ``feature_id`` its stable identity in the source."""

    class Construction(models.TextChoices):
        YES = "yes", _("建设")
        NO = "no", _("非建设")
        UNKNOWN = "unknown", _("未归类")

    release = models.ForeignKey(PlanRelease, verbose_name="规划成果", on_delete=models.CASCADE, related_name="patches")
    index = models.PositiveIntegerField("序号")
    feature_id = models.CharField("要素标识", max_length=100)
    code = models.CharField("主代码", max_length=20, blank=True, db_index=True)
    codes = models.JSONField("代码与份额", default=list, help_text="[[代码, 份额], …]")
    construction = models.CharField("建设属性", max_length=8, choices=Construction, default=Construction.UNKNOWN)
    attributes = models.JSONField("属性", default=dict)
    file_name = models.CharField("来源文件", max_length=255, blank=True)
    row = models.PositiveIntegerField("来源行", default=0)
    control_area_m2 = models.DecimalField("控制面积（㎡）", max_digits=16, decimal_places=2, default=0)

    class Meta(SpatialModel.Meta):
        verbose_name = "规划图斑"
        ordering = ["release", "index"]
        constraints = [models.UniqueConstraint(fields=["release", "index"], name="one_patch_per_index")]
        indexes = [models.Index(fields=["release", "feature_id"]), *SpatialModel.Meta.indexes]
