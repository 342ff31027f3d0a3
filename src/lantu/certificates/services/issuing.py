"""Preparing and issuing a certificate.

Two steps, because sealing may be slow or fail and must not happen inside a transaction: ``prepare_certificate`` holds number and
identifier (they stay, whatever fails afterwards), ``issue_certificate`` makes and seals the files and then records the issue. Asked again
with the same key, the same certificate comes back; two at once issue one.
"""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.blueprints.models import BlueprintRelease
from lantu.certificates import layout
from lantu.certificates.identifiers import Identifier
from lantu.certificates.models import Certificate, CertificateEvent, CertificateState
from lantu.certificates.permissions import NEED_ISSUER, NEED_PREPARER, may_issue, may_prepare
from lantu.certificates.types import CertificateType, certificate_type
from lantu.core import files, numbers
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.verbs import verb
from lantu.documents.models import Paper, Seal
from lantu.documents.services import draft_paper, issue_paper, record_paper
from lantu.documents.services.seal_use import Purpose, Sealed, use_seal, use_seal_on_ofd
from lantu.plans.models import LivingFeature
from lantu.plans.services.living import check_geometry, end_living, register_living
from lantu.standards import selectors
from lantu.standards.models import PackVersion

CLAIM = timedelta(minutes=3)
"""After this a certificate whose making was interrupted may be made by another."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What is granted. ``subject``: the case; ``geometry`` in EPSG:4490; ``region`` the division in the number (default: the city's)."""

    type: str
    key: str
    holder_name: str
    holder_code: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    subject: models.Model | None = None
    subject_type: str = ""
    subject_id: str = ""
    subject_title: str = ""
    item: str = ""
    project_code: str = ""
    geometry: BaseGeometry | None = None
    release: BlueprintRelease | None = None
    region: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    department: str = ""
    annexes: tuple[str, ...] | None = None
    demo: bool | None = None


@verb("certificates.prepare", permission=may_prepare, need=NEED_PREPARER)
def prepare_certificate(actor: Actor, grant: Grant, *, predecessor: Certificate | None = None) -> Certificate:
    """Hold number and identifier for what is granted (取号). The same key gives the same certificate.

    Raises ``NotFound`` for the type, ``BadInput`` for missing data, a department that may not issue it, an impossible period or ground.
    """
    found = Certificate.objects.filter(key=grant.key).first()
    if found is not None:
        remark(again=True)
        return found
    pack, of = selectors.pack(), certificate_type(grant.type)
    department = grant.department or actor.department
    issuer = of.issuers.get(department)
    if issuer is None:
        raise BadInput(
            _("部门「%(department)s」不能核发%(type)s。") % {"department": department or "—", "type": of.name},
            how=_("可核发的部门：%(names)s。") % {"names": "、".join(one["name_zh"] for one in of.issuers.values())},
        )
    data = of.check(grant.data)
    if grant.geometry is not None:
        check_geometry(grant.geometry)
        if grant.geometry.geom_type not in ("Polygon", "MultiPolygon"):
            raise BadInput(_("图形须是不自相交的面。"))
    if not grant.holder_name.strip():
        raise BadInput(_("没有填持证单位。"))
    start = grant.valid_from or timezone.localdate()
    end = grant.valid_to or _end(start, of.valid_years)
    if end is not None and end < start:
        raise BadInput(_("有效期止 %(end)s 早于有效期起 %(start)s。") % {"end": end, "start": start})
    number, serial, version = _numbered(of, pack, grant, start.year, predecessor)
    identifier = Identifier(of.type_code, issuer["code"], serial, version)
    named = grant.subject
    facts: dict[str, Any] = {
        "type": of.code,
        "title": of.name_zh,
        "identifier": str(identifier),
        "number": number,
        "issue_version": version,
        "token": secrets.token_urlsafe(12),
        "holder_name": grant.holder_name,
        "holder_code": grant.holder_code,
        "data": data,
        "annexes": list(of.annexes if grant.annexes is None else grant.annexes),
        "department": department,
        "issuer_name": issuer["name_zh"],
        "issuer_code": issuer["code"],
        "region": grant.region or str(pack.settings["region"]),
        "valid_from": start,
        "valid_to": end,
        "subject_type": named._meta.label_lower if named is not None else grant.subject_type,
        "subject_id": str(named.pk) if named is not None else grant.subject_id,
        "subject_title": grant.subject_title or (str(named) if named is not None else ""),
        "item": grant.item,
        "project_code": grant.project_code,
        "release": grant.release,
        "release_digest": grant.release.digest if grant.release else "",
        "predecessor": predecessor,
        "pack": pack,
        "demo": pack.demo if grant.demo is None else grant.demo,
        "prepared_by_name": actor.name,
        "geometry": grant.geometry,
    }
    certificate, made = Certificate.objects.get_or_create(key=grant.key, defaults=facts)
    remark(number=number, identifier=certificate.identifier, again=not made)
    return certificate


