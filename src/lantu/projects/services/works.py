"""Works and single buildings of a project, numbered within it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from lantu.core import events, numbers
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.verbs import verb
from lantu.projects.models import Building, Project, Work
from lantu.projects.permissions import NEED_OWN, is_planner, may_edit
from lantu.projects.services.library import need_reason


@verb("projects.add_work", permission=may_edit, need=NEED_OWN, subject="project")
def add_work(actor: Actor, project: Project, name: str, *, key: str = "", follows: Work | None = None, **facts: Any) -> Work:
    """Add a work (工程): the project's code and a serial of two digits or more. ``key`` makes it happen once."""
    if not name.strip():
        raise BadInput(_("没有填工程名称。"), how=_("请填工程名称。"))
    if follows is not None and follows.project_id != project.pk:
        raise BadInput(_("前阶段工程「%(work)s」不是这个项目的。") % {"work": follows}, how=_("请选同一项目的工程。"))
    serial = numbers.reserve(f"work:{project.code}", key or f"{project.pk}:{name.strip()}")
    work, created = Work.objects.get_or_create(
        code=f"{project.code}-{serial:02d}", defaults={"project": project, "name": name.strip(), "follows": follows, **facts}
    )
    if created:
        events.emit(actor, "projects.work_added", project, code=work.code)
    return work


@verb("projects.add_building", permission=is_planner, need=NEED_OWN)
def add_building(actor: Actor, work: Work, name: str, *, key: str = "", **facts: Any) -> Building:
    """Add a single building (单体) to a work: the work's code and a serial of three digits or more."""
    if work.voided_reason:
        raise Conflict(_("工程「%(work)s」已作废。") % {"work": work}, how=_("请选现行的工程。"))
    if not name.strip():
        raise BadInput(_("没有填单体名称。"), how=_("请填单体名称。"))
    serial = numbers.reserve(f"building:{work.code}", key or f"{work.pk}:{name.strip()}")
    building, created = Building.objects.get_or_create(
        code=f"{work.code}-{serial:03d}", defaults={"work": work, "name": name.strip(), **facts}
    )
    if created:
        events.emit(actor, "projects.building_added", work.project, code=building.code)
    return building


@verb("projects.void_work", permission=is_planner, need=NEED_OWN, subject="work")
def void_work(actor: Actor, work: Work, reason: str) -> Work:
    """Void a work with its buildings; their codes are never given again."""
    need_reason(reason)
    work.voided_reason = reason.strip()
    work.save(update_fields=["voided_reason"])
    work.buildings.filter(voided_reason="").update(voided_reason=reason.strip())
    events.emit(actor, "projects.work_voided", work.project, code=work.code, reason=reason.strip())
    return work


@verb("projects.void_building", permission=is_planner, need=NEED_OWN, subject="building")
def void_building(actor: Actor, building: Building, reason: str) -> Building:
    """Void a single building; its code is never given again."""
    need_reason(reason)
    building.voided_reason = reason.strip()
    building.save(update_fields=["voided_reason"])
    events.emit(actor, "projects.building_voided", building.work.project, code=building.code, reason=reason.strip())
    return building
