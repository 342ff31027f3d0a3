"""What happens to a certificate once issued: suspend, resume, revoke, withdraw, cancel, transfer; change, extend by a successor."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.certificates.models import Certificate, CertificateEvent, CertificateState
from lantu.certificates.permissions import NEED_ISSUER, NEED_PREPARER, may_issue, may_prepare
from lantu.certificates.services.issuing import Grant, decision_paper, end_on_map, prepare_certificate, write_event
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.ticks import every
from lantu.core.verbs import verb

S, Op = CertificateState, CertificateEvent.Operation
MOVES: dict[str, tuple[frozenset[str], CertificateState]] = {
    Op.SUSPEND: (frozenset({S.VALID}), S.SUSPENDED),
    Op.RESUME: (frozenset({S.SUSPENDED}), S.VALID),
    Op.REVOKE: (frozenset({S.VALID, S.SUSPENDED, S.LAPSED}), S.REVOKED),
    Op.WITHDRAW: (frozenset({S.VALID, S.SUSPENDED}), S.WITHDRAWN),
    Op.CANCEL: (frozenset({S.VALID, S.SUSPENDED, S.LAPSED}), S.CANCELLED),
    Op.TRANSFER: (frozenset({S.VALID}), S.TRANSFERRED),
    Op.OTHER: (frozenset({S.VALID, S.SUSPENDED}), S.OTHER),
}
"""Operation → states it starts from, and the one it leads to. Lapsing is the calendar's or a successor's, never a person's."""


def allowed(certificate: Certificate) -> list[str]:
    """The operations that its state allows today."""
    state = certificate.state_on()
    return [operation for operation, (froms, _to) in MOVES.items() if state in froms]


@verb("certificates.set_state", permission=may_issue, need=NEED_ISSUER, subject="certificate")
def set_state(
    actor: Actor, certificate: Certificate, operation: str, *, reason: str, basis: str, on: date | None = None
) -> CertificateEvent:
    """Suspend, resume, revoke … with reason, legal basis and a decision paper (决定书). ``Conflict`` for an impossible move."""
    row = Certificate.objects.select_for_update().get(pk=certificate.pk)
    froms, to = MOVES.get(operation, (frozenset(), S.OTHER))
    state = row.state_on()
    if state not in froms:
        raise Conflict(_("%(certificate)s 现为「%(state)s」，不能这样办。") % {"certificate": row, "state": state.label})
    if not reason.strip() or not basis.strip():
        raise BadInput(_("理由和依据都要填。"), how=_("请写明事实和法律条款。"))
    day = on or timezone.localdate()
    if day < row.valid_from or day > timezone.localdate():
        raise BadInput(_("生效日期须在发证之后、今天之前或今天。"), where=str(day))
    before = row.state
    row.state = to
    row.save(update_fields=["state"])
    paper = decision_paper(actor, row, operation, reason=reason, basis=basis, on=day)
    event = write_event(row, operation, before, actor, reason=reason, basis=basis, on=day, paper=paper)
    if to not in (S.SUSPENDED, S.VALID):
        end_on_map(actor, row, reason)
    remark(operation=operation, reason=reason, paper=paper.number)
    emit(actor, "certificates.state_changed", row, operation=operation, state=to.value, reason=reason)
    certificate.refresh_from_db()
    return event


def _successors(certificate: Certificate) -> QuerySet[Certificate]:
    return certificate.successors.exclude(state=S.DROPPED)


def may_succeed(certificate: Certificate) -> bool:
    """Whether a change or an extension may be prepared now."""
    return certificate.state_on() in (S.VALID, S.SUSPENDED) and not _successors(certificate).exists()


def _successor(actor: Actor, row: Certificate, key: str, why: tuple[str, str, str], **changes: Any) -> Certificate:
    """The prepared successor, with the record of why: operation, reason, basis."""
    operation, reason, basis = why
    if not reason.strip() or not basis.strip():
        raise BadInput(_("理由和依据都要填。"), how=_("请写明事实和法律条款。"))
    if row.state_on() not in (S.VALID, S.SUSPENDED):
        raise Conflict(
            _("%(certificate)s 现为「%(state)s」，不能变更或延期。") % {"certificate": row, "state": row.state_on().label},
            how=_("请重新申请。"),
        )
    taken = _successors(row).exclude(key=key).first()
    if taken is not None:
        raise Conflict(_("%(certificate)s 已有后续版本在办。") % {"certificate": row}, where=str(taken))
    grant = Grant(
        type=row.type,
        key=key,
        holder_name=row.holder_name,
        holder_code=row.holder_code,
        data=row.data,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        subject_title=row.subject_title,
        item=row.item,
        project_code=row.project_code,
        geometry=row.geometry,
        release=row.release,
        region=row.region,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        department=row.department,
        annexes=tuple(row.annexes),
        demo=row.demo,
    )
    made = prepare_certificate(actor, replace(grant, **changes), predecessor=row)
    remark(operation=operation, reason=reason, basis=basis)
    if not made.events.exists():
        write_event(made, operation, made.state, actor, reason=reason, basis=basis)
    return made


@verb("certificates.change", permission=may_prepare, need=NEED_PREPARER, subject="certificate")
def change_certificate(actor: Actor, certificate: Certificate, *, key: str, reason: str, basis: str, **changes: Any) -> Certificate:
    """Prepare a successor with other data, holder or ground (变更; ``changes``: fields of ``Grant``). The old one lapses with its issue,
    which also brings the decision paper with reason and legal basis."""
    row = Certificate.objects.select_for_update().get(pk=certificate.pk)
    return _successor(actor, row, key, (Op.CHANGE, reason, basis), **changes)


@verb("certificates.extend", permission=may_prepare, need=NEED_PREPARER, subject="certificate")
def extend_certificate(actor: Actor, certificate: Certificate, *, key: str, valid_to: date, reason: str, basis: str) -> Certificate:
    """Prepare a successor that is valid longer (延期)."""
    row = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if row.valid_to is None or valid_to <= row.valid_to:
        raise BadInput(_("新的有效期止须晚于 %(day)s。") % {"day": row.valid_to or _("长期")})
    return _successor(actor, row, key, (Op.EXTEND, reason, basis), valid_to=valid_to)


@every(3600, "certificates.lapse")
def lapse_due(today: date | None = None) -> int:
    """Write down the lapse of certificates past their last day; returns how many. Readers see it on the day itself without this."""
    day, actor = today or timezone.localdate(), system()
    due = Certificate.objects.filter(state=S.VALID, valid_to__lt=day)
    return sum(lapse(actor, row, day) for row in due)


@verb("certificates.lapse", permission=may_issue, need=NEED_ISSUER, subject="certificate")
def lapse(actor: Actor, certificate: Certificate, day: date) -> bool:
    """One certificate past its last day (到期失效)."""
    row = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if row.state != S.VALID or row.valid_to is None or row.valid_to >= day:
        return False
    row.state = S.LAPSED
    row.save(update_fields=["state"])
    write_event(row, Op.LAPSE, S.VALID, actor, reason=_("有效期届满"), on=day)
    end_on_map(actor, row, _("有效期届满"))
    emit(actor, "certificates.state_changed", row, operation="lapse", state=S.LAPSED.value, reason="")
    return True
