"""Other people's systems over HTTP: the province's investment platform, and the legal-person base (both JSON, style of domain 8.1).

Played by ``simulators/investment_platform.py`` and ``simulators/legal_person_base.py``. A call is made once, outside of transactions;
what fails is tried again later by whoever asked.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from lantu.core.calling import Line, NotAnsweredError
from lantu.projects.ports import LegalPerson, code_issuers, legal_persons

TIMEOUT = 8.0
"""Seconds that an answer may take."""


class _Caller:
    """What both have: one call, the token, ``ConnectionError`` for whatever is no usable answer."""

    def __init__(self, address: str, *, token: str = "", timeout: float = TIMEOUT) -> None:
        self.line, self.token = Line(address.rstrip("/"), timeout, 1, 0.0), token

    def ask(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        try:
            said = self.line.post(path, data, **{"X-Token": self.token})
        except NotAnsweredError as error:
            raise ConnectionError(_("没有应答：%(what)s") % {"what": error.last[:200]}) from None
        if not isinstance(said, dict):
            raise ConnectionError(unreadable(said))
        return said


def unreadable(said: Any) -> str:
    """The words for an answer that makes no sense."""
    return _("回答读不懂：%(what)s") % {"what": str(said)[:120]}


class HttpIssuer(_Caller):
    """A platform that gives projects a code (port ``code_issuers``)."""

    def __init__(self, issuer: str, address: str, *, token: str = "", timeout: float = TIMEOUT) -> None:
        super().__init__(address, token=token, timeout=timeout)
        self.issuer = issuer

    def apply(self, key: str, facts: dict[str, str]) -> str | None:
        """The code; ``None`` while the platform is deciding. Raises ``ConnectionError``, or ``ValueError`` with the reason of a refusal."""
        said = self.ask("/projects/apply", {"key": key, "project": facts})
        state, code = said.get("state"), said.get("code")
        if state == "deciding":
            return None
        if state == "refused":
            raise ValueError(str(said.get("reason") or _("没有说明原因"))[:200])
        if state == "given" and isinstance(code, str) and code.strip():
            return code.strip()
        raise ConnectionError(unreadable(said))


class HttpLegalPersons(_Caller):
    """The legal-person base (port ``legal_persons``)."""

    def find(self, uscc: str) -> LegalPerson | None:
        """The unit; ``None`` when the base says that there is none. Raises ``ConnectionError``."""
        said = self.ask("/units/find", {"uscc": uscc})
        if said.get("found") is False:
            return None
        unit = said.get("unit")
        if not isinstance(unit, dict) or unit.get("uscc") != uscc or not str(unit.get("name") or "").strip():
            raise ConnectionError(unreadable(said))
        return LegalPerson(uscc, str(unit["name"]).strip(), str(unit.get("state") or ""))


def connect() -> None:
    """Register the systems whose address is set."""
    if settings.LANTU_PROVINCE:
        code_issuers.register("province", HttpIssuer("province", settings.LANTU_PROVINCE, token=settings.LANTU_PROVINCE_TOKEN))
    if settings.LANTU_LEGAL_PERSONS:
        legal_persons.register("city", HttpLegalPersons(settings.LANTU_LEGAL_PERSONS, token=settings.LANTU_LEGAL_PERSONS_TOKEN))
