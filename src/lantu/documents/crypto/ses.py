"""E-seals and seal signatures (GB/T 38540-2020): ASN.1, written, read and verified in the standard's order.

``SESeal`` is the seal itself, made by the seal maker; ``SES_Signature`` is one use of it over a document's SM3 digest. Version field 4;
version 5 (GM/T 0031-2025, with the seal's own time stamp) is read too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asn1crypto import x509
from asn1crypto.core import (
    Any as AnyValue,
)
from asn1crypto.core import (
    GeneralizedTime,
    IA5String,
    Integer,
    ObjectIdentifier,
    OctetBitString,
    OctetString,
    Sequence,
    SequenceOf,
    UTF8String,
)
from django.utils.translation import gettext as _

from lantu.documents.crypto import sm
from lantu.documents.crypto.authority import sm2_public, sm2_signed_by
from lantu.documents.crypto.findings import Findings

VERSION = 4
CERTIFICATES, DIGESTS = 1, 2


class Header(Sequence):
    """``ID`` is always ``ES``."""

    _fields = [("id", IA5String), ("version", Integer), ("vid", IA5String)]


class CertificateList(SequenceOf):
    _child_spec = OctetString


class Property(Sequence):
    """Type of the seal, its name, whose certificates may use it, validity."""

    _fields = [
        ("type", Integer),
        ("name", UTF8String),
        ("cert_list_type", Integer),
        ("cert_list", CertificateList),
        ("create_date", GeneralizedTime),
        ("valid_start", GeneralizedTime),
        ("valid_end", GeneralizedTime),
    ]


class Picture(Sequence):
    """The seal's image; sides in millimetres."""

    _fields = [("type", IA5String), ("data", OctetString), ("width", Integer), ("height", Integer)]


class SealInfo(Sequence):
    """What the seal maker signs."""

    _fields = [
        ("header", Header),
        ("es_id", IA5String),
        ("property", Property),
        ("picture", Picture),
        ("ext_datas", AnyValue, {"explicit": 0, "optional": True}),
    ]


class SESeal(Sequence):
    """A seal: its facts, the maker's certificate and signature."""

    _fields = [
        ("info", SealInfo),
        ("cert", OctetString),
        ("sign_alg", ObjectIdentifier),
        ("signed_value", OctetBitString),
        ("time_stamp", OctetBitString, {"explicit": 0, "optional": True}),
    ]


class ToSign(Sequence):
    """What a use of the seal signs."""

    _fields = [
        ("version", Integer),
        ("eseal", SESeal),
        ("time_info", GeneralizedTime),
        ("data_hash", OctetBitString),
        ("property_info", IA5String),
        ("ext_datas", AnyValue, {"explicit": 0, "optional": True}),
    ]


