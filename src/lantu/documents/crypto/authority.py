"""The test certification authority (测试 CA), made at first use and marked TEST in every name.

Its certificates give no legal force: a real seal comes from a licensed authority and the province's seal system by the remote provider.
Two chains: RSA for PAdES (root, issuing authority, time stamp, seal) and SM2 for e-seals (root, seal maker, seal).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import algos, keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lantu.documents.crypto import sm
from lantu.documents.crypto.keystore import KeyStore

MARK = "测试 TEST"
ORGANISATION = "蓝图测试机构 Lantu TEST, no legal force"
ROOT_DAYS, SEAL_DAYS = 3650, 1095
RSA_ROOT, RSA_ISSUER, RSA_STAMP = "ca/rsa-root", "ca/rsa-issuer", "ca/rsa-stamp"
SM2_ROOT, SM2_MAKER = "ca/sm2-root", "ca/sm2-maker"

keys.NamedCurve.register("sm2p256v1", sm.OID_SM2_CURVE, 32)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate (DER), its key's name in the store, and until when it is valid."""

    name: str
    certificate: bytes
    valid_from: datetime
    valid_to: datetime


@dataclass(frozen=True, slots=True)
class Authority:
    """The test authority over a key store."""

    store: KeyStore

    def ensure(self) -> None:
        """Make what is not there yet: both roots, the issuing authority, the time stamp's and the seal maker's certificate."""
        if not self.store.has(RSA_ROOT):
            self._rsa(RSA_ROOT, f"蓝图测试根 CA {MARK}", None, "ca", ROOT_DAYS)
            self._trust(RSA_ROOT)
        if not self.store.has(RSA_ISSUER):
            self._rsa(RSA_ISSUER, f"蓝图测试签发 CA {MARK}", RSA_ROOT, "ca", ROOT_DAYS)
        if not self.store.has(RSA_STAMP):
            self._rsa(RSA_STAMP, f"蓝图测试时间戳 {MARK}", RSA_ISSUER, "stamp", ROOT_DAYS)
        if not self.store.has(SM2_ROOT):
            self._sm2(SM2_ROOT, f"蓝图测试国密根 CA {MARK}", None, "ca", ROOT_DAYS)
            self._trust(SM2_ROOT)
        if not self.store.has(SM2_MAKER):
            self._sm2(SM2_MAKER, f"蓝图测试制章机构 {MARK}", SM2_ROOT, "sign", ROOT_DAYS)

    def seal_certificates(self, name: str, holder: str, days: int = SEAL_DAYS, since: datetime | None = None) -> tuple[Issued, Issued]:
        """An RSA and an SM2 certificate with new keys for a seal: stored as ``<name>.rsa`` and ``<name>.sm2``."""
        self.ensure()
        subject = f"{holder} {MARK}"
        return (
            self._rsa(f"{name}.rsa", subject, RSA_ISSUER, "sign", days, since),
            self._sm2(f"{name}.sm2", subject, SM2_ROOT, "sign", days, since),
        )

    def _trust(self, name: str) -> None:
        self.store.put_certificate(f"trust/{name.removeprefix('ca/')}", self.store.certificate(name))

    def _rsa(self, name: str, subject: str, issuer: str | None, usage: str, days: int, since: datetime | None = None) -> Issued:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        issuer_key, issuer_name = key, _name(subject)
        if issuer is not None:
            loaded = serialization.load_der_private_key(self.store.load(issuer), None)
            assert isinstance(loaded, rsa.RSAPrivateKey)
            issuer_key, issuer_name = loaded, x509.load_der_x509_certificate(self.store.certificate(issuer)).subject
        start, end = _span(days, since)
        builder = (
            x509.CertificateBuilder(issuer_name, _name(subject), key.public_key(), x509.random_serial_number(), start, end)
            .add_extension(x509.BasicConstraints(ca=usage == "ca", path_length=None), critical=True)
            .add_extension(_usage(usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )
        if usage == "stamp":
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        der = builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        secret = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.store.put_certificate(name, der)
        self.store.save(name, secret)
        return Issued(name, der, start, end)

    def _sm2(self, name: str, subject: str, issuer: str | None, usage: str, days: int, since: datetime | None = None) -> Issued:
        key = sm.generate()
        signer = key if issuer is None else sm.key_of(self.store.load(issuer))
        subject_name = _plain_name(subject)
        issuer_name = subject_name if issuer is None else asn1.Certificate.load(self.store.certificate(issuer)).subject
        start, end = _span(days, since)
        der = sm2_certificate(subject_name, issuer_name, key.public, signer, usage, start, end)
        self.store.put_certificate(name, der)
        self.store.save(name, key.private)
        return Issued(name, der, start, end)


def sm2_certificate(
    subject: asn1.Name, issuer: asn1.Name, public: bytes, signer: sm.Sm2Key, usage: str, start: datetime, end: datetime
) -> bytes:
    """An X.509 certificate over an SM2 key, signed with SM2 over SM3 (GM/T 0015), DER."""
    algorithm = algos.SignedDigestAlgorithm({"algorithm": sm.OID_SM2_SM3})
    extensions: Sequence[dict[str, Any]] = (
        {"extn_id": "basic_constraints", "critical": True, "extn_value": asn1.BasicConstraints({"ca": usage == "ca"})},
        {
            "extn_id": "key_usage",
            "critical": True,
            "extn_value": asn1.KeyUsage({"key_cert_sign", "crl_sign"} if usage == "ca" else {"digital_signature", "non_repudiation"}),
        },
    )
    body = asn1.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(120),
            "signature": algorithm,
            "issuer": issuer,
            "validity": {
                "not_before": asn1.Time({"utc_time": start}),
                "not_after": asn1.Time({"utc_time": end}),
            },
            "subject": subject,
            "subject_public_key_info": keys.PublicKeyInfo(
                {
                    "algorithm": {"algorithm": "ec", "parameters": keys.ECDomainParameters(name="named", value="sm2p256v1")},
                    "public_key": keys.ECPointBitString(b"\x04" + public),
                }
            ),
            "extensions": list(extensions),
        }
    )
    signed = {"tbs_certificate": body, "signature_algorithm": algorithm, "signature_value": sm.sign(signer, body.dump())}
    return bytes(asn1.Certificate(signed).dump())


