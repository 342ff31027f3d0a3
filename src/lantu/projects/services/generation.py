"""Planning and generation (策划生成): initiate, formal check, consultation, coordination, conditions sheet, generated."""

from __future__ import annotations

import hashlib
import json

import rules
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.analysis.conformity.sites import Site
from lantu.analysis.models import Check
from lantu.analysis.services.checks import run_check
from lantu.casework.models import Consultation
from lantu.casework.people import answers_for
from lantu.casework.selectors import clocks as clock_reads
from lantu.casework.selectors import consultations as opinions
from lantu.casework.services import ask, ask_again, attach, close_round, end_clock, start_clock
from lantu.core import audit, events, numbers
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.locking import lock_row
from lantu.core.models import StoredFile
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.projects import settings
from lantu.projects.models import CandidateSite, Condition, Generation, Project, RegionalAssessment
from lantu.projects.permissions import NEED_OWN, NEED_PLANNER, is_planner, may_edit
from lantu.projects.selectors.assessments import needed
from lantu.projects.selectors.replies import MATTER, all_said, open_points
from lantu.projects.services.library import need_reason
from lantu.projects.services.sites import choose_site
from lantu.projects.sheet import Said, compose

NEED_DECIDER = gettext_lazy("生成须由审定人办理，且不能是发起人本人。")
CONSULTED = (Generation.State.CONSULTING, Generation.State.COORDINATING, Generation.State.SETTLED)


@verb("projects.initiate", permission=may_edit, need=NEED_OWN, subject="project")
def initiate(actor: Actor, project: Project, site: CandidateSite, *, lead: Department | None = None) -> Generation:
    """Begin the planning of a received project on one of its sites; the formal check has two working days (the pack's figure).

    Raises ``Conflict`` when the project is not received, or is being planned already; ``BadInput`` for a site that is not its own.
    """
    current = Project.objects.select_for_update().get(pk=project.pk)
    if current.state != Project.State.RECEIVED:
        raise Conflict(_("项目%(state)s，不能发起策划。") % {"state": current.get_state_display()}, where=current.name, how=_("请先入库。"))
    site.refresh_from_db()
    if site.project_id != project.pk or site.withdrawn:
        raise BadInput(_("地块「%(site)s」不是这个项目现有的地块。") % {"site": site}, how=_("请先登记地块。"))
    year = f"{timezone.localdate():%Y}"
    number = f"CH-{year}-{numbers.reserve(f'generation:{year}', f'{project.pk}:{current.generations.count()}'):04d}"
    try:
        with transaction.atomic():
            row = Generation.objects.create(
                project=current,
                number=number,
                site=site,
                lead=lead or current.department,
                initiated_by_id=actor.user_id,
                initiated_by_name=actor.name,
            )
    except IntegrityError:
        raise Conflict(_("项目已经在策划。"), where=current.name, how=_("请打开在办的策划。")) from None
    Project.objects.filter(pk=current.pk).update(library=Project.Library.PLANNING)
    project.refresh_from_db()
    days = int(settings.generation()["formal_check_days"])
    start_clock(
        actor, row, "item", days, title=_("形式审查"), department=settings.planning_department(), basis=settings.generation()["basis"]
    )
    events.emit(actor, "projects.initiated", row, project=current.code)
    return row


@verb("projects.send_back_generation", permission=is_planner, need=NEED_PLANNER, subject="generation")
def send_back(actor: Actor, generation: Generation, reason: str) -> Generation:
    """The formal check finds it wanting: returned with everything that is missing, once."""
    need_reason(reason)
    row = locked(generation, Generation.State.INITIATED)
    _end_clocks(actor, row, _("退回"))
    return _to(actor, generation, row, Generation.State.RETURNED, "projects.generation_returned", note=reason.strip())


@verb("projects.resubmit_generation", permission=has_role("planner", "reviewer"), need=NEED_OWN, subject="generation")
def resubmit(actor: Actor, generation: Generation) -> Generation:
    """Hand a returned planning in again; the formal check begins anew."""
    row = locked(generation, Generation.State.RETURNED)
    days = int(settings.generation()["formal_check_days"])
    start_clock(
        actor, row, "item", days, title=_("形式审查"), department=settings.planning_department(), basis=settings.generation()["basis"]
    )
    return _to(actor, generation, row, Generation.State.INITIATED, "projects.generation_resubmitted")


