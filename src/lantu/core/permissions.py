"""Predicates over (actor, subject); verbs name one each, nothing is allowed by default.

Predicates are ``rules`` predicates, so they combine with ``&``, ``|`` and ``~``.
"""

from __future__ import annotations

from typing import Any

import rules

from lantu.core.actor import Actor


@rules.predicate
def is_system(actor: Actor, subject: Any = None) -> bool:
    """The system itself (set-up, clocks, jobs without a person)."""
    return actor.role == "system"


@rules.predicate
def is_signed_in(actor: Actor, subject: Any = None) -> bool:
    """Any person in any post."""
    return actor.user_id is not None and actor.post is not None


def has_role(*roles: str) -> rules.Predicate:
    """In one of these roles, or the system itself."""

    def test(actor: Actor, subject: Any = None) -> bool:
        return actor.role in roles or actor.role == "system"

    return rules.predicate(test, name="has_role:" + ",".join(roles))


def in_department_of(attribute: str) -> rules.Predicate:
    """The actor's department is the one in ``subject.<attribute>`` (its code, or an object with ``code``)."""

    def test(actor: Actor, subject: Any = None) -> bool:
        value = getattr(subject, attribute, None)
        return bool(actor.department) and actor.department == getattr(value, "code", value)

    return rules.predicate(test, name=f"in_department_of:{attribute}")


def own(attribute: str) -> rules.Predicate:
    """The actor is the person whose id stands in ``subject.<attribute>``."""

    def test(actor: Actor, subject: Any = None) -> bool:
        return actor.user_id is not None and getattr(subject, attribute, None) == actor.user_id

    return rules.predicate(test, name=f"own:{attribute}")
