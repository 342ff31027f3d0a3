"""Looking codes up and taking mixed-use texts apart (domain 1.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SUFFIX = re.compile(r"[(（][^)）]*[)）]|[*＊]")
_SHARED = re.compile(r"([^:：]+)[:：](\d+(?:\.\d+)?)(%?)")
_SEPARATORS = re.compile(r"[/+、，,;；&\s兼与]+")

SHARE_TOLERANCE = 0.011
"""Shares written with two decimals (0.33 + 0.33 + 0.33) make one whole."""


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A class as its table has it."""

    code: str
    parent: str
    name_zh: str
    construction: str
    color: str
    traits: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One code system. ``matching``: ``exact``, ``hierarchy`` or ``prefix2`` (011 counts as 010)."""

    system: str
    version: str
    name_zh: str
    matching: str
    entries: dict[str, CodeEntry]

    def find(self, text: str) -> CodeEntry | None:
        """One class by its code or its full name; in a ``prefix2`` table also by the first two digits. None when unknown."""
        value = text.strip()
        if value in self.entries:
            return self.entries[value]
        if self.matching == "prefix2" and len(value) == 3 and value.isdigit() and value[:2] + "0" in self.entries:
            return self.entries[value[:2] + "0"]
        named = [entry for entry in self.entries.values() if entry.name_zh == value or entry.name_zh == value.removesuffix("用地")]
        return named[0] if len(named) == 1 else None

    def parse(self, text: str) -> list[tuple[str, float]] | None:
        """The classes of a value with equal shares, in order: ``B1/R2``, ``R2B1``, ``A33+G1``, ``R2(c)`` or Chinese names; or with
        shares of their own: ``R2:0.7/B1:0.3``, ``R2:70%/B1:30%``.

        None when any part is unknown: an unknown code is never silently something. None also for shares that do not make one whole.
        """
        whole = self.find(text)
        if whole:
            return [(whole.code, 1.0)]
        if ":" in text or "：" in text:
            return self._with_shares(text)
        codes: list[str] = []
        for part in filter(None, _SEPARATORS.split(_SUFFIX.sub("", text))):
            found = self.find(part)
            parts = [found.code] if found else self._run_together(part)
            if not parts:
                return None
            codes.extend(parts)
        unique = list(dict.fromkeys(codes))
        return [(code, 1 / len(unique)) for code in unique] or None

    def _with_shares(self, text: str) -> list[tuple[str, float]] | None:
        shares: dict[str, float] = {}
        for part in filter(None, _SEPARATORS.split(text)):
            match = _SHARED.fullmatch(part)
            found = self.find(match[1]) if match else None
            if match is None or found is None:
                return None
            shares[found.code] = shares.get(found.code, 0.0) + float(match[2]) / (100 if match[3] else 1)
        whole = sum(shares.values())
        return [(code, share / whole) for code, share in shares.items()] if abs(whole - 1) <= SHARE_TOLERANCE else None

    def _run_together(self, text: str) -> list[str]:
        """Codes written without separator (``R2B1``), longest first; empty when it does not come out even."""
        if not re.fullmatch(r"[A-Z0-9]+", text):
            return []
        codes = []
        while text:
            head = next((text[:length] for length in range(min(6, len(text)), 0, -1) if text[:length] in self.entries), None)
            if head is None or (len(text) > len(head) and text[len(head)].isdigit()):
                return []
            codes.append(head)
            text = text[len(head) :]
        return codes

    def ancestors(self, code: str) -> list[str]:
        """The code and its parents, itself first."""
        chain: list[str] = []
        while code and code not in chain:
            chain.append(code)
            entry = self.entries.get(code)
            code = entry.parent if entry else ""
        return chain

    def construction(self, codes: list[tuple[str, float]]) -> str:
        """``yes`` when any part is construction, ``no`` when all are known not to be, else ``unknown``."""
        kinds = [self.entries[code].construction for code, _share in codes if code in self.entries]
        if "yes" in kinds:
            return "yes"
        return "no" if kinds and len(kinds) == len(codes) and all(kind == "no" for kind in kinds) else "unknown"
