"""The coordination meeting (部门协调会): cases on its agenda, what it decided."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.casework.models import AgendaItem, Meeting
from lantu.casework.services import put_on_agenda
from lantu.conflicts.models import ConflictCase
from lantu.conflicts.services.moves import lock, move, write
from lantu.conflicts.states import State
from lantu.core import events
from lantu.core.actor import Actor
from lantu.core.models import OutboxEvent
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

PLANNING = has_role("planner", "checker")
NEED = gettext_lazy("上会须由规划经办人或复核人办理。")


@verb("conflicts.to_meeting", permission=PLANNING, need=NEED, subject="case")
def to_meeting(actor: Actor, case: ConflictCase, meeting: Meeting, *, version: int | None = None) -> AgendaItem:
    """Put a case that has a proposal on a meeting's agenda. Raises ``Conflict`` for a meeting that is over."""
    lock(case, version)
    proposal = case.proposals.filter(current=True).first()
    title = _("%(number)s　%(title)s") % {"number": case.number, "title": proposal.title if proposal else ""}
    item = put_on_agenda(actor, meeting, case, title)
    move(actor, case, State.MEETING, "to_meeting", note=str(meeting), facts={"meeting": meeting.number})
    return item


@events.subscribe("casework.decided")
def _decided(event: OutboxEvent, actor: Actor) -> None:
    """What a concluded meeting decided on a case is told in its history; a rejected proposal goes back to whoever made it."""
    if event.payload["subject_type"] != ConflictCase._meta.label_lower:
        return
    case = lock(ConflictCase.objects.get(pk=event.payload["subject_id"]))
    facts = {"meeting": event.payload["meeting"], "decision": event.payload["decision"]}
    if event.payload["decision"] == AgendaItem.Decision.REJECTED and case.state == State.MEETING:
        move(actor, case, State.RETURNED, "decided", note=event.payload["text"], facts=facts)
    else:
        write(actor, case, "decided", note=event.payload["text"], facts=facts)


AGREED = (AgendaItem.Decision.AGREED, AgendaItem.Decision.CONDITIONS, AgendaItem.Decision.DEFERRED)


def minuted(cases: Sequence[ConflictCase]) -> frozenset[int]:
    """The keys of those cases whose last meeting is concluded and agreed to them, with or without conditions. A cancelled one is none."""
    items = AgendaItem.objects.filter(subject_type=ConflictCase._meta.label_lower, subject_id__in=[str(case.pk) for case in cases])
    rows = items.exclude(meeting__state=Meeting.State.CANCELLED).order_by("pk").values_list("subject_id", "meeting__state", "decision")
    last = {key: (state, decision) for key, state, decision in rows}
    return frozenset(int(key) for key, (state, decision) in last.items() if state == Meeting.State.CONCLUDED and decision in AGREED)