@verb("projects.pass_formal_check", permission=is_planner, need=NEED_PLANNER, subject="generation")
def pass_formal_check(actor: Actor, generation: Generation, *, use: str = "", departments: tuple[str, ...] = ()) -> Generation:
    """The formal check passes: the site is checked against the blueprint in force, and whom hits and traits call for is asked.

    ``departments``: more to be asked by hand. The opinions rest on that check and release.
    """
    row = locked(generation, Generation.State.INITIATED)
    _end_clocks(actor, row, _("通过"))
    check = _check(actor, row, use)
    _rest_on(row, check)
    asked = settings.departments_for(row.project, check.result["needs"], departments)
    words = _("请就「%(project)s」在「%(site)s」的选址和建设条件提出意见。依据合规性检测 %(check)s（蓝图 %(release)s）。")
    ask(
        actor,
        row,
        MATTER,
        _("%(project)s 策划生成征求意见") % {"project": row.project.name},
        sorted(asked),
        question=words % {"project": row.project.name, "site": row.site.label, "check": check.number, "release": row.release_number},
        rule="；".join(f"{code}：{why}" for code, why in sorted(asked.items()))[:60],
    )
    audit.remark(departments=asked, check=check.number)
    return _to(actor, generation, row, Generation.State.CONSULTING, "projects.consulting")


@verb("projects.consult_again", permission=is_planner, need=NEED_PLANNER, subject="generation")
def consult_again(actor: Actor, generation: Generation, *, departments: tuple[str, ...] = (), question: str = "") -> Generation:
    """Ask again, at most so many rounds as the pack allows (three)."""
    row, latest = _locked_with_round(generation)
    most = int(settings.generation()["rounds"])
    if latest is None or latest.round >= most:
        raise Conflict(_("已征求 %(n)s 轮，不再征求。") % {"n": most}, where=row.number, how=_("有分歧的请上会协调。"))
    ask_again(actor, latest, departments=departments or None, question=question)
    return _to(actor, generation, row, Generation.State.CONSULTING, "projects.consulting")


@verb("projects.settle", permission=is_planner, need=NEED_PLANNER, subject="generation")
def settle(actor: Actor, generation: Generation) -> Generation:
    """Take stock when a round is complete: settled when nothing stays open, else it goes to a meeting; ``note`` says why."""
    row = locked(generation, *CONSULTED)
    left = open_points(row)
    state = Generation.State.COORDINATING if left else Generation.State.SETTLED
    return _to(actor, generation, row, state, "projects.settled", note="；".join(left)[:500])


@verb("projects.draw_up_conditions", permission=is_planner, need=NEED_PLANNER, subject="generation")
def draw_up_conditions(actor: Actor, generation: Generation) -> Generation:
    """Draw up the conditions sheet (建设条件清单) from all that was said. Raises ``Conflict`` naming what is still open."""
    row, latest = _locked_with_round(generation)
    if left := open_points(row):
        raise Conflict(_("还有没定的意见。"), where="；".join(left), how=_("请再征求一轮，或上会协调。"))
    if latest is not None and latest.state != latest.State.CLOSED:
        close_round(actor, latest)
    row.conditions.all().delete()
    lines = _write_conditions(actor, row)
    audit.remark(lines=lines)
    return _to(actor, generation, row, Generation.State.CONDITIONED, "projects.conditioned", note="")


def _write_conditions(actor: Actor, row: Generation) -> int:
    """The lines of what was said, then the assessments: one of the area that covers the site is used, else it is to be made. How many."""
    wanted = needed(row)
    said = [*all_said(row), *(Said("", _("办理%(what)s") % {"what": one.text}) for one in wanted if one.reused is None)]
    conditions = [
        Condition(
            topic=line.topic,
            stage=line.stage,
            text=line.text[:500],
            item=line.item[:60],
            op=line.op,
            value=line.value,
            unit=line.unit[:12],
            departments=[code for code in line.departments if code],
            law=line.law[:300],
        )
        for line in compose(said, settings.topics())
    ]
    conditions += [_reused(actor, one.text, one.reused) for one in wanted if one.reused is not None]
    for order, condition in enumerate(conditions, start=1):
        condition.generation, condition.order = row, order
    Condition.objects.bulk_create(conditions)
    return len(conditions)


