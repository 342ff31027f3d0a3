"""What the approvals room asks of the rooms above: certificates for what was granted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lantu.approvals.models import StageApplication
from lantu.core.actor import Actor
from lantu.core.ports import Port


@dataclass(frozen=True, slots=True)
class PermitField:
    """A field of a certificate type."""

    name: str
    title: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class PermitOrder:
    """A certificate that a branch has earned. ``key`` makes it once; ``geometry``: the site, EPSG:4490, or none."""

    type: str
    key: str
    application: StageApplication
    item: str
    holder_name: str
    holder_code: str = ""
    data: dict[str, str] = field(default_factory=dict)
    geometry: Any = None


@dataclass(frozen=True, slots=True)
class Permit:
    """A certificate as approvals knows it. ``reference``: its key in its room; ``issued``: sealed and in force."""

    reference: str
    number: str
    title: str
    url: str
    issued: bool


class PermitOffice(Protocol):
    """Makes certificates (the room of certificates). Raises ``LantuError`` for what cannot be made."""

    def fields(self, type_code: str) -> list[PermitField]:
        """What must be said on a certificate of a type, the holder aside."""
        ...

    def prepare(self, actor: Actor, order: PermitOrder) -> Permit:
        """Hold number and identifier; in the caller's transaction."""
        ...

    def issue_together(self, actor: Actor, references: Sequence[str]) -> list[Permit]:
        """Seal and issue all or none; outside of transactions."""
        ...

    def permit(self, reference: str) -> Permit:
        """One certificate."""
        ...

    def content(self, reference: str) -> bytes:
        """The sealed PDF. Raises ``NotFound`` before issue."""
        ...

    def revoke(self, actor: Actor, reference: str, reason: str, basis: str) -> None:
        """A result was revoked: so is the certificate, and what was issued in its place; what was only prepared is dropped.

        Raises ``Conflict`` while one of them is being sealed.
        """
        ...

    def correct(self, actor: Actor, reference: str, data: dict[str, str], *, key: str, reason: str, basis: str) -> Permit:
        """Prepare a successor with other data, for a reason and on a legal basis."""
        ...


permit_offices: Port[PermitOffice] = Port("approvals.permit_offices")
"""One, ``certificates``."""


def permit_office() -> PermitOffice:
    """The office there is. Raises ``LookupError`` when the room of certificates is not installed."""
    return permit_offices.get("certificates")
