"""Using a seal: rights are checked, every use and every refusal is logged, and two-step seals need another person's approval first.

The seal service may be slow or fail, so it is called outside of any transaction of ours; what it gave is logged afterwards.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core import audit, files
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, LantuError, Refused
from lantu.core.locking import lock_row
from lantu.core.verbs import verb
from lantu.documents.crypto import ofd, sm
from lantu.documents.crypto.pades import Box
from lantu.documents.models import Seal, SealGrant, SealKey, SealRequest, SealUse
from lantu.documents.permissions import NEED_DECIDER, NEED_WRITER, is_second_person, may_write
from lantu.documents.ports import SealProvider, seal_providers


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a seal is used for: template or certificate type, title of the document, the case, its canonical data."""

    item: str
    title: str
    subject_type: str = ""
    subject_id: str = ""
    data: bytes = b""

    @staticmethod
    def of(item: str, title: str, subject: models.Model | None = None, data: bytes = b"") -> Purpose:
        """For a document about a model instance."""
        if subject is None:
            return Purpose(item, title, data=data)
        return Purpose(item, title, subject._meta.label_lower, str(subject.pk), data)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What came of it: the sealed file and the SM2 seal signature over the file's SM3 and the data's (DER)."""

    content: bytes
    signature: bytes
    key: SealKey
    request: SealRequest | None = None


def why_not(actor: Actor, seal: Seal, item: str, on: date | None = None) -> str:
    """The reason why the actor may not use the seal for this; empty when they may."""
    day = on or timezone.localdate()
    if not may_write.test(actor, None):
        return _("您所在的岗位不能用印。")
    if seal.state != Seal.State.ACTIVE:
        return _("印章「%(seal)s」%(state)s。") % {"seal": seal, "state": seal.get_state_display()}
    if day < seal.valid_from or (seal.valid_to and day >= seal.valid_to):
        return _("印章「%(seal)s」今天不在有效期内。") % {"seal": seal}
    grants = SealGrant.objects.filter(seal=seal, user_id=actor.user_id or 0, valid_from__lte=day)
    held = [grant for grant in grants if not grant.is_over(day)]
    if not held:
        return _("您没有印章「%(seal)s」的用印授权。") % {"seal": seal}
    if not any(not grant.items or item in grant.items for grant in held):
        return _("您的授权不含「%(item)s」。") % {"item": item}
    return ""


def use_seal(actor: Actor, seal: Seal, pdf: bytes, purpose: Purpose, *, box: Box, field_name: str = "Seal1") -> Sealed:
    """Seal a PDF: PAdES with the visible seal, and an SM2 seal signature over file and data. Raises ``Refused`` (logged) or what failed."""

    def sign(service: SealProvider, key: SealKey) -> tuple[bytes, bytes]:
        picture = files.path_of(seal.picture).read_bytes()
        signed = service.seal_pdf(key.name, pdf, picture, box=box, field_name=field_name, reason=purpose.title, signer=seal.holder)
        return signed, service.sign_digest(key.name, _eseal(key), sm.sm3(signed), _about(purpose), datetime.now(UTC))

    return _use(actor, seal, purpose, pdf, sign)


def use_seal_on_ofd(
    actor: Actor, seal: Seal, parts: dict[str, bytes], purpose: Purpose, *, stamp: ofd.Stamp, beside: Sealed | None = None
) -> Sealed:
    """Seal an OFD's files with the same seal. One use of its own in the log.

    ``beside``: the PDF of the very document, sealed just before; the application that was approved for it covers both files.
    """

    def sign(service: SealProvider, key: SealKey) -> tuple[bytes, bytes]:
        eseal = _eseal(key)
        return ofd.sign(parts, eseal, lambda digest, about, at: service.sign_digest(key.name, eseal, digest, about, at), stamp), b""

    return _use(actor, seal, purpose, ofd.pack(parts), sign, covered=beside.request if beside else None)


def _use(
    actor: Actor,
    seal: Seal,
    purpose: Purpose,
    content: bytes,
    sign: Callable[[SealProvider, SealKey], tuple[bytes, bytes]],
    *,
    covered: SealRequest | None = None,
) -> Sealed:
    """Check the right, sign (sealed file, SM2 signature), and log what came of it. ``covered``: the application of its twin."""
    key, request = _allowed(actor, seal, purpose, content, covered)
    try:
        signed, signature = sign(seal_providers.get(seal.provider), key)
    except Exception as error:
        if request is not None and request is not covered:
            SealRequest.objects.filter(pk=request.pk).update(state=SealRequest.State.APPROVED)
        if isinstance(error, LantuError):
            log_use(actor, seal, purpose, before=content, key=key, outcome=SealUse.Outcome.FAILED, reason=str(error.what))
        raise
    log_use(actor, seal, purpose, before=content, after=signed, signature=signature, key=key, request=request)
    return Sealed(signed, signature, key, request)


def _about(purpose: Purpose) -> str:
    """What the SM2 signature names: the SM3 of the data, in ASCII."""
    return f"file;data-sm3={sm.sm3(purpose.data).hex()}" if purpose.data else "file"


def _eseal(key: SealKey) -> bytes:
    if key.eseal is None:
        raise Conflict(_("密钥「%(key)s」没有 GB/T 38540 印章。") % {"key": key.name}, how=_("请轮换密钥。"))
    return files.path_of(key.eseal).read_bytes()


def _allowed(actor: Actor, seal: Seal, purpose: Purpose, content: bytes, covered: SealRequest | None) -> tuple[SealKey, SealRequest | None]:
    """The current key, and the application where the seal needs one. Raises ``Refused`` after logging it."""
    seal.refresh_from_db(fields=["state", "valid_from", "valid_to"])  # a batch has it in hand for long
    reason = why_not(actor, seal, purpose.item)
    key = seal.keys.filter(state=SealKey.State.CURRENT).first()
    if not reason and (key is None or not key.valid_from <= timezone.now() <= key.valid_to):
        reason = _("印章「%(seal)s」的密钥不在有效期内。") % {"seal": seal}
    request = covered
    if not reason and seal.two_steps and request is None:
        request = _take_request(seal, purpose)
        reason = "" if request else _("印章「%(seal)s」须先申请、经批准后才能用。") % {"seal": seal}
    if reason or key is None:
        audit.record(actor, "documents.use_seal", seal, outcome="refused", detail={"item": purpose.item, "reason": str(reason)})
        _log_row(actor, seal, purpose, before=content, outcome=SealUse.Outcome.REFUSED, reason=str(reason))
        raise Refused(str(reason), where=purpose.title, how=_("请由有授权的人用印，或请安全保密管理员授权。"))
    return key, request


def _take_request(seal: Seal, purpose: Purpose) -> SealRequest | None:
    """An approved application for this very document, used up from now on; of two who want it at once only one gets it."""
    found = SealRequest.objects.filter(
        seal=seal, item=purpose.item, subject_type=purpose.subject_type, subject_id=purpose.subject_id, state=SealRequest.State.APPROVED
    )
    for request in found.order_by("pk"):
        if found.filter(pk=request.pk).update(state=SealRequest.State.USED):
            return request
    return None


@verb("documents.use_seal", permission=may_write, need=NEED_WRITER, subject="seal")
def log_use(
    actor: Actor,
    seal: Seal,
    purpose: Purpose,
    *,
    before: bytes,
    after: bytes = b"",
    signature: bytes = b"",
    key: SealKey | None = None,
    request: SealRequest | None = None,
    outcome: str = SealUse.Outcome.SIGNED,
    reason: str = "",
) -> SealUse:
    """Write down a use or a failed one (用印记录)."""
    row = _log_row(
        actor, seal, purpose, before=before, after=after, signature=signature, key=key, request=request, outcome=outcome, reason=reason
    )
    remark(use=row.pk, sha256=row.sha256, outcome=outcome)
    return row


def _log_row(
    actor: Actor, seal: Seal, purpose: Purpose, *, before: bytes, after: bytes = b"", signature: bytes = b"", **values: Any
) -> SealUse:
    return SealUse.objects.create(
        seal=seal,
        item=purpose.item,
        title=purpose.title[:200],
        subject_type=purpose.subject_type,
        subject_id=purpose.subject_id,
        sha256_before=hashlib.sha256(before).hexdigest(),
        sha256=hashlib.sha256(after).hexdigest() if after else "",
        sm3=sm.sm3(after).hex() if after else "",
        data_sm3=sm.sm3(purpose.data).hex() if purpose.data else "",
        signature=files.store(io.BytesIO(signature)) if signature else None,
        user_id=actor.user_id,
        user_name=actor.name,
        department=actor.department,
        **values,
    )


@verb("documents.apply_for_seal", permission=may_write, need=NEED_WRITER, subject="seal")
def apply_for_seal(actor: Actor, seal: Seal, purpose: Purpose) -> SealRequest:
    """Apply to use a two-step seal for one document (用印申请). The same again gives the application that is open."""
    if not seal.two_steps:
        raise BadInput(_("印章「%(seal)s」不须申请，有授权即可用。") % {"seal": seal})
    lock_row(Seal.objects.all(), seal.pk)  # of two who apply at once the second finds the first's
    about = {"item": purpose.item, "subject_type": purpose.subject_type, "subject_id": purpose.subject_id, "title": purpose.title}
    standing = SealRequest.objects.filter(seal=seal, **about, state__in=(SealRequest.State.APPLIED, SealRequest.State.APPROVED)).first()
    if standing is not None:
        remark(again=True)
        return standing
    return SealRequest.objects.create(
        seal=seal,
        item=purpose.item,
        title=purpose.title,
        subject_type=purpose.subject_type,
        subject_id=purpose.subject_id,
        applicant_id=actor.user_id,
        applicant_name=actor.name,
    )


@verb("documents.decide_seal_request", permission=is_second_person, need=NEED_DECIDER, subject="request")
def decide_request(actor: Actor, request: SealRequest, *, approve: bool, reason: str = "") -> SealRequest:
    """Approve or refuse an application (用印审批); a refusal needs a reason. The applicant may not decide."""
    row = SealRequest.objects.select_for_update().get(pk=request.pk)
    if row.state != SealRequest.State.APPLIED:
        raise Conflict(_("这份用印申请%(state)s。") % {"state": row.get_state_display()})
    if not approve and not reason.strip():
        raise BadInput(_("不批准须写明理由。"))
    row.state = SealRequest.State.APPROVED if approve else SealRequest.State.REFUSED
    row.decided_by_name, row.decided_at, row.reason = actor.name, timezone.now(), reason
    row.save()
    request.refresh_from_db()
    return row
