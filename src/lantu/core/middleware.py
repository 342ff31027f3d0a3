"""Who acts in this request, and how errors meant for people are shown."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lantu.core.actor import ANONYMOUS, Actor
from lantu.core.errors import BadInput, LantuError, TooLarge
from lantu.core.ports import Port

GetResponse = Callable[[HttpRequest], HttpResponse]

FORM_BYTES = 1 << 20
"""What a request may have beside its files."""

actor_source: Port[Callable[[HttpRequest], Actor]] = Port("actor_source")
"""The accounts room registers how a request becomes an actor (key ``accounts``)."""


class ActorMiddleware:
    """Sets ``request.actor`` and ``request.request_id``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex  # type: ignore[attr-defined]
        sources = actor_source.all()
        request.actor = sources[0](request) if sources else ANONYMOUS  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class ErrorMiddleware:
    """Shows a ``LantuError``, or a text that the database cannot keep, as page or JSON with its status; other errors go on to Django."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError) and "NUL" in str(error):  # text that PostgreSQL cannot keep
            error = BadInput(_("所填内容里有不能保存的字符（NUL）。"), how=_("请删去看不见的字符再提交。"))
        return answer(request, error) if isinstance(error, LantuError) else None


def answer(request: HttpRequest, error: LantuError) -> HttpResponse:
    """The page, or for programs the JSON, that says what is wrong."""
    reference = request.request_id[:8].upper()  # type: ignore[attr-defined]
    if request.path.startswith(("/api/", "/tiles/")):
        return JsonResponse({**error.as_dict(), "reference": reference}, status=error.status)
    return render(request, "ui/error.html", {"error": error, "reference": reference}, status=error.status)


class BodyLimitMiddleware:
    """Refuses a request that brings more than ``LANTU_UPLOAD_LIMIT`` bytes, before anything of it is read or written to disk."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        size, limit = request.META.get("CONTENT_LENGTH") or "0", settings.LANTU_UPLOAD_LIMIT
        if size.isdigit() and int(size) > limit + FORM_BYTES:
            what = _("送来 %(size)s MB，超过 %(limit)s MB 的上限，没有读取。") % {"size": int(size) >> 20, "limit": limit >> 20}
            return answer(request, TooLarge(what, how=_("请拆分后再传，或请管理员调整上限。")))
        return self.get_response(request)


class ContentPolicyMiddleware:
    """Content security policy: scripts, styles and connections from this site only; map tiles from configured base maps too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        hosts = " ".join(sorted({origin for row in settings.LANTU_BASEMAPS if (origin := _origin(row.get("url", "")))}))
        self.policy = "; ".join(
            (
                "default-src 'self'",
                f"img-src 'self' data: blob: {hosts}".rstrip(),
                f"connect-src 'self' {hosts}".rstrip(),
                "worker-src 'self' blob:",
                "object-src 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "frame-ancestors 'self'",
            )
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


def _origin(url: str) -> str:
    """``https://host`` of an absolute address; one with ``{a-c}`` names several hosts and is written with a wildcard."""
    parts = urlsplit(url)
    if not parts.scheme or not parts.netloc:
        return ""
    host = parts.netloc
    return f"{parts.scheme}://{'*.' + host.split('.', 1)[1] if '{' in host else host}"
