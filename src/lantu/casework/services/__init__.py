"""Verbs of the casework room."""

from lantu.casework.services.answers import co_handle, co_reply, delegate, reply
from lantu.casework.services.clocks import end_clock, extend_clock, resume_clock, start_clock, stop_clock
from lantu.casework.services.consultations import ask, ask_again, close_round, remind, withdraw_request
from lantu.casework.services.meetings import (
    call_meeting,
    cancel_meeting,
    conclude,
    invite,
    minute,
    put_on_agenda,
    record_attendance,
    take_off_agenda,
)
from lantu.casework.services.notices import notify, read_notices
from lantu.casework.services.talk import attach, comment, withdraw_comment
from lantu.casework.services.tasks import (
    close_task,
    close_tasks,
    delete_view,
    hand_over,
    open_task,
    return_task,
    save_view,
    tag_task,
    take_task,
    urge_task,
    void_task,
)

__all__ = [
    "ask",
    "ask_again",
    "attach",
    "call_meeting",
    "cancel_meeting",
    "close_round",
    "close_task",
    "close_tasks",
    "co_handle",
    "co_reply",
    "comment",
    "conclude",
    "delegate",
    "delete_view",
    "end_clock",
    "extend_clock",
    "hand_over",
    "invite",
    "minute",
    "notify",
    "open_task",
    "put_on_agenda",
    "read_notices",
    "record_attendance",
    "remind",
    "reply",
    "resume_clock",
    "return_task",
    "save_view",
    "start_clock",
    "stop_clock",
    "tag_task",
    "take_off_agenda",
    "take_task",
    "urge_task",
    "void_task",
    "withdraw_comment",
    "withdraw_request",
]
