"""Slopes in words."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _

from lantu.ui import formats


def percent(value: float | None) -> str:
    """A slope in percent and degrees."""
    if value is None:
        return formats.MISSING
    degrees = math.degrees(math.atan(value / 100))
    return _("%(percent)s%%（%(degrees)s°）") % {"percent": formats.number(value, 1), "degrees": formats.number(degrees, 1)}