def _end(start: date, years: int | None) -> date | None:
    """The last valid day: the day before the anniversary."""
    if years is None:
        return None
    try:
        anniversary = start.replace(year=start.year + years)
    except ValueError:  # 29 February
        anniversary = date(start.year + years, 3, 1)
    return anniversary - timedelta(days=1)


def _numbered(of: CertificateType, pack: PackVersion, grant: Grant, year: int, before: Certificate | None) -> tuple[str, str, int]:
    """Number, serial of the identifier, and version. A successor keeps number and serial where the type says so."""
    if before is not None and of.on_change == "same_number":
        versions = Certificate.objects.filter(type=of.code, number=before.number)
        highest: int = versions.aggregate(highest=Max("issue_version"))["highest"]
        return before.number, before.identifier.split(".")[-3], highest + 1
    region = grant.region or str(pack.settings["region"])
    dropped = Certificate.objects.filter(state=CertificateState.DROPPED, key__startswith=dropped_keys(grant.key)).count()
    key = f"{grant.key}/{dropped}" if dropped else grant.key
    taken = numbers.reserve(f"certificate/{of.code}/{region}/{year}", key)
    serial = f"{taken:0{of.serial_digits}d}"
    number = of.number.replace("{region}", region).replace("{year}", str(year)).replace("{serial}", serial)
    return number, f"{region}{year}{serial}", 1


def dropped_keys(key: str) -> str:
    """What the keys of dropped certificates begin with that were prepared under ``key``."""
    return f"{key[:170]}/dropped/"


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate's files, sealed but not recorded yet."""

    certificate: Certificate
    at: datetime
    pdf: Sealed
    ofd: Sealed


Pairs = list[tuple[Certificate, Seal]]


def issue_certificate(actor: Actor, certificate: Certificate, seal: Seal) -> Certificate:
    """Make, seal and issue a prepared certificate (制证、用印、发证), as ``issue_together`` does."""
    return issue_together(actor, [(certificate, seal)])[0]


def issue_together(actor: Actor, pairs: Pairs, tell: Any = lambda share, step: None) -> list[Certificate]:
    """Make and seal all, then record all in one transaction: when one fails, none is issued; number and identifier stay for the next try.

    Those issued already come back as they are. Call it outside of transactions. Raises ``Conflict`` while another is making one of them,
    ``Refused`` without the right to issue or to the seal, or what the seal service said.
    """
    keys = [row.pk for row, _seal in pairs]
    rows = Certificate.objects.in_bulk(keys)
    waiting = [(rows[row.pk], seal) for row, seal in pairs if rows[row.pk].state == CertificateState.PREPARED]
    claimed: list[Certificate] = []
    try:
        for row, _seal in waiting:
            claim(actor, row)
            claimed.append(row)
        made: list[Made] = []
        for number, (row, seal) in enumerate(waiting):
            made.append(make(actor, row, seal))
            tell(0.9 * (number + 1) / len(waiting), _("制证 %(n)s / %(all)s") % {"n": number + 1, "all": len(waiting)})
        with transaction.atomic():
            for one in made:
                record_issue(actor, one.certificate, one)
    except Exception:
        Certificate.objects.filter(pk__in=[row.pk for row in claimed], state=CertificateState.PREPARED).update(claimed_at=None)
        raise
    rows = Certificate.objects.in_bulk(keys)
    return [rows[key] for key in keys]


