"""What every page needs to stand in the shell."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from lantu.core.counting import count_together
from lantu.ui import registry


def _facts(request: HttpRequest) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for source in registry.bar_facts.all():
        facts |= source(request)
    asked = {name: value for name, value in facts.items() if isinstance(value, QuerySet)}
    return facts | dict(zip(asked, count_together(list(asked.values())), strict=True))


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template context of the shell: the actor, the navigation and the facts of the top bar, both found only when a page shows them."""
    return {
        "actor": getattr(request, "actor", None),
        "navigation": SimpleLazyObject(lambda: registry.navigation(request)),
        "bar": SimpleLazyObject(lambda: _facts(request)),
        "request_reference": getattr(request, "request_id", "")[:8].upper(),
        "html_language": "en" if (get_language() or "").startswith("en") else "zh-Hans",
        "languages": settings.LANGUAGES,
        "stylesheets": STYLESHEETS,
    }


STYLESHEETS = tuple(
    f"ui/css/{name}.css"
    for name in (
        "tokens", "base", "buttons", "marks", "cards", "tables", "shell", "controls", "forms", "progress",
        "stepper", "sketch", "clock", "timeline", "plan-fills", "drawing", "public", "small",
    )
)  # fmt: skip
"""One file per component, in the order in which later ones may refine earlier ones."""
