"""Filing a stage: one application for all its items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.approvals.catalogue import read
from lantu.approvals.events import Code
from lantu.approvals.models import Applicant, Branch, DefinitionRelease, StageApplication
from lantu.approvals.reception import counts_on
from lantu.approvals.rights import NEED_APPLICANT, may_apply, may_file
from lantu.approvals.selectors import applicants
from lantu.approvals.services.definitions import in_force
from lantu.approvals.services.recording import locked, settle, write
from lantu.casework import calendars
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.numbers import reserve
from lantu.core.verbs import verb
from lantu.projects.models import Project

NEED = gettext_lazy("须由本项目的建设单位或综合窗口申报。")
AGAIN = (Code.WITHDRAWN_BEFORE, Code.WITHDRAWN, Code.REFUSED_ACCEPTANCE, Code.REJECTED)
"""States of an item that its applicant may file again while the stage is open: taken back, or refused and mended since."""
TAKEN = (StageApplication.State.OPEN, StageApplication.State.APPROVED, StageApplication.State.APPROVED_DEFERRED)


@verb("approvals.file_stage", permission=may_file, need=NEED, subject="project")
def file_stage(actor: Actor, project: Project, stage: str, project_class: str, facts: Mapping[str, Any]) -> StageApplication:
    """File one application for all items of a stage that apply to the project (阶段申报). Those that may start are received (event 1) at
    once; the others wait for their prerequisites. The release in force today judges the case to its end.

    Raises ``BadInput`` for an unknown stage or class, ``Conflict`` when the stage is open or approved, or nothing applies.
    """
    return open_application(
        actor, project, stage, project_class, facts, definition_row=in_force(), applicant=applicants.applicant_for(actor, project)
    )


def open_application(
    actor: Actor,
    project: Project,
    stage: str,
    project_class: str,
    facts: Mapping[str, Any],
    *,
    definition_row: DefinitionRelease,
    applicant: Applicant | None,
) -> StageApplication:
    """Part of the verbs that file: the application, its branches and first events. ``received_on`` follows the pack's rule of reception."""
    definition = read(definition_row.content)
    if stage not in definition.stages or project_class not in definition.classes:
        raise BadInput(_("没有阶段 %(stage)s 或项目类型 %(class)s。") % {"stage": stage, "class": project_class}, how=_("请从指南中选择。"))
    row = Project.objects.select_for_update().get(pk=project.pk)
    if (known := StageApplication.objects.filter(project=row, stage=stage, state__in=TAKEN).first()) is not None:
        raise Conflict(_("本阶段已有申请 %(number)s。") % {"number": known.number}, where=row.name, how=_("请打开原申请。"))
    required = definition.required(stage, project_class, facts)
    if not required:
        raise Conflict(_("按所填情形，本阶段没有需要办理的事项。"), where=row.name, how=_("请核对所填情形。"))
    now = timezone.localtime()
    serial = reserve(f"approvals/stage/{now.year}", f"{row.pk}/{stage}/{actor.request_id}")
    application = StageApplication.objects.create(
        number=f"JD{stage}-{now.year}-{serial:04d}",
        project=row,
        definition=definition_row,
        stage=stage,
        project_class=project_class,
        facts=dict(facts),
        lead=definition.stages[stage].lead,
        received_on=counts_on(now, definition.reception, calendars.current()),
        applicant=applicant,
        filed_by_id=actor.user_id,
        filed_by_name=actor.name,
    )
    Branch.objects.bulk_create(Branch(application=application, item=one.item, department=one.department) for one in required)
    remark(number=application.number, items=[one.item for one in required], definition=definition_row.number)
    emit(actor, "approvals.stage_filed", application, stage=stage, items=[one.item for one in required])
    settle(actor, application)
    return application


@verb("approvals.file_again", permission=may_apply, need=NEED_APPLICANT, subject="branch")
def file_again(actor: Actor, branch: Branch) -> Branch:
    """File an item again that was withdrawn or refused (重新申报), as a new round with its own events; what was refused stays on record.
    Raises ``Conflict`` for another state, or a stage that has its result."""
    row = locked(branch)
    if row.state not in AGAIN or row.application.state != StageApplication.State.OPEN:
        raise Conflict(_("只有办理中的阶段里已撤回或没有通过的事项可以重新申报。"), where=str(row), how=_("阶段办结之后请新建申报。"))
    if Branch.objects.filter(application=row.application, item=row.item, department=row.department, round__gt=row.round).exists():
        raise Conflict(_("这个事项已有更新的一轮。"), where=str(row), how=_("请看最新一轮。"))
    made = Branch.objects.create(application=row.application, item=row.item, department=row.department, round=row.round + 1)
    write(actor, made, Code.RECEIVED)
    settle(actor, row.application)
    return made
