"""Dropping a certificate that was prepared and shall not be issued."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.certificates.models import Certificate, CertificateEvent, CertificateState
from lantu.certificates.permissions import NEED_PREPARER, may_prepare
from lantu.certificates.services.issuing import CLAIM, dropped_keys, write_event
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.verbs import verb


@verb("certificates.drop", permission=may_prepare, need=NEED_PREPARER, subject="certificate")
def drop_certificate(actor: Actor, certificate: Certificate, *, reason: str) -> Certificate:
    """Void the held number of a certificate that is not issued yet (作废编号), because it was prepared wrongly.

    Number and identifier are never given to another; the key is free again, so that what was granted can be prepared anew, and a
    certificate whose change or extension it was can be changed again. Raises ``Conflict`` for one issued, dropped, or in the making.
    """
    row = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if row.state != CertificateState.PREPARED:
        raise Conflict(
            _("%(certificate)s 现为「%(state)s」，不能作废编号。") % {"certificate": row, "state": row.get_state_display()},
            how=_("已发出的证照请撤销或注销。"),
        )
    if row.claimed_at is not None and row.claimed_at > timezone.now() - CLAIM:
        raise Conflict(_("%(certificate)s 正在制证，或已经发出。") % {"certificate": row}, how=_("请稍候刷新页面。"))
    if not reason.strip():
        raise BadInput(_("没有填作废的理由。"), how=_("请写明为什么不发这份证照。"))
    row.state, row.key = CertificateState.DROPPED, f"{dropped_keys(row.key)}{row.pk}"
    row.save(update_fields=["state", "key"])
    write_event(row, CertificateEvent.Operation.DROP, CertificateState.PREPARED, actor, reason=reason)
    remark(number=row.number, identifier=row.identifier, reason=reason)
    certificate.refresh_from_db()
    return row
