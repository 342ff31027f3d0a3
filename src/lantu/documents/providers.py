"""The two seal services: local keys under the test authority, and a remote one over HTTP."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime
from typing import Any

from asn1crypto import x509
from django.utils.translation import gettext as _

from lantu.core.calling import Line, NotAnsweredError
from lantu.core.errors import LantuError
from lantu.documents.crypto import ses, sm
from lantu.documents.crypto.authority import SM2_MAKER, Authority
from lantu.documents.crypto.keystore import KeyStore, key_store
from lantu.documents.crypto.pades import Box, sign_pdf
from lantu.documents.ports import MadeKey, SealOrder


class SealServiceDown(LantuError):
    """The seal service did not answer, or refused."""

    status = 503
    code = "seal-service"


class LocalSeals:
    """Keys in the installation's key store, certificates of the test authority: for demonstration and tests, without legal force."""

    def __init__(self, store: KeyStore | None = None) -> None:
        self._store = store

    @property
    def store(self) -> KeyStore:
        return self._store or key_store()

    def make_key(self, order: SealOrder) -> MadeKey:
        number = order.number
        while self.store.has(f"keys/{order.code}-{number}.rsa"):  # keys of an earlier database: never overwritten
            number += 1
        name = f"keys/{order.code}-{number}"
        rsa, sm2 = Authority(self.store).seal_certificates(name, order.holder)
        facts = ses.SealFacts(
            es_id=f"{order.code}-{number}",
            name=order.name,
            kind=order.kind,
            certificates=(sm2.certificate,),
            picture=order.picture,
            width=order.side_mm,
            height=order.side_mm,
            valid_from=sm2.valid_from,
            valid_to=sm2.valid_to,
        )
        eseal = ses.make_seal(facts, sm.key_of(self.store.load(SM2_MAKER)), self.store.certificate(SM2_MAKER))
        return MadeKey(name, eseal, _serial(rsa.certificate), _serial(sm2.certificate), rsa.valid_from, rsa.valid_to)

    def seal_pdf(self, key: str, pdf: bytes, picture: bytes, *, box: Box, field_name: str, reason: str, signer: str) -> bytes:
        return sign_pdf(self.store, f"{key}.rsa", pdf, picture, box=box, field_name=field_name, reason=reason, signer=signer)

    def sign_digest(self, key: str, eseal: bytes, digest: bytes, about: str, at: datetime) -> bytes:
        private, certificate = self.store.load(f"{key}.sm2"), self.store.certificate(f"{key}.sm2")
        return ses.make_signature(eseal, sm.key_of(private), certificate, digest, about, at)


def _serial(certificate: bytes) -> str:
    return f"{x509.Certificate.load(certificate).serial_number:x}"


class RemoteSeals:
    """A seal service over HTTP: JSON with base64 bytes, an idempotency key per call, tried again on failure and silence.

    ``POST /v1/keys``, ``/v1/pdf``, ``/v1/digest``; the service keeps the keys. Played by ``simulators/seal_service.py``.
    """

    def __init__(self, address: str, *, token: str = "", timeout: float = 15, attempts: int = 3, pause: float = 0.5) -> None:
        self.line, self.token = Line(address.rstrip("/"), timeout, attempts, pause), token

    def make_key(self, order: SealOrder) -> MadeKey:
        said = self._ask(
            "/v1/keys",
            {
                "code": order.code,
                "name": order.name,
                "holder": order.holder,
                "kind": order.kind,
                "picture": _b64(order.picture),
                "side_mm": order.side_mm,
                "number": order.number,
            },
            call=f"{order.code}-{order.number}",
        )
        start, end = datetime.fromisoformat(said["valid_from"]), datetime.fromisoformat(said["valid_to"])
        return MadeKey(said["name"], base64.b64decode(said["eseal"]), said["rsa_serial"], said["sm2_serial"], start, end)

    def seal_pdf(self, key: str, pdf: bytes, picture: bytes, *, box: Box, field_name: str, reason: str, signer: str) -> bytes:
        said = self._ask(
            "/v1/pdf",
            {
                "key": key,
                "pdf": _b64(pdf),
                "picture": _b64(picture),
                "box": {"page": box.page, "x": box.x, "y": box.y, "side": box.side},
                "field_name": field_name,
                "reason": reason,
                "signer": signer,
            },
        )
        return base64.b64decode(said["pdf"])

    def sign_digest(self, key: str, eseal: bytes, digest: bytes, about: str, at: datetime) -> bytes:
        said = self._ask("/v1/digest", {"key": key, "eseal": _b64(eseal), "digest": _b64(digest), "about": about, "at": at.isoformat()})
        return base64.b64decode(said["signature"])

    def _ask(self, path: str, body: dict[str, Any], call: str = "") -> dict[str, Any]:
        try:
            said: dict[str, Any] = self.line.post(path, {**body, "call": call or uuid.uuid4().hex}, **{"X-Token": self.token})
        except NotAnsweredError as error:
            raise SealServiceDown(
                _("签章服务没有完成用印（试了 %(n)s 次）。") % {"n": error.tries},
                where=f"{self.line.address}{path}　{error.last}",
                how=_("文书和编号已保留，稍后重试即可，不会换号。"),
            ) from error
        return said


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
