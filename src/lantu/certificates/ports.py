"""What the certificates room asks of others: certificate bases."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from lantu.core.ports import Port


@dataclass(frozen=True, slots=True)
class Told:
    """A certificate as a base tells it."""

    identifier: str
    type_name: str
    number: str
    holder_name: str
    holder_code: str
    issuer_name: str
    state: str
    valid_to: date | None = None
    data: dict[str, Any] = field(default_factory=dict)


class CertificateBase(Protocol):
    """A certificate base (电子证照库) of the city or province. Methods raise ``LantuError`` when it does not answer."""

    def by_holder(self, holder_code: str, type_name: str, reason: str) -> list[Told]:
        """Certificates of a holder, of a type by name (empty: all). ``reason``: the case for which they are taken."""
        ...


certificate_bases: Port[CertificateBase] = Port("certificate_bases")
"""``city`` when ``LANTU_CERTIFICATE_BASE`` names one."""
