"""Verbs over the register of seals: register, suspend, grant."""

from __future__ import annotations

import io
import re
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Department, User
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.verbs import verb
from lantu.documents.crypto.pictures import clean_picture, draw_seal
from lantu.documents.models import Seal, SealGrant
from lantu.documents.permissions import NEED_SECADMIN, may_keep_seals
from lantu.documents.ports import seal_providers
from lantu.documents.services.seal_keys import make_key

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,38}")


@verb("documents.register_seal", permission=may_keep_seals, need=NEED_SECADMIN)
def register_seal(
    actor: Actor,
    *,
    code: str,
    name: str,
    kind: str,
    department: str,
    holder: str = "",
    holder_code: str = "",
    purpose: str = "",
    picture: bytes | None = None,
    side_mm: int = 40,
    valid_from: date | None = None,
    valid_to: date | None = None,
    provider: str = "local",
    two_steps: bool = False,
) -> Seal:
    """Register a seal with its first keys (印章登记). Without ``picture`` one is drawn. Raises ``BadInput``, ``Conflict``."""
    if not _CODE.fullmatch(code):
        raise BadInput(_("印章编码「%(code)s」不对。") % {"code": code}, how=_("用大写字母、数字和连字符，2 到 40 位。"))
    if kind not in Seal.Kind.values or not name.strip():
        raise BadInput(_("没有印章名称，或种类「%(kind)s」不对。") % {"kind": kind})
    services = seal_providers.keys()
    if provider not in services:
        raise BadInput(_("没有签章服务「%(name)s」。") % {"name": provider}, how=_("现有：%(names)s。") % {"names": "、".join(services)})
    owner = Department.objects.filter(code=department).first()
    if owner is None:
        raise BadInput(_("没有部门「%(code)s」。") % {"code": department})
    holder = holder or owner.name_zh
    test = provider == "local"
    try:
        image = clean_picture(picture) if picture else draw_seal(holder, purpose or Seal.Kind(kind).label, test=test)
    except ValueError as error:
        raise BadInput(_("印模不是图片。"), where=str(error)[:200], how=_("请上传 PNG 或 JPEG。")) from error
    facts = {
        "name": name,
        "kind": kind,
        "holder": holder,
        "holder_code": holder_code,
        "department": department,
        "purpose": purpose or Seal.Kind(kind).label,
        "picture": files.store(io.BytesIO(image)),
        "drawn": picture is None,
        "side_mm": side_mm,
        "valid_from": valid_from or timezone.localdate(),
        "valid_to": valid_to,
        "provider": provider,
        "two_steps": two_steps,
        "test": test,
        "registered_by_name": actor.name,
    }
    seal, made = Seal.objects.get_or_create(code=code, defaults=facts)
    if not made:
        raise Conflict(_("印章编码「%(code)s」已登记。") % {"code": code})
    key = make_key(seal, image)
    remark(code=code, key=key.name, rsa_serial=key.rsa_serial, sm2_serial=key.sm2_serial)
    return seal


@verb("documents.set_seal_state", permission=may_keep_seals, need=NEED_SECADMIN, subject="seal")
def set_seal_state(actor: Actor, seal: Seal, state: str, *, reason: str) -> Seal:
    """Suspend, put back in use, or retire a seal (停用、启用、注销). A retired one never comes back."""
    row = Seal.objects.select_for_update().get(pk=seal.pk)
    if state not in Seal.State.values or row.state in (Seal.State.RETIRED, state):
        raise Conflict(_("印章「%(seal)s」现为「%(state)s」，不能这样改。") % {"seal": row, "state": row.get_state_display()})
    if not reason.strip():
        raise BadInput(_("没有填理由。"), how=_("请写明理由。"))
    row.state = state
    row.save(update_fields=["state"])
    remark(reason=reason)
    seal.refresh_from_db()
    return row


@verb("documents.grant_seal", permission=may_keep_seals, need=NEED_SECADMIN, subject="seal")
def grant_seal(
    actor: Actor, seal: Seal, user: User, *, items: list[str] | None = None, valid_from: date | None = None, valid_to: date | None = None
) -> SealGrant:
    """Let a person use a seal, for some templates or certificate types or for all (用印授权). Raises ``BadInput``, ``Conflict``."""
    start = valid_from or timezone.localdate()
    if valid_to is not None and valid_to <= start:
        raise BadInput(_("授权的止日 %(end)s 须晚于起日 %(start)s。") % {"end": valid_to, "start": start})
    if seal.state == Seal.State.RETIRED:
        raise Conflict(_("印章「%(seal)s」已注销，不能授权。") % {"seal": seal})
    grant = SealGrant.objects.create(
        seal=seal, user=user, items=items or [], valid_from=start, valid_to=valid_to, granted_by_name=actor.name
    )
    remark(user=user.pk, items=items or [])
    return grant


@verb("documents.end_grant", permission=may_keep_seals, need=NEED_SECADMIN, subject="grant")
def end_grant(actor: Actor, grant: SealGrant) -> SealGrant:
    """End a grant today (收回授权). Raises ``Conflict`` for one that has ended."""
    row = SealGrant.objects.select_for_update().get(pk=grant.pk)
    if row.is_over():
        raise Conflict(_("这项用印授权已于 %(day)s 结束。") % {"day": row.valid_to})
    row.valid_to = timezone.localdate()
    row.save(update_fields=["valid_to"])
    grant.refresh_from_db()
    return row
