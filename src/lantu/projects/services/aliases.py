"""Codes of other issuers, and voiding: nothing is ever given twice."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lantu.core import events, numbers
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.projects import coding
from lantu.projects.models import Project, ProjectAlias
from lantu.projects.permissions import NEED_PLANNER, is_planner
from lantu.projects.services.library import OPEN, move, need_reason
from lantu.standards import selectors


@verb("projects.bind_alias", permission=has_role("planner", "exchange"), need=NEED_PLANNER, subject="project")
def bind_alias(actor: Actor, project: Project, issuer: str, code: str) -> ProjectAlias:
    """Bind the code that another issuer gave the project. Ours stays as it is; the same binding again changes nothing.

    Raises ``BadInput`` for an unknown issuer or, of issuers whose codes have the national form, a code that is none; ``Conflict`` when the
    code belongs to another project.
    """
    issuers = selectors.dictionary("code_issuer")
    if issuer not in issuers:
        raise BadInput(_("没有「%(issuer)s」这个赋码方。") % {"issuer": issuer}, how=_("可用：%(names)s。") % {"names": "、".join(issuers)})
    code = code.strip()
    if issuers[issuer].traits.get("national_form"):
        coding.read(code)
    elif not code:
        raise BadInput(_("没有填代码。"), how=_("请填赋码方给的代码。"))
    try:
        with transaction.atomic():
            alias, created = ProjectAlias.objects.get_or_create(issuer=issuer, code=code, voided_reason="", defaults={"project": project})
    except IntegrityError:
        alias, created = ProjectAlias.objects.get(issuer=issuer, code=code, voided_reason=""), False
    if alias.project_id != project.pk:
        raise Conflict(
            _("代码 %(code)s 已绑定项目「%(other)s」。") % {"code": code, "other": alias.project}, how=_("请核对；绑错了的先作废原绑定。")
        )
    if created:
        events.emit(actor, "projects.alias_bound", project, issuer=issuer, code=code)
    return alias


@verb("projects.void_alias", permission=is_planner, need=NEED_PLANNER)
def void_alias(actor: Actor, alias: ProjectAlias, reason: str) -> ProjectAlias:
    """Void a wrong binding, with the reason. It stays in the history."""
    need_reason(reason)
    if alias.voided_reason:
        raise Conflict(_("这个绑定已经作废。"), where=alias.code)
    alias.voided_reason = reason.strip()
    alias.save(update_fields=["voided_reason"])
    events.emit(actor, "projects.alias_voided", alias.project, issuer=alias.issuer, code=alias.code, reason=alias.voided_reason)
    return alias


@verb("projects.void", permission=is_planner, need=NEED_PLANNER, subject="project")
def void_project(actor: Actor, project: Project, reason: str) -> Project:
    """End a project of the reserve that will not be built; its code is never given to another."""
    need_reason(reason)
    numbers.void(f"project-code:{project.series}", project.serial, reason.strip())
    return move(
        actor,
        project,
        frm=(*OPEN, Project.State.SUSPENDED),
        to=Project.State.TERMINATED,
        reason=reason,
        event="projects.terminated",
        reserve_only=True,
    )
