"""The annual programme: quotas, proposals, balancing, approval, publication, adjustment, progress."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.projects.models import Programme, ProgrammeEntry, Progress, Project, Quota
from lantu.projects.permissions import NEED_OWN, NEED_PLANNER, is_planner, may_edit
from lantu.projects.selectors.balance import balance

NEED_DECIDER = gettext_lazy("年度计划须由审定人批准。")


@verb("projects.open_programme", permission=is_planner, need=NEED_PLANNER)
def open_programme(actor: Actor, year: int, *, demo: bool = False) -> Programme:
    """Begin a year's programme. Raises ``Conflict`` when the year has one: it is adjusted, not begun again."""
    if not 2000 <= year <= 2100:
        raise BadInput(_("年度 %(year)s 不合理。") % {"year": year}, how=_("请填四位年度。"))
    if Programme.objects.filter(year=year).exists():
        raise Conflict(_("%(year)s 年度计划已经有了。") % {"year": year}, how=_("已公布的请用「年中调整」。"))
    return Programme.objects.create(year=year, opened_by_id=actor.user_id, opened_by_name=actor.name, demo=demo)


@verb("projects.set_quota", permission=is_planner, need=NEED_PLANNER, subject="programme")
def set_quota(actor: Actor, programme: Programme, kind: str, amount: Decimal) -> Quota:
    """Set what the year may use."""
    _draft(programme)
    if kind not in Quota.Kind.values or amount < 0:
        raise BadInput(_("指标或额度不对。"), where=f"{kind} {amount}", how=_("额度不能是负数。"))
    quota, _created = Quota.objects.update_or_create(programme=programme, kind=kind, defaults={"amount": amount})
    audit.remark(kind=kind, amount=str(amount))
    return quota


@verb("projects.propose_entry", permission=may_edit, need=NEED_OWN, subject="project")
def propose_entry(
    actor: Actor, project: Project, programme: Programme, *, department: Department | None = None, **facts: Any
) -> ProgrammeEntry:
    """Propose a project for a year, or change the proposal. ``facts``: land, farmland (㎡), funds (万元), first_quarter, last_quarter."""
    _draft(programme)
    if project.state in (Project.State.TERMINATED, Project.State.SUSPENDED):
        raise Conflict(_("项目%(state)s，不能申报。") % {"state": project.get_state_display()}, where=project.name)
    first, last = facts.get("first_quarter", 1), facts.get("last_quarter", 4)
    if not 1 <= first <= last <= 4:
        raise BadInput(_("季度 %(first)s 到 %(last)s 不对。") % {"first": first, "last": last}, how=_("请填 1 到 4，先后不颠倒。"))
    if any(facts.get(name, 0) < 0 for name in ("land", "farmland", "funds")):
        raise BadInput(_("用地和资金不能是负数。"), where=project.name)
    entry, _created = ProgrammeEntry.objects.update_or_create(
        programme=programme,
        project=project,
        defaults={"department": department or project.department, "state": ProgrammeEntry.State.PROPOSED, "reason": "", **facts},
    )
    events.emit(actor, "projects.entry_proposed", project, year=programme.year)
    return entry


@verb("projects.include_entry", permission=is_planner, need=NEED_PLANNER, subject="entry")
def include_entry(actor: Actor, entry: ProgrammeEntry) -> ProgrammeEntry:
    """Take a proposal into the programme."""
    return _settle(entry, ProgrammeEntry.State.INCLUDED, "")


@verb("projects.decline_entry", permission=is_planner, need=NEED_PLANNER, subject="entry")
def decline_entry(actor: Actor, entry: ProgrammeEntry, reason: str) -> ProgrammeEntry:
    """Leave a proposal out, with the reason."""
    if not reason.strip():
        raise BadInput(_("没有写明不列入的原因。"), how=_("请写明原因。"))
    return _settle(entry, ProgrammeEntry.State.DECLINED, reason.strip())


def _settle(entry: ProgrammeEntry, state: str, reason: str) -> ProgrammeEntry:
    _draft(entry.programme)
    entry.state, entry.reason = state, reason
    entry.save(update_fields=["state", "reason"])
    return entry


@verb("projects.approve_programme", permission=has_role("decider"), need=NEED_DECIDER, subject="programme")
def approve_programme(actor: Actor, programme: Programme, *, document_no: str, document_date: date) -> Programme:
    """Approve by a document. Who compiled it may not approve; a quota that is exceeded, or proposals not yet settled, hold it back."""
    current = _draft(programme)
    if actor.user_id is not None and actor.user_id == current.opened_by_id:
        raise Refused(_("编制人不能批准自己编制的计划。"), where=str(current), how=_("请由另一位审定人批准。"))
    if not document_no.strip() or document_date > timezone.localdate():
        raise BadInput(_("没有批复文号，或批复日期在今天之后。"), how=_("请填批复文件的文号和日期。"))
    if left := current.entries.filter(state=ProgrammeEntry.State.PROPOSED).count():
        raise Conflict(_("还有 %(n)s 个申报没有定。") % {"n": left}, where=str(current), how=_("请先列入或不列入。"))
    if over := [line for line in balance(current) if line.left is not None and line.left < 0]:
        raise Conflict(
            _("超出年度指标。"),
            where="；".join(
                f"{line.label} 额度 {line.quota:,.2f}，列入 {line.included:,.2f}，超 {-line.left:,.2f}"
                for line in over
                if line.left is not None
            ),
            how=_("请调减列入的项目，或先追加指标。"),
            code="quota",
        )
    current.state, current.document_no, current.document_date = Programme.State.APPROVED, document_no.strip(), document_date
    current.approved_by_name = actor.name
    current.save()
    events.emit(actor, "projects.programme_approved", current, year=current.year, document=current.document_no)
    programme.refresh_from_db()
    return programme


