"""Tokens with which other departments' systems call the API."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models.people import Post, User


class ServiceToken(models.Model):
    """A token of a service client (对接系统令牌): it acts in one post, by the verbs in ``verbs`` alone, until it ends. Only a keyed digest
    of it is kept; ``start`` are its first characters, to tell it from others."""

    title = models.CharField("系统", max_length=100)
    user = models.ForeignKey(User, verbose_name="账户", on_delete=models.PROTECT, related_name="tokens")
    post = models.ForeignKey(Post, verbose_name="岗位", on_delete=models.PROTECT, related_name="tokens")
    start = models.CharField("开头", max_length=12)
    digest = models.CharField("摘要", max_length=64, unique=True)
    digest.audit_exclude = True  # type: ignore[attr-defined]
    verbs = models.JSONField("可办的动作", default=list)
    reads = models.BooleanField("可读取", default=True)
    expires_on = models.DateField("到期")
    made_by_name = models.CharField("发放人", max_length=100, blank=True)
    made_at = models.DateTimeField("发放", auto_now_add=True)
    used_at = models.DateTimeField("最近使用", null=True)
    refused_at = models.DateTimeField("最近被拒", null=True)
    revoked_at = models.DateTimeField("吊销", null=True)
    revoked_by_name = models.CharField("吊销人", max_length=100, blank=True)
    reason = models.CharField("吊销理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "对接系统令牌"
        ordering = ["-made_at", "-pk"]

    secret = ""
    """The token itself, on the row that ``issue_token`` gives and nowhere else."""

    def __str__(self) -> str:
        return f"{self.title} {self.start}…"

    @property
    def state(self) -> str:
        """revoked | expired | valid."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_on < timezone.localdate() else "valid"

    @property
    def state_words(self) -> Any:
        return {"revoked": _("已吊销"), "expired": _("已到期"), "valid": _("有效")}[self.state]
