"""Datum parameter sets (转换参数集): how a source in an old or local system comes to CGCS2000. The numbers are state-controlled data."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.core import sealed


class DatumSet(models.Model):
    """One set: what it leads from and to, how good it is, who made it. The numbers and control points are sealed; never edited."""

    class Kind(models.TextChoices):
        FOUR = "four", _("四参数（平面）")
        SEVEN = "seven", _("七参数（布尔沙）")
        THREE = "three", _("三参数（平移）")
        GRID = "grid", _("格网改正文件")

    class State(models.TextChoices):
        DRAFT = "draft", _("待复核")
        CONFIRMED = "confirmed", _("可用")
        WITHDRAWN = "withdrawn", _("已停用")

    name = models.CharField("名称", max_length=100, unique=True)
    kind = models.CharField("模型", max_length=8, choices=Kind)
    source_epsg = models.PositiveIntegerField("源坐标系", help_text="0 为城市独立坐标系")
    source_name = models.CharField("源坐标系名称", max_length=100)
    target_epsg = models.PositiveIntegerField("目标坐标系")
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT, db_index=True)
    sealed = models.BinaryField("参数与控制点（加密）", default=bytes)
    fingerprint = models.CharField("指纹", max_length=64, blank=True)
    rms_m = models.FloatField("点位中误差（m）", null=True)
    sigma_m = models.FloatField("单位权中误差（m）", null=True)
    largest_m = models.FloatField("最大残差（m）", null=True)
    check_rms_m = models.FloatField("检核点中误差（m）", null=True)
    point_count = models.PositiveIntegerField("参与点", default=0)
    check_count = models.PositiveIntegerField("检核点", default=0)
    residuals = models.JSONField("残差", default=list, help_text="[{name, check, north_mm, east_mm, mm, suspect}]，没有坐标")
    note = models.CharField("说明", max_length=400, blank=True)
    demo = models.BooleanField("演示数据", default=False)
    author_id = models.BigIntegerField("建立用户", null=True)
    author_name = models.CharField("建立人", max_length=80, blank=True)
    made_at = models.DateTimeField("建立时间", auto_now_add=True)
    confirmed_by_id = models.BigIntegerField("复核用户", null=True)
    confirmed_by_name = models.CharField("复核人", max_length=80, blank=True)
    confirmed_at = models.DateTimeField("复核时间", null=True)
    reason = models.CharField("复核意见", max_length=400, blank=True)
    custodians = models.ManyToManyField(settings.AUTH_USER_MODEL, verbose_name="可查看参数的人", blank=True, related_name="datum_sets")

    class Meta:
        verbose_name = "转换参数集"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def _context(self) -> str:
        return f"plans.datumset:{self.pk}"

    def lock_away(self, secret: dict[str, Any]) -> None:
        """Seal the numbers; the row must have its key already."""
        data = json.dumps(secret, sort_keys=True).encode()
        self.sealed = sealed.seal(data, self._context)
        self.fingerprint = sealed.fingerprint(json.dumps({key: secret[key] for key in ("values", "proj", "grid")}, sort_keys=True).encode())

    def secret(self) -> dict[str, Any]:
        """The numbers: ``values``, ``proj``, ``grid``, ``points``. For use in a transformation, or by the verb that reveals them."""
        found: dict[str, Any] = json.loads(sealed.unseal(bytes(self.sealed), self._context))
        return found