def _reused(actor: Actor, text: str, assessment: RegionalAssessment) -> Condition:
    """An assessment that need not be made, because one of the area holds here."""
    (line,) = compose([Said("", text)], settings.topics())
    return Condition(
        topic=line.topic,
        stage=line.stage,
        text=_("%(what)s：采用区域评估成果") % {"what": text},
        state=Condition.State.MET,
        assessment=assessment,
        evidence=str(assessment)[:500],
        evidence_by=actor.name,
        evidence_at=timezone.now(),
    )


@rules.predicate
def may_meet(actor: Actor, condition: Condition | None = None) -> bool:
    """Planning, or a reviewer of a department that asked for the condition or answers for the project (or of their successor)."""
    if condition is None or actor.role != "reviewer" or not actor.department:
        return False
    named = {*condition.departments, condition.generation.project.department.code}
    return bool(named & set(answers_for(actor.department)))


NEED_MEET = gettext_lazy("须由提出条件的部门、项目主管部门或规划部门确认。")


@verb("projects.meet_condition", permission=has_role("planner", "decider") | may_meet, need=NEED_MEET, subject="condition")
def meet_condition(
    actor: Actor, condition: Condition, evidence: str, *, waive: bool = False, stored: StoredFile | None = None, filename: str = ""
) -> Condition:
    """Say by what a condition is met, or why it applies no longer. ``stored``: the evidence as a file, attached to the planning."""
    if not evidence.strip():
        raise BadInput(_("没有写明落实的依据。"), how=_("请写明文件、图纸或证照的名称和编号。"))
    row = Condition.objects.select_for_update().get(pk=condition.pk)
    if row.state != Condition.State.OPEN:
        raise Conflict(
            _("第 %(n)s 条已由%(by)s确认。") % {"n": row.order, "by": row.evidence_by}, where=row.text, how=_("请刷新页面看现状。")
        )
    if stored is not None:
        title = _("第 %(n)s 条落实材料：%(text)s") % {"n": row.order, "text": row.text[:100]}
        row.attachment = attach(actor, row.generation, stored, title, filename=filename)
    row.state = Condition.State.WAIVED if waive else Condition.State.MET
    row.evidence, row.evidence_by, row.evidence_at = evidence.strip()[:500], actor.name, timezone.now()
    row.save()
    events.emit(actor, "projects.condition_met", row.generation, condition=row.order, state=row.state)
    condition.refresh_from_db()
    return condition


@verb("projects.generate", permission=has_role("decider"), need=NEED_DECIDER, subject="generation")
def generate(actor: Actor, generation: Generation) -> Generation:
    """The project is generated: its site becomes the red line, it moves to the implementation library, stage 1 can be filed.

    Raises ``Refused`` for whoever initiated it; ``Conflict`` naming all that is still missing: conditions, review, funds.
    """
    row = locked(generation, Generation.State.CONDITIONED, Generation.State.REVIEWED)
    if actor.user_id is not None and actor.user_id == row.initiated_by_id:
        raise Refused(_("发起人不能生成自己发起的项目。"), where=row.number, how=_("请由另一位审定人办理。"))
    row.project = project = lock_row(Project.objects.all(), row.project_id)
    missing = []
    if row.project.state != Project.State.RECEIVED:
        missing.append(_("项目%(state)s") % {"state": row.project.get_state_display()})
    if row.project.kind == "01" and row.state != Generation.State.REVIEWED:
        missing.append(_("可研联评联审还没有结论"))
    if not row.project.investment_wan or not row.project.funding:
        missing.append(_("总投资和资金来源没有落实"))
    if missing:
        raise Conflict(_("还不能生成。"), where="；".join(missing), how=_("请先办完以上各项。"))
    choose_site(system(actor.name, actor.channel), row.site)  # the decision carries it out
    project.library, project.version = Project.Library.IMPLEMENTATION, project.version + 1
    project.save(update_fields=["library", "version", "changed_at"])
    row.generated_at = timezone.now()
    row.save(update_fields=["generated_at"])
    return _to(actor, generation, row, Generation.State.GENERATED, "projects.generated", note="")


