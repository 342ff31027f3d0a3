"""Questions before filing (前期咨询): asked on the portal or at the counter, routed by the window, answered by the departments, sent back
as one answer. Nothing here binds anybody; the draft of the stage may begin from it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import rules
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import User
from lantu.approvals import policy
from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.guide import questions
from lantu.approvals.catalogue.rules import TYPES
from lantu.approvals.models import Draft, Inquiry
from lantu.approvals.permissions import NEED_WINDOW, can_receive
from lantu.approvals.selectors import applicants
from lantu.approvals.selectors import inquiries as reads
from lantu.approvals.services.definitions import in_force
from lantu.approvals.services.drafting import answer_situation, start_draft
from lantu.casework import calendars
from lantu.casework.models import Consultation
from lantu.casework.services import ask, close_round
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.events import emit
from lantu.core.locking import lock_row
from lantu.core.numbers import reserve
from lantu.core.permissions import has_role, is_system
from lantu.core.verbs import verb
from lantu.projects.models import Project

NEED = gettext_lazy("须由建设单位的办事人员，或由综合窗口代为提出。")
NEED_ASKER = gettext_lazy("须由提出咨询的人或综合窗口办理。")
NEED_BUILDER = gettext_lazy("须由建设单位的办事人员办理。")
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
DRAWN = 8
"""Characters of a number that are drawn by lot: with them it cannot be guessed."""
State = Inquiry.State


@rules.predicate
def asked_it(actor: Actor, inquiry: Inquiry | None = None) -> bool:
    return inquiry is not None and reads.is_asker(actor, inquiry)


@verb("approvals.open_inquiry", permission=has_role("builder", "window") | is_system, need=NEED)
def open_inquiry(
    actor: Actor,
    stage: str,
    project_class: str,
    question: str,
    facts: Mapping[str, Any],
    *,
    project: Project | None = None,
    asker: str = "",
    phone: str = "",
) -> Inquiry:
    """Ask about a stage before filing it (提出咨询), about a project or about none. ``asker``, ``phone``: who stands at the counter, when
    the window asks for them. Raises ``BadInput`` for an unknown stage or class, a fact of another type, no question or nobody at the
    counter; ``Refused`` for a project of somebody else."""
    release = in_force()
    definition = read(release.content)
    if stage not in definition.stages or project_class not in definition.classes:
        raise BadInput(_("没有阶段 %(stage)s 或项目类型 %(class)s。") % {"stage": stage, "class": project_class}, how=_("请从指南中选择。"))
    if not question.strip():
        raise BadInput(_("没有写咨询的内容。"), how=_("请写明想问什么。"))
    counter = actor.role != "builder"
    if counter and not asker.strip():
        raise BadInput(_("没有填咨询人。"), how=_("请填在窗口咨询的人或单位的名称。"))
    applicant = None
    if not counter:
        applicant = _unit(actor, project)
    today = timezone.localdate()
    days = policy.read(release.content)
    due, _known = calendars.current().add(today, days.inquiry_days + 2 * days.inquiry_window_days)
    serial = reserve(f"approvals/inquiry/{today.year}", actor.request_id)
    made = Inquiry.objects.create(
        number=f"ZX{today.year}-{serial:04d}-{''.join(secrets.choice(LETTERS) for _one in range(DRAWN))}",
        definition=release,
        stage=stage,
        project_class=project_class,
        project=project,
        facts=_checked(definition.facts, {one.fact for one in questions(definition, stage, project_class)}, facts),
        question=question.strip(),
        applicant=applicant,
        channel=Inquiry.Channel.COUNTER if counter else Inquiry.Channel.PORTAL,
        asker=(asker.strip() if counter else str(applicant or actor.name))[:100],
        phone=phone.strip()[:20] if counter else "",
        asked_by_id=actor.user_id,
        asked_by_name=actor.name,
        due_on=due,
        demo=(project is not None and project.demo) or User.objects.filter(pk=actor.user_id or 0, is_demo=True).exists(),
    )
    remark(number=made.number, stage=stage)
    emit(actor, "approvals.inquiry_opened", made, stage=stage)
    return made


def _unit(actor: Actor, project: Project | None) -> Any:
    """The unit for which the person asks. Raises ``Refused`` for a project that is not theirs."""
    if project is None:
        first = applicants.memberships(actor).order_by("pk").first()
        return first.applicant if first is not None else None
    found = applicants.applicant_for(actor, project)
    if found is None:
        raise Refused(_("只能就本单位的项目提出咨询。"), where=project.name, how=_("请选本单位的项目，或不选项目。"))
    return found


def _checked(kinds: Mapping[str, str], asked: set[str], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that the stage asks for, each of its type. Raises ``BadInput``."""
    found = {}
    for name, value in facts.items():
        kind = kinds.get(name, "")
        if kind not in TYPES or not isinstance(value, TYPES[kind]) or (kind == "number" and isinstance(value, bool)):
            raise BadInput(_("没有事实 %(name)s，或它不能是 %(value)s。") % {"name": name, "value": value}, how=_("请按指南的问题回答。"))
        if name in asked:
            found[name] = value
    return found


