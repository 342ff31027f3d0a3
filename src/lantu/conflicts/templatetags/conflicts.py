"""Template filters of the room: ``{% load conflicts %}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def cf_get(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of a key; the key itself when there is none."""
    return mapping.get(key, key)