@verb("projects.end_generation", permission=is_planner, need=NEED_PLANNER, subject="generation")
def end_generation(actor: Actor, generation: Generation, reason: str) -> Generation:
    """Give the planning up; the project goes back to the reserve library."""
    need_reason(reason)
    row = locked(generation, *[state for state in Generation.State if state not in (Generation.State.GENERATED, Generation.State.ENDED)])
    _end_clocks(actor, row, _("终止"))
    Project.objects.filter(pk=row.project_id).update(library=Project.Library.RESERVE)
    return _to(actor, generation, row, Generation.State.ENDED, "projects.generation_ended", note=reason.strip())


@verb("projects.recheck_generation", permission=has_role("planner"), need=NEED_PLANNER, subject="generation")
def recheck(actor: Actor, generation: Generation) -> Generation:
    """Check the site against the release in force again; when its hits have changed, the opinions no longer hold: reopened."""
    open_states = (*CONSULTED, Generation.State.CONDITIONED, Generation.State.REVIEWED)
    row = locked(generation, *open_states)
    before, check = row.hits_key, _check(actor, row, "")
    changed = hits_key(check) != before
    _rest_on(row, check)
    audit.remark(check=check.number, changed=changed)
    if not changed:
        row.save()
        generation.refresh_from_db()
        return generation
    note = _("蓝图 %(release)s 改变了地块的压占情况，原意见须重新征求。") % {"release": row.release_number}
    return _to(actor, generation, row, Generation.State.COORDINATING, "projects.reopened", note=note)


def hits_key(check: Check) -> str:
    """What of a check the opinions rest on: which control lines are hit and with what verdict, and the classes under the site."""
    lines = sorted((row["item"], row["verdict"], row["codes"]) for row in check.result["lines"] if row["state"] == "hit")
    return hashlib.sha256(json.dumps(lines, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def locked(generation: Generation, *states: str) -> Generation:
    """The row under its lock. Raises ``Conflict`` unless it is in one of the states."""
    row = lock_row(Generation.objects.select_related("project__department", "site"), generation.pk)
    if row.state not in states:
        raise Conflict(
            _("策划现在是「%(state)s」，不能这样办理。") % {"state": row.get_state_display()}, where=row.number, how=_("请刷新页面看现状。")
        )
    return row


def _locked_with_round(generation: Generation) -> tuple[Generation, Consultation | None]:
    """The planning and its newest round, both locked: a reply is in before, or is refused after. A reply locks the round first: so here."""
    latest = opinions.latest(generation, MATTER)
    if latest is not None:
        latest = Consultation.objects.select_for_update().get(pk=latest.pk)
    return locked(generation, *CONSULTED), latest


def _check(actor: Actor, row: Generation, use: str) -> Check:
    return run_check(actor, Site(row.site.geometry, "project", row.site.label), title=row.project.name, use=use)


def _rest_on(row: Generation, check: Check) -> None:
    row.check_number, row.needs, row.hits_key = check.number, check.result["needs"], hits_key(check)
    row.release_number = check.release.number if check.release else ""
    row.release_digest = check.release.digest if check.release else ""


def _end_clocks(actor: Actor, row: Generation, result: str) -> None:
    for reading in clock_reads.clocks_of(row):
        if reading.clock.ended_on is None:
            end_clock(actor, reading.clock, result=result)


def _to(actor: Actor, generation: Generation, row: Generation, state: str, event: str, *, note: str | None = None) -> Generation:
    row.state, row.version = state, row.version + 1
    if note is not None:
        row.note = note
    row.save()
    events.emit(actor, event, row, state=state, project=row.project.code)
    generation.refresh_from_db()
    return generation
