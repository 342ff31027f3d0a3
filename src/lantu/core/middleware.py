"""Who acts in this request, and how errors meant for people are shown."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from lantu.core.actor import ANONYMOUS, Actor
from lantu.core.errors import LantuError
from lantu.core.ports import Port

GetResponse = Callable[[HttpRequest], HttpResponse]

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
    """Shows a ``LantuError`` as page or JSON with its status; other errors go on to Django."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, LantuError):
            return None
        reference = request.request_id[:8].upper()  # type: ignore[attr-defined]
        if request.path.startswith(("/api/", "/tiles/")):
            return JsonResponse({**error.as_dict(), "reference": reference}, status=error.status)
        return render(request, "ui/error.html", {"error": error, "reference": reference}, status=error.status)


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
