"""Names of roles in templates: ``{% load accounts %}``."""

from __future__ import annotations

from django import template

from lantu.accounts import acting

register = template.Library()


@register.simple_tag
def role_name(code: str) -> str:
    """The role's name in the page's language."""
    return acting.role_name(code)
