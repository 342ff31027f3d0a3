"""Who may do what as an applicant. A builder acts only for units that have named them, and only in those units' projects."""

from __future__ import annotations

from typing import Any

import rules
from django.utils.translation import gettext_lazy

from lantu.approvals.models import Branch, Draft, Material, StageApplication
from lantu.approvals.selectors import applicants
from lantu.core.actor import Actor
from lantu.core.permissions import is_system
from lantu.projects.models import Project

NEED_APPLICANT = gettext_lazy("须由本申请的申报单位或综合窗口办理。")
NEED_MEMBER = gettext_lazy("须由申报单位的办事人员办理。")
NEED_OWNER = gettext_lazy("须由申报单位的管理人办理。")


def _place(subject: Any) -> tuple[Any, Project] | None:
    """Unit and project that a draft, application, branch or material belongs to."""
    if isinstance(subject, Material):
        subject = subject.application or subject.draft
    if isinstance(subject, Branch):
        subject = subject.application
    if isinstance(subject, Draft | StageApplication):
        return subject.applicant, subject.project
    return None


@rules.predicate
def is_member(actor: Actor, subject: Any = None) -> bool:
    """Acts for the unit whose draft or application it is, in that project."""
    place = _place(subject)
    return place is not None and applicants.membership_in(actor, *place) is not None


@rules.predicate
def is_window(actor: Actor, subject: Any = None) -> bool:
    return actor.role == "window"


@rules.predicate
def may_file_project(actor: Actor, project: Any = None) -> bool:
    """Acts for the building unit of the project."""
    return isinstance(project, Project) and applicants.applicant_for(actor, project) is not None


may_prepare = is_member | is_system
may_apply = is_member | is_window | is_system
may_start = may_file_project | is_system
may_file = may_file_project | is_window | is_system
