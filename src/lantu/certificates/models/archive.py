"""Sealed packages of cases and the runs that prove them."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from lantu.core.models import StoredFile


class ArchivePackage(models.Model):
    """The sealed file of a case (归档包). Never overwritten: what comes later makes the next ``edition``."""

    class State(models.TextChoices):
        SEALED = "sealed", "已封存"
        TRANSFERRED = "transferred", "已移交"

    number = models.CharField("档号", max_length=60, unique=True)
    subject_type = models.CharField("案卷类型", max_length=80)
    subject_id = models.CharField("案卷", max_length=64)
    title = models.CharField("题名", max_length=200)
    edition = models.PositiveSmallIntegerField("版次", default=1)
    file = models.ForeignKey(StoredFile, verbose_name="归档包", on_delete=models.PROTECT, related_name="+")
    manifest_sha256 = models.CharField("清单 SHA-256", max_length=64)
    manifest_sm3 = models.CharField("清单 SM3", max_length=64)
    item_count = models.PositiveIntegerField("件数", default=0)
    state = models.CharField("状态", max_length=12, choices=State, default=State.SEALED)
    retain_until = models.DateField("保管期限", null=True, help_text="空为永久")
    hold = models.BooleanField("冻结", default=False, help_text="诉讼、复议、审计期间不得销毁")
    hold_reason = models.CharField("冻结原因", max_length=300, blank=True)
    sealed_at = models.DateTimeField("封存时间", auto_now_add=True)
    sealed_by_name = models.CharField("封存人", max_length=100)
    transferred_to = models.CharField("移交", max_length=100, blank=True)
    transferred_at = models.DateTimeField("移交时间", null=True)
    demo = models.BooleanField("演示数据", default=False)

    class Meta:
        verbose_name = "归档包"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id", "edition"], name="one_archive_edition")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("certificates:package", args=[self.pk])


class ArchiveItem(models.Model):
    """A file in a package (卷内文件)."""

    package = models.ForeignKey(ArchivePackage, verbose_name="归档包", on_delete=models.PROTECT, related_name="items")
    order = models.PositiveIntegerField("序号")
    path = models.CharField("路径", max_length=200)
    category = models.CharField("类别", max_length=10)
    category_name = models.CharField("类别名称", max_length=60)
    title = models.CharField("题名", max_length=200)
    number = models.CharField("文号", max_length=80, blank=True)
    dated = models.DateField("日期", null=True)
    size = models.BigIntegerField("大小")
    sha256 = models.CharField("SHA-256", max_length=64)
    sm3 = models.CharField("SM3", max_length=64)

    class Meta:
        verbose_name = "卷内文件"
        ordering = ["order"]


class IntegrityRun(models.Model):
    """A run over all stored files, packages and the audit chain (完整性核验)."""

    at = models.DateTimeField("时间", auto_now_add=True)
    files = models.PositiveIntegerField("文件", default=0)
    packages = models.PositiveIntegerField("归档包", default=0)
    problems = models.JSONField("问题", default=list)

    class Meta:
        verbose_name = "完整性核验"
        ordering = ["-pk"]
