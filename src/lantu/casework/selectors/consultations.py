"""Reads of consultations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.casework.models import Consultation, Reply, Request
from lantu.casework.models.consultation import Verdict
from lantu.casework.people import answers_for, name_of
from lantu.casework.subjects import key_of
from lantu.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two answers of one round that cannot both be followed. ``kind``: verdict or condition; ``text`` says it in a sentence."""

    kind: str
    first: Request
    second: Request
    text: str


def consultations_of(subject: models.Model, matter: str = "") -> QuerySet[Consultation]:
    """The rounds of a subject (of one matter), newest round first."""
    rows = Consultation.objects.filter(**key_of(subject)).prefetch_related("requests__department", "requests__replies")
    return (rows.filter(matter=matter) if matter else rows).order_by("matter", "-round")


def latest(subject: models.Model, matter: str) -> Consultation | None:
    """The last round of a matter."""
    return consultations_of(subject, matter).first()


def answer(request: Request) -> Reply | None:
    """The answer that holds: the last revision."""
    replies = list(request.replies.all())
    return max(replies, key=lambda reply: reply.revision) if replies else None


def verdict_words(request: Request, today: date | None = None) -> str:
    """What a request came to, in words."""
    if (reply := answer(request)) is not None:
        return str(Verdict(reply.verdict).label)
    if request.state == Request.State.ASKED and request.due_on < (today or timezone.localdate()):
        return _("超期未复")
    return str(request.get_state_display())


def requests_for(actor: Actor) -> QuerySet[Request]:
    """The inbox: requests to the actor's department (or those it took over), to them by name, or in which it is drawn in."""
    codes = answers_for(actor.department)
    mine = Q(department__code__in=codes) | Q(co_handlers__department__code__in=codes)
    if actor.user_id is not None:
        mine |= Q(delegated_to_id=actor.user_id)
    return Request.objects.filter(mine).select_related("consultation", "department", "delegated_to").distinct()


def waiting_for(actor: Actor) -> QuerySet[Request]:
    """What of the inbox is still to be answered."""
    return requests_for(actor).filter(state=Request.State.ASKED).exclude(consultation__state=Consultation.State.CLOSED)


def contradictions(consultation: Consultation) -> list[Contradiction]:
    """What in the answers of a round does not go together: one agrees where another disagrees; conditions on one thing that exclude each
    other (建筑高度 ≤ 24 m against ≥ 30 m)."""
    answered = [(request, reply) for request in consultation.requests.all() if (reply := answer(request)) is not None]
    found = []
    for (first, one), (second, other) in combinations(answered, 2):
        if {one.verdict, other.verdict} & {Verdict.DISAGREE} and one.verdict != other.verdict:
            no, yes = (first, second) if one.verdict == Verdict.DISAGREE else (second, first)
            words = {"no": name_of(no.department), "yes": name_of(yes.department), "verdict": verdict_words(yes)}
            found.append(Contradiction("verdict", no, yes, _("%(no)s不同意，%(yes)s「%(verdict)s」") % words))
        for left in one.conditions:
            found += [
                Contradiction("condition", first, second, _clash_words(first, left, second, right))
                for right in other.conditions
                if _clash(left, right)
            ]
    return found


def _clash(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Whether no value can meet both. Only conditions on the same thing in the same unit can be compared."""
    if not left.get("item") or left.get("item") != right.get("item") or left.get("unit", "") != right.get("unit", ""):
        return False
    (low, low_open), (high, high_open) = _bounds(left), _bounds(right)
    bottom, top = max(low[0], high[0]), min(low[1], high[1])
    if bottom != top:
        return bottom > top
    opens = [is_open for bounds, is_open in ((low, low_open), (high, high_open)) if bottom in bounds]
    return any(opens)


def _bounds(condition: dict[str, Any]) -> tuple[tuple[float, float], bool]:
    """The range that a condition allows, and whether its end is left out."""
    value, op = float(condition["value"]), condition["op"]
    if op == "=":
        return (value, value), False
    if op in ("≤", "<"):
        return (float("-inf"), value), op == "<"
    return (value, float("inf")), op == ">"


def _clash_words(first: Request, left: dict[str, Any], second: Request, right: dict[str, Any]) -> str:
    words = {
        "first": name_of(first.department),
        "left": left["text"],
        "second": name_of(second.department),
        "right": right["text"],
    }
    return _("%(first)s要求「%(left)s」，%(second)s要求「%(right)s」，不能同时满足") % words


def changed_minds(consultation: Consultation) -> list[tuple[Request, str, str]]:
    """Departments whose answer differs from that of the round before: (request, before, now) in words."""
    before = Consultation.objects.filter(
        subject_type=consultation.subject_type,
        subject_id=consultation.subject_id,
        matter=consultation.matter,
        round=consultation.round - 1,
    ).first()
    if before is None:
        return []
    old = {request.department_id: request for request in before.requests.select_related("department")}
    pairs = [(request, old[request.department_id]) for request in consultation.requests.all() if request.department_id in old]
    words = [(new, verdict_words(was), verdict_words(new)) for new, was in pairs if answer(new) is not None]
    return [one for one in words if one[1] != one[2]]
