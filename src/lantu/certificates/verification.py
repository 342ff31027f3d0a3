"""Verification in plain words: what was checked, how it went, and what was not checked.

By number, identifier or code: the record and, where its file is here, the file. By file: seals, whole, chain, time, then the record.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.certificates import layout
from lantu.certificates.identifiers import ROOT, check_character, parse
from lantu.certificates.models import NEVER_ISSUED, Certificate, CertificateCopy, CertificateState, Verification
from lantu.certificates.selectors import issued
from lantu.core import files
from lantu.core.errors import BadInput
from lantu.documents.checking import FileRead, verify_content, verify_detached
from lantu.documents.crypto.findings import Findings

VALID, INVALID, UNKNOWN = "valid", "invalid", "unknown"


def step_names() -> dict[str, str]:
    """What each step is called."""
    return {
        "whole": _("文件完整"),
        "parts": _("文件完整"),
        "digest": _("文件完整"),
        "chain": _("签名与证书链"),
        "chain-expired": _("签名与证书链"),
        "signature": _("签名与证书链"),
        "signer": _("用印人"),
        "signer-validity": _("签名与证书链"),
        "seal": _("印章"),
        "seal-chain": _("印章"),
        "seal-validity": _("印章"),
        "format": _("签章格式"),
        "time": _("签署时间"),
        "identifier": _("标识校验位"),
        "state": _("今日状态"),
        "record": _("与登记一致"),
        "file": _("登记的文件"),
        "sm2": _("国密签章"),
        "purpose": _("用途"),
        "copy": _("加注件"),
        "holder": _("持证人身份"),
        "place": _("现场情况"),
        "force": _("法律效力"),
        "online": _("登记和今日状态"),
        "container": _("文件外壳"),
        "revocation": _("证书吊销"),
    }


@dataclass(slots=True)
class Report:
    """A verification's outcome."""

    result: str = UNKNOWN
    findings: Findings = field(default_factory=Findings)
    certificate: Certificate | None = None
    copy: CertificateCopy | None = None
    file: FileRead | None = None
    test: bool = False
    at: datetime = field(default_factory=timezone.now)
    data: dict[str, Any] | None = None

    @property
    def headline(self) -> str:
        """The outcome in a sentence."""
        state = self.certificate.state_on() if self.certificate else None
        if self.result == VALID:
            return _("证照真实，今日有效") if self.certificate else _("文件完整，签章可信")
        if self.result == UNKNOWN:
            return _("没有查到这份证照")
        only_state = {step.key for step in self.findings.failed} == {"state"}
        if only_state and state is not None:
            return _("证照真实，但今日%(state)s") % {"state": state.label}
        return _("没有通过核验")

    def settle(self) -> Report:
        """Give the result by the steps: anything failed is invalid."""
        if self.findings.failed:
            self.result = INVALID
        elif self.findings.good:
            self.result = VALID
        return self

    def as_dict(self) -> dict[str, Any]:
        """For the API, the stored record and the report paper."""
        names = step_names()
        steps = [{**step.as_dict(), "name": names.get(step.key, step.key)} for step in self.findings]
        return {
            "result": self.result,
            "headline": self.headline,
            "at": timezone.localtime(self.at).isoformat(timespec="seconds"),
            "test": self.test,
            "certificate": public_facts(self.certificate) if self.certificate else None,
            "copy": {"purpose": self.copy.purpose, "recipient": self.copy.recipient, "expires": str(self.copy.expires)}
            if self.copy
            else None,
            "sha256": self.file.sha256 if self.file else "",
            "sm3": self.file.sm3 if self.file else "",
            "checked": [step for step in steps if step["state"] != "none"],
            "unchecked": [step for step in steps if step["state"] == "none"],
        }


def public_facts(certificate: Certificate) -> dict[str, Any]:
    """What everybody may know of a certificate."""
    return {
        "title": certificate.title,
        "number": certificate.number,
        "identifier": certificate.identifier,
        "holder": certificate.holder_name,
        "issuer": certificate.issuer_name,
        "state": certificate.state_on().value,
        "state_name": str(certificate.state_on().label),
        "valid_from": certificate.valid_from.isoformat(),
        "valid_to": certificate.valid_to.isoformat() if certificate.valid_to else None,
        "issued_at": timezone.localtime(certificate.issued_at).isoformat(timespec="seconds") if certificate.issued_at else None,
        "demo": certificate.demo,
    }


