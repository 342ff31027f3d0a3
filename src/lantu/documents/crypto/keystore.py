"""Private keys in files, encrypted (AES-256-GCM under a key derived from a passphrase by scrypt), never in the database.

The passphrase is ``LANTU_SEAL_PASSPHRASE``; without it one is made at first use and kept beside the keys, readable by its owner only,
which protects copies of single files but not of the whole folder. Keep the folder out of ordinary backups or set the passphrase.
"""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext as _

from lantu.core.errors import LantuError

_HEAD = b"LANTUKEY1"


class KeyUnreadable(LantuError):
    """A private key is missing or does not open with this passphrase."""

    status = 500
    code = "key-unreadable"


@dataclass(frozen=True, slots=True)
class KeyStore:
    """A folder of encrypted keys, certificates (``*.crt``, DER) and trusted roots."""

    folder: Path

    def save(self, name: str, secret: bytes) -> None:
        """Encrypt and write; an existing key is never overwritten."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        body = AESGCM(_derived(self._passphrase(), salt)).encrypt(nonce, secret, name.encode())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(_HEAD + salt + nonce + body)
        load_key.cache_clear()

    def load(self, name: str) -> bytes:
        """The secret. Raises ``KeyUnreadable``."""
        return load_key(self, name)

    def has(self, name: str) -> bool:
        return self._path(name).exists()

    def put_certificate(self, name: str, der: bytes) -> None:
        """Write a certificate beside the keys."""
        path = self.folder / f"{name}.crt"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(der)

    def certificate(self, name: str) -> bytes:
        return (self.folder / f"{name}.crt").read_bytes()

    def trusted(self) -> list[bytes]:
        """The roots (DER) that count here: ``trust/*.crt``."""
        return [path.read_bytes() for path in sorted((self.folder / "trust").glob("*.crt"))]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def _passphrase(self) -> str:
        if given := os.environ.get("LANTU_SEAL_PASSPHRASE"):
            return given
        path = self.folder / "passphrase"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text().strip()


@functools.lru_cache(maxsize=256)
def load_key(store: KeyStore, name: str) -> bytes:
    """Read and decrypt, kept in this process's memory: deriving the key takes a noticeable time."""
    try:
        data = store._path(name).read_bytes()
    except FileNotFoundError as error:
        raise KeyUnreadable(
            _("没有密钥「%(name)s」。") % {"name": name}, where=str(store.folder), how=_("请恢复密钥文件夹，或轮换密钥。")
        ) from error
    head = len(_HEAD)
    salt, nonce, body = data[head : head + 16], data[head + 16 : head + 28], data[head + 28 :]
    try:
        return AESGCM(_derived(store._passphrase(), salt)).decrypt(nonce, body, name.encode())
    except (InvalidTag, ValueError) as error:
        raise KeyUnreadable(
            _("密钥「%(name)s」解不开。") % {"name": name}, where=str(store.folder), how=_("请核对 LANTU_SEAL_PASSPHRASE。")
        ) from error


@functools.lru_cache(maxsize=64)
def _derived(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


def key_store() -> KeyStore:
    """The installation's store."""
    return KeyStore(Path(settings.LANTU_SEALS))
