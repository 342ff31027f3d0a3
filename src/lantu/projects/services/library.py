"""Entering projects into the library, changing what is known of them, receiving and returning them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Department, Region
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.verbs import verb
from lantu.projects import coding
from lantu.projects.models import Project, ProjectLink
from lantu.projects.permissions import NEED_ENTER, NEED_OWN, NEED_PLANNER, is_planner, may_edit, may_enter
from lantu.standards import selectors

FACTS = (
    "name", "kind", "industry", "sector", "process_class", "source", "source_reference", "idea", "scale", "floor_area_m2", "land_area_m2",
    "farmland_m2", "investment_wan", "funding", "region", "place", "department", "planned_from", "planned_to",
)  # fmt: skip
"""What may be said of a project when it enters, and changed later."""

DICTIONARIES = {
    "kind": "project_kind", "industry": "industry", "sector": "project_sector", "process_class": "process_class",
    "source": "project_source", "funding": "funding_source",
}  # fmt: skip
AMOUNTS = ("floor_area_m2", "land_area_m2", "farmland_m2", "investment_wan")
OPEN = (Project.State.DRAFT, Project.State.RECEIVED, Project.State.RETURNED)


@verb("projects.enter", permission=may_enter, need=NEED_ENTER)
def enter_project(
    actor: Actor,
    *,
    key: str,
    name: str,
    kind: str,
    industry: str,
    region: Region,
    department: Department,
    on: date | None = None,
    demo: bool = False,
    **facts: Any,
) -> Project:
    """Enter a project into the reserve library and give it its code. The same ``key`` again gives the same project, unchanged.

    ``facts``: further fields of ``FACTS``. Raises ``BadInput`` naming the field.
    """
    if not key.strip():
        raise BadInput(_("没有入库标识。"), how=_("请给出来源系统里能认出这个项目的标识。"))
    if found := Project.objects.filter(entry_key=key).first():
        return found
    facts = {"name": name, "kind": kind, "industry": industry, "region": region, "department": department, **facts}
    check_facts(facts)
    on = on or timezone.localdate()
    try:
        with transaction.atomic():
            code, series, serial = coding.issue(key, on, region.code, industry, kind)
            project = Project.objects.create(
                code=code,
                series=series,
                serial=serial,
                entry_key=key,
                demo=demo,
                entered_by_id=actor.user_id,
                entered_by_name=actor.name,
                **facts,
            )
    except IntegrityError:
        # somebody entered the same key meanwhile: theirs holds
        return Project.objects.get(entry_key=key)
    events.emit(actor, "projects.entered", project, code=code)
    return project


@verb("projects.edit", permission=may_edit, need=NEED_OWN, subject="project")
def edit_project(actor: Actor, project: Project, *, version: int, **facts: Any) -> Project:
    """Change facts of a project. ``version``: the one the editor saw.

    Raises ``Conflict`` with both values when somebody changed it meanwhile, or when the project has ended; ``BadInput`` naming the field.
    """
    check_facts(facts)
    current = Project.objects.select_for_update().get(pk=project.pk)
    if current.version != version:
        theirs = {name: str(getattr(current, name)) for name in facts if getattr(current, name) != facts[name]}
        raise Conflict(
            _("项目已被他人改动。"),
            where="、".join(theirs),
            how=_("请看差异后再保存。"),
            code="changed",
            theirs=theirs,
            version=current.version,
        )
    if current.state not in OPEN:
        raise Conflict(_("项目%(state)s，不能修改。") % {"state": current.get_state_display()}, where=current.name)
    for name, value in facts.items():
        setattr(current, name, value)
    current.version += 1
    current.save()
    events.emit(actor, "projects.changed", current, fields=sorted(facts))
    project.refresh_from_db()
    return project


def field_labels() -> dict[str, str]:
    """The fields of a project and how they are called."""
    return {field.name: str(field.verbose_name) for field in Project._meta.fields}


def check_facts(facts: dict[str, Any]) -> None:
    """Raise ``BadInput`` for a field that is not known, blank, outside of its dictionary, negative, or dates in the wrong order."""
    if unknown := sorted(set(facts) - set(FACTS)):
        raise BadInput(_("没有这些项：%(names)s。") % {"names": "、".join(unknown)}, how=_("请对照模板。"))
    labels = field_labels()
    for name in ("name", "kind", "industry"):
        if name in facts and not str(facts[name]).strip():
            raise BadInput(_("没有填%(field)s。") % {"field": labels[name]}, where=labels[name])
    for name, dictionary in DICTIONARIES.items():
        if facts.get(name) and facts[name] not in (known := selectors.dictionary(dictionary)):
            raise BadInput(
                _("%(field)s没有「%(value)s」这一项。") % {"field": labels[name], "value": facts[name]},
                where=labels[name],
                how=_("可用：%(names)s。") % {"names": "、".join(f"{code} {item}" for code, item in list(known.items())[:30])},
            )
    for name in AMOUNTS:
        value = facts.get(name)
        if value is not None and not (Decimal(value).is_finite() and Decimal(value) >= 0):
            raise BadInput(_("%(field)s不能是负数。") % {"field": labels[name]}, where=labels[name])
    first, last = facts.get("planned_from"), facts.get("planned_to")
    if first and last and last < first:
        raise BadInput(_("计划竣工早于计划开工。"), where=labels["planned_to"], how=_("请改正日期。"))


def move(
    actor: Actor, project: Project, *, frm: tuple[str, ...], to: str, reason: str = "", event: str, reserve_only: bool = False
) -> Project:
    """Change the state of a project under its lock. Raises ``Conflict`` from another state, or (``reserve_only``) from another library."""
    current = Project.objects.select_for_update().get(pk=project.pk)
    if reserve_only and current.library != Project.Library.RESERVE:
        raise Conflict(
            _("项目已在%(library)s，不能这样办理。") % {"library": current.get_library_display()},
            where=current.name,
            how=_("在策划的请先终止策划。"),
        )
    if current.state not in frm:
        raise Conflict(
            _("项目%(state)s，不能这样办理。") % {"state": current.get_state_display()}, where=current.name, how=_("请刷新页面看现状。")
        )
    current.state, current.state_reason = to, reason.strip()
    current.version += 1
    current.save()
    audit.remark(state=to, reason=reason.strip())
    events.emit(actor, event, current, state=to, reason=reason.strip())
    project.refresh_from_db()
    return project


def need_reason(reason: str) -> None:
    """Raise ``BadInput`` for a blank reason."""
    if not reason.strip():
        raise BadInput(_("没有写明原因。"), how=_("请写明原因。"))


@verb("projects.receive", permission=is_planner, need=NEED_PLANNER, subject="project")
def receive(actor: Actor, project: Project) -> Project:
    """Take a project into the reserve library after a look at its completeness. Raises ``BadInput`` naming what is missing."""
    labels = field_labels()
    missing = [labels[name] for name in ("idea", "source", "sector") if not getattr(project, name)]
    if missing:
        raise BadInput(_("还缺：%(names)s。") % {"names": "、".join(missing)}, where=project.name, how=_("请补齐，或退回给报送部门。"))
    return move(actor, project, frm=(Project.State.DRAFT, Project.State.RETURNED), to=Project.State.RECEIVED, event="projects.received")


@verb("projects.return", permission=is_planner, need=NEED_PLANNER, subject="project")
def return_project(actor: Actor, project: Project, reason: str) -> Project:
    """Send a project back to the department that proposed it, with the reason."""
    need_reason(reason)
    return move(
        actor,
        project,
        frm=(Project.State.DRAFT, Project.State.RECEIVED),
        to=Project.State.RETURNED,
        reason=reason,
        event="projects.returned",
        reserve_only=True,
    )


@verb("projects.suspend", permission=is_planner, need=NEED_PLANNER, subject="project")
def suspend(actor: Actor, project: Project, reason: str) -> Project:
    """Stop a project for the time being."""
    need_reason(reason)
    return move(actor, project, frm=OPEN, to=Project.State.SUSPENDED, reason=reason, event="projects.suspended")


@verb("projects.resume", permission=is_planner, need=NEED_PLANNER, subject="project")
def resume(actor: Actor, project: Project) -> Project:
    """Go on with a suspended project."""
    return move(actor, project, frm=(Project.State.SUSPENDED,), to=Project.State.RECEIVED, event="projects.resumed")


@verb("projects.link", permission=may_edit, need=NEED_OWN, subject="project")
def link_projects(actor: Actor, project: Project, other: Project, kind: str, note: str = "") -> ProjectLink:
    """Say how two projects belong together. Raises ``BadInput`` for itself, an unknown kind, or a parent that stands below the project."""
    if kind not in ProjectLink.Kind.values:
        raise BadInput(_("没有「%(kind)s」这种关系。") % {"kind": kind}, how=_("可用：上级项目、相关项目、重复项目。"))
    if project.pk == other.pk or (kind == ProjectLink.Kind.PARENT and project.pk in ancestors(other)):
        raise BadInput(_("项目不能这样关联到自己。"), where=project.name, how=_("请核对对方项目。"))
    link, _created = ProjectLink.objects.update_or_create(project=project, other=other, kind=kind, defaults={"note": note.strip()})
    events.emit(actor, "projects.linked", project, other=other.code, kind=kind)
    return link


def ancestors(project: Project) -> set[int]:
    """Keys of all parents, grandparents … of a project."""
    found: set[int] = set()
    open_keys = {project.pk}
    while open_keys:
        open_keys = (
            set(ProjectLink.objects.filter(project__in=open_keys, kind=ProjectLink.Kind.PARENT).values_list("other", flat=True)) - found
        )
        found |= open_keys
    return found
