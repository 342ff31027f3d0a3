"""A certificate base over HTTP: JSON {accessId, accessToken, time, data} → {head{status, message}, data} (the style of domain 8.1)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.certificates.ports import Told
from lantu.core.calling import Line, NotAnsweredError
from lantu.core.errors import LantuError


class BaseDown(LantuError):
    """The certificate base did not answer, or refused."""

    status = 503
    code = "certificate-base"


class HttpBase:
    """The client. Played by ``simulators/certificate_base.py``."""

    def __init__(self, address: str, *, token: str = "", timeout: float = 10, attempts: int = 3, pause: float = 0.5) -> None:
        self.line, self.token = Line(address.rstrip("/"), timeout, attempts, pause), token

    def by_holder(self, holder_code: str, type_name: str, reason: str) -> list[Told]:
        """Certificates of a holder."""
        said = self._ask("/certificates/by-holder", {"holderCode": holder_code, "typeName": type_name, "reason": reason})
        try:
            return [_told(row) for row in said]
        except (KeyError, TypeError, ValueError) as error:
            raise BaseDown(
                _("证照库的回答读不懂。"), where=f"{self.line.address}　{error!r}"[:300], how=_("请联系证照库的管理单位。")
            ) from error

    def _ask(self, path: str, data: dict[str, Any]) -> list[dict[str, Any]]:
        stamp = timezone.localtime().strftime("%Y%m%dT%H%M%S")
        try:
            said = self.line.post(path, {"accessId": "lantu", "accessToken": self.token, "time": stamp, "data": data})
            head = said.get("head", {})
            if head.get("status") == 0:
                rows: list[dict[str, Any]] = said.get("data") or []
                return rows
            last = str(head.get("message", ""))
        except NotAnsweredError as error:
            last = error.last
        raise BaseDown(_("证照库没有回答。"), where=f"{self.line.address}{path}　{last}"[:300], how=_("请稍后再取，或请申请人上传。"))


def _told(row: dict[str, Any]) -> Told:
    return Told(
        identifier=str(row["identifier"]),
        type_name=str(row["typeName"]),
        number=str(row["number"]),
        holder_name=str(row["holderName"]),
        holder_code=str(row["holderCode"]),
        issuer_name=str(row.get("issuerName", "")),
        state=str(row["state"]),
        valid_to=date.fromisoformat(row["validTo"]) if row.get("validTo") else None,
        data=dict(row.get("data") or {}),
    )