@verb("projects.publish_programme", permission=has_role("publisher", "planner"), need=NEED_PLANNER, subject="programme")
def publish_programme(actor: Actor, programme: Programme) -> Programme:
    """Publish an approved version; the version it adjusts is superseded."""
    current = Programme.objects.select_for_update().get(pk=programme.pk)
    if current.state != Programme.State.APPROVED:
        raise Conflict(_("计划%(state)s，不能公布。") % {"state": current.get_state_display()}, where=str(current), how=_("请先批准。"))
    current.state, current.published_at = Programme.State.PUBLISHED, timezone.now()
    current.save()
    Programme.objects.filter(year=current.year, state=Programme.State.PUBLISHED).exclude(pk=current.pk).update(
        state=Programme.State.SUPERSEDED
    )
    events.emit(actor, "projects.programme_published", current, year=current.year, version=current.version)
    programme.refresh_from_db()
    return programme


@verb("projects.adjust_programme", permission=is_planner, need=NEED_PLANNER, subject="programme")
def adjust_programme(actor: Actor, programme: Programme, reason: str) -> Programme:
    """Begin a mid-year adjustment (年中调整): a new version with the same quotas and entries, with their reports."""
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    if programme.state != Programme.State.PUBLISHED:
        raise Conflict(_("只有已公布的计划能调整。"), where=str(programme))
    if not reason.strip():
        raise BadInput(_("没有写明调整原因。"), how=_("请写明原因。"))
    if Programme.objects.filter(year=programme.year, state__in=[Programme.State.DRAFT, Programme.State.APPROVED]).exists():
        raise Conflict(_("%(year)s 年度已有一版在编制。") % {"year": programme.year}, how=_("请先办完那一版。"))
    version = (Programme.objects.filter(year=programme.year).aggregate(last=Max("version"))["last"] or 0) + 1
    new = Programme.objects.create(
        year=programme.year,
        version=version,
        adjusts=programme,
        reason=reason.strip(),
        opened_by_id=actor.user_id,
        opened_by_name=actor.name,
        demo=programme.demo,
    )
    Quota.objects.bulk_create(Quota(programme=new, kind=one.kind, amount=one.amount) for one in programme.quotas.all())
    for old in programme.entries.all():
        reports = list(old.reports.all())
        old.pk, old.programme = None, new
        old._state.adding = True
        old.save()
        Progress.objects.bulk_create(
            Progress(entry=old, quarter=one.quarter, invested=one.invested, words=one.words, reported_by=one.reported_by) for one in reports
        )
    return new


@verb("projects.report_progress", permission=may_edit, need=NEED_OWN, subject="project")
def report_progress(actor: Actor, project: Project, entry: ProgrammeEntry, *, quarter: int, invested: Decimal, words: str) -> Progress:
    """Report an entry's progress; ``invested`` is the year's sum so far in 万元. Raises ``BadInput`` when it falls below the last."""
    if entry.project_id != project.pk or entry.state != ProgrammeEntry.State.INCLUDED or entry.programme.state != Programme.State.PUBLISHED:
        raise Conflict(_("项目不在已公布的计划里。"), where=project.name, how=_("请选已公布的计划。"))
    if not 1 <= quarter <= 4 or not words.strip():
        raise BadInput(_("季度或进展没有填对。"), how=_("季度填 1 到 4，并写明进展。"))
    before = entry.reports.filter(quarter__lt=quarter).order_by("-quarter").first()
    if invested < (before.invested if before else 0):
        raise BadInput(
            _("累计完成投资 %(now)s 少于上一季度的 %(before)s。") % {"now": invested, "before": before.invested if before else 0},
            how=_("请填年初以来的累计数。"),
        )
    report, _created = Progress.objects.update_or_create(
        entry=entry, quarter=quarter, defaults={"invested": invested, "words": words.strip(), "reported_by": actor.name}
    )
    return report


def _draft(programme: Programme) -> Programme:
    current = Programme.objects.select_for_update().get(pk=programme.pk)
    if current.state != Programme.State.DRAFT:
        raise Conflict(
            _("计划%(state)s，不能再改。") % {"state": current.get_state_display()}, where=str(current), how=_("已公布的请用「年中调整」。")
        )
    return current
