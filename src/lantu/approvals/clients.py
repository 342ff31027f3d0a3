"""Other people's systems that the room asks: the city's real-name service (JSON over HTTP) and a virus scanner.

Played by ``simulators/real_names.py`` and ``simulators/clamd.py``.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from lantu.approvals.ports import RealName, real_names, scanners
from lantu.approvals.scanning import Clamd
from lantu.core.calling import Line, NotAnsweredError

TIMEOUT = 8.0
"""Seconds that an answer may take: somebody waits before the page."""


class HttpRealNames:
    """A real-name service (实名核验, port ``real_names``). The identity number goes out in the call and is kept nowhere."""

    name = "city"

    def __init__(self, address: str, *, token: str = "", timeout: float = TIMEOUT) -> None:
        self.line, self.token = Line(address.rstrip("/"), timeout, 1, 0.0), token

    def verify(self, full_name: str, identity: str) -> RealName:
        """Whether name and number belong together. Raises ``ConnectionError`` for whatever is no usable answer."""
        try:
            said = self.line.post("/persons/verify", {"name": full_name, "identity": identity}, **{"X-Token": self.token})
        except NotAnsweredError as error:
            raise ConnectionError(_("没有应答：%(what)s") % {"what": error.last[:200]}) from None
        matches = said.get("matches") if isinstance(said, dict) else None
        if not isinstance(matches, bool) or not str(said.get("reference") or "").strip():
            raise ConnectionError(_("回答读不懂。"))
        return RealName(matches, str(said["reference"]).strip()[:80])


def connect() -> None:
    """Register the systems whose address is set."""
    if settings.LANTU_REAL_NAMES:
        real_names.register("city", HttpRealNames(settings.LANTU_REAL_NAMES, token=settings.LANTU_REAL_NAMES_TOKEN))
    if settings.LANTU_CLAMD:
        scanners.register("clamav", Clamd(settings.LANTU_CLAMD, settings.LANTU_CLAMD_TIMEOUT))