class SESSignature(Sequence):
    """One use of a seal."""

    _fields = [
        ("to_sign", ToSign),
        ("cert", OctetString),
        ("signature_alg", ObjectIdentifier),
        ("signature", OctetBitString),
        ("time_stamp", OctetBitString, {"explicit": 0, "optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SealFacts:
    """What a seal is made of. ``certificates``: DER of those who may use it; ``picture``: PNG; sides in mm."""

    es_id: str
    name: str
    kind: int
    certificates: tuple[bytes, ...]
    picture: bytes
    width: int
    height: int
    valid_from: datetime
    valid_to: datetime
    vendor: str = "LantuTEST"


def make_seal(facts: SealFacts, maker: sm.Sm2Key, maker_certificate: bytes, now: datetime | None = None) -> bytes:
    """The seal, signed by the seal maker, DER."""
    info = SealInfo(
        {
            "header": {"id": "ES", "version": VERSION, "vid": facts.vendor},
            "es_id": facts.es_id,
            "property": {
                "type": facts.kind,
                "name": facts.name,
                "cert_list_type": CERTIFICATES,
                "cert_list": list(facts.certificates),
                "create_date": _time(now or datetime.now(UTC)),
                "valid_start": _time(facts.valid_from),
                "valid_end": _time(facts.valid_to),
            },
            "picture": {"type": "PNG", "data": facts.picture, "width": facts.width, "height": facts.height},
        }
    )
    # the maker signs info ‖ certificate ‖ algorithm as one sequence (GB/T 38540 6.2)
    value = sm.sign(maker, _signed_part(info, maker_certificate))
    seal = SESeal({"info": info, "cert": maker_certificate, "sign_alg": sm.OID_SM2_SM3, "signed_value": value})
    return bytes(seal.dump())


def make_signature(
    seal: bytes, signer: sm.Sm2Key, signer_certificate: bytes, data_hash: bytes, property_info: str, now: datetime | None = None
) -> bytes:
    """One use of a seal over a document's digest (32 bytes of SM3), DER. ``property_info`` names what was digested (ASCII)."""
    to_sign = ToSign(
        {
            "version": VERSION,
            "eseal": SESeal.load(seal),
            "time_info": _time(now or datetime.now(UTC)),
            "data_hash": data_hash,
            "property_info": property_info,
        }
    )
    value = sm.sign(signer, to_sign.dump())
    whole = {"to_sign": to_sign, "cert": signer_certificate, "signature_alg": sm.OID_SM2_SM3, "signature": value}
    return bytes(SESSignature(whole).dump())


class _SignedPart(Sequence):
    _fields = [("info", SealInfo), ("cert", OctetString), ("sign_alg", ObjectIdentifier)]


def _signed_part(info: SealInfo, certificate: bytes) -> bytes:
    return bytes(_SignedPart({"info": info, "cert": certificate, "sign_alg": sm.OID_SM2_SM3}).dump())


def _time(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


@dataclass(slots=True)
class SignatureRead:
    """What a verified signature says. ``sound`` only when every step passed."""

    findings: Findings = field(default_factory=Findings)
    seal_name: str = ""
    signer: str = ""
    signed_at: datetime | None = None
    picture: bytes = b""
    property_info: str = ""
    test: bool = False


def read_seal(data: bytes) -> SESeal:
    """Parse a seal. Raises ``ValueError``."""
    seal = SESeal.load(data, strict=True)
    if seal["info"]["header"]["id"].native != "ES" or int(seal["info"]["header"]["version"].native) not in (4, 5):
        raise ValueError("not a seal of GB/T 38540")
    _touch(seal)
    return seal


def verify_signature(
    data: bytes, data_hash: bytes, roots: Iterable[bytes], *, revoked: Iterable[int] = (), now: datetime | None = None
) -> SignatureRead:
    """Verify one use of a seal over ``data_hash``, step by step in the order of GB/T 38540 7.4. Never raises for bad input."""
    read = SignatureRead()
    found = read.findings
    try:
        signature = SESSignature.load(data, strict=True)
        _touch(signature)
        to_sign = signature["to_sign"]
        seal = read_seal(to_sign["eseal"].dump())
        signer = x509.Certificate.load(signature["cert"].native)
        maker = x509.Certificate.load(seal["cert"].native)
        signed_at: datetime = to_sign["time_info"].native
        signer_name, maker_name = str(signer.subject.native.get("common_name", "")), str(maker.subject.native.get("common_name", ""))
        span = _span_of(signer), _span_of(maker)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        found.fail("format", _("签章数据读不出，不是 GB/T 38540 的签章。"), str(error)[:200])
        return read
    read.seal_name, read.signer, read.signed_at = str(seal["info"]["property"]["name"].native), signer_name, signed_at
    read.picture, read.property_info = seal["info"]["picture"]["data"].native, str(to_sign["property_info"].native)
    read.test = "TEST" in signer_name or "TEST" in maker_name
    authorities = [x509.Certificate.load(root) for root in roots]
    gone = set(revoked)
    _check_seal(found, seal, maker, authorities, gone, signed_at)
    _check_use(found, signature, signer, authorities, gone, data_hash)
    when = now or datetime.now(UTC)
    if not span[0][0] <= signed_at <= span[0][1]:
        found.fail("signer-validity", _("签署时，签章人证书不在有效期内。"))
    elif span[0][1] < when:
        found.notice("signer-validity", _("签章人证书现已到期；签署时有效，签章仍然成立。"))
    if signed_at > when:
        found.fail("time", _("签署时间在将来。"))
    else:
        found.passed(
            "time", _("签署时间 %(at)s，随签章一起受保护；没有第三方时间戳。") % {"at": f"{signed_at.astimezone():%Y-%m-%d %H:%M:%S}"}
        )
    return read


def _check_seal(
    found: Findings, seal: SESeal, maker: x509.Certificate, roots: list[x509.Certificate], gone: set[int], signed_at: datetime
) -> None:
    public = sm2_public(maker)
    name = str(seal["info"]["property"]["name"].native)
    part = _signed_part(seal["info"], seal["cert"].native)
    if public is None or seal["sign_alg"].dotted != sm.OID_SM2_SM3 or not sm.verify(public, part, seal["signed_value"].native):
        found.fail("seal", _("印章「%(name)s」本身的签名不对：印章被改过，或不是制章机构做的。") % {"name": name})
    elif not any(sm2_signed_by(maker, root) for root in roots):
        found.fail("seal-chain", _("印章「%(name)s」的制章机构不在受信任的根之下。") % {"name": name}, str(maker.subject.human_friendly))
    elif maker.serial_number in gone:
        found.fail("seal-chain", _("制章机构的证书已被吊销。"))
    else:
        facts = seal["info"]["property"]
        start, end = facts["valid_start"].native, facts["valid_end"].native
        made = facts["create_date"].native
        first, last = _span_of(maker)
        if not first <= made <= last:
            found.fail("seal-chain", _("制章时，制章机构的证书不在有效期内。"))
        elif not start <= signed_at <= end:
            found.fail("seal-validity", _("签署时，印章「%(name)s」不在有效期内。") % {"name": name})
        else:
            found.passed("seal", _("印章「%(name)s」由受信任的制章机构制作，签署时有效。") % {"name": name})


def _check_use(
    found: Findings, signature: SESSignature, signer: x509.Certificate, roots: list[x509.Certificate], gone: set[int], data_hash: bytes
) -> None:
    to_sign = signature["to_sign"]
    if to_sign["data_hash"].native != data_hash:
        found.fail("digest", _("文件的摘要与签章时不同：内容被改过。"))
    else:
        found.passed("digest", _("SM3 摘要与签章时一致，签章后没有改动。"))
    facts = to_sign["eseal"]["info"]["property"]
    listed = [item.native for item in facts["cert_list"]]
    der = signature["cert"].native
    named = der in listed if int(facts["cert_list_type"].native) == CERTIFICATES else sm.sm3(der) in listed
    if not named:
        found.fail("signer", _("签章人的证书不在印章的授权名单里：印章被无权的人使用。"))
        return
    public = sm2_public(signer)
    if public is None or not sm.verify(public, to_sign.dump(), signature["signature"].native):
        found.fail("signature", _("SM2 签名不对。"))
    elif not any(sm2_signed_by(signer, root) for root in roots):
        found.fail("chain", _("签章人的证书不在受信任的根之下。"), str(signer.subject.human_friendly))
    elif signer.serial_number in gone:
        found.fail("chain", _("签章人的证书已被吊销。"))
    elif signer.key_usage_value is None or "digital_signature" not in signer.key_usage_value.native:
        found.fail("chain", _("签章人的证书不能用于签名。"))
    else:
        found.passed("signature", _("SM2 签名正确，证书链完整。"))


def _span_of(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    return certificate.not_valid_before, certificate.not_valid_after


def _touch(value: Any) -> None:
    """Read every value once: asn1crypto parses lazily, and what is malformed must show now."""
    _ = value.native
