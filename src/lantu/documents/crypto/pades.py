"""PDF signatures (PAdES B-T) by pyHanko: a visible seal, RSA/SHA-256, a local time stamp; and their verification in words."""

from __future__ import annotations

import functools
import hashlib
import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, keys, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from django.utils.translation import gettext as _
from PIL import Image
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError, as_signing_certificate, simple_cms_attribute
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from lantu.core.errors import BadInput
from lantu.documents.crypto.authority import RSA_ISSUER, RSA_STAMP
from lantu.documents.crypto.findings import Findings
from lantu.documents.crypto.keystore import KeyStore

MAX_PAGES = 300
RESERVED = 24_576
"""Hex digits kept free for signature, certificates and time stamp (they take some 15,000)."""
MM = 72 / 25.4
_UNREADABLE = (
    PdfError, zlib.error, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Box:
    """Where the seal stands: page (0 = first, -1 = last), lower left corner and side in millimetres from the page's lower left."""

    page: int = 0
    x: float = 130
    y: float = 30
    side: float = 40


class _Signer(signers.SimpleSigner):
    """Keeps the opened key: opening it checks it, which takes longer than signing."""

    _opened: rsa.RSAPrivateKey | None = None

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        if self._opened is None:
            opened = serialization.load_der_private_key(self.signing_key.dump(), None)
            assert isinstance(opened, rsa.RSAPrivateKey)
            self._opened = opened
        assert digest_algorithm == "sha256"
        return self._opened.sign(data, PKCS1v15(), hashes.SHA256())


@functools.lru_cache(maxsize=64)
def _signer(store: KeyStore, name: str) -> signers.SimpleSigner:
    registry = SimpleCertificateStore.from_certs([x509.Certificate.load(store.certificate(RSA_ISSUER))])
    certificate = x509.Certificate.load(store.certificate(name))
    return _Signer(certificate, keys.PrivateKeyInfo.load(store.load(name)), registry)


class _Stamper(DummyTimeStamper):
    """Keeps the opened key, as ``_Signer`` does; else pyHanko's own way of making a token."""

    _opened: rsa.RSAPrivateKey | None = None

    def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, cms.CMSAttributes]:
        if self._opened is None:
            opened = serialization.load_der_private_key(self.tsa_key.dump(), None)
            assert isinstance(opened, rsa.RSAPrivateKey)
            self._opened = opened
        attributes = cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),
                simple_cms_attribute("signing_time", cms.Time({"utc_time": dt.astimezone(UTC).replace(microsecond=0)})),
                simple_cms_attribute("signing_certificate", as_signing_certificate(self.tsa_cert)),
                simple_cms_attribute("message_digest", hashlib.new(md_algorithm, tst_info_data).digest()),
            ]
        )
        return self._opened.sign(attributes.dump(), PKCS1v15(), _HASHES[md_algorithm]()), attributes


_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


@functools.lru_cache(maxsize=4)
def _stamper(store: KeyStore) -> DummyTimeStamper:
    """The installation's own time stamp: RFC 3161 tokens under the test authority. pyHanko names it so because no third party vouches."""
    registry = SimpleCertificateStore.from_certs([x509.Certificate.load(store.certificate(RSA_ISSUER))])
    certificate = x509.Certificate.load(store.certificate(RSA_STAMP))
    return _Stamper(certificate, keys.PrivateKeyInfo.load(store.load(RSA_STAMP)), registry)


