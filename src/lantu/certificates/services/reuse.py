"""Taking certificates instead of asking for them (免提交)."""

from __future__ import annotations

from dataclasses import asdict

from django.utils.translation import gettext as _

from lantu.certificates.models import ExternalCertificate
from lantu.certificates.permissions import NEED_PREPARER, may_prepare
from lantu.certificates.ports import Told, certificate_bases
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, NotFound
from lantu.core.verbs import verb


def ask_base(actor: Actor, *, holder_code: str, type_name: str = "", reason: str, base: str = "city") -> list[ExternalCertificate]:
    """Ask a certificate base for a holder's certificates and record what it told (取用). ``reason`` names the case.

    Call it outside of transactions: the base may be slow. Raises ``BadInput``, ``NotFound`` for a base that is not connected, ``Refused``,
    or what the base said.
    """
    ask(actor, holder_code=holder_code, reason=reason, base=base)
    return record_told(actor, certificate_bases.get(base).by_holder(holder_code.strip(), type_name.strip(), reason), reason, base)


@verb("certificates.ask_base", permission=may_prepare, need=NEED_PREPARER)
def ask(actor: Actor, *, holder_code: str, reason: str, base: str) -> None:
    """Write down that a base is going to be asked, about whom and what for."""
    if not holder_code.strip() or not reason.strip():
        raise BadInput(_("统一社会信用代码和取用事由都要填。"))
    if base not in certificate_bases.keys():  # noqa: SIM118 - a port, no mapping
        raise NotFound(_("没有接通证照库「%(base)s」。") % {"base": base}, how=_("请系统管理员设置 LANTU_CERTIFICATE_BASE。"))
    remark(holder=holder_code, reason=reason, base=base)


@verb("certificates.record_told", permission=may_prepare, need=NEED_PREPARER)
def record_told(actor: Actor, told: list[Told], reason: str, base: str) -> list[ExternalCertificate]:
    """Write down what a base told."""
    rows = []
    for one in told:
        facts = {name: value for name, value in asdict(one).items() if name != "identifier"}
        row, _made = ExternalCertificate.objects.update_or_create(
            base=base, identifier=one.identifier, defaults={**facts, "asked_for": reason[:200]}
        )
        rows.append(row)
    remark(base=base, told=[row.identifier for row in rows])
    return rows
