"""Who may do what in the plans room."""

from __future__ import annotations

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from lantu.accounts.roles import is_planner
from lantu.core.actor import Actor
from lantu.plans.models import Delivery

NEED_PLANNER = _("须由规划经办人办理。")
NEED_CHECKER = _("须由规划复核人办理，且不能是上传人本人。")

READERS = ("planner", "checker", "publisher", "reviewer", "decider", "viewer", "supervisor", "exchange")
"""Roles that may look at plans and their deliveries; plan layers are not for the public."""


@rules.predicate
def is_second_person(actor: Actor, delivery: Any = None) -> bool:
    """A checker who did not bring the delivery (复核人与上传人分离). The system itself acts for a named second person only in set-up."""
    if actor.role == "system":
        return True
    is_other = not isinstance(delivery, Delivery) or delivery.uploaded_by_id is None or delivery.uploaded_by_id != actor.user_id
    return actor.role == "checker" and is_other


may_bring = is_planner
