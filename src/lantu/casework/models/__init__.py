"""Data of the casework room, a file per aggregate."""

from lantu.casework.models.clock import Clock, ClockEntry, ClockNotice
from lantu.casework.models.consultation import CoHandler, Consultation, Reply, Request, RequestReminder
from lantu.casework.models.meeting import AgendaItem, Invitation, Meeting
from lantu.casework.models.talk import Attachment, Comment, Notification
from lantu.casework.models.task import SavedView, Task

__all__ = [
    "AgendaItem",
    "Attachment",
    "Clock",
    "ClockEntry",
    "ClockNotice",
    "CoHandler",
    "Comment",
    "Consultation",
    "Invitation",
    "Meeting",
    "Notification",
    "Reply",
    "Request",
    "RequestReminder",
    "SavedView",
    "Task",
]
