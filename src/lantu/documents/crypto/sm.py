"""SM3 digests (GB/T 32905) and SM2 signatures (GB/T 32918): the C library where it has a wheel, else plain Python.

Signatures are DER ``SEQUENCE { r, s }`` over SM3(Z ‖ M) with the default user id (GM/T 0009). Private keys are 32 bytes, public keys
64 bytes x ‖ y.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from types import ModuleType

from asn1crypto.core import Integer, Sequence
from cryptography.hazmat.primitives import hashes

from lantu.documents.crypto import curve

try:
    import gmssl_pyx as _c_library
except ImportError:  # no wheel for this machine: plain Python does the same, slower
    _c_library = None

C: ModuleType | None = _c_library
USER_ID = b"1234567812345678"
OID_SM2_SM3 = "1.2.156.10197.1.501"
OID_SM3 = "1.2.156.10197.1.401"
OID_SM2_CURVE = "1.2.156.10197.1.301"
OID_EC_KEY = "1.2.840.10045.2.1"


class _Pair(Sequence):
    _fields = [("r", Integer), ("s", Integer)]


@dataclass(frozen=True, slots=True)
class Sm2Key:
    """A private key with its public one."""

    private: bytes
    public: bytes


def sm3(data: bytes) -> bytes:
    """The SM3 digest, 32 bytes."""
    total = hashes.Hash(hashes.SM3())
    total.update(data)
    return total.finalize()


def generate() -> Sm2Key:
    """A new key pair."""
    private = secrets.randbelow(curve.N - 2) + 1
    x, y = curve.public_of(private)
    return Sm2Key(private.to_bytes(32, "big"), x.to_bytes(32, "big") + y.to_bytes(32, "big"))


def key_of(private: bytes) -> Sm2Key:
    """The pair of a stored private key."""
    x, y = curve.public_of(int.from_bytes(private, "big"))
    return Sm2Key(private, x.to_bytes(32, "big") + y.to_bytes(32, "big"))


def message_digest(public: bytes, message: bytes, user_id: bytes = USER_ID) -> bytes:
    """SM3(Z ‖ M), Z = SM3(ENTL ‖ id ‖ a ‖ b ‖ Gx ‖ Gy ‖ x ‖ y)."""
    parts = (curve.A, curve.B, *curve.G)
    head = (len(user_id) * 8).to_bytes(2, "big") + user_id + b"".join(part.to_bytes(32, "big") for part in parts)
    return sm3(sm3(head + public) + message)


def sign(key: Sm2Key, message: bytes) -> bytes:
    """The signature over a message, DER."""
    if C is not None:
        signature: bytes = C.sm2_sign(key.private, key.public, message, signer_id=USER_ID)
        return signature
    return sign_plain(key, message)


def sign_plain(key: Sm2Key, message: bytes, k: int | None = None) -> bytes:
    """The same in plain Python."""
    digest = int.from_bytes(message_digest(key.public, message), "big")
    r, s = curve.sign(int.from_bytes(key.private, "big"), digest, k)
    return bytes(_Pair({"r": r, "s": s}).dump())


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the holder's over this message; anything malformed is not."""
    numbers = _numbers(signature)
    if numbers is None or len(public) != 64 or not curve.on_curve(_point(public)):
        return False
    if C is not None:
        return bool(C.sm2_verify(public, message, signature, signer_id=USER_ID))
    return verify_plain(public, message, signature)


def verify_plain(public: bytes, message: bytes, signature: bytes) -> bool:
    """The same in plain Python."""
    numbers = _numbers(signature)
    if numbers is None or len(public) != 64:
        return False
    return curve.verify(_point(public), int.from_bytes(message_digest(public, message), "big"), *numbers)


def _point(public: bytes) -> curve.Point:
    return int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")


def _numbers(signature: bytes) -> tuple[int, int] | None:
    try:
        pair = _Pair.load(signature, strict=True)
        return int(pair["r"].native), int(pair["s"].native)
    except (ValueError, TypeError):
        return None
