"""Verbs of the conflicts room."""

from lantu.conflicts.services.applying import apply_case, redo
from lantu.conflicts.services.approving import approve, defer, pass_on, resume, return_case, submit
from lantu.conflicts.services.batches import ask_departments, create_batch, list_case, send_batch, unlist_case
from lantu.conflicts.services.bulk import start_bulk
from lantu.conflicts.services.intake import take_in
from lantu.conflicts.services.meetings import to_meeting
from lantu.conflicts.services.positions import take_position
from lantu.conflicts.services.proposing import options_of, propose, propose_deferral
from lantu.conflicts.services.slivers import settle_slivers, undo_sweep, unsettle
from lantu.conflicts.services.triage import (
    confirm_false_positive,
    mark_duplicate,
    reject_false_positive,
    report_false_positive,
    triage,
    undo_duplicate,
)

__all__ = [
    "apply_case",
    "approve",
    "ask_departments",
    "confirm_false_positive",
    "create_batch",
    "defer",
    "list_case",
    "mark_duplicate",
    "options_of",
    "pass_on",
    "propose",
    "propose_deferral",
    "redo",
    "reject_false_positive",
    "report_false_positive",
    "resume",
    "return_case",
    "send_batch",
    "settle_slivers",
    "start_bulk",
    "submit",
    "take_in",
    "take_position",
    "to_meeting",
    "triage",
    "undo_duplicate",
    "undo_sweep",
    "unlist_case",
    "unsettle",
]
