"""Who may do what with papers and seals."""

from __future__ import annotations

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from lantu.accounts.roles import is_secadmin
from lantu.core.actor import Actor
from lantu.core.permissions import has_role
from lantu.documents.models import SealRequest

STAFF = ("planner", "checker", "publisher", "reviewer", "decider", "window", "supervisor", "viewer")
KEEPERS = ("secadmin",)
WRITERS = ("planner", "checker", "publisher", "reviewer", "decider", "window")

NEED_WRITER = _("须由经办、复核、审查、审定或窗口人员办理，且文书属于本部门。")
NEED_SECADMIN = _("须由安全保密管理员办理。")
NEED_DECIDER = _("须由本部门审定人办理，且不能是申请人本人。")

may_write = has_role(*WRITERS)


@rules.predicate
def is_own_department(actor: Actor, subject: Any = None) -> bool:
    """The paper has no department, or the actor's."""
    return actor.role == "system" or not getattr(subject, "department", "") or getattr(subject, "department", "") == actor.department


@rules.predicate
def is_second_person(actor: Actor, request: Any = None) -> bool:
    """A decider of the seal's department who did not apply."""
    if actor.role == "system":
        return True
    if not isinstance(request, SealRequest):
        return False
    return actor.role == "decider" and actor.user_id != request.applicant_id and actor.department == request.seal.department


may_edit = may_write & is_own_department
may_keep_seals = is_secadmin
