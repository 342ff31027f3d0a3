"""Tags and filters of the analysis room."""

from __future__ import annotations

from django import template

from lantu.ui import formats

register = template.Library()


@register.filter
def cents_hectares(cents: int | None) -> str:
    """Hundredths of m² as hectares, four decimals."""
    return formats.MISSING if cents is None else formats.hectares(cents / 100)
