"""What stands on a certificate: for the PDF's layout, the OFD, and the machine-readable data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from lantu.certificates import map_sheet
from lantu.certificates.models import Certificate
from lantu.certificates.types import CertificateType
from lantu.documents.addresses import public_address
from lantu.documents.composing import canonical
from lantu.documents.crypto import ofd
from lantu.documents.crypto.pades import Box
from lantu.documents.letters import subset
from lantu.documents.pdf import compile_source, qr_png, qr_svg

SEAL_BOX = Box(page=0, x=133, y=30, side=42)
OFD_STAMP = ofd.Stamp(page=1, x=133, y=297 - 30 - 42, width=42, height=42)
_DIGITS = "〇一二三四五六七八九"


def day_in_words(at: datetime) -> str:
    """二〇一八年九月十九日, as permits write their date."""
    day = timezone.localtime(at).date()
    year = "".join(_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_small(day.month)}月{_small(day.day)}日"


def _small(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十") + (_DIGITS[ones] if ones else "")


def validity(certificate: Certificate) -> str:
    """From when to when."""
    end = f"至 {certificate.valid_to}" if certificate.valid_to else "起长期"
    return f"{certificate.valid_from} {end}"


def basis(certificate: Certificate) -> str:
    """The release it rests on, with the start of its digest."""
    return f"蓝图 {certificate.release.number}（摘要 {certificate.release_digest[:12]}）" if certificate.release else ""


def rows(certificate: Certificate, of: CertificateType) -> list[tuple[str, str]]:
    """The table of facts."""
    known = {**dict.fromkeys(of.from_holder, certificate.holder_name), "project_code": certificate.project_code}
    facts = [(one.title, certificate.data.get(one.name) or known.get(one.name, "")) for one in of.fields]
    facts.append(("有效期", validity(certificate)))
    if certificate.release:
        facts.append(("依据版本", basis(certificate)))
    if certificate.predecessor:
        facts.append(("前证", f"{certificate.predecessor.number} 第 {certificate.predecessor.issue_version} 版"))
    if certificate.annexes:
        facts.append(("附图附件", "、".join(certificate.annexes)))
    return [(title, value or "—") for title, value in facts]


def record(certificate: Certificate, at: datetime) -> dict[str, Any]:
    """The certificate's data, as attached to its files and compared on verification."""
    return {
        "identifier": certificate.identifier,
        "number": certificate.number,
        "type": certificate.type,
        "title": certificate.title,
        "holder_name": certificate.holder_name,
        "holder_code": certificate.holder_code,
        "issuer_name": certificate.issuer_name,
        "issuer_code": certificate.issuer_code,
        "valid_from": certificate.valid_from.isoformat(),
        "valid_to": certificate.valid_to.isoformat() if certificate.valid_to else None,
        "issued_at": timezone.localtime(at).isoformat(timespec="seconds"),
        "project_code": certificate.project_code,
        "release": certificate.release.number if certificate.release else None,
        "release_digest": certificate.release_digest,
        "predecessor": certificate.predecessor.identifier if certificate.predecessor else None,
        "data": certificate.data,
        "annexes": certificate.annexes,
        "geometry": _outline(certificate),
        "demo": certificate.demo,
    }


def _outline(certificate: Certificate) -> str | None:
    return certificate.geometry.wkt if certificate.geometry is not None else None


def record_bytes(certificate: Certificate, at: datetime, **more: Any) -> bytes:
    """Canonical JSON of the record."""
    return canonical({**record(certificate, at), **more})


def url_of(certificate: Certificate) -> str:
    """What the QR opens."""
    return public_address(reverse("verify:check", args=[certificate.token]))


def composed(
    certificate: Certificate, of: CertificateType, at: datetime, *, copy: dict[str, str] | None = None, url: str = ""
) -> dict[str, Any]:
    """The input of the PDF's layout."""
    local = timezone.localtime(at)
    sheet = (
        map_sheet.draw(certificate.geometry, demo=certificate.demo, release=basis(certificate))
        if certificate.geometry is not None
        else None
    )
    return {
        "title": certificate.title,
        "number": certificate.number,
        "identifier": certificate.identifier,
        "state_name": of.state_name,
        "ground": list(of.ground),
        "rows": rows(certificate, of),
        "annexes": [[str(n + 1), name, "见附图" if sheet else "另附"] for n, name in enumerate(certificate.annexes)],
        "notes": list(of.notes),
        "organ": certificate.issuer_name,
        "date": day_in_words(at),
        "qr": qr_svg(url or url_of(certificate)),
        "demo": certificate.demo,
        "copy": copy,
        "map": sheet.as_dict(certificate.annexes[0] if certificate.annexes else "附图") if sheet else None,
        "at": [local.year, local.month, local.day, local.hour, local.minute, local.second],
    }


def pdf(of: CertificateType, content: dict[str, Any], attached: bytes) -> bytes:
    """PDF/A-3b with the data attached."""
    return compile_source(of.template.layout_text, content, standard="a-3b", attached=attached)


def ofd_parts(certificate: Certificate, of: CertificateType, at: datetime, attached: bytes) -> dict[str, bytes]:
    """The files of the OFD, unsigned: the first page of the paper."""
    page = ofd.Page([ofd.Rule(12, 12, 186, 273, 0.5, "168 134 58"), ofd.Rule(14, 14, 182, 269, 0.2, "168 134 58")])
    page.items += [
        ofd.Text(of.state_name, 20, 30, 4.6, 170, "center"),
        ofd.Text(certificate.title, 20, 38, 8.5, 170, "center", "142 29 29"),
        ofd.Text(certificate.number, 27, 54, 4.4, 156, "right"),
    ]
    y = 66.0
    for line in of.ground:
        for piece in _wrapped("　　" + line, 4.0, 156):
            page.items.append(ofd.Text(piece, 27, y, 4.0, 156))
            y += 6.5
    y += 3
    for title, value in rows(certificate, of):
        pieces = _wrapped(value, 3.8, 116)
        height = 5.4 * len(pieces) + 4
        page.items += [ofd.Rule(27, y, 36, height), ofd.Rule(63, y, 120, height)]
        page.items.append(ofd.Text(title, 27, y + (height - 4.9) / 2, 3.8, 36, "center"))
        page.items += [ofd.Text(piece, 65, y + 2 + 5.4 * n, 3.8, 116) for n, piece in enumerate(pieces)]
        y += height
    page.items += [
        ofd.Picture(qr_png(url_of(certificate)), 27, 230, 27, 27),
        ofd.Text("扫码核验", 27, 258.5, 3.2, 27, "center"),
        ofd.Text(f"发证机关　{certificate.issuer_name}", 90, 246, 4.0, 93, "right"),
        ofd.Text(day_in_words(at), 90, 254, 4.0, 93, "right"),
        ofd.Text(certificate.identifier, 20, 277, 2.8, 170, "center", "80 92 102"),
    ]
    if certificate.demo:
        page.items.append(ofd.Text("演示数据，不具法律效力", 20, 20, 4.0, 170, "center", "160 80 0"))
    return ofd.build(
        [page],
        title=f"{certificate.title} {certificate.number}",
        data=attached,
        doc_id=certificate.token.encode().hex(),
        font=subset(ofd.letters([page])),
        now=at,
    )


def _wrapped(text: str, size: float, width: float) -> list[str]:
    lines, line, used = [], "", 0.0
    for letter, step in zip(text, ofd.advance(text, size), strict=True):
        if used + step > width or letter == "\n":
            lines.append(line)
            line, used = "", 0.0
        if letter != "\n":
            line, used = line + letter, used + step
    return [*lines, line]