@verb("certificates.claim", permission=may_issue, need=NEED_ISSUER, subject="certificate")
def claim(actor: Actor, certificate: Certificate) -> None:
    """Begin to make a certificate: nobody else may meanwhile, and no seal is put on it by who may not issue it. Raises ``Conflict``."""
    now = timezone.now()
    free = Certificate.objects.filter(
        Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM), pk=certificate.pk, state=CertificateState.PREPARED
    )
    if not free.update(claimed_at=now):
        raise Conflict(_("%(certificate)s 正在制证，或已经发出。") % {"certificate": certificate}, how=_("请稍候刷新页面。"))
    certificate.claimed_at = now


def check_seal(certificate: Certificate, seal: Seal) -> CertificateType:
    """The certificate's type. Raises ``Conflict`` for a seal of another kind or department than it takes."""
    of = certificate_type(certificate.type, certificate.pack)
    if seal.kind != of.seal or seal.department != certificate.department:
        raise Conflict(
            _("%(type)s 须用 %(department)s 的%(kind)s，「%(seal)s」不是。")
            % {"type": of.name, "department": certificate.issuer_name, "kind": Seal.Kind(of.seal).label, "seal": seal},
            how=_("请选对印章。"),
        )
    return of


def make(actor: Actor, certificate: Certificate, seal: Seal) -> Made:
    """The sealed files. Raises ``Conflict`` for a seal of another kind or department."""
    of = check_seal(certificate, seal)
    at = timezone.now().replace(microsecond=0)
    attached = layout.record_bytes(certificate, at)
    purpose = Purpose.of(certificate.type, str(certificate), certificate, attached)
    plain = layout.pdf(of, layout.composed(certificate, of, at), attached)
    pdf = use_seal(actor, seal, plain, purpose, box=layout.SEAL_BOX)
    parts = layout.ofd_parts(certificate, of, at, attached)
    return Made(certificate, at, pdf, use_seal_on_ofd(actor, seal, parts, purpose, stamp=layout.OFD_STAMP, beside=pdf))


@verb("certificates.issue", permission=may_issue, need=NEED_ISSUER, subject="certificate")
def record_issue(actor: Actor, certificate: Certificate, made: Made) -> Certificate:
    """Write down that a certificate is issued: its files, its paper, the living layer, the predecessor's end. One transaction."""
    row = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if row.state != CertificateState.PREPARED:
        raise Conflict(_("%(certificate)s 已经发出。") % {"certificate": row}, how=_("请刷新页面。"))
    of = certificate_type(row.type, row.pack)
    row.pdf, row.ofd = files.store(io.BytesIO(made.pdf.content)), files.store(io.BytesIO(made.ofd.content))
    row.signature = files.store(io.BytesIO(made.pdf.signature))
    row.paper = record_paper(
        actor,
        of.template,
        key=f"certificate/{row.pk}",
        title=row.title,
        number=row.number,
        pdf=row.pdf,
        data=layout.record(row, made.at),
        subject=row,
        pack=row.pack,
        token=row.token,
        demo=row.demo,
        department=row.department,
    )
    row.state, row.issued_at, row.issued_by_name, row.claimed_at = CertificateState.VALID, made.at, actor.name, None
    why: dict[str, Any] = {}
    if row.predecessor is not None:
        why = _end_predecessor(actor, row)
    row.living = _show_on_map(actor, row, of)
    row.save()
    write_event(row, CertificateEvent.Operation.ISSUE, CertificateState.PREPARED, actor, **why)
    remark(number=row.number, identifier=row.identifier, pdf=row.pdf.sha256, ofd=row.ofd.sha256)
    emit(actor, "certificates.issued", row, type=row.type, number=row.number, identifier=row.identifier, project_code=row.project_code,
         subject_type=row.subject_type, subject_id=row.subject_id)  # fmt: skip
    certificate.refresh_from_db()
    return row


