"""What the window keeps: what must be mended, what was promised, papers brought to the counter."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models.application import Branch, StageApplication


class CorrectionPoint(models.Model):
    """A line of the one-time notice (补正内容): what is missing or wrong, in which material, on what ground. A second notice may only
    repeat points that are still open."""

    class State(models.TextChoices):
        OPEN = "open", _("待补正")
        ANSWERED = "answered", _("已补正，待核对")
        MENDED = "mended", _("已核对")

    application = models.ForeignKey(StageApplication, verbose_name="阶段申请", on_delete=models.PROTECT, related_name="points")
    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="points")
    material = models.CharField("材料", max_length=60, blank=True)
    text = models.CharField("须补正的内容", max_length=500)
    basis = models.CharField("依据", max_length=300, blank=True)
    notice = models.PositiveSmallIntegerField("第几次告知", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    asked_on = models.DateField("告知日")
    answered_on = models.DateField("补正日", null=True)

    class Meta:
        verbose_name = "补正内容"
        ordering = ["branch", "pk"]

    def __str__(self) -> str:
        return self.text


class Promise(models.Model):
    """What an applicant promised so that the case goes on (承诺): to bring secondary materials later (容缺受理), or to keep the conditions
    of an item that is then decided at once (告知承诺). Kept by ``due_on``, else the result is revoked."""

    class Kind(models.TextChoices):
        DEFERRAL = "deferral", _("容缺承诺")
        COMMITMENT = "commitment", _("告知承诺")

    class State(models.TextChoices):
        OPEN = "open", _("履行中")
        KEPT = "kept", _("已履行")
        BROKEN = "broken", _("未履行")

    branch = models.ForeignKey(Branch, verbose_name="分支", on_delete=models.PROTECT, related_name="promises")
    kind = models.CharField("种类", max_length=12, choices=Kind)
    materials = models.JSONField("容缺材料", default=list)
    text = models.TextField("承诺内容")
    signed_by_name = models.CharField("承诺人", max_length=100)
    signed_on = models.DateField("承诺日")
    due_on = models.DateField("期限")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    note = models.CharField("核查情况", max_length=500, blank=True)
    closed_on = models.DateField("核查日", null=True)
    closed_by_name = models.CharField("核查人", max_length=100, blank=True)
    reminded_on = models.DateField("提醒日", null=True)

    class Meta:
        verbose_name = "承诺"
        ordering = ["branch", "pk"]
        indexes = [models.Index(fields=["state", "due_on"])]


class CounterPaper(models.Model):
    """A paper brought to the counter (窗口来件): scanned, compared with the original, handed back; then the scan counts (单轨制)."""

    application = models.ForeignKey(StageApplication, verbose_name="阶段申请", on_delete=models.PROTECT, related_name="counter_papers")
    material = models.ForeignKey("approvals.Material", verbose_name="材料", on_delete=models.PROTECT, related_name="counter_papers")
    title = models.CharField("名称", max_length=200)
    pages = models.PositiveSmallIntegerField("页数", default=1)
    brought_by = models.CharField("送件人", max_length=100)
    taken_by_name = models.CharField("接收人", max_length=100)
    taken_at = models.DateTimeField("接收", auto_now_add=True)
    returned_to = models.CharField("领回人", max_length=100, blank=True)
    returned_by_name = models.CharField("交还人", max_length=100, blank=True)
    returned_at = models.DateTimeField("交还", null=True)

    class Meta:
        verbose_name = "窗口来件"
        ordering = ["-pk"]
