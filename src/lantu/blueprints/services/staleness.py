"""Stale layers are told to whom they belong, once per date that passed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.blueprints.selectors.freshness import Freshness, stale
from lantu.casework.services.notices import notify
from lantu.core.actor import Actor, Post, system
from lantu.core.permissions import is_system
from lantu.core.ticks import every
from lantu.core.verbs import verb

DAY = 24 * 3600


@every(DAY, "blueprints.stale_layers")
def tell_of_stale_layers() -> int:
    """Daily: every layer past its update cycle."""
    return report_stale(system("blueprints.stale_layers", "tick"), stale())


@verb("blueprints.report_stale", permission=is_system, need="system")
def report_stale(actor: Actor, rows: list[Freshness]) -> int:
    """Tell the owners' reviewers and the planners; a person is told once of the same layer and date. Returns how many notices."""
    told = 0
    for row in rows:
        title = _("%(layer)s %(title)s 已过更新期限（%(due)s）") % {"layer": row.layer, "title": row.title, "due": row.due}
        posts = [Post(role="reviewer", department=row.owner), Post(role="planner", department="")]
        told += notify(actor, posts, title, "/blueprints/freshness/", key=f"stale:{row.layer}:{row.dataset}:{row.due}")
    return told
