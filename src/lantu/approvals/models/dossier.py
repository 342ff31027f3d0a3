"""What was handed in for a stage: the form's data and the materials, every version of both."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models.application import StageApplication
from lantu.approvals.models.draft import Draft


class FormData(models.Model):
    """A version of the form of a stage application (申请表), append-only; the highest ``number`` counts.

    ``answers``: field code → value that people gave; ``derived``: field code → ``{"value", "source", "label"}`` filled in by the platform.
    ``schema``: the JSON Schema it was checked by; ``site``: GeoJSON geometry, EPSG:4490.
    """

    application = models.ForeignKey(StageApplication, verbose_name="阶段申请", on_delete=models.PROTECT, related_name="forms")
    number = models.PositiveIntegerField("版次", default=1)
    answers = models.JSONField("所填", default=dict)
    derived = models.JSONField("推得", default=dict)
    schema = models.JSONField("表单结构", default=dict)
    site = models.JSONField("用地范围", null=True)
    by_name = models.CharField("提交人", max_length=100, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "申请表"
        ordering = ["application", "-number"]
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="one_form_per_number")]

    @property
    def values(self) -> dict[str, object]:
        """Field code → value: what people gave, else what the platform filled in."""
        return {**{code: one["value"] for code, one in self.derived.items()}, **self.answers}


class Material(models.Model):
    """A material of an application (材料) in one version; it hangs on the draft, and on the application once that is filed.

    Several files of one material are ``part`` 1, 2 …; of each (material, part) the highest ``version`` that is not ``withdrawn`` counts.
    A row without a file says whence the platform has it (``source``, ``reference``), or that it comes later (``committed``, 容缺承诺).
    """

    class Source(models.TextChoices):
        HANDED_IN = "handed_in", _("上传")
        COUNTER = "counter", _("窗口扫描")
        EARLIER_STAGE = "earlier_stage", _("前阶段成果")
        CERTIFICATE = "certificate", _("证照库")
        PLATFORM = "platform", _("平台已有")
        COMMITTED = "committed", _("容缺承诺")

    class Scan(models.TextChoices):
        UNSCANNED = "unscanned", _("未扫描")
        CLEAN = "clean", _("未发现病毒")
        INFECTED = "infected", _("发现病毒")

    draft = models.ForeignKey(Draft, verbose_name="草稿", null=True, on_delete=models.PROTECT, related_name="materials")
    application = models.ForeignKey(
        StageApplication, verbose_name="阶段申请", null=True, on_delete=models.PROTECT, related_name="materials"
    )
    code = models.CharField("材料", max_length=60)
    part = models.PositiveSmallIntegerField("件", default=1)
    version = models.PositiveIntegerField("版本", default=1)
    source = models.CharField("来源", max_length=20, choices=Source)
    reference = models.CharField("来源说明", max_length=300, blank=True)
    stored = models.ForeignKey("core.StoredFile", verbose_name="文件", null=True, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField("文件名", max_length=200, blank=True)
    facts = models.JSONField("内容核查", default=dict, help_text="类型、页数、问题")
    scan = models.CharField("病毒扫描", max_length=10, choices=Scan, default=Scan.UNSCANNED)
    scan_by = models.CharField("扫描引擎", max_length=100, blank=True)
    checked_by_name = models.CharField("与原件核对人", max_length=100, blank=True)
    checked_at = models.DateTimeField("与原件核对", null=True)
    due_on = models.DateField("容缺补齐期限", null=True)
    withdrawn = models.BooleanField("已撤下", default=False)
    by_id = models.BigIntegerField("提交人", null=True)
    by_name = models.CharField("提交人", max_length=100, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "材料"
        ordering = ["code", "part", "-version"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(draft__isnull=False) | models.Q(application__isnull=False), name="material_belongs_somewhere"
            ),
            models.UniqueConstraint(fields=["draft", "code", "part", "version"], name="one_material_version_of_draft"),
            models.UniqueConstraint(fields=["application", "code", "part", "version"], name="one_material_version_of_application"),
        ]

    def __str__(self) -> str:
        return self.filename or self.reference or self.code


class Upload(models.Model):
    """A large file on its way (断点续传): pieces are appended in order; ``received`` says where to go on."""

    token = models.CharField("标识", max_length=40, unique=True)
    user_id = models.BigIntegerField("上传人")
    draft = models.ForeignKey(Draft, verbose_name="草稿", null=True, on_delete=models.CASCADE, related_name="uploads")
    application = models.ForeignKey(StageApplication, verbose_name="阶段申请", null=True, on_delete=models.CASCADE, related_name="uploads")
    code = models.CharField("材料", max_length=60)
    part = models.PositiveSmallIntegerField("件", default=1)
    filename = models.CharField("文件名", max_length=200)
    size = models.BigIntegerField("大小")
    received = models.BigIntegerField("已收", default=0)
    started_at = models.DateTimeField("开始", auto_now_add=True)
    changed_at = models.DateTimeField("更新", auto_now=True)

    class Meta:
        verbose_name = "上传"
        ordering = ["-started_at"]