def write_event(row: Certificate, operation: str, before: str, actor: Actor, **values: Any) -> CertificateEvent:
    """Write down what happened to a certificate (``row`` as it is now), by default today."""
    values.setdefault("on", timezone.localdate())
    return CertificateEvent.objects.create(
        certificate=row, operation=operation, state_before=before, state_after=row.state, by_name=actor.name, **values
    )


def decision_paper(actor: Actor, row: Certificate, operation: str, *, reason: str, basis: str, on: date) -> Paper:
    """The decision (决定书) on what happens to a certificate, issued and numbered."""
    label = CertificateEvent.Operation(operation).label
    data = {
        "addressee": row.holder_name,
        "certificate": row.title,
        "certificate_no": row.number,
        "operation": label,
        "reason": reason,
        "basis": basis,
        "effective": on.isoformat(),
    }
    key = f"certificate/{row.pk}/event/{row.events.count() + 1}"
    title = _("%(operation)s决定书") % {"operation": label}
    return issue_paper(actor, draft_paper(actor, "certificate_change", data, key=key, subject=row, title=title, demo=row.demo))


def _end_predecessor(actor: Actor, row: Certificate) -> dict[str, Any]:
    """The certificate that this one replaces lapses, by a decision paper; gives what the successor's record says of it.

    Raises ``Conflict`` when it was revoked or replaced meanwhile.
    """
    before = Certificate.objects.select_for_update().get(pk=row.predecessor_id or 0)
    if before.state not in (CertificateState.VALID, CertificateState.SUSPENDED):
        raise Conflict(
            _("前证 %(certificate)s 现为「%(state)s」，不能再变更。") % {"certificate": before, "state": before.get_state_display()}
        )
    state = before.state
    before.state = CertificateState.LAPSED
    before.save(update_fields=["state"])
    words = _("已由第 %(n)s 版替代") % {"n": row.issue_version}
    asked = row.events.filter(operation__in=(CertificateEvent.Operation.CHANGE, CertificateEvent.Operation.EXTEND)).first()
    why: dict[str, Any] = {}
    if asked is not None:
        paper = decision_paper(actor, before, asked.operation, reason=asked.reason, basis=asked.basis, on=timezone.localdate())
        why = {"reason": asked.reason, "basis": asked.basis, "paper": paper}
    write_event(before, CertificateEvent.Operation.LAPSE, state, actor, **{**why, "reason": words})
    end_on_map(actor, before, _("证照变更"))
    return why


def _show_on_map(actor: Actor, row: Certificate, of: CertificateType) -> LivingFeature | None:
    """Register the certificate's ground on its living layer, by the system for the one who issues."""
    if row.geometry is None or not of.layer:
        return None
    return register_living(
        system(actor.name),
        of.layer,
        row.number,
        row.geometry,
        name=row.data.get("project") or row.holder_name,
        valid_from=row.valid_from,
        document_no=row.number,
        attributes={"证照": row.title, "证号": row.number, "持证单位": row.holder_name, "版本": row.issue_version},
        demo=row.demo,
    )


def end_on_map(actor: Actor, row: Certificate, reason: str) -> None:
    """End the certificate's feature on the living layer, if it still stands."""
    living = LivingFeature.objects.filter(pk=row.living_id or 0, valid_to=None).first()
    if living is not None:
        end_living(system(actor.name), living, on=max(timezone.localdate(), living.valid_from), reason=reason)
