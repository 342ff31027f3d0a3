"""Sealed data: values so confidential that the database alone must not give them away (domain 9: keys outside of the database).

AES-256-GCM; the key is a file of the installation, not in the database and not in its backup. Changing a byte, or moving a value to
another row (``context``), makes it unreadable.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext as _

from lantu.core.errors import Conflict

_FORM = b"LS1"
_ID, _NONCE = 8, 12


def seal(data: bytes, context: str) -> bytes:
    """``data`` encrypted for its place ``context`` (e.g. ``plans.datumset:12``)."""
    key = _key(make=True)
    nonce = secrets.token_bytes(_NONCE)
    return _FORM + _id_of(key) + nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal(sealed: bytes, context: str) -> bytes:
    """The data. Raises ``Conflict`` when the key is missing or another one, or the value was tampered with."""
    value = bytes(sealed)
    head = len(_FORM)
    key = _key(make=False)
    if not value.startswith(_FORM) or value[head : head + _ID] != _id_of(key):
        raise Conflict(
            _("这份受保护数据不是用本机的密钥加密的。"), how=_("请恢复原来的密钥文件（LANTU_DATA_KEY），不要另建。"), code="wrong-key"
        )
    start = head + _ID + _NONCE
    try:
        return AESGCM(key).decrypt(value[head + _ID : start], value[start:], context.encode())
    except InvalidTag as error:
        raise Conflict(_("受保护数据被改动过，解不开。"), how=_("请从备份恢复，并查审计记录。"), code="tampered") from error


def fingerprint(data: bytes) -> str:
    """A keyed digest (HMAC-SHA-256, hex): tells equal values without giving away anything to who has not the key."""
    return hmac.new(_key(make=True), data, hashlib.sha256).hexdigest()


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"lantu data key " + key).digest()[:_ID]


def _key(*, make: bool) -> bytes:
    path = Path(settings.LANTU_DATA_KEY)
    if not path.exists():
        if not make:
            raise Conflict(
                _("找不到受保护数据的密钥文件。"), where=path.name, how=_("请恢复原来的密钥文件（LANTU_DATA_KEY）。"), code="no-key"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()[:32]
