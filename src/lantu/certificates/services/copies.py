"""Copies for one use (加注件)."""

from __future__ import annotations

import io
import secrets
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.certificates import layout
from lantu.certificates.models import Certificate, CertificateCopy, CertificateState
from lantu.certificates.permissions import NEED_PREPARER, may_copy
from lantu.certificates.types import certificate_type
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.verbs import verb
from lantu.documents.addresses import public_address
from lantu.documents.models import Seal
from lantu.documents.services.seal_use import Purpose, use_seal

LONGEST = timedelta(days=180)


def make_copy(actor: Actor, certificate: Certificate, seal: Seal, *, purpose: str, recipient: str, expires: date) -> CertificateCopy:
    """A sealed copy with purpose, recipient and last day across its pages. Raises ``BadInput``, ``Conflict`` when not valid today."""
    if not purpose.strip() or not recipient.strip():
        raise BadInput(_("用途和使用单位都要填。"))
    today = timezone.localdate()
    if not today <= expires <= today + LONGEST:
        raise BadInput(_("有效至须在今天到 %(day)s 之间。") % {"day": today + LONGEST}, where=str(expires))
    state = certificate.state_on()
    if state != CertificateState.VALID or certificate.issued_at is None:
        raise Conflict(_("%(certificate)s 现为「%(state)s」，不能制作加注件。") % {"certificate": certificate, "state": state.label})
    of = certificate_type(certificate.type, certificate.pack)
    token = secrets.token_urlsafe(16)
    words = {"purpose": purpose, "recipient": recipient, "expires": expires.isoformat()}
    attached = layout.record_bytes(certificate, certificate.issued_at, copy=words)
    url = public_address(reverse("verify:copy-check", args=[token]))
    plain = layout.pdf(of, layout.composed(certificate, of, certificate.issued_at, copy=words, url=url), attached)
    title = _("%(certificate)s 加注件") % {"certificate": certificate}
    sealed = use_seal(actor, seal, plain, Purpose.of(certificate.type, title, certificate, attached), box=layout.SEAL_BOX)
    return record_copy(actor, certificate, sealed.content, token=token, **words)


@verb("certificates.copy", permission=may_copy, need=NEED_PREPARER, subject="certificate")
def record_copy(
    actor: Actor, certificate: Certificate, content: bytes, *, token: str, purpose: str, recipient: str, expires: str
) -> CertificateCopy:
    """Write down a copy."""
    copy = CertificateCopy.objects.create(
        certificate=certificate,
        purpose=purpose,
        recipient=recipient,
        expires=date.fromisoformat(expires),
        token=token,
        pdf=files.store(io.BytesIO(content)),
        made_by_name=actor.name,
    )
    remark(purpose=purpose, recipient=recipient, expires=expires, sha256=copy.pdf_id)
    return copy
