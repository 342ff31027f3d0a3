"""What is to be known of a dataset beside its features (元数据): accuracy, date, method, licence, secrecy."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.plans.models.dataset import PlanDataset


class DatasetMetadata(models.Model):
    """The words on a dataset that no file carries; owner, scale and document stand on the dataset itself."""

    class Security(models.TextChoices):
        PUBLIC = "public", _("公开")
        INTERNAL = "internal", _("内部")
        RESTRICTED = "restricted", _("受限")
        SECRET = "secret", _("涉密")

    dataset = models.OneToOneField(PlanDataset, verbose_name="数据集", on_delete=models.CASCADE, related_name="metadata")
    abstract = models.TextField("摘要", blank=True)
    purpose = models.CharField("用途", max_length=400, blank=True)
    method = models.CharField("生产方法", max_length=400, blank=True)
    data_date = models.DateField("数据日期", null=True)
    accuracy_m = models.FloatField("平面精度（m）", null=True)
    licence = models.CharField("使用许可", max_length=200, blank=True)
    security = models.CharField("密级", max_length=12, choices=Security, blank=True)
    contact = models.CharField("联系人", max_length=100, blank=True)
    updated_by_name = models.CharField("填写人", max_length=80, blank=True)
    updated_at = models.DateTimeField("填写时间", auto_now=True)

    class Meta:
        verbose_name = "数据集元数据"
