"""Who may do what: every verb of the room, tried by everybody there is over one subject of a department. See ``core.tests.who_may``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lantu.accounts.models import Region
from lantu.accounts.roles import ROLES
from lantu.casework import factories
from lantu.casework.models import AgendaItem, Clock, CoHandler, Comment, Consultation, Meeting, Request, SavedView, Task
from lantu.casework.ports import OFFICE, subjects
from lantu.casework.subjects import key_of
from lantu.core.tests import who_may

pytestmark = pytest.mark.django_db

MAY = {
    # the room above says who sees a subject; by default these may then ask, meet and hand out tasks, and a decider extends
    "own.decider own.reviewer": (
        "ask/subject ask_again/round withdraw_request/round close_round/round remind/round open_task/subject close_tasks/subject "
        "start_clock/subject add_part/clock stop_clock/clock resume_clock/clock resume_overrun/clock end_clock/clock "
        "recalculate_clock/clock"
    ),
    "own.decider": "extend_clock/clock",
    "own.decider own.reviewer builder": "comment/subject attach/subject",
    "asked.decider asked.reviewer": "reply/request delegate/request co_handle/request",
    "drawn.reviewer": "co_reply/co",
    f"own.decider own.reviewer asked.decider asked.reviewer drawn.reviewer {' '.join(OFFICE)}": "call_meeting/",
    "own.decider  own.reviewer": (
        "put_on_agenda/meeting take_off_agenda/item invite/meeting record_attendance/meeting minute/item conclude/meeting "
        "cancel_meeting/meeting"
    ),
    "asked.reviewer own.decider": "take_task/task return_task/task close_task/task void_task/task",  # who has it, and who opened it
    "asked.reviewer asked.decider own.decider": "hand_over/task urge_task/task tag_task/task",
    "asked.reviewer": "withdraw_comment/comment delete_view/view",
    "": "warn_of_clock/clock lapse_request/request",
}
PERSONS_ONLY = {"withdraw_comment", "delete_view", "read_notices", "save_view"}


@pytest.fixture
def subject(db: None) -> Iterator[Region]:
    """A subject that its department and the builder see."""
    factories.make_calendar()
    made = factories.make_subject()
    kind = subjects.get("accounts.region")
    subjects.register(
        "accounts.region",
        replace(kind, may_see=lambda actor, _subject: actor.department == "GH" or actor.role == "builder"),
    )
    yield made
    subjects.register("accounts.region", kind)


def test_every_verb_is_for_those_in_the_table_and_for_nobody_else(subject: Region) -> None:
    named = {
        f"{who}.{role}": factories.make_actor(role, code)
        for who, code, roles in (("own", "GH", "reviewer decider"), ("asked", "JW", "reviewer decider"), ("drawn", "STJ", "reviewer"))
        for role in roles.split()
    }
    people = who_may.everybody(factories.make_actor, ROLES, named)
    own, asked = named["own.decider"], named["asked.reviewer"]
    rows = Consultation(**key_of(subject))
    meeting = Meeting(department="GH", called_by_id=named["own.reviewer"].user_id)
    view = SavedView(user_id=asked.user_id)
    things = {
        "subject": subject,
        "round": rows,
        "clock": Clock(**key_of(subject)),
        "request": Request(consultation=rows, department=factories.make_department("JW")),
        "co": CoHandler(request=Request(consultation=rows), department=factories.make_department("STJ")),
        "meeting": meeting,
        "item": AgendaItem(meeting=meeting, **key_of(subject)),
        "task": Task(**key_of(subject), role="reviewer", department="JW", opened_by_id=own.user_id),
        "comment": Comment(**key_of(subject), by_id=asked.user_id),
        "view": view,
    }
    signed_in = " ".join(name for name in people if name not in ("system", "nobody"))
    who_may.check("casework", {**MAY, signed_in: "read_notices/ save_view/"}, people, things, persons_only=PERSONS_ONLY)
