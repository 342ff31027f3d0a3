"""What the documents room asks of others: seal services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lantu.core.ports import Port
from lantu.documents.crypto.pades import Box


@dataclass(frozen=True, slots=True)
class SealOrder:
    """What a seal service is told to make keys for. ``kind`` 1 = of an organ, 2 = of a person; ``picture`` PNG, side in mm."""

    code: str
    name: str
    holder: str
    kind: int
    picture: bytes
    side_mm: int
    number: int
    """Counts the seal's keys; makes their name different after each rotation."""


@dataclass(frozen=True, slots=True)
class MadeKey:
    """Keys made: their name at the service, the seal after GB/T 38540, certificate numbers, validity."""

    name: str
    eseal: bytes
    rsa_serial: str
    sm2_serial: str
    valid_from: datetime
    valid_to: datetime


class SealProvider(Protocol):
    """A seal service. Every method raises a ``LantuError`` that says what failed; a call may be repeated with the same result or none."""

    def make_key(self, order: SealOrder) -> MadeKey:
        """New keys and the seal bound to them."""
        ...

    def seal_pdf(self, key: str, pdf: bytes, picture: bytes, *, box: Box, field_name: str, reason: str, signer: str) -> bytes:
        """The PDF with a visible, time-stamped PAdES signature."""
        ...

    def sign_digest(self, key: str, eseal: bytes, digest: bytes, about: str, at: datetime) -> bytes:
        """SES_Signature (GB/T 38540) over an SM3 digest; ``about`` (ASCII) names what was digested."""
        ...


seal_providers: Port[SealProvider] = Port("seal_providers")
"""``local`` here; ``remote`` when ``LANTU_SEAL_SERVICE`` names one."""
