"""Template tags and filters of the components: ``{% load lantu %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lantu.ui import formats, marks, registry
from lantu.ui.icons import ICONS
from lantu.ui.tables import Table

register = template.Library()

for _filter in (formats.square_metres, formats.hectares, formats.mu, formats.share, formats.day, formats.moment, formats.size):
    register.filter(_filter.__name__, _filter)


@register.filter
def thousands(value: Any, decimals: int = 0) -> str:
    """A number with thousands separators."""
    return formats.number(value, decimals)


@register.simple_tag
def icon(name: str) -> SafeString:
    """The line icon of that name; hidden from screen readers, so say the meaning in words beside it."""
    return format_html('<svg class="ic" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>', ICONS[name])


@register.simple_tag
def severity(value: int, short: bool = False) -> SafeString:
    """Severity 1–5 as digit and word."""
    return marks.severity(value, short=short)


@register.simple_tag
def tag(text: Any, kind: str = "") -> SafeString:
    """A small label; ``kind``: ok, warn, err, info, line, demo."""
    return marks.tag(text, kind)


@register.simple_tag
def light(state: str, text: Any) -> SafeString:
    """A light by shape and word; ``state``: g, y, r, p (stopped), n (not started)."""
    return marks.light(state, text)


@register.simple_tag
def demo() -> SafeString:
    """The mark of demo data (演示数据)."""
    return marks.tag(_("演示数据"), "demo")


@register.simple_tag
def bar(value: float, label: Any, kind: str = "") -> SafeString:
    """A progress bar of a share (0 to 1). ``kind``: g, y, r."""
    return marks.bar(value, label, kind)


@register.simple_tag(takes_context=True)
def panels(context: dict[str, Any], place: str, subject: Any = None) -> SafeString:
    """The rooms' panels at a place, in order."""
    request: HttpRequest = context["request"]
    found = [(key, mark_safe(html)) for key, html in registry.panels(place, request, subject)]
    return format_html_join("", '<section class="panel" id="panel-{}">{}</section>', found)


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The query string of this page with some parameters changed; an empty value drops one."""
    values = context["request"].GET.copy()
    for key, value in changes.items():
        if value in ("", None):
            values.pop(key, None)
        else:
            values[key] = str(value)
    return f"?{values.urlencode()}" if values else "?"


@register.simple_tag(takes_context=True)
def query_without(context: dict[str, Any], *names: str) -> str:
    """The query string of this page without some parameters."""
    return str(query(context, **dict.fromkeys(names, "")))


@register.inclusion_tag("ui/parts/field.html")
def field(bound: Any, unit: str = "", optional: bool = False, why: str = "") -> dict[str, Any]:
    """A form field with label, hint, errors and unit. ``bound``: a bound field of a Django form."""
    described = f"{bound.id_for_label}-error" if bound.errors else ""
    return {"field": bound, "unit": unit, "optional": optional or not bound.field.required, "why": why, "described": described}


@register.inclusion_tag("ui/parts/empty.html")
def empty_state(text: Any, url: str = "", label: Any = "") -> dict[str, Any]:
    """An empty state: a sentence, and the verb that goes on."""
    return {"text": text, "url": url, "label": label}


@register.simple_tag
def rows(table: Table, page: Page[Any]) -> SafeString:
    """The rows of a page of a list."""
    return table.body(page)
