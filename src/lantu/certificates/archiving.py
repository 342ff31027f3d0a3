"""The sealed package of a case: a zip that proves itself offline.

``manifest.json`` lists every file with SHA-256 and SM3 and is signed by the installation's audit key (Ed25519, ``manifest.sig``).
Papers and certificates carry seals of their own; audit rows prove their place in the chain (``trail``). Trusted roots lie in
``trust/`` for the reader's convenience: compare their fingerprints with those that the office has published.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.certificates.models import Certificate, CertificateEvent
from lantu.certificates.trail import CHAIN, check_trail, trail_of
from lantu.certificates.types import register
from lantu.core import files, sealing
from lantu.core.actor import Actor
from lantu.core.errors import BadInput
from lantu.core.models import OutboxEvent, StoredFile
from lantu.documents.checking import verify_content, verify_detached
from lantu.documents.composing import canonical
from lantu.documents.crypto import sm
from lantu.documents.crypto.findings import Findings
from lantu.documents.crypto.keystore import key_store
from lantu.documents.models import Paper, SealUse

EVIDENCE = "Z9"
MAX_BYTES = 2**31


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that goes into the package."""

    path: str
    category: str
    category_name: str
    title: str
    content: bytes
    number: str = ""
    dated: str = ""


@dataclass(slots=True)
class Collected:
    """Everything about a case."""

    files: list[Entry] = field(default_factory=list)
    has_certificate: bool = False
    demo: bool = False


def _category(template: str, certificate: str) -> tuple[str, str]:
    """Category of the urban construction archives for a paper's template or a certificate's type; the first that names it."""
    for row in register().archive:
        if (certificate and certificate in row["certificates"]) or (template and template in row["templates"]):
            return row["category"], row["name_zh"]
    for row in register().archive:
        if "*" in row["templates"]:
            return row["category"], row["name_zh"]
    return "Z1", "审批过程文书"


def collect(subject_type: str, subject_id: str) -> Collected:
    """Papers, certificates with files and signatures, seal uses, events and audit rows about a subject and what hangs on it."""
    found = Collected()
    named: set[tuple[str, str]] = {(subject_type, subject_id)}
    certificates = list(Certificate.objects.filter(subject_type=subject_type, subject_id=subject_id, pdf__isnull=False).order_by("pk"))
    if subject_type == "certificates.certificate":
        certificates += list(Certificate.objects.filter(pk=subject_id, pdf__isnull=False))
    for certificate in certificates:
        named.add(("certificates.certificate", str(certificate.pk)))
        _add_certificate(found, certificate)
    papers = [paper for kind, key in sorted(named) for paper in Paper.objects.filter(subject_type=kind, subject_id=key).order_by("pk")]
    for paper in papers:
        named.add(("documents.paper", str(paper.pk)))
        if paper.state != Paper.State.DRAFT and not paper.template.startswith("certificate."):
            _add_paper(found, paper)
    if found.files:
        _add_evidence(found, named)
    return found


def _read(stored: StoredFile) -> bytes:
    return files.path_of(stored).read_bytes()


def _add_certificate(found: Collected, certificate: Certificate) -> None:
    category, name = _category("", certificate.type)
    base = f"{category}/{_safe(certificate.number)}-{certificate.issue_version}"
    dated = timezone.localtime(certificate.issued_at).date().isoformat() if certificate.issued_at else ""
    common = {"category": category, "category_name": name, "number": certificate.number, "dated": dated}
    assert certificate.pdf is not None
    found.files.append(Entry(f"{base}.pdf", title=certificate.title, content=_read(certificate.pdf), **common))
    if certificate.ofd is not None:
        found.files.append(Entry(f"{base}.ofd", title=f"{certificate.title}（OFD）", content=_read(certificate.ofd), **common))
    if certificate.signature is not None:
        title = f"{certificate.title} SM2 签章"
        found.files.append(Entry(f"{base}.pdf.ses", title=title, content=_read(certificate.signature), **common))
    found.has_certificate, found.demo = True, found.demo or certificate.demo


