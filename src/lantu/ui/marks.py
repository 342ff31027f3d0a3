"""Small marks as HTML: severity, light, label, bar. Never by colour alone: a word and a shape say the same."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

SEVERITIES: dict[int, str | Promise] = {1: _("严重"), 2: _("较重"), 3: _("一般"), 4: _("较轻"), 5: _("提示")}
_LIGHTS = {"g": "", "y": "light--y", "r": "light--r", "p": "light--p", "n": "light--n"}


def severity(value: int, *, short: bool = False) -> SafeString:
    """Severity 1–5: a square with the digit, then the word (hidden from sight but not from readers when ``short``)."""
    word = SEVERITIES.get(value, "")
    return format_html('<span class="sev sev--{}"><b>{}</b><span class="{}">{}</span></span>', value, value, "sr" if short else "", word)


def tag(text: Any, kind: str = "") -> SafeString:
    """A small label; ``kind``: ok, warn, err, info, line, demo or empty."""
    return format_html('<span class="tag{}">{}</span>', f" tag--{kind}" if kind else "", text)


def light(state: str, text: Any) -> SafeString:
    """A light; ``state``: g, y, r, p (stopped) or n (not started)."""
    return format_html('<span class="light {}">{}</span>', _LIGHTS[state], text)


def bar(value: float, label: Any, kind: str = "") -> SafeString:
    """A bar of a share (0 to 1), without inline style: an SVG whose width is an attribute."""
    width = round(100 * min(max(float(value or 0), 0.0), 1.0), 2)
    return format_html(
        '<svg class="pbar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="pbar__g" width="100" height="6"/><rect class="pbar__v {}" width="{}" height="6"/></svg>',
        label,
        kind,
        width,
    )


def link(url: str, text: Any) -> SafeString:
    """A link."""
    return format_html('<a href="{}">{}</a>', url, text)
