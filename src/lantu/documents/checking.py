"""Verification of a file, PDF or OFD, with what this installation trusts; needs no database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from lantu.core.errors import BadInput
from lantu.documents.crypto import ofd, pades, ses, sm
from lantu.documents.crypto.findings import Findings
from lantu.documents.crypto.keystore import key_store


@dataclass(slots=True)
class FileRead:
    """What a file says and how its verification went."""

    kind: str
    sha256: str
    sm3: str
    findings: Findings = field(default_factory=Findings)
    signers: list[str] = field(default_factory=list)
    seal: str = ""
    signed_at: datetime | None = None
    data: dict[str, Any] | None = None
    test: bool = False


def kind_of(content: bytes) -> str:
    """``pdf`` or ``ofd`` by the first bytes. Raises ``BadInput`` for anything else."""
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return "ofd"
    raise BadInput(_("只能核验 PDF 和 OFD 文件。"), how=_("请上传签发机关给出的原件，不要截图或另存。"), code="unknown-format")


def verify_content(content: bytes, *, roots: Iterable[bytes] | None = None) -> FileRead:
    """Verify a file's seals and that it is whole. ``roots``: DER certificates to trust (default: this installation's).

    Raises ``BadInput`` for what cannot be read at all: broken, encrypted, over-long, script-carrying, parts missing.
    """
    kind = kind_of(content)
    trusted = list(roots) if roots is not None else key_store().trusted()
    read = FileRead(kind, hashlib.sha256(content).hexdigest(), sm.sm3(content).hex())
    if kind == "pdf":
        pdf = pades.verify_pdf(content, trusted, revoked=revoked())
        read.findings, read.signers, read.signed_at, read.test = pdf.findings, pdf.signers, pdf.signed_at, pdf.test
        raw = pdf.data
    else:
        found = ofd.verify(content, trusted, revoked=revoked())
        read.findings, read.signed_at, read.test, read.seal = found.findings, found.signed_at, found.test, found.seal_name
        read.signers = [found.signer] if found.signer else []
        raw = found.data
    read.data = _data(raw)
    return read


def verify_detached(content: bytes, signature: bytes, *, roots: Iterable[bytes] | None = None) -> ses.SignatureRead:
    """Verify the SM2 seal signature that was made over a whole file."""
    trusted = list(roots) if roots is not None else key_store().trusted()
    return ses.verify_signature(signature, sm.sm3(content), trusted, revoked=revoked())


def revoked() -> set[int]:
    """Numbers of revoked certificates (``revoked.json``)."""
    path = Path(settings.LANTU_SEALS) / "revoked.json"
    if not path.exists():
        return set()
    return {int(serial, 16) for serial in json.loads(path.read_text())["serials"]}


def _data(raw: bytes | None) -> dict[str, Any] | None:
    if raw is None:
        return None
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