def _add_paper(found: Collected, paper: Paper) -> None:
    category, name = _category(paper.template, "")
    dated = timezone.localtime(paper.issued_at).date().isoformat() if paper.issued_at else ""
    for version in paper.versions.select_related("pdf", "docx"):
        base = f"{category}/{paper.pk:06d}-{_safe(paper.title)}-{version.number}"
        title = f"{paper.title} 第 {version.number} 版"
        common = {"category": category, "category_name": name, "number": paper.number, "dated": dated}
        found.files.append(Entry(f"{base}.pdf", title=title, content=_read(version.pdf), **common))
        if version.docx is not None:
            found.files.append(Entry(f"{base}.docx", title=f"{title}（Word）", content=_read(version.docx), **common))
    found.demo = found.demo or paper.demo


def _add_evidence(found: Collected, named: set[tuple[str, str]]) -> None:
    """Events, seal uses, certificate changes and audit rows, each as canonical JSON; and what proves the rows' place in the chain."""
    events, uses = [], []
    for kind, key in sorted(named):
        events += list(
            OutboxEvent.objects.filter(subject_type=kind, subject_id=key).values("at", "name", "subject_type", "subject_id", "payload")
        )
        uses += list(
            SealUse.objects.filter(subject_type=kind, subject_id=key).values(
                "at", "outcome", "item", "title", "sha256", "sm3", "data_sm3", "user_name", "seal__code", "key__name"
            )
        )
    keys = [key for kind, key in named if kind == "certificates.certificate"]
    changes = list(
        CertificateEvent.objects.filter(certificate_id__in=keys).values(
            "certificate__identifier", "operation", "state_before", "state_after", "on", "at", "reason", "basis", "by_name"
        )
    )
    trail, chain = trail_of(named)
    for name, title, content in (
        ("events", "事件", events),
        ("seal_uses", "用印记录", uses),
        ("certificate_events", "证照变更记录", changes),
        ("audit", "审计留痕", trail),
    ):
        found.files.append(Entry(f"evidence/{name}.json", EVIDENCE, "归档证据", title, canonical(content)))
    if chain:
        found.files.append(Entry(CHAIN, EVIDENCE, "归档证据", "审计链摘要", chain))


def _safe(text: str) -> str:
    """A file name of a title or number."""
    return re.sub(r"[^\w（）〔〕.-]+", "_", text).strip("_")[:60]


