"""Applying for a seal that is used in two steps."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.certificates.models import Certificate, CertificateState
from lantu.certificates.permissions import NEED_PREPARER, may_prepare
from lantu.certificates.services.issuing import check_seal
from lantu.core.actor import Actor
from lantu.core.errors import Conflict
from lantu.core.verbs import verb
from lantu.documents.models import Seal, SealRequest
from lantu.documents.services import apply_for_seal
from lantu.documents.services.seal_use import Purpose


@verb("certificates.apply_for_seal", permission=may_prepare, need=NEED_PREPARER, subject="certificate")
def apply_for_certificate_seal(actor: Actor, certificate: Certificate, seal: Seal) -> SealRequest:
    """Apply to put a two-step seal on a prepared certificate (用印申请). Raises ``Conflict`` for an issued one or a wrong seal."""
    if certificate.state != CertificateState.PREPARED:
        raise Conflict(_("%(certificate)s 已经发出。") % {"certificate": certificate}, how=_("请刷新页面。"))
    check_seal(certificate, seal)
    return apply_for_seal(actor, seal, Purpose.of(certificate.type, str(certificate), certificate))
