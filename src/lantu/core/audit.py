"""The audit trail (留痕): one row per verb, written in the verb's transaction; sealed into a hash chain afterwards (``core.sealing``)."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any

from django.db import models

from lantu.core.actor import Actor
from lantu.core.models import AuditEvent

_remarks: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("audit_remarks", default=None)


@contextlib.contextmanager
def collecting() -> Iterator[dict[str, Any]]:
    """Collect what the running verb remarks; verbs nest, each has its own remarks."""
    remarks: dict[str, Any] = {}
    token = _remarks.set(remarks)
    try:
        yield remarks
    finally:
        _remarks.reset(token)


def remark(**facts: Any) -> None:
    """Add facts to the audit row of the running verb (reasons, document numbers, counts). JSON values only."""
    remarks = _remarks.get()
    if remarks is None:
        raise RuntimeError("remark() outside of a verb")
    remarks.update(facts)


def snapshot(subject: Any) -> dict[str, Any] | None:
    """The plain fields of a model instance as JSON values; bytes and geometry are left out (their digests stand in their own rows)."""
    if not isinstance(subject, models.Model) or subject.pk is None:
        return None
    values: dict[str, Any] = {}
    for field in subject._meta.concrete_fields:
        if isinstance(field, models.BinaryField) or getattr(field, "audit_exclude", False) or field.name == "password":
            continue
        value = field.value_from_object(subject)
        values[field.attname] = value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
    return values


def record(
    actor: Actor,
    verb: str,
    subject: Any,
    *,
    outcome: str = "done",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one audit row in the current transaction."""
    is_model = isinstance(subject, models.Model)
    return AuditEvent.objects.create(
        request_id=actor.request_id,
        channel=actor.channel,
        user_id=actor.user_id,
        actor_name=actor.name,
        role=actor.role,
        department=actor.department,
        region=actor.region,
        verb=verb,
        outcome=outcome,
        subject_type=subject._meta.label_lower if is_model else "",
        subject_id=str(subject.pk) if is_model and subject.pk is not None else "",
        before=before,
        after=after,
        detail=detail or {},
    )
