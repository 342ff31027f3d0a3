"""Codes of other platforms: asked for, tried again while nobody answers, bound as alias when they come.

Calls go out outside of transactions (``try_code``, by the clock or as a job); what came of each is written down by a verb.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.casework.services import notify
from lantu.core import audit, events, jobs
from lantu.core.actor import Actor, Post, system
from lantu.core.errors import BadInput, Conflict, LantuError
from lantu.core.locking import lock_row
from lantu.core.models import Job
from lantu.core.permissions import has_role
from lantu.core.ticks import every
from lantu.core.verbs import verb
from lantu.projects.models import CodeApplication, Project
from lantu.projects.permissions import NEED_PLANNER, is_planner
from lantu.projects.ports import CodeIssuer, code_issuers
from lantu.projects.services.aliases import bind_alias

State = CodeApplication.State
WAITS = (1, 5, 15, 60)
"""Minutes until the next try after the first, second … one; the last one from then on."""
LEASE = timedelta(minutes=2)
"""While one process asks, no other does."""
AT_ONCE = 50


@verb("projects.apply_code", permission=has_role("planner", "exchange"), need=NEED_PLANNER, subject="project")
def apply_for_code(actor: Actor, project: Project, issuer: str) -> CodeApplication:
    """Ask an issuer for its code of a project; it is sent within a minute. The same again changes nothing.

    Raises ``BadInput`` for an issuer that is not connected.
    """
    if issuer_of(issuer) is None:
        raise BadInput(_("没有接通赋码方「%(issuer)s」。") % {"issuer": issuer}, how=_("请系统管理员设置它的地址（LANTU_PROVINCE）。"))
    row, created = CodeApplication.objects.get_or_create(project=project, issuer=issuer, defaults={"next_at": timezone.now()})
    if created:
        events.emit(actor, "projects.code_asked", project, issuer=issuer)
    return row


@verb("projects.retry_code", permission=is_planner, need=NEED_PLANNER)
def retry_code(actor: Actor, application: CodeApplication) -> Job:
    """Try again now, as a job. Raises ``Conflict`` when the code has been given."""
    row = CodeApplication.objects.select_for_update().get(pk=application.pk)
    if row.state == State.GIVEN:
        raise Conflict(_("已经赋码 %(code)s。") % {"code": row.code}, where=row.project.name)
    row.state, row.next_at = State.PENDING, timezone.now()
    row.save(update_fields=["state", "next_at"])
    audit.remark(project=row.project.code, issuer=row.issuer)
    return jobs.enqueue(
        actor, "projects.try_code", _("向外部平台申请代码：%(project)s") % {"project": row.project.name}, application=row.pk
    )


@jobs.job_kind("projects.try_code")
def _try(context: jobs.JobContext, application: int) -> dict[str, Any]:
    context.progress(0.1, _("等待对方应答"))
    row = try_code(CodeApplication.objects.get(pk=application))
    return {"state": row.state, "said": row.said}


@every(30, "projects.codes")
def try_due() -> int:
    """Try what is due."""
    due = CodeApplication.objects.filter(state=State.PENDING, next_at__lte=timezone.now()).order_by("next_at")[:AT_ONCE]
    return sum(1 for row in due if try_code(row).tries > row.tries)


def try_code(application: CodeApplication) -> CodeApplication:
    """Ask the issuer once and write down what came of it. Somebody else asking just now, or an answer already there: nothing is done."""
    now = timezone.now()
    mine = CodeApplication.objects.filter(pk=application.pk, state=State.PENDING, next_at__lte=now)
    if not mine.update(next_at=now + LEASE):
        return CodeApplication.objects.get(pk=application.pk)
    code, state, said = _ask(application)
    return record_answer(system(channel="job"), application, state=state, code=code, said=said)


def _ask(application: CodeApplication) -> tuple[str, str, str]:
    """(code, state, words) of one call."""
    issuer = issuer_of(application.issuer)
    if issuer is None:
        return "", State.PENDING, _("没有接通赋码方。")
    try:
        code = issuer.apply(f"{application.project.code}:{application.issuer}", _facts(application.project))
    except ConnectionError as error:
        return "", State.PENDING, str(error)
    except ValueError as error:
        return "", State.REFUSED, str(error)
    return (code, State.GIVEN, "") if code else ("", State.PENDING, _("对方正在办理。"))


@verb("projects.record_code_answer", permission=has_role("exchange"), need=NEED_PLANNER)
def record_answer(actor: Actor, application: CodeApplication, *, state: str, code: str = "", said: str = "") -> CodeApplication:
    """Write down what an issuer answered: a code is bound; one that cannot be is kept in doubt, and the planners are told why."""
    row = lock_row(CodeApplication.objects.select_related("project"), application.pk)
    if row.state == State.GIVEN:
        return row
    if state == State.GIVEN:
        try:
            bind_alias(actor, row.project, row.issuer, code)
        except LantuError as error:
            state, said = State.DOUBTED, _("给来的代码 %(code)s 不能绑定：%(why)s") % {"code": code, "why": error}
    now = timezone.now()
    row.state, row.said, row.tried_at, row.tries = state, said[:300], now, row.tries + 1
    row.code = code[:60] if state == State.GIVEN else ""
    wait = timedelta(minutes=WAITS[min(row.tries, len(WAITS)) - 1])
    row.next_at = now + wait if state == State.PENDING else None
    row.save()
    audit.remark(project=row.project.code, state=state, said=row.said, tries=row.tries)
    if state in (State.REFUSED, State.DOUBTED):
        title = _("%(project)s 的外部代码没有办成") % {"project": row.project.name}
        address = reverse("projects:project", args=[row.project_id])
        notify(actor, [Post("planner")], title, address, text=row.said, key=f"code:{row.pk}:{row.tries}")
    events.emit(actor, "projects.code_answered", row.project, issuer=row.issuer, state=state, code=row.code)
    return row


def issuer_of(name: str) -> CodeIssuer | None:
    """The connected platform of an issuer."""
    return next((one for one in code_issuers.all() if one.issuer == name), None)


def _facts(project: Project) -> dict[str, str]:
    """What an issuer is told of a project."""
    owner = project.units.filter(kind="1", ended=False).first()
    return {
        "code": project.code,
        "name": project.name,
        "kind": project.kind,
        "industry": project.industry,
        "region": project.region.code,
        "department": project.department.code,
        "investment_wan": "" if project.investment_wan is None else str(project.investment_wan),
        "owner": owner.name if owner else "",
        "owner_uscc": owner.uscc if owner else "",
    }