def pack(found: Collected, *, number: str, title: str, edition: int, actor: Actor) -> tuple[bytes, dict[str, Any], tuple[str, str]]:
    """The zip, its manifest, and the manifest's SHA-256 and SM3."""
    listed = [
        {
            "path": one.path,
            "category": one.category,
            "category_name": one.category_name,
            "title": one.title,
            "number": one.number,
            "dated": one.dated,
            "size": len(one.content),
            "sha256": hashlib.sha256(one.content).hexdigest(),
            "sm3": sm.sm3(one.content).hex(),
        }
        for one in found.files
    ]
    roots = {f"trust/{n}.crt": root for n, root in enumerate(key_store().trusted(), 1)}
    manifest = {
        "format": "lantu-archive/1",
        "number": number,
        "title": title,
        "edition": edition,
        "sealed_at": timezone.localtime().isoformat(timespec="seconds"),
        "sealed_by": actor.name,
        "demo": found.demo,
        "files": listed,
        "roots": {name: hashlib.sha256(root).hexdigest() for name, root in roots.items()},
    }
    raw = canonical(manifest)
    signature, public = sealing.sign(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", raw)
        archive.writestr("manifest.sig", json.dumps({"signature": signature, "public_key": public}))
        archive.writestr("目录.csv", _directory(listed))
        for one in found.files:
            archive.writestr(one.path, one.content)
        for name, root in roots.items():
            archive.writestr(name, root)
    return out.getvalue(), manifest, (hashlib.sha256(raw).hexdigest(), sm.sm3(raw).hex())


def _directory(listed: list[dict[str, Any]]) -> str:
    """卷内目录, for people (UTF-8 with BOM, so that spreadsheets read it)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["序号", "类别", "类别名称", "题名", "文号", "日期", "大小", "SHA-256", "SM3", "路径"])
    for n, one in enumerate(listed, 1):
        keys = ("category", "category_name", "title", "number", "dated", "size", "sha256", "sm3", "path")
        writer.writerow([n, *(one[key] for key in keys)])
    return "\ufeff" + out.getvalue()


@dataclass(slots=True)
class PackageRead:
    """What a package says and how its verification went."""

    findings: Findings = field(default_factory=Findings)
    manifest: dict[str, Any] = field(default_factory=dict)


def verify_package(content: bytes, *, public_key: str = "") -> PackageRead:
    """Prove a package without a database. ``public_key``: base64 of the key to trust (default: this installation's).

    Raises ``BadInput`` for what is no package.
    """
    read = PackageRead()
    whole = _unzip(content)
    try:
        read.manifest = json.loads(whole["manifest.json"])
        signed = json.loads(whole["manifest.sig"])
        listed = {one["path"]: one for one in read.manifest["files"]}
    except (KeyError, ValueError, TypeError) as error:
        raise BadInput(_("不是归档包：没有清单或清单读不出。"), where=str(error)[:200]) from error
    found = read.findings
    _check_signature(found, whole["manifest.json"], signed, public_key)
    _check_files(found, whole, listed, read.manifest.get("roots", {}))
    roots = [whole[name] for name in read.manifest.get("roots", {}) if name in whole]
    _check_seals(found, whole, listed, roots)
    check_trail(found, whole, {public_key} if public_key else sealing.trusted_keys())
    return read


def _unzip(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > MAX_BYTES or len({info.filename for info in infos}) != len(infos):
                raise BadInput(_("归档包过大，或有重名文件。"))
            return {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise BadInput(_("归档包是坏的，解不开。"), where=str(error)[:200], how=_("请重新取得归档包。")) from error


def _check_signature(found: Findings, raw: bytes, signed: dict[str, str], public_key: str) -> None:
    trusted = {public_key} if public_key else sealing.trusted_keys()
    if signed.get("public_key") not in trusted:
        found.fail("key", _("清单不是用受信任的密钥签的。"), str(signed.get("public_key")))
    elif not sealing.signed_by(signed["public_key"], signed.get("signature", ""), raw):
        found.fail("manifest", _("清单的签名不对：清单被改过。"))
    else:
        found.passed("manifest", _("清单的签名正确。"))


def _check_files(found: Findings, whole: dict[str, bytes], listed: dict[str, Any], roots: dict[str, str]) -> None:
    missing = sorted(path for path in listed if path not in whole)
    changed = sorted(path for path, one in listed.items() if path in whole and not _same(whole[path], one))
    changed += sorted(name for name, digest in roots.items() if hashlib.sha256(whole.get(name, b"")).hexdigest() != digest)
    added = sorted(set(whole) - set(listed) - set(roots) - {"manifest.json", "manifest.sig", "目录.csv"})
    for words, names in ((_("缺少的文件"), missing), (_("被改过的文件"), changed), (_("清单外的文件"), added)):
        if names:
            found.fail("files", f"{words}：{'、'.join(names)}")
    if not (missing or changed or added):
        found.passed("files", _("%(n)s 个文件的 SHA-256 和 SM3 全部与清单一致。") % {"n": len(listed)})


def _same(content: bytes, one: dict[str, Any]) -> bool:
    return hashlib.sha256(content).hexdigest() == one["sha256"] and sm.sm3(content).hex() == one["sm3"]


def _check_seals(found: Findings, whole: dict[str, bytes], listed: dict[str, Any], roots: list[bytes]) -> None:
    good = 0
    for path in listed:
        if f"{path}.ses" not in listed and not path.endswith(".ofd"):
            continue
        try:
            read = verify_content(whole.get(path, b""), roots=roots)
            failed = read.findings.failed
            if f"{path}.ses" in whole:
                failed += verify_detached(whole[path], whole[f"{path}.ses"], roots=roots).findings.failed
        except BadInput as error:
            found.fail("seals", f"{path}：{error.what}")
            continue
        if failed:
            found.fail("seals", f"{path}：{'；'.join(step.text for step in failed)}")
        else:
            good += 1
    if good:
        found.passed("seals", _("%(n)s 份证照文件的签章全部正确。") % {"n": good})
