"""Filing by other systems (service clients): the same stage again gives the case that there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from lantu.approvals.models import Applicant, StageApplication
from lantu.approvals.services.definitions import in_force
from lantu.approvals.services.filing import TAKEN, open_application
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.projects.models import Project, ProjectUnit

NEED = gettext_lazy("须由对接系统（exchange）或综合窗口申报。")
BUILDING_UNIT = "1"


@verb("approvals.file_by_client", permission=has_role("exchange", "window"), need=NEED, subject="project")
def file_by_client(actor: Actor, project: Project, stage: str, project_class: str, facts: Mapping[str, Any]) -> StageApplication:
    """File a stage for the project's building unit by another system (系统代申报). What this client filed before comes back when it is sent
    again; anything else that is open or approved raises ``Conflict``. Errors are those of ``file_stage``."""
    Project.objects.select_for_update().get(pk=project.pk)  # sent twice at once, filed once
    known = StageApplication.objects.filter(project=project, stage=stage, state__in=TAKEN, filed_by_id=actor.user_id).first()
    if known is not None and actor.user_id is not None and known.facts == dict(facts) and known.project_class == project_class:
        remark(again=known.number)
        return known
    codes = ProjectUnit.objects.filter(project=project, kind=BUILDING_UNIT, ended=False).values("uscc")
    applicant = Applicant.objects.filter(uscc__in=codes).first()
    return open_application(actor, project, stage, project_class, facts, definition_row=in_force(), applicant=applicant)
