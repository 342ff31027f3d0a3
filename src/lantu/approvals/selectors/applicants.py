"""What an applicant may see: own units, their projects, drafts and applications, and nothing else."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lantu.approvals.models import Applicant, Draft, Membership, StageApplication
from lantu.core.actor import Actor
from lantu.core.errors import NotFound
from lantu.projects.models import Project, ProjectUnit

BUILDING_UNIT = "1"
"""``unit_kind`` of the unit that builds (建设单位)."""


def memberships(actor: Actor) -> QuerySet[Membership]:
    """For whom this person may act now."""
    if actor.user_id is None or actor.role != "builder":
        return Membership.objects.none()
    return Membership.objects.filter(user_id=actor.user_id, ended_at=None).select_related("applicant", "project")


def _within(actor: Actor, project_path: str, applicant_path: str) -> Q:
    """Rows of the person's units, of only one project where the membership says so."""
    found = Q(pk__in=[])
    for one in memberships(actor):
        mine = Q(**{applicant_path: one.applicant_id})
        found |= mine & Q(**{project_path: one.project_id}) if one.project_id else mine
    return found


def applications(actor: Actor) -> QuerySet[StageApplication]:
    """Stage applications of the person's units."""
    return StageApplication.objects.filter(_within(actor, "project_id", "applicant_id")).select_related(
        "project", "applicant", "definition"
    )


def drafts(actor: Actor) -> QuerySet[Draft]:
    """Drafts of the person's units that are being edited."""
    rows = Draft.objects.filter(state=Draft.State.EDITING).filter(_within(actor, "project_id", "applicant_id"))
    return rows.select_related("project", "applicant", "definition")


def projects(actor: Actor) -> QuerySet[Project]:
    """Projects whose building unit is one of the person's units, of their life until ended."""
    found = Q(pk__in=[])
    for one in memberships(actor):
        units = ProjectUnit.objects.filter(uscc=one.applicant.uscc, kind=BUILDING_UNIT, ended=False)
        mine = Q(pk__in=units.values("project_id"))
        found |= mine & Q(pk=one.project_id) if one.project_id else mine
    return Project.objects.filter(found).exclude(state=Project.State.TERMINATED)


def applicant_for(actor: Actor, project: Project) -> Applicant | None:
    """The unit for which this person may file this project, if any."""
    for one in memberships(actor):
        if (
            one.project_id in (None, project.pk)
            and ProjectUnit.objects.filter(project=project, uscc=one.applicant.uscc, kind=BUILDING_UNIT, ended=False).exists()
        ):
            return one.applicant
    return None


def membership_in(actor: Actor, applicant: Applicant | None, project: Project) -> Membership | None:
    """The person's membership by which they act for a unit in a project."""
    if applicant is None:
        return None
    rows = memberships(actor).filter(applicant=applicant).filter(Q(project=None) | Q(project=project))
    return rows.order_by("-kind").first()  # owner before agent


def application(actor: Actor, pk: Any) -> StageApplication:
    """One of them. Raises ``NotFound``: who may not see it need not know that it is there."""
    found = applications(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这件申请，或它不是贵单位的。"), how="/portal/")
    return found


def draft(actor: Actor, pk: Any) -> Draft:
    """One of the drafts. Raises ``NotFound``."""
    found = drafts(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这份草稿，或它不是贵单位的。"), how="/portal/")
    return found
