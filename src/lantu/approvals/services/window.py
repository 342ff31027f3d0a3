"""The window answers a filing (综合窗口): each item of the one list is accepted, refused, not required or to be mended, in one act, by
law one notice for everything that must be mended, and a dated paper for each answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.approvals.events import Code
from lantu.approvals.models import Branch, CorrectionPoint, Promise, StageApplication
from lantu.approvals.permissions import NEED_APPLICANT, NEED_WINDOW, can_receive, is_applicant
from lantu.approvals.policy import policy_of
from lantu.approvals.services import acceptance, papers, promises
from lantu.approvals.services.cases import accept, mended
from lantu.approvals.services.recording import settle, write
from lantu.approvals.words import definition_of
from lantu.casework import calendars
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.locking import lock_row
from lantu.core.verbs import verb
from lantu.documents.models import Paper

ACCEPT, DEFER, COMMIT, NOT_REQUIRED, REFUSE, CORRECT = "accept", "defer", "commit", "not_required", "refuse", "correct"
KINDS = (ACCEPT, DEFER, COMMIT, NOT_REQUIRED, REFUSE, CORRECT)


@dataclass(frozen=True, slots=True)
class Point:
    """What must be mended: the text, in which material, on what ground."""

    text: str
    material: str = ""
    basis: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return (self.material, "".join(self.text.split()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the window answers for one branch. ``reason``, ``basis``, ``organ``: for 不受理 and 不予受理; ``points``: for a correction;
    ``materials``, ``text``, ``signed_by``, ``due_on``: for a promise (容缺受理、告知承诺)."""

    kind: str
    reason: str = ""
    basis: str = ""
    organ: str = ""
    points: Sequence[Point] = ()
    materials: Sequence[str] = ()
    text: str = ""
    signed_by: str = ""
    due_on: date | None = None


@dataclass(slots=True)
class Answered:
    """What came of it: the papers that went out, the branches by answer; which papers were sealed, and in words which were not."""

    papers: list[Paper] = field(default_factory=list)
    branches: dict[str, list[Branch]] = field(default_factory=dict)
    sealed: list[Paper] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@verb("approvals.answer_filing", permission=can_receive, need=NEED_WINDOW, subject="application")
def write_answers(actor: Actor, application: StageApplication, answers: Mapping[int, Answer]) -> Answered:
    """Answer a filing in whole or part (受理决定): ``answers`` by the key of the branch; branches without one stay as they are. Its papers
    have no seal yet: ``sealing.answer_filing`` is what pages and programs call.

    Raises ``BadInput`` for an unknown answer or one without what it needs, ``Conflict`` for a branch that does not wait for an answer, or a
    second notice that asks for something new.
    """
    row = lock(application)
    branches = {one.pk: one for one in _waiting(row)}
    if not answers:
        raise BadInput(_("没有选任何事项的受理决定。"), where=row.number, how=_("请至少为一个事项选择受理、补正、不受理或不予受理。"))
    done = Answered()
    for pk, answer in answers.items():
        if answer.kind not in KINDS:
            raise BadInput(_("没有「%(kind)s」这种受理决定。") % {"kind": answer.kind}, how=_("请从列表中选择。"))
        if pk not in branches:
            raise Conflict(_("有事项已经不在待受理状态。"), where=row.number, how=_("请刷新页面，看最新情况。"))
        done.branches.setdefault(answer.kind, []).append(branches[pk])
    _answer_not_taken(actor, done, answers)
    _answer_accepted(actor, row, done, answers)
    _answer_corrections(actor, row, done, answers)
    remark(number=row.number, answers={kind: [one.item for one in rows] for kind, rows in done.branches.items()})
    settle(actor, row)
    application.refresh_from_db()
    return done


def lock(application: StageApplication) -> StageApplication:
    """The stage under its lock, fresh."""
    return lock_row(StageApplication.objects.select_related("project", "definition"), application.pk)


def _waiting(row: StageApplication) -> list[Branch]:
    found = list(row.branches.select_for_update().filter(state__in=acceptance.WAITING).order_by("pk"))
    for one in found:
        one.application = row
    return found


