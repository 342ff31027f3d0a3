"""How values are written for people: areas, shares, dates. The stored value is never rounded; only what is shown is."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

SQUARE_METRES_PER_MU = Decimal(2000) / Decimal(3)
MISSING = "—"


def absent(value: Any) -> bool:
    """Nothing there: no value, or what a template makes of a path that leads nowhere."""
    return value is None or value == ""


def number(value: Any, decimals: int = 0) -> str:
    """A number with thousands separators, rounded half up."""
    if absent(value):
        return MISSING
    step = Decimal(1).scaleb(-decimals)
    return f"{Decimal(str(value)).quantize(step, ROUND_HALF_UP):,}"


def square_metres(value: Any) -> str:
    """An area in ㎡ with two decimals."""
    return number(value, 2)


def hectares(value: Any) -> str:
    """An area given in ㎡, in 公顷 with four decimals."""
    return MISSING if absent(value) else number(Decimal(str(value)) / 10_000, 4)


def mu(value: Any) -> str:
    """An area given in ㎡, in 亩 with two decimals."""
    return MISSING if absent(value) else number(Decimal(str(value)) / SQUARE_METRES_PER_MU, 2)


def share(value: Any) -> str:
    """A share (0 to 1) as per cent with one decimal."""
    return MISSING if absent(value) else f"{number(Decimal(str(value)) * 100, 1)}%"


def day(value: date | datetime | None) -> str:
    """A day as 2026-11-23 in local time."""
    if not value:
        return MISSING
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    return value.strftime("%Y-%m-%d")


def moment(value: datetime | None) -> str:
    """A moment as 2026-11-23 09:41 in local time."""
    if not value:
        return MISSING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%Y-%m-%d %H:%M")


def size(value: int | None) -> str:
    """A number of bytes in the unit people use."""
    if value is None or absent(value):
        return MISSING
    amount = float(value)
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"
