"""Sealing of the audit trail (留痕封存): the rows form a hash chain, whose head is signed once a day.

Rows are written by many transactions at once, so the chain is made afterwards, by one sealer at a time: it takes the rows that are not
sealed yet in the order of their ids and gives each a position and ``digest = SHA-256(previous digest + content digest)``, where the
content digest is SHA-256 of the canonical content. So a stretch of the chain can be proved to whoever may not read all of its rows:
their content digests are enough. Changing, deleting or inserting a sealed row breaks the chain from there on; rewriting the whole chain
breaks the signed heads, which are handed out.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core.models import AuditEvent, AuditHead, Tick
from lantu.core.ticks import every

START = "0" * 64
LOCK = "core.audit_chain"
_FIELDS = (
    "at", "request_id", "channel", "user_id", "actor_name", "role", "department", "region", "verb", "outcome",
    "subject_type", "subject_id", "before", "after", "detail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold. ``position`` in the chain (0 for a head), ``event`` the row's id if there is one."""

    position: int
    event: int | None
    what: str


def _text(event: AuditEvent) -> str:
    """The canonical content. Times in UTC, JSON with sorted keys."""
    values: dict[str, Any] = {name: getattr(event, name) for name in _FIELDS}
    values["at"] = event.at.isoformat()
    return json.dumps([event.position, values], ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_of(event: AuditEvent) -> str:
    """The digest of a row's content."""
    return hashlib.sha256(_text(event).encode()).hexdigest()


def link(previous: str, content: str) -> str:
    """The digest of a row with this content digest after ``previous``."""
    return hashlib.sha256((previous + content).encode()).hexdigest()


def digest_of(event: AuditEvent, previous: str) -> str:
    """The digest that a row must have after ``previous``; one sealed before there were content digests hashes its content itself."""
    if not event.content:
        return hashlib.sha256((previous + _text(event)).encode()).hexdigest()
    return link(previous, content_of(event))


@every(60, "core.seal_audit")
def seal(limit: int = 10_000) -> int:
    """Seal the rows that are not yet, oldest first; returns how many. One sealer at a time: the duty's own row is the lock."""
    with transaction.atomic():
        Tick.objects.get_or_create(name=LOCK, defaults={"next_at": timezone.now()})
        Tick.objects.select_for_update().get(name=LOCK)
        last = AuditEvent.objects.exclude(position=None).order_by("-position").first()
        position, previous = (last.position, last.digest) if last else (0, START)
        rows = list(AuditEvent.objects.filter(position=None).order_by("pk")[:limit])
        for row in rows:
            position = (position or 0) + 1
            row.position, row.previous = position, previous
            row.content = content_of(row)
            row.digest = previous = link(previous, row.content)
        AuditEvent.objects.bulk_update(rows, ["position", "previous", "content", "digest"], batch_size=500)
    return len(rows)


@every(3600, "core.sign_audit_head")
def sign_head(day: date | None = None) -> AuditHead | None:
    """Sign the chain's head for a day (default today), once; None while nothing is sealed."""
    on = day or timezone.localdate()
    known = AuditHead.objects.filter(day=on).first()
    last = AuditEvent.objects.exclude(position=None).order_by("-position").first()
    if known or last is None:
        return known
    key = _key()
    public = key.public_key().public_bytes_raw()
    signature = key.sign(_head_text(on, last.position or 0, last.digest))
    return AuditHead.objects.create(
        day=on,
        position=last.position or 0,
        digest=last.digest,
        signature=base64.b64encode(signature).decode(),
        public_key=base64.b64encode(public).decode(),
    )


def verify() -> list[Break]:
    """Every place where the sealed trail or a signed head does not hold; empty when all is well. Rows not yet sealed are not judged."""
    broken = list(_broken_rows())
    digests = dict(AuditEvent.objects.filter(position__in=AuditHead.objects.values("position")).values_list("position", "digest"))
    for head in AuditHead.objects.order_by("day"):
        if not head_signed(head):
            broken.append(Break(head.position, None, _("%(day)s 的链首签名不对。") % {"day": head.day}))
        elif digests.get(head.position) != head.digest:
            broken.append(Break(head.position, None, _("%(day)s 签名的链首与现在的链不一致。") % {"day": head.day}))
    return broken


def _broken_rows() -> Iterator[Break]:
    position, previous = 0, START
    for row in AuditEvent.objects.exclude(position=None).order_by("position").iterator(chunk_size=2000):
        if row.position != position + 1:
            yield Break(position + 1, None, _("链上缺少第 %(n)s 行。") % {"n": position + 1})
        sound = not row.content or row.content == content_of(row)
        if not sound or row.previous != previous or row.digest != digest_of(row, row.previous):
            yield Break(row.position or 0, row.pk, _("第 %(n)s 行的内容与封存时不同。") % {"n": row.position})
        position, previous = row.position or 0, row.digest


def sign(content: bytes) -> tuple[str, str]:
    """Signature and public key (base64) of this installation over some content: archive packages and the like."""
    key = _key()
    public = key.public_key().public_bytes_raw()
    return base64.b64encode(key.sign(content)).decode(), base64.b64encode(public).decode()


def signed_by(public_key: str, signature: str, content: bytes) -> bool:
    """Whether the holder of a public key (base64) signed this content; malformed values are not."""
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key)).verify(base64.b64decode(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _head_text(day: date, position: int, digest: str) -> bytes:
    return f"lantu audit head 1\n{day.isoformat()}\n{position}\n{digest}\n".encode()


def head_signed(head: AuditHead, trusted: set[str] | None = None) -> bool:
    """Whether one of the trusted keys (default: this installation's) signed this head of the chain."""
    keys = trusted_keys() if trusted is None else trusted
    return head.public_key in keys and signed_by(head.public_key, head.signature, _head_text(head.day, head.position, head.digest))


def trusted_keys() -> set[str]:
    """The public keys (base64) whose signed heads count: this installation's own and those that came with a restored backup."""
    path = _trusted_path()
    others = set(path.read_text().split()) if path.exists() else set()
    return others | {base64.b64encode(_key().public_key().public_bytes_raw()).decode()}


def trust(keys: set[str]) -> None:
    """Let heads signed by these keys count too (restore)."""
    _trusted_path().write_text("\n".join(sorted(trusted_keys() | keys)) + "\n")


def _trusted_path() -> Path:
    path = Path(settings.LANTU_AUDIT_KEY)
    return path.with_name(path.name + ".trusted")


def _key() -> Ed25519PrivateKey:
    """The installation's signing key; made at first use, readable by its owner only."""
    path = Path(settings.LANTU_AUDIT_KEY)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
    return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
