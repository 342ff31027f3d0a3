"""The joint evaluation of the feasibility study (可研联评联审)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.casework.models import Meeting
from lantu.casework.selectors import consultations as opinions
from lantu.casework.services import call_meeting, invite, put_on_agenda
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.projects.models import Expert, Generation, Review, Score
from lantu.projects.permissions import NEED_PLANNER, is_planner
from lantu.projects.selectors.replies import MATTER
from lantu.projects.services.generation import CONSULTED, locked
from lantu.standards import selectors

NEED_SCORE = gettext_lazy("评分须由部门审查人、审定人或规划经办人录入。")
NEED_OPINION = gettext_lazy("评审意见须由审定人签发。")


@verb("projects.call_coordination", permission=is_planner, need=NEED_PLANNER, subject="generation")
def call_coordination(actor: Actor, generation: Generation, at: datetime, *, place: str = "", kind: str = "协调会") -> Meeting:
    """Call a meeting for what stays open; the departments that were asked are invited."""
    row = locked(generation, *CONSULTED)
    return _call(actor, row, at, place, kind)


@verb("projects.open_review", permission=is_planner, need=NEED_PLANNER, subject="generation")
def open_review(actor: Actor, generation: Generation, at: datetime, *, place: str = "", experts: Sequence[Expert] = ()) -> Review:
    """Call the one meeting of experts and departments that evaluates the feasibility study.

    Raises ``Refused`` for an expert who has left the list, or whose unit takes part in the project (回避).
    """
    row = locked(generation, Generation.State.CONDITIONED)
    units = {unit.name for unit in row.project.units.filter(ended=False)}
    for expert in experts:
        if expert.left_reason:
            raise Refused(_("%(name)s已退出专家库。") % {"name": expert}, where=expert.left_reason, how=_("请另选专家。"))
        if expert.unit in units:
            raise Refused(_("%(name)s的单位是本项目的参建单位，应当回避。") % {"name": expert}, where=expert.unit, how=_("请另选专家。"))
    meeting = _call(actor, row, at, place, "可研联评联审会", experts=tuple(map(str, experts)))
    review, _created = Review.objects.update_or_create(generation=row, defaults={"meeting_id": meeting.pk, "opinion": "", "verdict": ""})
    review.experts.set(experts)
    audit.remark(meeting=meeting.number, experts=[str(one) for one in experts])
    events.emit(actor, "projects.review_opened", row, meeting=meeting.number)
    return review


@verb("projects.score", permission=has_role("planner", "reviewer", "decider"), need=NEED_SCORE, subject="review")
def score(
    actor: Actor, review: Review, reviewer: str, criterion: str, points: Decimal, *, is_expert: bool = False, remark: str = ""
) -> Score:
    """Write down a score; the pack's dictionary has the criteria and their most points. Raises ``Conflict`` once the opinion is signed."""
    _open(review)
    criteria = selectors.dictionary("review_criterion")
    if criterion not in criteria:
        raise BadInput(
            _("没有评审指标「%(name)s」。") % {"name": criterion},
            how=_("可用：%(names)s。") % {"names": "、".join(map(str, criteria.values()))},
        )
    most = Decimal(str(criteria[criterion].traits.get("points", 100)))
    if not reviewer.strip() or not 0 <= points <= most:
        raise BadInput(_("评审人没有填，或得分不在 0 到 %(most)s 之间。") % {"most": most}, where=str(criteria[criterion]))
    row, _created = Score.objects.update_or_create(
        review=review,
        reviewer=reviewer.strip(),
        criterion=criterion,
        defaults={"points": points, "is_expert": is_expert or reviewer.strip() in map(str, review.experts.all()), "remark": remark.strip()},
    )
    return row


def total(review: Review) -> Decimal | None:
    """The mean of the reviewers' sums, one decimal; ``None`` without scores."""
    sums: dict[str, Decimal] = {}
    for row in review.scores.all():
        sums[row.reviewer] = sums.get(row.reviewer, Decimal(0)) + row.points
    return (sum(sums.values(), Decimal(0)) / len(sums)).quantize(Decimal("0.1")) if sums else None


@verb("projects.conclude_review", permission=has_role("decider"), need=NEED_OPINION, subject="review")
def conclude_review(actor: Actor, review: Review, verdict: str, opinion: str) -> Review:
    """Sign the one opinion. Whoever initiated the planning may not; a negative one sends it back to coordination."""
    _open(review)
    row = locked(review.generation, Generation.State.CONDITIONED)
    if actor.user_id is not None and actor.user_id == row.initiated_by_id:
        raise Refused(_("发起人不能签发评审意见。"), where=row.number)
    if verdict not in Review.Verdict.values or not opinion.strip():
        raise BadInput(_("没有结论或评审意见。"), how=_("请选结论并写明意见。"))
    if verdict != Review.Verdict.PASSED and len(opinion.strip()) < 5:
        raise BadInput(_("修改或不通过的意见太短。"), how=_("请写明要改什么、为什么。"))
    review.verdict, review.opinion, review.concluded_by, review.concluded_at = verdict, opinion.strip(), actor.name, timezone.now()
    review.save()
    row.state = Generation.State.COORDINATING if verdict == Review.Verdict.FAILED else Generation.State.REVIEWED
    row.note = opinion.strip()[:500] if verdict == Review.Verdict.FAILED else ""
    row.version += 1
    row.save()
    score_ = total(review)
    audit.remark(verdict=verdict, total=str(score_) if score_ is not None else None)
    events.emit(actor, "projects.reviewed", row, verdict=verdict)
    return review


def _open(review: Review) -> None:
    if review.verdict:
        raise Conflict(_("评审意见已签发。"), where=str(review.generation), how=_("要改，请重新开会评审。"))


def _call(actor: Actor, row: Generation, at: datetime, place: str, kind: str, *, experts: tuple[str, ...] = ()) -> Meeting:
    latest = opinions.latest(row, MATTER)
    departments = [request.department for request in latest.requests.all()] if latest else []
    title = _("%(project)s %(kind)s") % {"project": row.project.name, "kind": kind}
    meeting = call_meeting(actor, kind, title, at, place=place, departments=departments)
    put_on_agenda(actor, meeting, row)
    if experts:
        invite(actor, meeting, people=experts)
    return meeting
