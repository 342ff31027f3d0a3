"""Maps and checks inside of other departments' pages (嵌入)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Embedding(models.Model):
    """Leave for other sites to show the map or the check: which sites, which layers, for whom, until when. Its address is signed."""

    class Kind(models.TextChoices):
        MAP = "map", _("地图")
        CHECK = "check", _("合规性检测")

    number = models.CharField("编号", max_length=40, unique=True)
    title = models.CharField("名称", max_length=200)
    kind = models.CharField("嵌入什么", max_length=10, choices=Kind)
    hosts = models.JSONField("允许的网站", default=list, help_text="如 https://dept.example")
    layers = models.JSONField("图层", default=list)
    department = models.CharField("使用部门", max_length=40)
    expires_on = models.DateField("有效期至")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    used = models.PositiveIntegerField("打开次数", default=0)
    demo = models.BooleanField("演示数据", default=False)
    made_by_id = models.BigIntegerField("用户", null=True)
    made_by_name = models.CharField("开通人", max_length=80, blank=True)
    made_at = models.DateTimeField("开通时间", auto_now_add=True)

    class Meta:
        verbose_name = "嵌入"
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def holds(self) -> bool:
        """Whether it may be opened today."""
        return self.withdrawn_at is None and timezone.localdate() <= self.expires_on
