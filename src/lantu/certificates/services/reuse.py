"""Taking certificates instead of asking for them (免提交)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.certificates.models import ExternalCertificate
from lantu.certificates.permissions import NEED_PREPARER, may_prepare
from lantu.certificates.ports import certificate_bases
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, NotFound
from lantu.core.verbs import verb


@verb("certificates.ask_base", permission=may_prepare, need=NEED_PREPARER)
def ask_base(actor: Actor, *, holder_code: str, type_name: str = "", reason: str, base: str = "city") -> list[ExternalCertificate]:
    """Ask a certificate base for a holder's certificates and record what it told (取用). ``reason`` names the case; audited."""
    if not holder_code.strip() or not reason.strip():
        raise BadInput(_("统一社会信用代码和取用事由都要填。"))
    if base not in certificate_bases.keys():  # noqa: SIM118 - a port, no mapping
        raise NotFound(_("没有接通证照库「%(base)s」。") % {"base": base}, how=_("请系统管理员设置 LANTU_CERTIFICATE_BASE。"))
    told = certificate_bases.get(base).by_holder(holder_code.strip(), type_name.strip(), reason)
    rows = []
    for one in told:
        row, _made = ExternalCertificate.objects.update_or_create(
            base=base,
            identifier=one.identifier,
            defaults={
                "type_name": one.type_name,
                "number": one.number,
                "holder_name": one.holder_name,
                "holder_code": one.holder_code,
                "issuer_name": one.issuer_name,
                "state": one.state,
                "valid_to": one.valid_to,
                "data": one.data,
                "asked_for": reason[:200],
            },
        )
        rows.append(row)
    remark(holder=holder_code, reason=reason, base=base, told=len(rows))
    return rows
