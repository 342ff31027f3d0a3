"""The front page: for the public what this is and where to sign in, for staff the panels that concern their post."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.core.access import access
from lantu.core.reading import kept
from lantu.standards.models import PackVersion


@access("*")
def home(request: HttpRequest) -> HttpResponse:
    """``/``"""
    signed_in = request.actor.user_id is not None  # type: ignore[attr-defined]
    return render(request, "web/home.html" if signed_in else "web/public.html")


@kept
def _pack() -> PackVersion | None:
    return PackVersion.objects.filter(in_force=True).first()


def city_facts(request: HttpRequest) -> dict[str, Any]:
    """The platform's name in the top bar, from the city pack in force."""
    pack = _pack()
    if pack is None:
        return {}
    english = (get_language() or "").startswith("en")
    name = (pack.name_en if english else "") or pack.name_zh
    return {"city": _("%(city)s多规合一业务审批协同平台") % {"city": name}, "pack": pack}