def find(text: str) -> Certificate | None:
    """An issued certificate by identifier, number or code; of several versions of a number the newest."""
    wanted = text.strip()
    rows = issued().select_related("release", "predecessor")
    if not wanted:
        return None
    tight = wanted.replace(" ", "").replace("　", "")
    same = Q(identifier=wanted.upper()) | Q(identifier=f"{ROOT}.{wanted.upper()}") | Q(token=wanted) | Q(number=wanted)
    found = rows.filter(same).order_by("-issue_version").first()
    if found is None and tight:
        digits = "".join(letter for letter in tight if letter.isdigit())
        near = rows.filter(number__contains=digits).order_by("-issue_version") if len(digits) >= 8 else rows.none()
        found = next((row for row in near if row.number.replace(" ", "") == tight), None)
    return found


def verify_text(text: str) -> Report:
    """By number, identifier or code."""
    report = Report()
    _identifier_of(report, text)
    certificate = find(text)
    if certificate is None:
        return report.settle() if report.findings.failed else report
    report.certificate = certificate
    if not report.findings.steps:
        _check_identifier(report.findings, certificate.identifier)
    _stored_file(report, certificate)
    _check_state(report.findings, certificate)
    _unchecked(report)
    return report.settle()


def _identifier_of(report: Report, text: str) -> None:
    """When the text is an identifier, its check character, whether or not we know it."""
    if text.count(".") < 4:
        return
    try:
        parse(text)
    except BadInput as error:
        report.findings.fail("identifier", str(error.what))
        return
    _check_identifier(report.findings, text)


def _check_identifier(found: Findings, text: str) -> None:
    identifier, given = parse(text)
    right = check_character(identifier.body)
    words = _("ISO 7064 MOD 37,36，应为 %(right)s，实为 %(given)s。") % {"right": right, "given": given}
    (found.passed if right == given else found.fail)("identifier", words)


def _stored_file(report: Report, certificate: Certificate) -> None:
    """The file as we keep it: unchanged on disk, and its seals."""
    if certificate.pdf is None:
        return
    path = files.path_of(certificate.pdf)
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != certificate.pdf_id:
        report.findings.fail("file", _("登记的文件与存档时不同或已丢失。"))
        return
    read = verify_content(content)
    report.file, report.test = read, read.test
    report.findings.steps.extend(read.findings)
    if certificate.signature is not None:
        signed = verify_detached(content, files.path_of(certificate.signature).read_bytes())
        if signed.findings.good:
            report.findings.passed("sm2", _("SM2/SM3 签章正确，印章「%(seal)s」。") % {"seal": signed.seal_name})
        else:
            report.findings.fail("sm2", "".join(step.text for step in signed.findings.failed))


def _check_state(found: Findings, certificate: Certificate, day: date | None = None) -> None:
    state = certificate.state_on(day)
    words = f"{state.value} {state.label}"
    newer = certificate.successors.exclude(state__in=NEVER_ISSUED).order_by("-issue_version").first()
    if state == CertificateState.VALID:
        found.passed("state", _("%(state)s，没有变更、撤销、注销。") % {"state": words})
    elif newer is not None:
        found.fail("state", _("%(state)s：已由第 %(n)s 版替代，请核验新证。") % {"state": words, "n": newer.issue_version})
    else:
        last = certificate.events.order_by("-pk").first()
        on = _("，自 %(day)s 起") % {"day": last.on} if last else ""
        found.fail("state", f"{words}{on}。")


