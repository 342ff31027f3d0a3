"""A loaded version of a city pack (城市包)."""

from __future__ import annotations

from django.db import models


class PackVersion(models.Model):
    """A city pack as loaded at a time.

    ``digest`` covers the canonical content of all its files; the same pack again makes no new version.
    """

    city = models.CharField("城市", max_length=40)
    name_zh = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=100, blank=True)
    version = models.CharField("版本", max_length=20)
    digest = models.CharField("摘要", max_length=64, unique=True)
    in_force = models.BooleanField("在用", default=False)
    demo = models.BooleanField("演示数据", default=False)
    settings = models.JSONField("设置", default=dict, help_text="工作坐标系、法定坐标系、格网、范围、语言")
    loaded_at = models.DateTimeField("装入时间", auto_now_add=True)

    class Meta:
        verbose_name = "城市包版本"
        ordering = ["-loaded_at"]
        constraints = [models.UniqueConstraint(fields=["in_force"], condition=models.Q(in_force=True), name="one_pack_in_force")]

    def __str__(self) -> str:
        return f"{self.name_zh} {self.version}"


class PackPart(models.Model):
    """A part of the pack that is read as a whole (tolerances, approval chain, dictionaries) and its canonical content."""

    pack = models.ForeignKey(PackVersion, verbose_name="城市包", on_delete=models.CASCADE, related_name="parts")
    name = models.CharField("部分", max_length=60)
    content = models.JSONField("内容")

    class Meta:
        verbose_name = "城市包部分"
        constraints = [models.UniqueConstraint(fields=["pack", "name"], name="one_part_per_pack")]
