"""OFD (GB/T 33190-2016): a page written, signed with an e-seal, read and verified.

A zip of XML in the namespace ``http://www.ofdspec.org/2016``; units are millimetres from the upper left corner. The signature lists
every protected file with its base64 SM3 digest; the seal signs the digest of that list (``Signature.xml``).
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _
from lxml import etree

from lantu.core.errors import BadInput
from lantu.documents.crypto import ses, sm
from lantu.documents.crypto.findings import Findings

NS = "http://www.ofdspec.org/2016"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
MAX_BYTES, MAX_FILES = 64 * 2**20, 400
SIGNATURES, SIGNATURE, VALUE = "Doc_0/Signs/Signatures.xml", "Doc_0/Signs/Sign_0/Signature.xml", "Doc_0/Signs/Sign_0/SignedValue.dat"
SEAL = "Doc_0/Signs/Sign_0/Seal.esl"
DATA = "Doc_0/Attachs/certificate.json"
FONT = "Noto Sans CJK SC"
_EPOCH = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. ``x``, ``y`` upper left of its box, ``size`` the letter's height, ``width`` of the box, all mm."""

    text: str
    x: float
    y: float
    size: float
    width: float
    align: str = "left"
    color: str = "0 0 0"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rectangle's outline."""

    x: float
    y: float
    width: float
    height: float
    line: float = 0.25
    color: str = "110 100 80"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG."""

    png: bytes
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Page:
    """What stands on a page of A4."""

    items: list[Text | Rule | Picture] = field(default_factory=list)
    width: float = 210
    height: float = 297


def letters(pages: Iterable[Page]) -> str:
    """All text on the pages: what the font must have."""
    return "".join(item.text for page in pages for item in page.items if isinstance(item, Text))


def advance(text: str, size: float) -> list[float]:
    """The step to the next letter, per letter: wide ones take the whole size, narrow ones half."""
    return [size if ord(letter) > 0x2E7F or letter in "（）「」，。、；：“”—…№" else size * 0.5 for letter in text]


def build(pages: Sequence[Page], *, title: str, data: bytes, doc_id: str, font: bytes, now: datetime | None = None) -> dict[str, bytes]:
    """The files of an unsigned OFD: pages, the embedded font (OpenType, at least the letters used), pictures, and the machine-readable
    data as attachment."""
    when = (now or datetime.now(UTC)).strftime("%Y-%m-%d")
    files: dict[str, str | bytes] = {}
    media: list[str] = []
    counter = 100
    for number, page in enumerate(pages):
        parts = []
        for item in page.items:
            counter += 1
            if isinstance(item, Text):
                parts.append(_text(item, counter))
            elif isinstance(item, Rule):
                parts.append(_rule(item, counter))
            else:
                name = f"picture_{len(media)}.png"
                resource = 20 + len(media)
                files[f"Doc_0/Res/{name}"] = item.png
                file = f"<ofd:MediaFile>{name}</ofd:MediaFile>"
                media.append(f'<ofd:MultiMedia ID="{resource}" Type="Image" Format="PNG">{file}</ofd:MultiMedia>')
                parts.append(_picture(item, counter, resource))
        area = f"<ofd:Area><ofd:PhysicalBox>0 0 {page.width:g} {page.height:g}</ofd:PhysicalBox></ofd:Area>"
        content = f'<ofd:Content><ofd:Layer ID="{50 + number}" Type="Body">{"".join(parts)}</ofd:Layer></ofd:Content>'
        files[f"Doc_0/Pages/Page_{number}/Content.xml"] = _xml("Page", area + content)
    listed = "".join(f'<ofd:Page ID="{number + 1}" BaseLoc="Pages/Page_{number}/Content.xml"/>' for number in range(len(pages)))
    common = f"<ofd:MaxUnitID>{counter + 100}</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    common += "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
    files["Doc_0/Document.xml"] = _xml(
        "Document",
        f"<ofd:CommonData>{common}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages><ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
    )
    named = f'<ofd:Font ID="10" FontName="{FONT}" FamilyName="{FONT}" Charset="unicode"><ofd:FontFile>font.otf</ofd:FontFile></ofd:Font>'
    files["Doc_0/PublicRes.xml"] = _xml("Res", f"<ofd:Fonts>{named}</ofd:Fonts>", ' BaseLoc="Res"')
    files["Doc_0/Res/font.otf"] = font
    files["Doc_0/DocumentRes.xml"] = _xml("Res", f"<ofd:MultiMedias>{''.join(media)}</ofd:MultiMedias>" if media else "", ' BaseLoc="Res"')
    files["Doc_0/Attachs/Attachments.xml"] = _xml(
        "Attachments",
        f'<ofd:Attachment ID="data" Name="certificate" Format="json" CreationDate="{when}T00:00:00" Visible="true">'
        "<ofd:FileLoc>certificate.json</ofd:FileLoc></ofd:Attachment>",
    )
    files[DATA] = data
    identity = f"{re.sub('[^0-9a-f]', '', doc_id.lower())[:32]:0<32}"
    info = f"<ofd:DocID>{identity}</ofd:DocID><ofd:Title>{escape(title)}</ofd:Title><ofd:CreationDate>{when}</ofd:CreationDate>"
    roots = f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot><ofd:Signatures>{SIGNATURES}</ofd:Signatures>"
    body = f"<ofd:DocBody><ofd:DocInfo>{info}</ofd:DocInfo>{roots}</ofd:DocBody>"
    files["OFD.xml"] = _xml("OFD", body, ' Version="1.1" DocType="OFD"')
    return {name: value if isinstance(value, bytes) else value.encode() for name, value in files.items()}


def _xml(tag: str, body: str, attributes: str = "") -> str:
    return f'{HEAD}<ofd:{tag} xmlns:ofd="{NS}"{attributes}>{body}</ofd:{tag}>'


def _text(item: Text, number: int) -> str:
    steps = advance(item.text, item.size)
    wide = sum(steps)
    left = item.x + {"left": 0.0, "center": (item.width - wide) / 2, "right": item.width - wide}[item.align]
    box = f"{left:.2f} {item.y:.2f} {max(wide, item.size):.2f} {item.size * 1.3:.2f}"
    deltas = " ".join(f"{step:g}" for step in steps[:-1])
    delta = f' DeltaX="{deltas}"' if deltas else ""
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{box}" Font="10" Size="{item.size:g}"><ofd:FillColor Value="{item.color}"/>'
        f'<ofd:TextCode X="0" Y="{item.size:g}"{delta}>{escape(item.text)}</ofd:TextCode></ofd:TextObject>'
    )


def _picture(item: Picture, number: int, resource: int) -> str:
    box = f"{item.x:.2f} {item.y:.2f} {item.width:.2f} {item.height:.2f}"
    matrix = f"{item.width:.2f} 0 0 {item.height:.2f} 0 0"
    return f'<ofd:ImageObject ID="{number}" Boundary="{box}" CTM="{matrix}" ResourceID="{resource}"/>'


def _rule(item: Rule, number: int) -> str:
    w, h = item.width, item.height
    path = f"M 0 0 L {w:.2f} 0 L {w:.2f} {h:.2f} L 0 {h:.2f} C"
    return (
        f'<ofd:PathObject ID="{number}" Boundary="{item.x:.2f} {item.y:.2f} {w:.2f} {h:.2f}" LineWidth="{item.line:g}" Stroke="true">'
        f'<ofd:StrokeColor Value="{item.color}"/><ofd:AbbreviatedData>{path}</ofd:AbbreviatedData></ofd:PathObject>'
    )


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where the seal shows: page number (1 = first) and box in mm."""

    page: int
    x: float
    y: float
    width: float
    height: float


