"""What the room asks of others: what a unit or project holds already, who a person really is, whether a file carries a virus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from lantu.core.ports import Port


@dataclass(frozen=True, slots=True)
class Holding:
    """A certificate that is held, so that nobody is asked for it. ``data``: its facts by code, for filling in forms."""

    title: str
    number: str
    issuer: str = ""
    valid_to: date | None = None
    data: dict[str, Any] = field(default_factory=dict)
    url: str = ""


class Holdings(Protocol):
    """Valid certificates by name (``title``) of a holder (unified social credit code) or of a project (its code)."""

    def held(self, title: str, holder_code: str, project_code: str) -> Sequence[Holding]: ...


@dataclass(frozen=True, slots=True)
class RealName:
    """The answer of a real-name service: whether name and identity document belong together, its reference."""

    matches: bool
    reference: str


class RealNames(Protocol):
    """Checks a person's name against their identity document (实名核验). Raises ``ConnectionError`` when it does not answer."""

    name: str

    def verify(self, full_name: str, identity: str) -> RealName: ...


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a virus scanner says of a file; ``virus`` names what it found, empty for nothing."""

    virus: str


class Scanner(Protocol):
    """Looks for viruses. Raises ``ConnectionError`` when it does not answer."""

    @property
    def name(self) -> str: ...

    def scan(self, path: Path) -> Scanned: ...


holdings: Port[Holdings] = Port("holdings")
real_names: Port[RealNames] = Port("real_names")
scanners: Port[Scanner] = Port("scanners")
"""None registered: files are marked as not scanned (未扫描), never as clean."""