def verify_file(content: bytes, *, purpose: str = "", use_record: bool = True, roots: list[bytes] | None = None) -> Report:
    """A file, PDF or OFD: an original or a copy for use. ``purpose``: what it is shown for; a copy for another purpose fails.

    ``use_record=False`` asks no database (offline). Raises ``BadInput`` for what cannot be read at all.
    """
    read = verify_content(content, roots=roots)
    report = Report(file=read, test=read.test, findings=read.findings, data=read.data)
    identifier = str((read.data or {}).get("identifier") or "")
    if identifier:
        try:
            _check_identifier(report.findings, identifier)
        except BadInput as error:
            report.findings.fail("identifier", str(error.what))
    copy = (read.data or {}).get("copy")
    if isinstance(copy, dict):
        _check_copy(report.findings, copy, purpose)
    if not use_record:
        report.findings.not_checked("online", _("离线核验，没有查登记，也不知道证照今天是否仍然有效。"))
    elif identifier:
        _against_record(report, identifier, read)
    _unchecked(report)
    return report.settle()


def _check_copy(found: Findings, copy: dict[str, Any], purpose: str) -> None:
    said = str(copy.get("purpose", ""))
    try:
        expires = date.fromisoformat(str(copy.get("expires", "")))
    except ValueError:
        found.fail("copy", _("加注件没有写明有效至哪天。"))
        return
    if expires < timezone.localdate():
        found.fail("copy", _("加注件已于 %(day)s 到期。") % {"day": expires})
    else:
        found.passed("copy", _("加注件，交%(recipient)s，%(day)s 前有效。") % {"recipient": copy.get("recipient", "—"), "day": expires})
    if purpose.strip() and purpose.strip() != said:
        found.fail("purpose", _("加注件只用于「%(said)s」，不能用于「%(purpose)s」。") % {"said": said, "purpose": purpose})
    else:
        found.notice("purpose", _("加注件只用于「%(said)s」，请核对是否就是这次的用途。") % {"said": said})


def _against_record(report: Report, identifier: str, read: FileRead) -> None:
    """The file's data against the record, and the state today."""
    rows = issued().select_related("release", "predecessor")
    certificate = rows.filter(identifier=identifier).first()
    found = report.findings
    if certificate is None or certificate.issued_at is None:
        found.fail("record", _("登记里没有标识为 %(id)s 的证照。") % {"id": identifier})
        return
    report.certificate = certificate
    said = {key: value for key, value in (read.data or {}).items() if key != "copy"}
    known = layout.record(certificate, certificate.issued_at)
    different = sorted(key for key in known.keys() | said.keys() if known.get(key) != said.get(key))
    if different:
        found.fail("record", _("文件里的内容与登记不同：%(names)s。") % {"names": "、".join(different)})
    else:
        found.passed("record", _("编号、单位、位置、面积等 %(n)s 项全部与登记相同。") % {"n": len(known)})
    report.copy = CertificateCopy.objects.filter(pdf_id=read.sha256).first()
    ours = {certificate.pdf_id, certificate.ofd_id, report.copy.pdf_id if report.copy else None}
    if read.sha256 not in ours:
        found.fail("file", _("这个文件不是登记的那一份：摘要不同。"), read.sha256)
    else:
        found.passed("file", _("SHA-256 摘要与登记的文件相同。"))
    _check_state(found, certificate)


def _unchecked(report: Report) -> None:
    found = report.findings
    found.not_checked("holder", _("不判断出示者是否为持证单位，请另行核对。"))
    found.not_checked("place", _("不判断实际建设是否与许可一致。"))
    found.not_checked("revocation", _("证书吊销只按本机的吊销清单核对，没有联网查询。"))
    if report.file is not None and report.file.kind == "ofd":
        found.not_checked("container", _("OFD 外壳（压缩包）里的时间、属性等字段不受签章保护，改了也不影响内容；内容逐个文件核对。"))
    if report.test:
        found.not_checked("force", _("由测试证书签署，仅供演示，不具法律效力。"))
    else:
        found.not_checked("force", _("法律效力以签发机关的认定为准。"))


def keep(report: Report, how: str) -> Verification:
    """Write a verification down with its report; the number can be quoted."""
    row = Verification(how=how, result=report.result, certificate=report.certificate, sha256=report.file.sha256 if report.file else "")
    row.number = f"HY-{timezone.localdate().year}-{row.pk.hex[:10].upper()}"
    row.report = report.as_dict()
    row.save()
    return row
