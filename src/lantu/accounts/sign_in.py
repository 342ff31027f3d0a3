"""Signing in leaves a trace: who came, who failed, who was locked out."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from lantu.accounts.models import User
from lantu.core import audit
from lantu.core.actor import Actor


def connect() -> None:
    user_logged_in.connect(_came, dispatch_uid="lantu.accounts.came")
    user_logged_out.connect(_went, dispatch_uid="lantu.accounts.went")
    user_login_failed.connect(_failed, dispatch_uid="lantu.accounts.failed")
    user_locked_out.connect(_locked, dispatch_uid="lantu.accounts.locked")


def _came(sender: Any, user: User, request: HttpRequest | None = None, **_more: Any) -> None:
    _record("accounts.sign_in", user)


def _went(sender: Any, user: User | None, request: HttpRequest | None = None, **_more: Any) -> None:
    if user is not None:
        _record("accounts.sign_out", user)


def _failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_more: Any) -> None:
    name = str(credentials.get("username", ""))[:150]
    audit.record(Actor(None, "", channel="page"), "accounts.sign_in", None, outcome="refused", detail={"username": name})


def _locked(sender: Any, username: str | None = None, **_more: Any) -> None:
    audit.record(Actor(None, "", channel="page"), "accounts.locked_out", None, outcome="refused", detail={"username": str(username)[:150]})


def _record(verb: str, user: User) -> None:
    audit.record(Actor(user.pk, str(user), channel="page"), verb, user)