def sm2_public(certificate: asn1.Certificate) -> bytes | None:
    """The 64 bytes of the SM2 key in a certificate; None when it holds another kind of key."""
    info = certificate.public_key
    if info.algorithm != "ec" or info["algorithm"]["parameters"].chosen.dotted != sm.OID_SM2_CURVE:
        return None
    point: bytes = info["public_key"].native
    return point[1:] if len(point) == 65 and point[0] == 4 else None


def sm2_signed_by(certificate: asn1.Certificate, issuer: asn1.Certificate) -> bool:
    """Whether ``issuer`` may sign certificates and signed this one."""
    public, constraints = sm2_public(issuer), issuer.basic_constraints_value
    if public is None or constraints is None or not constraints["ca"].native or certificate.issuer != issuer.subject:
        return False
    if certificate["signature_algorithm"]["algorithm"].dotted != sm.OID_SM2_SM3:
        return False
    return sm.verify(public, certificate["tbs_certificate"].dump(), certificate["signature_value"].native)


def _span(days: int, since: datetime | None) -> tuple[datetime, datetime]:
    start = (since or datetime.now(UTC) - timedelta(minutes=5)).replace(microsecond=0)
    return start, start + timedelta(days=days)


def _name(common: str) -> x509.Name:
    parts = ((NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, ORGANISATION), (NameOID.COMMON_NAME, common[:64]))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _plain_name(common: str) -> asn1.Name:
    return asn1.Name.build({"country_name": "CN", "organization_name": ORGANISATION, "common_name": common[:64]})


def _usage(usage: str) -> x509.KeyUsage:
    ca = usage == "ca"
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
