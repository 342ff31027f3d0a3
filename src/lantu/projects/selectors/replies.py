"""What was said about a planning: the replies that hold, what meetings decided, what is still open."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.casework.models import AgendaItem, Invitation, Meeting, Request
from lantu.casework.models.consultation import Verdict
from lantu.casework.selectors import consultations as opinions
from lantu.casework.subjects import key_of
from lantu.projects.models import Generation, Review
from lantu.projects.sheet import Said

MATTER = "generation"
"""Name of the consultation over a planning."""


def standing_requests(generation: Generation) -> list[Request]:
    """Of every department the last request that was not withdrawn."""
    latest: dict[str, Request] = {}
    for consultation in sorted(opinions.consultations_of(generation, MATTER), key=lambda one: one.round):
        for request in consultation.requests.all():
            if request.state != Request.State.WITHDRAWN:
                latest[request.department.code] = request
    return list(latest.values())


def decisions(generation: Generation) -> list[AgendaItem]:
    """What concluded meetings decided about it, the newest first; deferrals and notes decide nothing."""
    rows = AgendaItem.objects.filter(**key_of(generation), meeting__state=Meeting.State.CONCLUDED).select_related("meeting")
    return list(rows.filter(decision__in=[AgendaItem.Decision.AGREED, AgendaItem.Decision.CONDITIONS]).order_by("-meeting__at"))


def all_said(generation: Generation) -> list[Said]:
    """All conditions that hold: those of the replies, and those that a meeting set, line by line."""
    said = []
    for request in standing_requests(generation):
        reply = opinions.answer(request)
        if reply is not None and reply.verdict == Verdict.CONDITIONS:
            said += [Said.of(request.department.code, condition, reply.law) for condition in reply.conditions]
    for item in decisions(generation):
        if item.decision == AgendaItem.Decision.CONDITIONS:
            said += [Said(item.meeting.number, line.strip()) for line in item.decision_text.splitlines() if line.strip()]
    return said


def open_points(generation: Generation) -> list[str]:
    """What is still open, each a sentence: unanswered, disagreeing and contradicting departments that no later meeting has settled."""
    latest = opinions.latest(generation, MATTER)
    if latest is None:
        return [_("还没有征求意见")]
    left = [
        _("%(name)s还没有回复") % {"name": request.department}
        for request in standing_requests(generation)
        if request.state == Request.State.ASKED
    ]
    settled_at = max((item.meeting.concluded_at for item in decisions(generation) if item.meeting.concluded_at), default=None)
    for request in standing_requests(generation):
        reply = opinions.answer(request)
        if reply is not None and reply.verdict == Verdict.DISAGREE and (settled_at is None or settled_at <= reply.at):
            left.append(_("%(name)s不同意：%(reason)s") % {"name": request.department, "reason": reply.reason})
    if settled_at is None or (latest.completed_at and settled_at <= latest.completed_at):
        left += [one.text for one in opinions.contradictions(latest) if one.kind == "condition"]
    return left


def invited(generation: Generation) -> list[str]:
    """Who may score in the joint review, by name: its experts, then the departments that were invited to its meeting."""
    review = Review.objects.filter(generation=generation).first()
    if review is None:
        return []
    rows = Invitation.objects.filter(meeting_id=review.meeting_id or 0).exclude(department=None).select_related("department")
    return [*map(str, review.experts.all()), *(str(row.department) for row in rows)]
