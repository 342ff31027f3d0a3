"""Who may ask what of the map."""

from __future__ import annotations

from typing import Any

import rules
from django.utils.translation import gettext_lazy

from lantu.blueprints.visibility import PLANNING
from lantu.core.actor import Actor
from lantu.core.permissions import has_role

USERS = ("planner", "checker", "publisher", "reviewer", "decider", "window", "supervisor", "viewer", "exchange")
"""Roles that may check sites, look for sites and count: the administration without the three administrators."""
OFFICERS = ("planner", "checker", "reviewer", "decider")
"""Roles that may dismiss a finding of a check, with their reason."""

may_ask = has_role(*USERS)
NEED_USER = gettext_lazy("须由规划、审查、窗口、督查或数据交换岗位办理。")
may_judge = has_role(*OFFICERS)
NEED_OFFICER = gettext_lazy("改判须由规划经办、复核、审查或审定岗位办理。")


@rules.predicate
def may_read(actor: Actor, record: Any = None) -> bool:
    """A record is read by planning and supervision, by the department that made it, and by whoever made it."""
    if actor.role in PLANNING:
        return True
    return actor.role in USERS and (
        record.department == actor.department or (actor.user_id is not None and record.made_by_id == actor.user_id)
    )
