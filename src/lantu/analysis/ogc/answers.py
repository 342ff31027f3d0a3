"""How the service addresses answer: who asks, errors, links, what is kept by the digest of the release."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja.utils import check_csrf

from lantu.analysis.ogc.rights import Collection, caller
from lantu.blueprints.models import FusionRun
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError, Refused

READ = ("GET", "HEAD", "OPTIONS")
Service = Callable[..., HttpResponse]
AN_HOUR = 3600
T = TypeVar("T")


def service(*methods: str) -> Callable[[Service], Service]:
    """A service address: errors as JSON, a wrong password asks again, CORS is not given away.

    ``methods`` beside reading. A program signs in with every request (HTTP Basic); who comes with the session of the pages has to bring
    their token against forged requests for anything but reading.
    """

    def decorate(function: Service) -> Service:
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in (*READ, *methods):
                response = JsonResponse({"code": "method", "description": _("这个地址不接受 %(m)s。") % {"m": request.method}}, status=405)
                response["Allow"] = ", ".join((*READ, *methods))
                return response
            try:
                return function(request, who_asks(request), *args, **kwargs)
            except LantuError as error:
                return problem(error)

        answer.__doc__ = function.__doc__
        return csrf_exempt(access("*")(answer))

    return decorate


def who_asks(request: HttpRequest) -> Actor:
    """The actor; ``Refused`` for a wrong password, and for a write by a session without its token."""
    actor = caller(request)
    by_password = request.headers.get("Authorization", "").startswith("Basic ")
    if request.method not in READ and not by_password and check_csrf(request) is not None:
        raise Refused(_("请求没有通过防伪校验。"), how=_("请刷新页面后再试；程序请用 HTTP Basic。"))
    return actor


def problem(error: LantuError) -> HttpResponse:
    """An error for programs."""
    status = 401 if isinstance(error, Refused) else 400 if error.status == 422 else error.status
    response = JsonResponse({"code": error.code, "description": str(error)}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Lantu"'
    return response


def root(request: HttpRequest) -> str:
    """The address of the services."""
    return request.build_absolute_uri("/ogc/").rstrip("/")


def link(href: str, rel: str, kind: str = "application/json", title: str = "", **more: Any) -> dict[str, Any]:
    """A link of a JSON answer."""
    return {"href": href, "rel": rel, "type": kind, "title": title or rel, **more}


def keywords(request: HttpRequest) -> dict[str, str]:
    """The parameters of a WMS or WFS request; their names are upper case whatever the client writes."""
    return {key.upper(): str(value) for key, value in request.GET.items()}


def operation(query: dict[str, str], service: str, operations: Mapping[str, T]) -> T:
    """What answers the request (``REQUEST``, whatever its case) of a WMS or WFS. Raises ``BadInput`` with the standards' codes."""
    if query.get("SERVICE", service).upper() != service:
        raise BadInput(_("SERVICE 应为 %(name)s。") % {"name": service}, code="InvalidParameterValue")
    asked = query.get("REQUEST", "").upper()
    if asked not in operations:
        raise BadInput(_("没有操作「%(name)s」。") % {"name": query.get("REQUEST", "")}, code="OperationNotSupported")
    return operations[asked]


def whole_number(query: dict[str, str], name: str, usual: int | str = "") -> int:
    """A parameter that is a whole number; ``usual``: what is read where it is not given. Raises ``BadInput``."""
    text = query.get(name, str(usual))
    if not text.isdigit():
        raise BadInput(_("参数 %(name)s 应为整数。") % {"name": name}, where=text)
    return int(text)


def tag_of(request: HttpRequest, run: FusionRun | None, actor: Actor) -> str:
    """The tag of an answer that follows from a run: its digest, the question, the language and who asks; empty for living layers."""
    if run is None:
        return ""
    text = "\n".join((run.digest, str(run.pk), request.get_full_path(), translation.get_language() or "", actor.role, actor.department))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:40]}"'


def kept(request: HttpRequest, actor: Actor, run: FusionRun | None, make: Callable[[], HttpResponse]) -> HttpResponse:
    """An answer that holds as long as the release: the caller may keep it and ask by its tag; what is living is never kept."""
    tag = tag_of(request, run, actor)
    known = bool(tag) and tag in request.headers.get("If-None-Match", "")
    response = HttpResponse(status=304) if known else make()
    response["Cache-Control"] = f"private, max-age={AN_HOUR}, must-revalidate" if tag else "no-store"
    response["Vary"] = "Authorization, Cookie, Accept-Language"
    if tag:
        response["ETag"] = tag
    return response


def run_of(found: list[Collection]) -> FusionRun | None:
    """The run that layers together rest on; None as soon as one of them is living."""
    return None if any(one.is_living for one in found) or not found else found[0].run