Signer = Callable[[bytes, str, datetime], bytes]
"""Gives the SES_Signature over an SM3 digest, with what was digested and when."""


def sign(files: dict[str, bytes], seal: bytes, signer: Signer, stamp: Stamp, now: datetime | None = None) -> bytes:
    """The signed OFD. Everything but the signature's own value is protected."""
    when = now or datetime.now(UTC)
    whole = dict(files)
    whole[SIGNATURES] = _xml(
        "Signatures", '<ofd:MaxSignId>1</ofd:MaxSignId><ofd:Signature ID="1" Type="Seal" BaseLoc="Sign_0/Signature.xml"/>'
    ).encode()
    whole[SEAL] = seal
    references = "".join(
        f"<ofd:Reference FileRef={quoteattr('/' + name)}><ofd:CheckValue>{_b64(sm.sm3(whole[name]))}</ofd:CheckValue></ofd:Reference>"
        for name in sorted(whole)
    )
    box = f"{stamp.x:g} {stamp.y:g} {stamp.width:g} {stamp.height:g}"
    body = (
        '<ofd:SignedInfo><ofd:Provider ProviderName="Lantu TEST" Version="1" Company="Lantu"/>'
        f"<ofd:SignatureMethod>{sm.OID_SM2_SM3}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{when.strftime('%Y%m%d%H%M%S')}Z</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="{sm.OID_SM3}">{references}</ofd:References>'
        f'<ofd:StampAnnot ID="1" PageRef="{stamp.page}" Boundary="{box}"/><ofd:Seal><ofd:BaseLoc>/{SEAL}</ofd:BaseLoc></ofd:Seal>'
        f"</ofd:SignedInfo><ofd:SignedValue>{VALUE.rsplit('/', 1)[1]}</ofd:SignedValue>"
    )
    whole[SIGNATURE] = _xml("Signature", body).encode()
    whole[VALUE] = signer(sm.sm3(whole[SIGNATURE]), f"/{SIGNATURE}", when)
    return pack(whole)


