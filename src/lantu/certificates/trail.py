"""The audit trail in an archive package: the rows of the case, and the stretch of the chain that they stand in, provable offline.

``evidence/audit.json`` holds the case's rows whole; ``evidence/audit_chain.bin`` the content digest (SHA-256, 32 bytes) of *every* row from
the case's first to its last, so that the chain can be computed again from end to end without showing what other cases did. The stretch
starts from the digest before it and ends in a digest that the signed manifest covers; the daily signed heads within it are there as well.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lantu.core import sealing
from lantu.core.models import AuditEvent, AuditHead
from lantu.documents.crypto.findings import Findings

ROWS, CHAIN = "evidence/audit.json", "evidence/audit_chain.bin"
SIZE = 32
_FIELDS = (
    "at", "request_id", "channel", "user_id", "actor_name", "role", "department", "region", "verb", "outcome", "subject_type",
    "subject_id", "before", "after", "detail", "position", "previous", "content", "digest",
)  # fmt: skip


def trail_of(named: set[tuple[str, str]]) -> tuple[dict[str, Any], bytes]:
    """The sealed rows about these subjects with what proves them, and the content digests of the stretch."""
    rows: list[AuditEvent] = []
    for kind, key in sorted(named):
        rows += AuditEvent.objects.filter(subject_type=kind, subject_id=key).exclude(position=None)
    rows.sort(key=lambda row: row.position or 0)
    found: dict[str, Any] = {"rows": [_told(row) for row in rows], "chain": None, "heads": []}
    linked = [row for row in rows if row.content]
    if not linked:
        return found, b""
    first, last = linked[0].position or 0, linked[-1].position or 0
    stretch = AuditEvent.objects.filter(position__gte=first, position__lte=last).order_by("position")
    contents = bytearray()
    for content in stretch.values_list("content", flat=True).iterator(chunk_size=5000):
        contents += bytes.fromhex(content)
    found["chain"] = {"from": first, "to": last, "start": linked[0].previous, "end": linked[-1].digest}
    heads = AuditHead.objects.filter(position__gte=first, position__lte=last).order_by("day")
    found["heads"] = list(heads.values("day", "position", "digest", "signature", "public_key"))
    return found, bytes(contents)


def _told(row: AuditEvent) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _FIELDS}
    return {**values, "at": row.at.isoformat()}


def check_trail(found: Findings, whole: dict[str, bytes], trusted: set[str]) -> None:
    """Prove the rows by their own digests, the stretch of the chain from its start to its end, and the signed heads in it."""
    try:
        told = json.loads(whole[ROWS])
        rows = [_event(row) for row in told["rows"]]
        # packages sealed before there were content digests name no chain, and a head beyond their rows
        said = told.get("chain")
        chain: dict[str, Any] | None = None
        if said:
            chain = {"from": int(said["from"]), "to": int(said["to"]), "start": str(said["start"]), "end": str(said["end"])}
        heads = [AuditHead(**{**head, "day": _day(head["day"])}) for head in told["heads"] if chain]
    except (ValueError, KeyError, TypeError):
        found.fail("audit", _("审计留痕读不出。"))
        return
    wrong = [str(row.position) for row in rows if not _holds(row)]
    if wrong:
        found.fail("audit", _("审计行的内容与封存时不同：%(names)s。") % {"names": "、".join(wrong)})
    elif rows:
        found.passed("audit", _("%(n)s 行审计留痕各自的摘要正确。") % {"n": len(rows)})
    if chain is None:
        if rows:
            found.not_checked("chain", _("审计行由早期版本封存，包内不能核对它们之间的连续性，须在系统里用 lantu audit verify 核对。"))
        return
    digests = _walk(chain, whole.get(CHAIN, b""))
    broken = digests is None or digests.get(chain["to"]) != chain["end"]
    if digests is None or broken or not _stand_in(rows, chain, digests):
        found.fail("chain", _("审计链从第 %(first)s 行到第 %(last)s 行接不上：有行被改、被删或被插入。") % _span(chain))
        return
    found.passed("chain", _("审计链从第 %(first)s 行到第 %(last)s 行逐行相接，本案的行都在其中，没有缺行、加行。") % _span(chain))
    bad = [str(head.day) for head in heads if digests.get(head.position) != head.digest or not sealing.head_signed(head, trusted)]
    if bad:
        found.fail("heads", _("逐日签名的链首与这段链不一致：%(days)s。") % {"days": "、".join(bad)})
    elif heads:
        found.passed("heads", _("与 %(n)s 个逐日签名的链首一致。") % {"n": len(heads)})


def _span(chain: dict[str, Any]) -> dict[str, Any]:
    return {"first": chain["from"], "last": chain["to"]}


def _walk(chain: dict[str, Any], contents: bytes) -> dict[int, str] | None:
    """The digest at each position of the stretch, computed from its start; None when content digests are missing or too many."""
    count = chain["to"] - chain["from"] + 1
    if count < 1 or len(contents) != count * SIZE:
        return None
    digests, previous = {}, str(chain["start"])
    for number in range(count):
        previous = sealing.link(previous, contents[number * SIZE : (number + 1) * SIZE].hex())
        digests[chain["from"] + number] = previous
    return digests


def _stand_in(rows: list[AuditEvent], chain: dict[str, Any], digests: dict[int, str]) -> bool:
    """Whether every row of the case stands in the stretch with the digest that it has there."""
    return all(digests.get(row.position or 0) == row.digest for row in rows if row.content)


def _holds(row: AuditEvent) -> bool:
    return row.digest == sealing.digest_of(row, row.previous) and row.content in ("", sealing.content_of(row))


def _event(row: dict[str, Any]) -> AuditEvent:
    event = AuditEvent(**{name: row[name] for name in _FIELDS if name != "at" and (name != "content" or name in row)})
    event.at = datetime.fromisoformat(row["at"])
    return event


def _day(text: str) -> Any:
    return datetime.fromisoformat(text).date()
