"""Who may see a case and do what with it. The office sees the cases it has a part in, the applicant the own ones."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import rules
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models import Branch, JointPart, StageApplication
from lantu.casework.models import Request
from lantu.casework.people import answers_for
from lantu.core.actor import Actor
from lantu.core.permissions import has_role, is_system
from lantu.core.reading import once

OFFICE = ("planner", "checker", "publisher", "reviewer", "decider")
"""Roles of departments: they see the cases that their department leads, handles, or was asked about."""
HANDLERS = ("reviewer", "planner", "decider")
ALL_SEEING = ("window", "supervisor", "viewer")
INSIDE = (*OFFICE, *ALL_SEEING)
READERS = (*INSIDE, "builder")

NEED_WINDOW = _("须由综合窗口办理。")
NEED_LEAD = _("须由阶段牵头部门的审查人或审定人办理。")
NEED_LEAD_DECIDER = _("须由阶段牵头部门的审定人办理。")
NEED_DEPARTMENT = _("须由承办部门的审查人办理。")
NEED_DECIDER = _("须由承办部门的审定人办理。")
NEED_APPLICANT = _("须由申报的建设单位办理，或由综合窗口代办。")

can_receive = has_role("window")


def visible(actor: Actor, rows: QuerySet[StageApplication] | None = None) -> QuerySet[StageApplication]:
    """The stage applications that an actor may see."""
    found = StageApplication.objects.all() if rows is None else rows
    if is_system.test(actor) or actor.role in ALL_SEEING:
        return found
    if actor.role == "builder" and actor.user_id is not None:
        return found.filter(of_applicant(actor))
    departments = answers_for(actor.department)
    if actor.role not in OFFICE or not departments:
        return found.none()
    return found.filter(reduce(or_, _grounds(departments)))


def _grounds(departments: frozenset[str]) -> list[Q]:
    """Why a department sees a case, the commonest first: it leads it, has a branch of it, was asked about it, has a part in a branch."""
    own = Branch.objects.filter(application=OuterRef("pk"), department__in=departments)
    asked = Request.objects.filter(
        department__code__in=departments, consultation__subject_type=StageApplication._meta.label_lower
    ).annotate(application=Cast("consultation__subject_id", BigIntegerField()))
    joint = JointPart.objects.filter(department__in=departments).values("branch__application")
    return [Q(lead__in=departments), Q(Exists(own)), Q(pk__in=asked.values("application")), Q(pk__in=joint)]


def of_applicant(actor: Actor) -> Q:
    """The applications of the units that the person acts for now; those filed without a unit by who filed them in person."""
    from lantu.approvals.selectors.applicants import applications

    return Q(filed_by_id=actor.user_id, applicant=None) | Q(pk__in=applications(actor).order_by().values("pk"))


def may_see(actor: Actor, application: Any) -> bool:
    """Whether an actor may see a case."""
    if is_system.test(actor) or actor.role in ALL_SEEING:
        return True
    return application is not None and _sees(actor, application.pk)


@once
def _sees(actor: Actor, application: int) -> bool:
    one = StageApplication.objects.filter(pk=application).order_by()
    if actor.role not in OFFICE:
        return visible(actor, one).exists()
    departments = answers_for(actor.department)  # one ground after the other: all at once take longer to write down than to ask
    return any(one.filter(ground).exists() for ground in _grounds(departments)) if departments else False


def may_act(actor: Actor, application: Any, act: str) -> bool:
    """What casework lets an actor do over a case: departments ask, meet and hand out tasks; the applicant may only attach."""
    if not may_see(actor, application):
        return False
    if act in ("ask", "meet"):
        return actor.role in ("reviewer", "decider", "planner")
    if act == "extend":
        return actor.role == "decider"
    return actor.role in (*OFFICE, "window") if act in ("comment", "attach", "task") else False


def _application(target: Any) -> StageApplication | None:
    if isinstance(target, StageApplication):
        return target
    return target.application if isinstance(target, Branch) else None


def of_lead(*roles: str) -> rules.Predicate:
    """In one of the roles, in the department that leads the stage (or the one that took it over)."""

    def test(actor: Actor, target: Any = None) -> bool:
        if is_system.test(actor):
            return True
        application = _application(target)
        return application is not None and actor.role in roles and application.lead in answers_for(actor.department)

    return rules.predicate(test, name=f"approvals.of_lead:{','.join(roles)}")


def of_branch(*roles: str) -> rules.Predicate:
    """In one of the roles, in the department of the branch (or the one that took it over)."""

    def test(actor: Actor, branch: Any = None) -> bool:
        if is_system.test(actor):
            return True
        return branch is not None and actor.role in roles and branch.department in answers_for(actor.department)

    return rules.predicate(test, name=f"approvals.of_branch:{','.join(roles)}")


@rules.predicate
def gives_part(actor: Actor, part: JointPart | None = None) -> bool:
    """In a handling role of the department that was asked for its part (or the one that took it over)."""
    if is_system.test(actor):
        return True
    return part is not None and actor.role in HANDLERS and part.department in answers_for(actor.department)


@rules.predicate
def is_applicant(actor: Actor, target: Any = None) -> bool:
    """The builder who filed it, or the window for them."""
    if actor.role == "window" or is_system.test(actor):
        return True
    application = _application(target)
    return actor.role == "builder" and application is not None and may_see(actor, application)


leads = of_lead("reviewer", "planner", "decider")
leads_deciding = of_lead("decider")
reviews = of_branch("reviewer", "planner")
decides = of_branch("decider")
handles = of_branch("reviewer", "planner", "decider")
