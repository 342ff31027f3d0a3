"""Comments, attachments, notices."""

from __future__ import annotations

from django.db import models

from lantu.accounts.models import User
from lantu.casework.models.subject import SubjectRow
from lantu.core.models import StoredFile


class Comment(SubjectRow):
    """A remark on a subject (留言). It is never changed; who wrote it may take it back, which stays visible."""

    text = models.TextField("内容")
    by_id = models.BigIntegerField("留言人", null=True)
    by_name = models.CharField("留言人", max_length=100)
    by_department = models.CharField("部门", max_length=40, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = "留言"
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]


class Attachment(SubjectRow):
    """A file of a subject (附件). A newer version replaces an older one, which stays readable."""

    stored = models.ForeignKey(StoredFile, verbose_name="文件", on_delete=models.PROTECT, related_name="+")
    title = models.CharField("名称", max_length=200)
    filename = models.CharField("文件名", max_length=200, blank=True)
    version = models.PositiveSmallIntegerField("版本", default=1)
    replaces = models.OneToOneField("self", verbose_name="替代", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    by_id = models.BigIntegerField("上传人", null=True)
    by_name = models.CharField("上传人", max_length=100)
    by_department = models.CharField("部门", max_length=40, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "附件"
        ordering = ["title", "-version"]
        indexes = [models.Index(fields=["subject_type", "subject_id"])]


class Notification(models.Model):
    """A notice to one person (通知)."""

    user = models.ForeignKey(User, verbose_name="收件人", on_delete=models.CASCADE, related_name="+")
    title = models.CharField("标题", max_length=200)
    text = models.CharField("内容", max_length=1000, blank=True)
    url = models.CharField("地址", max_length=300, blank=True)
    subject_type = models.CharField("对象类型", max_length=80, blank=True)
    subject_id = models.CharField("对象", max_length=64, blank=True)
    key = models.CharField("去重", max_length=120, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读", null=True)
    mailed_at = models.DateTimeField("邮件发出", null=True)
    mail_attempts = models.PositiveSmallIntegerField("邮件尝试", default=0)
    mail_error = models.CharField("邮件错误", max_length=300, blank=True)

    class Meta:
        verbose_name = "通知"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["user", "read_at"]), models.Index(fields=["mailed_at", "mail_attempts"])]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=~models.Q(key=""), name="one_notice_per_key"),
        ]
