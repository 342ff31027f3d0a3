"""Who may do what in the projects room."""

from __future__ import annotations

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from lantu.casework.people import answers_for
from lantu.core.actor import Actor
from lantu.core.permissions import has_role
from lantu.projects.models import Project

READERS = ("planner", "checker", "publisher", "reviewer", "decider", "window", "viewer", "supervisor", "exchange")
"""Roles that may look at the library; a builder sees the own projects by the portal."""

ENTERING = ("planner", "reviewer")
"""Roles that enter projects by pages."""

NEED_ENTER = _("项目入库须由部门审查人或规划经办人办理。")
NEED_OWN = _("须由项目的行业主管部门或规划经办人办理。")
NEED_PLANNER = _("须由规划经办人办理。")

may_enter = has_role("planner", "reviewer", "exchange")
is_planner = has_role("planner")


@rules.predicate
def is_of_department(actor: Actor, project: Any = None) -> bool:
    """A reviewer of the department that answers for the project, or of the one that took it over (机构改革)."""
    return isinstance(project, Project) and actor.role == "reviewer" and project.department.code in answers_for(actor.department)


may_edit = is_planner | is_of_department