def sign_pdf(store: KeyStore, key: str, pdf: bytes, picture: bytes, *, box: Box, field_name: str, reason: str, signer: str) -> bytes:
    """The PDF with one more signature and its visible seal. ``key``: name of the RSA key in the store. Raises ``BadInput``."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    check_safe(writer.prev)
    pages = int(writer.root["/Pages"]["/Count"])
    page = box.page if box.page >= 0 else pages + box.page
    place = round(box.x * MM), round(box.y * MM), round((box.x + box.side) * MM), round((box.y + box.side) * MM)
    middle = AxisAlignment.ALIGN_MID
    fill = SimpleBoxLayoutRule(x_align=middle, y_align=middle, margins=Margins(0, 0, 0, 0))
    image = PdfImage(_image(picture), writer=writer)
    style = StaticStampStyle(background=image, background_layout=fill, border_width=0, background_opacity=1)
    meta = signers.PdfSignatureMetadata(
        field_name=field_name, md_algorithm="sha256", reason=reason, name=signer, subfilter=fields.SigSeedSubFilter.PADES
    )
    spec = fields.SigFieldSpec(field_name, on_page=page, box=place)
    try:
        return bytes(
            signers.PdfSigner(meta, signer=_signer(store, key), timestamper=_stamper(store), stamp_style=style, new_field_spec=spec)
            .sign_pdf(writer, in_place=False, bytes_reserved=RESERVED)
            .getvalue()
        )
    except SigningError as error:
        raise BadInput(_("这份 PDF 不能签章。"), where=str(error)[:200], how=_("请重新生成文书后再签。")) from error


@functools.lru_cache(maxsize=16)
def _image(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("RGBA")


def check_safe(reader: PdfFileReader) -> None:
    """Raise ``BadInput`` for an encrypted, over-long or script-carrying file."""
    if reader.encrypted:
        raise BadInput(_("这份 PDF 是加密的，不能核验也不能签章。"), how=_("请上传没有密码的原件。"), code="pdf-encrypted")
    pages = int(reader.root["/Pages"]["/Count"])
    if pages > MAX_PAGES:
        raise BadInput(
            _("这份 PDF 有 %(n)s 页，超过 %(limit)s 页的上限，没有处理。") % {"n": pages, "limit": MAX_PAGES},
            how=_("请只上传证照原件。"),
            code="pdf-too-long",
        )
    if where := _script(reader):
        raise BadInput(_("这份 PDF 带有脚本或自动动作，没有处理。"), where=where, how=_("请上传签发机关给出的原件。"), code="pdf-script")


def _script(reader: PdfFileReader) -> str:
    """Where a script stands in the catalogue, its names, or the pages; empty when there is none."""
    root = reader.root
    if "/AA" in root:
        return "/AA"
    action = root.get("/OpenAction")
    if isinstance(action, DictionaryObject) and action.get("/S") in ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData"):
        return "/OpenAction"
    names = root.get("/Names")
    if isinstance(names, DictionaryObject) and "/JavaScript" in names:
        return "/Names/JavaScript"
    for number in range(int(root["/Pages"]["/Count"])):
        page = _page(reader, number)
        if "/AA" in page:
            return f"/Page {number + 1}/AA"
        for note in page.get("/Annots", ArrayObject()):
            note = note.get_object() if hasattr(note, "get_object") else note
            act = note.get("/A", {})
            if "/AA" in note or (hasattr(act, "get") and act.get("/S") in ("/JavaScript", "/Launch")):
                return f"/Page {number + 1}/Annots"
    return ""


def _page(reader: PdfFileReader, number: int) -> Any:
    reference, _resources = reader.find_page_for_modification(number)
    return reference.get_object()


@dataclass(slots=True)
class PdfRead:
    """What a verified PDF says."""

    findings: Findings = field(default_factory=Findings)
    signers: list[str] = field(default_factory=list)
    signed_at: datetime | None = None
    data: bytes | None = None
    test: bool = False


def open_pdf(data: bytes) -> PdfFileReader:
    """A reader. Raises ``BadInput`` for what is no whole PDF, is encrypted, over-long or carries scripts."""
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        check_safe(reader)
    except _UNREADABLE as error:
        raise BadInput(
            _("这份 PDF 是坏的，读不出来。"), where=str(error)[:200], how=_("请重新下载原件后再试。"), code="pdf-broken"
        ) from error
    return reader


def verify_pdf(data: bytes, roots: Iterable[bytes], *, revoked: Iterable[int] = ()) -> PdfRead:
    """Every signature in the file, and that nothing was added after the last one. Raises ``BadInput`` as ``open_pdf``."""
    reader = open_pdf(data)
    read = PdfRead()
    try:
        signatures = list(reader.embedded_regular_signatures)
        if not signatures:
            read.findings.fail("signature", _("文件里没有电子签章。"))
        anchors = [certificate for certificate in map(x509.Certificate.load, roots) if certificate.public_key.algorithm == "rsa"]
        for number, one in enumerate(signatures):
            _verify_one(read, one, anchors, set(revoked), last=number == len(signatures) - 1)
            if not _canonical(data, one):
                read.findings.fail("whole", _("签名区里有不属于签名的字节：文件被改过。"))
        read.data = attachment(reader)
    except _UNREADABLE as error:
        read.findings.fail("whole", _("文件的结构与签章不符：被改过或损坏了。"), f"{type(error).__name__}: {error}"[:200])
    return read


def _verify_one(read: PdfRead, one: EmbeddedPdfSignature, anchors: list[x509.Certificate], gone: set[int], *, last: bool) -> None:
    found = read.findings
    certificate = one.signer_cert
    name = str(certificate.subject.native.get("common_name", ""))
    read.signers.append(name)
    read.test = read.test or "TEST" in name
    stamps_given = list(extract_tst_data_iter(one.signer_info, signed=False))
    moment = stamps_given[0]["encap_content_info"]["content"].parsed["gen_time"].native if stamps_given else None
    context = ValidationContext(trust_roots=anchors, allow_fetching=False, revocation_mode="soft-fail", moment=moment)
    stamps = ValidationContext(trust_roots=anchors, allow_fetching=False, revocation_mode="soft-fail")
    try:
        status = validate_pdf_signature(one, context, stamps)
    except SignatureValidationError as error:
        found.fail("signature", _("签名「%(name)s」的结构不对，不能核验。") % {"name": name}, str(error)[:200])
        return
    if not status.intact or not status.valid:
        found.fail("whole", _("文件与签章时不同：内容被改过（签名「%(name)s」不再成立）。") % {"name": name})
    elif last and status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        found.fail("whole", _("签章之后文件又被追加了内容。"), str(status.coverage))
    elif not last and (status.modification_level is None or status.modification_level > ModificationLevel.FORM_FILLING):
        found.fail("whole", _("签名「%(name)s」之后，文件有不允许的改动。") % {"name": name}, str(status.modification_level))
    else:
        found.passed("whole", _("SHA-256 摘要与签章时一致，签章后没有改动。"))
    if certificate.serial_number in gone:
        found.fail("chain", _("签章证书「%(name)s」已被吊销。") % {"name": name})
    elif not status.trusted:
        found.fail("chain", _("签章证书「%(name)s」不在受信任的根之下，或签署时已不在有效期。") % {"name": name}, _issuer(certificate))
    else:
        found.passed("chain", _("RSA 签名正确，证书「%(name)s」的证书链完整，签署时有效。") % {"name": name})
    _verify_time(read, status, certificate)


def _canonical(data: bytes, one: EmbeddedPdfSignature) -> bool:
    """Whether the gap that the digest leaves out holds the signature in hex of one case, padded with zeros, and not one byte else."""
    start, length, after, _rest = (int(value) for value in one.byte_range)
    gap = data[start + length : after]
    body = one.pkcs7_content
    der = _der_length(body)
    digits = body[:der].hex()
    padding = "0" * (len(gap) - 2 - 2 * der)
    return gap in (f"<{digits}{padding}>".encode(), f"<{digits.upper()}{padding}>".encode())


def _der_length(data: bytes) -> int:
    """Bytes of the first DER value with its head."""
    first = data[1]
    if first < 0x80:
        return 2 + first
    count = first & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def _verify_time(read: PdfRead, status: Any, certificate: x509.Certificate) -> None:
    stamp = status.timestamp_validity
    if stamp is None:
        read.signed_at = status.signer_reported_dt
        read.findings.notice("time", _("没有时间戳；签署时间由签章人自报。"))
    elif not (stamp.valid and stamp.intact and stamp.trusted):
        read.findings.fail("time", _("时间戳不对，或不在受信任的根之下。"))
    else:
        read.signed_at = stamp.timestamp
        read.findings.passed("time", _("签署于 %(at)s，时间戳可信。") % {"at": f"{stamp.timestamp.astimezone():%Y-%m-%d %H:%M:%S}"})
        if certificate.not_valid_after < datetime.now(UTC):
            read.findings.notice("chain-expired", _("签章证书现已到期；签署时有效，签章仍然成立。"))


def _issuer(certificate: x509.Certificate) -> str:
    return str(certificate.issuer.human_friendly)


def attachment(reader: PdfFileReader, suffix: str = ".json") -> bytes | None:
    """The machine-readable data attached to the file; None when there is none."""
    for reference in reader.root.get("/AF", ArrayObject()):
        entry = reference.get_object() if hasattr(reference, "get_object") else reference
        name = str(entry.get("/UF", entry.get("/F", "")))
        if name.endswith(suffix):
            return bytes(entry["/EF"]["/F"].data)
    return None