@verb("approvals.route_inquiry", permission=can_receive, need=NEED_WINDOW, subject="inquiry")
def route_inquiry(actor: Actor, inquiry: Inquiry, departments: Iterable[str] | None = None, note: str = "") -> Inquiry:
    """Ask the departments concerned (分办): by default those whose items the facts call for; each has the pack's working days. Raises
    ``Conflict`` unless it waits for this, ``BadInput`` with nobody to ask."""
    row = _locked(inquiry, State.ASKED)
    codes = list(dict.fromkeys(reads.departments_called(row) if departments is None else departments))
    if not codes:
        raise BadInput(_("没有选答复咨询的部门。"), where=row.number, how=_("请至少选一个部门；按所答情形没有事项时，请由窗口选定。"))
    due, _known = calendars.current().add(timezone.localdate(), _policy(row).inquiry_days)
    title = _("前期咨询：%(stage)s") % {"stage": reads.subject_words(row)}
    ask(actor, row, reads.MATTER, title[:200], codes, due=due, question=reads.asked_words(row, note), silence="none")
    row.state, row.note = State.CONSULTING, note.strip()[:500]
    row.save(update_fields=["state", "note"])
    remark(departments=codes, due=due.isoformat())
    emit(actor, "approvals.inquiry_routed", row, departments=codes)
    inquiry.refresh_from_db()
    return inquiry


@verb("approvals.answer_inquiry", permission=can_receive, need=NEED_WINDOW, subject="inquiry")
def answer_inquiry(actor: Actor, inquiry: Inquiry, text: str) -> Inquiry:
    """Send the one answer (统一答复), once every department has answered or its time is over. Raises ``Conflict`` before that, ``BadInput``
    without a text."""
    row = _locked(inquiry, State.CONSULTING)
    if not text.strip():
        raise BadInput(_("没有填答复。"), where=row.number, how=_("请汇总各部门的意见再答复。"))
    if waiting := reads.waiting_departments(row, timezone.localdate()):
        raise Conflict(
            _("%(departments)s还没有答复，期限未到。") % {"departments": "、".join(waiting)},
            where=row.number,
            how=_("请催办，或等到期后答复。"),
        )
    row.lines = reads.lines(row)
    row.state, row.answer, row.answered_by_name, row.answered_at = State.ANSWERED, text.strip(), actor.name, timezone.now()
    row.save(update_fields=["lines", "state", "answer", "answered_by_name", "answered_at"])
    _end_round(actor, row)
    emit(actor, "approvals.inquiry_answered", row, late=timezone.localdate() > row.due_on)
    inquiry.refresh_from_db()
    return inquiry


@verb("approvals.withdraw_inquiry", permission=asked_it | can_receive | is_system, need=NEED_ASKER, subject="inquiry")
def withdraw_inquiry(actor: Actor, inquiry: Inquiry, reason: str = "") -> Inquiry:
    """Take a question back that is not answered yet (撤回咨询). Raises ``Conflict`` after that."""
    row = _locked(inquiry, State.ASKED, State.CONSULTING)
    row.state, row.note = State.WITHDRAWN, reason.strip()[:500]
    row.save(update_fields=["state", "note"])
    _end_round(actor, row)
    remark(reason=reason)
    emit(actor, "approvals.inquiry_withdrawn", row)
    inquiry.refresh_from_db()
    return inquiry


@verb("approvals.draft_from_inquiry", permission=has_role("builder"), need=NEED_BUILDER, subject="inquiry")
def draft_from_inquiry(actor: Actor, inquiry: Inquiry, project: Project | None = None) -> Draft:
    """Begin the draft of the stage with what was answered to the questions (按咨询填报): what the draft has already stays. ``project``: for
    a question without one. Raises ``Refused`` to others than the asker (a question of the counter belongs to who has its number),
    ``Conflict`` before the answer, ``BadInput`` without a project, and what ``start_draft`` raises."""
    row = _locked(inquiry, State.ANSWERED)
    if row.channel == Inquiry.Channel.PORTAL and not reads.is_asker(actor, row):
        raise Refused(_("这件咨询不是贵单位提出的。"), where=row.number, how=_("请由提出咨询的单位填报。"))
    chosen = row.project or project
    if chosen is None:
        raise BadInput(_("这件咨询没有项目，不能填报。"), where=row.number, how=_("请选本单位的一个项目。"))
    draft = start_draft(actor, chosen, row.stage, row.project_class)
    missing = {fact: value for fact, value in row.facts.items() if fact not in draft.situation}
    if missing:
        answer_situation(actor, draft, missing)
    row.draft = draft
    row.save(update_fields=["draft"])
    remark(draft=draft.pk, facts=sorted(missing))
    return draft


def _locked(inquiry: Inquiry, *wanted: str) -> Inquiry:
    """The row under its lock, and before it the round of its departments. Raises ``Conflict`` in another state."""
    if (asked := reads.round_of(inquiry)) is not None:  # a reply locks its round first: it is in before, or is refused after
        lock_row(Consultation.objects.all(), asked.pk)
    row = lock_row(Inquiry.objects.select_related("definition", "project"), inquiry.pk)
    if row.state not in wanted:
        raise Conflict(
            _("咨询 %(number)s 现在是「%(state)s」。") % {"number": row.number, "state": row.get_state_display()}, how=_("请刷新页面。")
        )
    return row


def _policy(row: Inquiry) -> policy.Policy:
    return policy.read(row.definition.content)


def _end_round(actor: Actor, row: Inquiry) -> None:
    found = reads.round_of(row)
    if found is not None:
        close_round(system(actor.name), found)


def overdue(today: date) -> list[Inquiry]:
    """Questions that no department has time for any more, so that the window may answer with what there is."""
    rows = Inquiry.objects.filter(state=State.CONSULTING).select_related("definition", "project")
    return [row for row in rows if not reads.waiting_departments(row, today)]
