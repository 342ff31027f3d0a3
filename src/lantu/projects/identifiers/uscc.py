"""The unified social credit code (统一社会信用代码, GB 32100-2015) and the organisation code inside it (GB 11714)."""

from __future__ import annotations

import re
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_FORM = re.compile(f"[{ALPHABET}]{{2}}[0-9]{{6}}[0-9A-Z]{{9}}[{ALPHABET}]", re.ASCII)
KINDS = {
    "11": "机关",
    "12": "事业单位",
    "51": "社会团体",
    "52": "民办非企业单位",
    "53": "基金会",
    "91": "企业",
    "92": "个体工商户",
    "93": "农民专业合作社",
}


class UsccError(ValueError):
    """Not a code: ``form`` or ``check``."""


@dataclass(frozen=True, slots=True)
class Uscc:
    """A code that was read; ``doubts`` are warnings: ``organisation-check``, ``kind``."""

    text: str
    kind: str
    region: str
    organisation: str
    doubts: tuple[str, ...]


def check_character(body: str) -> str:
    """Character 18 of the 17 before it. Raises ``UsccError`` for a character outside of the alphabet."""
    try:
        total = sum(_VALUES[character] * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    except (KeyError, ValueError):
        raise UsccError("form") from None
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check(body: str) -> str:
    """Character 9 of an organisation code (GB 11714) of the 8 before it."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def parse(text: str) -> Uscc:
    """Read a code, the whole string, ASCII capitals only. Raises ``UsccError``; what some real codes get wrong is only a doubt."""
    if not _FORM.fullmatch(text):
        raise UsccError("form")
    if check_character(text[:17]) != text[17]:
        raise UsccError("check")
    organisation = text[8:17]
    doubts = [] if organisation_check(organisation[:8]) == organisation[8] else ["organisation-check"]
    if text[:2] not in KINDS and text[0] != "Y":
        doubts.append("kind")
    return Uscc(text, KINDS.get(text[:2], ""), text[2:8], organisation, tuple(doubts))
