"""Bookmarks and notes on the map (书签、批注)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MapMark(models.Model):
    """A view of the map to come back to (``address``: what stands after the map's path), or a note pinned to a place in degrees,
    or to what was drawn there (``shape``: a GeoJSON geometry)."""

    class Kind(models.TextChoices):
        BOOKMARK = "bookmark", _("书签")
        NOTE = "note", _("批注")

    kind = models.CharField("种类", max_length=10, choices=Kind)
    text = models.CharField("内容", max_length=400)
    address = models.CharField("视图", max_length=1000, blank=True)
    lon = models.FloatField("经度")
    lat = models.FloatField("纬度")
    shape = models.JSONField("图形", null=True, blank=True)
    shared = models.BooleanField("本部门可见", default=False)
    user_id = models.BigIntegerField("用户", db_index=True)
    made_by_name = models.CharField("作者", max_length=80, blank=True)
    department = models.CharField("部门", max_length=40, blank=True, db_index=True)
    made_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "书签与批注"
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.text[:40]
