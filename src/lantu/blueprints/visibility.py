"""Who may see which layer, by its level of security (密级) in the catalogue."""

from __future__ import annotations

from lantu.accounts.roles import ROLES
from lantu.core.actor import Actor
from lantu.standards.models import LayerDefinition

PLANNING = frozenset({"planner", "checker", "publisher", "decider", "supervisor", "system"})
OUTSIDE = frozenset({"builder", ""})
INSIDE = tuple(code for code in ROLES if code not in OUTSIDE)
"""Everybody in the administration; no applicant."""


def may_see_internal(actor: Actor) -> bool:
    """Findings and internal layers: everybody in the administration, no applicant."""
    return actor.role not in OUTSIDE


def may_see(actor: Actor, layer: LayerDefinition) -> bool:
    """Public layers: everyone who is signed in, and whoever acts in a role; internal: the administration; restricted: planning,
    supervision and the owner."""
    if layer.security == "public":
        return actor.user_id is not None or bool(actor.role)
    if layer.security == "restricted":
        return actor.role in PLANNING or (bool(layer.owner) and actor.department == layer.owner)
    return may_see_internal(actor)