def pack(files: dict[str, bytes]) -> bytes:
    """A zip with the main file first and fixed times: the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda name: (name != "OFD.xml", name)):
            packed = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), files[name], packed)
    return out.getvalue()


@dataclass(slots=True)
class OfdRead:
    """What a verified OFD says."""

    findings: Findings
    signer: str = ""
    seal_name: str = ""
    signed_at: datetime | None = None
    data: bytes | None = None
    test: bool = False


def unpack(data: bytes) -> dict[str, bytes]:
    """The files. Raises ``BadInput`` for what is no whole OFD, too large, or has a file twice or outside."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if len(set(names)) != len(names) or len(names) > MAX_FILES or any(name.startswith("/") or ".." in name for name in names):
                raise BadInput(_("OFD 里有重复、过多或越界的文件。"), how=_("请上传签发机关给出的原件。"), code="ofd-broken")
            if any(info.flag_bits & 1 for info in infos):
                raise BadInput(_("这份 OFD 是加密的，不能核验。"), how=_("请上传没有密码的原件。"), code="ofd-encrypted")
            if sum(info.file_size for info in infos) > MAX_BYTES:
                raise BadInput(_("OFD 解开后超过 %(limit)s MB。") % {"limit": MAX_BYTES // 2**20}, code="ofd-too-large")
            files = {name: archive.read(name) for name in names if not name.endswith("/")}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise BadInput(
            _("这份 OFD 是坏的，解不开。"), where=str(error)[:200], how=_("请重新下载原件后再试。"), code="ofd-broken"
        ) from error
    if "OFD.xml" not in files:
        raise BadInput(_("不是 OFD：没有 OFD.xml。"), how=_("请上传 OFD 或 PDF 原件。"), code="ofd-broken")
    return files


def verify(data: bytes, roots: Iterable[bytes], *, revoked: Iterable[int] = ()) -> OfdRead:
    """Every digest, the seal and the signature; files that the signature does not protect are a failure. Raises ``BadInput``."""
    files = unpack(data)
    found = Findings()
    read = OfdRead(found)
    main = _parse(files, "OFD.xml")
    listed = [node.text or "" for node in main.iter(f"{{{NS}}}Signatures")]
    if not listed or listed[0].lstrip("/") not in files:
        found.fail("signature", _("文件里没有电子签章。"))
        return read
    place = listed[0].lstrip("/")
    entries = list(_parse(files, place).iter(f"{{{NS}}}Signature"))
    if len(entries) != 1:
        found.fail("signature", _("文件里有 %(n)s 个签章，只能核验一个的。") % {"n": len(entries)})
        return read
    folder = place.rsplit("/", 1)[0]
    name = _resolve(folder, entries[0].get("BaseLoc", ""))
    tree = _parse(files, name)
    _check_references(found, files, tree, name)
    value = next((node.text or "" for node in tree.iter(f"{{{NS}}}SignedValue")), "").strip()
    where = _resolve(name.rsplit("/", 1)[0], value)
    if where not in files:
        found.fail("parts", _("OFD 缺少 %(name)s。") % {"name": where or "SignedValue.dat"})
        return read
    signed = ses.verify_signature(files[where], sm.sm3(files[name]), roots, revoked=revoked)
    found.steps.extend(signed.findings)
    if signed.property_info.lstrip("/") != name:
        found.fail("signature", _("签章保护的不是这份清单。"), signed.property_info)
    read.signer, read.seal_name, read.signed_at, read.test = signed.signer, signed.seal_name, signed.signed_at, signed.test
    read.data = files.get(DATA)
    return read


def _check_references(found: Findings, files: dict[str, bytes], tree: etree._Element, signature: str) -> None:
    method = next((node.get("CheckMethod") for node in tree.iter(f"{{{NS}}}References")), None)
    if method != sm.OID_SM3:
        found.fail("parts", _("摘要算法「%(name)s」不是 SM3。") % {"name": method})
        return
    protected: dict[str, str] = {}
    for node in tree.iter(f"{{{NS}}}Reference"):
        protected[(node.get("FileRef") or "").lstrip("/")] = (node.findtext(f"{{{NS}}}CheckValue") or "").strip()
    missing = sorted(name for name in protected if name not in files)
    changed = sorted(name for name, digest in protected.items() if name in files and _b64(sm.sm3(files[name])) != digest)
    value = signature.rsplit("/", 1)[0] + "/SignedValue.dat"
    added = sorted(set(files) - set(protected) - {signature, value})
    if missing:
        found.fail("parts", _("OFD 缺少 %(n)s 个受保护的文件。") % {"n": len(missing)}, "、".join(missing))
    if changed:
        found.fail("parts", _("有 %(n)s 个文件在签章后被改过。") % {"n": len(changed)}, "、".join(changed))
    if added:
        found.fail("parts", _("有 %(n)s 个文件不受签章保护，是后加的。") % {"n": len(added)}, "、".join(added))
    if not (missing or changed or added):
        found.passed("parts", _("%(n)s 个文件的 SM3 摘要全部与签章时一致。") % {"n": len(protected)})


def _resolve(folder: str, name: str) -> str:
    return name.lstrip("/") if name.startswith("/") else f"{folder}/{name}"


def _parse(files: dict[str, bytes], name: str) -> etree._Element:
    if name not in files:
        raise BadInput(_("OFD 缺少 %(name)s。") % {"name": name}, how=_("请上传完整的原件。"), code="ofd-broken")
    try:
        return etree.fromstring(files[name], etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise BadInput(_("OFD 里的 %(name)s 读不出。") % {"name": name}, where=str(error)[:200], code="ofd-broken") from error


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
