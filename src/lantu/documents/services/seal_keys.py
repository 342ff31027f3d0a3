"""Verbs over the keys of seals: rotate, revoke. Old keys stay for verification, never for use."""

from __future__ import annotations

import io
import json
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import Conflict
from lantu.core.verbs import verb
from lantu.documents.models import Seal, SealKey
from lantu.documents.permissions import NEED_SECADMIN, may_keep_seals
from lantu.documents.ports import SealOrder, seal_providers


def make_key(seal: Seal, picture: bytes) -> SealKey:
    """New keys at the seal's service, recorded as the current ones. Called inside a verb."""
    number = seal.keys.count() + 1
    kind = 2 if seal.kind == Seal.Kind.LEGAL else 1
    made = seal_providers.get(seal.provider).make_key(SealOrder(seal.code, seal.name, seal.holder, kind, picture, seal.side_mm, number))
    return SealKey.objects.create(
        seal=seal,
        name=made.name,
        eseal=files.store(io.BytesIO(made.eseal)),
        rsa_serial=made.rsa_serial,
        sm2_serial=made.sm2_serial,
        valid_from=made.valid_from,
        valid_to=made.valid_to,
    )


@verb("documents.rotate_key", permission=may_keep_seals, need=NEED_SECADMIN, subject="seal")
def rotate_key(actor: Actor, seal: Seal) -> SealKey:
    """New keys for a seal (密钥轮换); what the old ones signed stays valid. Raises ``Conflict`` for a retired seal."""
    row = Seal.objects.select_for_update().get(pk=seal.pk)
    if row.state == Seal.State.RETIRED:
        raise Conflict(_("印章「%(seal)s」已注销，不能轮换密钥。") % {"seal": row})
    row.keys.filter(state=SealKey.State.CURRENT).update(state=SealKey.State.RETIRED, ended_at=timezone.now())
    key = make_key(row, files.path_of(row.picture).read_bytes())
    remark(key=key.name)
    return key


@verb("documents.revoke_key", permission=may_keep_seals, need=NEED_SECADMIN, subject="key")
def revoke_key(actor: Actor, key: SealKey, *, reason: str) -> SealKey:
    """Revoke a key that may have leaked (吊销): everything it signed fails verification from now on, also offline by ``revoked.json``."""
    keys = {row.pk: row for row in SealKey.objects.select_for_update().order_by("pk")}  # all of them: the list that is written knows all
    row = keys[key.pk]
    if row.state == SealKey.State.REVOKED:
        raise Conflict(_("密钥「%(key)s」已经吊销。") % {"key": row.name})
    row.state, row.ended_at = SealKey.State.REVOKED, timezone.now()
    row.save(update_fields=["state", "ended_at"])
    write_revoked()
    remark(reason=reason, rsa_serial=row.rsa_serial, sm2_serial=row.sm2_serial)
    return row


def write_revoked() -> Path:
    """The list of revoked certificates beside the keys, for offline verification; whoever reads it finds a whole one."""
    path = Path(settings.LANTU_SEALS) / "revoked.json"
    rows = SealKey.objects.filter(state=SealKey.State.REVOKED).order_by("pk")
    serials = sorted({serial for row in rows for serial in (row.rsa_serial, row.sm2_serial) if serial})
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"at": timezone.now().isoformat(), "serials": serials}, indent=1) + "\n")
    return fresh.replace(path)