def _answer_not_taken(actor: Actor, done: Answered, answers: Mapping[int, Answer]) -> None:
    for kind, code, template in (
        (NOT_REQUIRED, Code.NOT_REQUIRED, "not_required"),
        (REFUSE, Code.REFUSED_ACCEPTANCE, "not_accepted"),
    ):
        for branch in done.branches.get(kind, ()):
            answer = answers[branch.pk]
            write(actor, branch, code, opinion=answer.reason, basis=answer.basis)
            done.papers.append(papers.not_taken(actor, branch, template, reason=answer.reason, basis=answer.basis, organ=answer.organ))


def _answer_accepted(actor: Actor, row: StageApplication, done: Answered, answers: Mapping[int, Answer]) -> None:
    accepted = [one for kind in (ACCEPT, DEFER, COMMIT) for one in done.branches.get(kind, ())]
    for branch in accepted:
        answer = answers[branch.pk]
        if answer.kind != ACCEPT:
            kind = Promise.Kind.DEFERRAL if answer.kind == DEFER else Promise.Kind.COMMITMENT
            promises.take(branch, kind, answer.materials, text=answer.text, signed_by=answer.signed_by, due_on=answer.due_on)
        accept(actor, branch)
    if accepted:
        fresh = list(row.branches.filter(pk__in=[one.pk for one in accepted]).select_related("clock").order_by("pk"))
        done.papers.append(papers.acceptance(actor, row, fresh))


def _answer_corrections(actor: Actor, row: StageApplication, done: Answered, answers: Mapping[int, Answer]) -> None:
    """One notice over everything; the days of what is not answered yet stop with it."""
    branches = done.branches.get(CORRECT, [])
    if not branches:
        return
    today, number = timezone.localdate(), 1
    names = definition_of(row)
    lines: list[list[str]] = []
    for branch in branches:
        points = answers[branch.pk].points
        _check_points(branch, points)
        number = 1 + branch.points.values("notice").distinct().count()
        branch.points.update(state=CorrectionPoint.State.MENDED)
        for point in points:
            CorrectionPoint.objects.create(
                application=row,
                branch=branch,
                material=point.material,
                text=point.text.strip(),
                basis=point.basis,
                notice=number,
                asked_on=today,
            )
            material = names.materials.get(point.material, {}).get("name_zh", point.material or "—")
            lines.append([f"{material}（{names.items[branch.item].name_zh}）", point.text.strip(), point.basis or "—"])
        write(actor, branch, Code.CORRECTION_ASKED, opinion="；".join(point.text.strip() for point in points))
    for other in _waiting(row):
        acceptance.hold(other, today)
    due, _known = calendars.current().add(today, policy_of(row).correction_days)
    paper = papers.correction(actor, row, branches, lines, due=due.isoformat(), number=number)
    done.papers.append(paper)
    emit(actor, "approvals.correction_asked", row, branches=[one.pk for one in branches], paper=paper.pk, due=due.isoformat())


def _check_points(branch: Branch, points: Sequence[Point]) -> None:
    """Something to mend, and in a second notice nothing that the first did not ask (一次性告知)."""
    if not points or any(not point.text.strip() for point in points):
        raise BadInput(_("补正须一次性写明全部内容。"), where=str(branch), how=_("请逐项填写。"))
    before = {(one.material, "".join(one.text.split())) for one in branch.points.all()}
    if before and (new := [point for point in points if point.key not in before]):
        raise Conflict(
            _("再次补正只能重复上次没有补正的内容，不能提出新的要求：%(new)s。") % {"new": "；".join(point.text for point in new)},
            where=str(branch),
            how=_("请从上次告知的内容中选择；新发现的问题在审查中处理。"),
        )


@verb("approvals.answer_corrections", permission=is_applicant, need=NEED_APPLICANT, subject="application")
def answer_corrections(actor: Actor, application: StageApplication, answer: str = "") -> list[Branch]:
    """Hand in everything that was asked to be mended (补正材料): event 7 for each branch that waits for it; what stood still goes on.

    Raises ``Conflict`` when nothing is asked.
    """
    row, today = lock(application), timezone.localdate()
    found = list(row.branches.select_for_update().filter(state=Code.CORRECTION_ASKED).order_by("pk"))
    if not found:
        raise Conflict(_("没有待补正的事项。"), where=row.number, how=_("请刷新页面。"))
    for branch in found:
        branch.application = row
        mended(actor, branch, answer)
    acceptance.restart(row, today)
    settle(actor, row)
    emit(actor, "approvals.correction_answered", row, branches=[one.pk for one in found])
    application.refresh_from_db()
    return found
