"""Releases of the item catalogue."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.standards.models import PackVersion


class DefinitionRelease(models.Model):
    """A published state of the item catalogue (事项库版次). It is never changed: a case is judged by the release of its filing day."""

    class State(models.TextChoices):
        PUBLISHED = "published", _("在用")
        OUTDATED = "outdated", _("已被替代")

    number = models.PositiveIntegerField("版次", unique=True)
    version = models.CharField("版本", max_length=40)
    pack = models.ForeignKey(PackVersion, verbose_name="城市包", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField("摘要", max_length=64, unique=True)
    content = models.JSONField("内容")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PUBLISHED)
    warnings = models.JSONField("校核提示", default=list)
    published_by = models.CharField("发布人", max_length=100, blank=True)
    published_at = models.DateTimeField("发布时间", auto_now_add=True)

    class Meta:
        verbose_name = "事项库版次"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["state"], condition=models.Q(state="published"), name="one_definition_in_force")]


class CatalogueDraft(models.Model):
    """A catalogue being edited (事项库编辑稿): starts as the text of the pack in force, ends as a version of the pack that differs
    in this file. ``editors``: keys of all who changed it; none of them may publish it. ``lines``: the changes one by one, who and when."""

    class State(models.TextChoices):
        EDITING = "editing", _("编辑中")
        SUBMITTED = "submitted", _("待发布")
        PUBLISHED = "published", _("已发布")
        DISCARDED = "discarded", _("已放弃")

    city = models.CharField("城市", max_length=40, default="")
    base = models.ForeignKey(PackVersion, verbose_name="起于城市包", on_delete=models.PROTECT, related_name="+")
    text = models.TextField("文件内容", default="", help_text="approvals.yaml")
    state = models.CharField("状态", max_length=10, choices=State, default=State.EDITING)
    release = models.ForeignKey(DefinitionRelease, verbose_name="发布为", null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField("修改次数", default=1)
    by_name = models.CharField("编辑人", max_length=100, blank=True)
    editors = models.JSONField("编辑过的人", default=list)
    lines = models.JSONField("修改记录", default=list)
    note = models.CharField("修改说明", max_length=500, blank=True)
    submitted_by_name = models.CharField("送审人", max_length=100, blank=True)
    returned = models.CharField("退回原因", max_length=500, blank=True)
    started_at = models.DateTimeField("开始", auto_now_add=True)
    changed_at = models.DateTimeField("更新", auto_now=True)

    class Meta:
        verbose_name = "事项库编辑稿"
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["city"], condition=models.Q(state__in=["editing", "submitted"]), name="one_catalogue_draft")
        ]
