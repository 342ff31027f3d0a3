"""Who may do what in the plans room."""

from __future__ import annotations

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from lantu.accounts.roles import is_planner
from lantu.casework.people import answers_for
from lantu.core.actor import Actor
from lantu.plans.models import CollectionRequest, Delivery, ScanSheet

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


@rules.predicate
def is_second_tracer(actor: Actor, sheet: Any = None) -> bool:
    """A checker who has neither brought nor traced anything of the sheet (矢量化第二人复核)."""
    if actor.role == "system":
        return True
    if actor.role != "checker" or not isinstance(sheet, ScanSheet):
        return actor.role == "checker"
    hands = set(sheet.features.values_list("author_id", flat=True)) | set(sheet.features.values_list("changed_by_id", flat=True))
    return actor.user_id not in {*hands, sheet.brought_by_id} - {None}


COLLECTORS = ("planner", "checker", "publisher", "reviewer", "decider", "viewer", "supervisor")
"""Roles that see collection rounds; a reviewer those of the own department."""
NEED_DEPARTMENT = _("须由被征集部门的审查人或规划经办人汇交。")


@rules.predicate
def may_hand_in(actor: Actor, request: Any = None) -> bool:
    """Somebody of the department that is asked, or of one that took over from it; the planning office for those without an account."""
    if actor.role in ("planner", "system"):
        return True
    if actor.role != "reviewer" or not isinstance(request, CollectionRequest):
        return actor.role == "reviewer"
    return request.department.code in answers_for(actor.department)


may_bring = is_planner
