"""Events: how a lower room tells a higher one, and how the city tells others.

``emit`` writes an outbox row in the verb's transaction and calls the in-process subscribers in the same transaction, so that
what they write stands or falls with the verb. Delivery to other systems reads the outbox later (at least once, ordered per subject).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from lantu.core.actor import Actor
from lantu.core.models import OutboxEvent

Handler = Callable[[OutboxEvent, Actor], None]
_subscribers: dict[str, list[Handler]] = defaultdict(list)


def subscribe(name: str) -> Callable[[Handler], Handler]:
    """Decorator: call the function for each event ``name`` (e.g. ``plans.released``)."""

    def register(handler: Handler) -> Handler:
        if handler not in _subscribers[name]:
            _subscribers[name].append(handler)
        return handler

    return register


def emit(actor: Actor, name: str, subject: Any, **payload: Any) -> OutboxEvent:
    """Record event ``name`` about ``subject`` (a model instance) and tell the subscribers, all in the current transaction."""
    event = OutboxEvent.objects.create(
        name=name, subject_type=subject._meta.label_lower, subject_id=str(subject.pk), payload=payload, request_id=actor.request_id
    )
    for handler in _subscribers[name]:
        handler(event, actor)
    return event
