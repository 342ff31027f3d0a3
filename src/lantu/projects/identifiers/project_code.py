"""The unified project code (统一项目代码) in its two forms.

2018 form ``YYYY-RRRRRR-II-TT-NNNNNN``: year, region (GB/T 2260), industry division (GB/T 4754), type, serial.
2020 form ``YYMM-RRRRRR-DD-TT-NNNNNC`` (发改投资〔2020〕1439号, GB/T 40058-2021, in force 2020-11-01): year and month, region, guiding
department, type, five digits that look random, a check digit. Its check algorithm is not published: it is a ``CheckDigit``
that the city may replace, and a code of another issuer is never refused for its check digit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

OLD = re.compile(r"20(?:1[3-9]|20)-\d{6}-\d{2}-\d{2}-\d{6}", re.ASCII)
NEW = re.compile(r"\d{2}(?:0[1-9]|1[0-2])-\d{6}-\d{2}-\d{2}-\d{6}", re.ASCII)
SWITCH = date(2020, 11, 1)
"""First day of the 2020 form, for whoever has no later day of their own."""

CheckDigit = Callable[[str], str]
"""Check digit (one character) of the digits before it."""

_SPREAD, _SHIFT, _RANGE = 61681, 37199, 100_000
"""n ↦ (n · spread + shift) mod 100,000 meets every number once, since the spread is coprime to the range: no repeats, no visible order."""


@dataclass(frozen=True, slots=True)
class ProjectCode:
    """A code that was read. ``field`` is the industry division in the 2018 form, the guiding department in the 2020 form."""

    text: str
    form: Literal["2018", "2020"]
    year: int
    month: int | None
    region: str
    field: str
    kind: str
    serial: str


class CodeError(ValueError):
    """Not a project code; the message is the reason, in a stable English key: ``form``, ``early``, ``future``."""


def parse(text: str, today: date) -> ProjectCode:
    """Read a code, the whole string, ASCII only.

    Raises ``CodeError``: ``form`` (neither form), ``early`` (a 2020 form dated before November 2020), ``future``.
    """
    if OLD.fullmatch(text):
        year, region, field, kind, serial = text.split("-")
        if int(year) > today.year:
            raise CodeError("future")
        return ProjectCode(text, "2018", int(year), None, region, field, kind, serial)
    if NEW.fullmatch(text):
        stamp, region, field, kind, serial = text.split("-")
        year_of, month = 2000 + int(stamp[:2]), int(stamp[2:])
        if (year_of, month) < (SWITCH.year, SWITCH.month):
            raise CodeError("early")
        if (year_of, month) > (today.year, today.month):
            raise CodeError("future")
        return ProjectCode(text, "2020", year_of, month, region, field, kind, serial)
    raise CodeError("form")


def luhn(digits: str) -> str:
    """Check digit of ISO/IEC 7812-1 annex B: our stand-in until the standard's own is known."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def series_of(on: date, region: str, field: str, kind: str, *, switch: date = SWITCH) -> str:
    """What a serial counts within: the code without its last group."""
    stamp = f"{on.year:04d}" if on < switch else f"{on:%y%m}"
    return f"{stamp}-{region}-{field}-{kind}"


def compose(series: str, number: int, *, check: CheckDigit = luhn) -> str:
    """The code of the ``number``-th project (from 1) of a series. Raises ``CodeError`` (``full``) when the series has no number left."""
    if number < 1:
        raise CodeError("form")
    if len(series.split("-", maxsplit=1)[0]) == 4 and series.startswith("20") and OLD.fullmatch(f"{series}-000001"):
        if number >= 1_000_000:
            raise CodeError("full")
        return f"{series}-{number:06d}"
    if number > _RANGE:
        raise CodeError("full")
    middle = f"{(number * _SPREAD + _SHIFT) % _RANGE:05d}"
    return f"{series}-{middle}{check(series.replace('-', '') + middle)}"
