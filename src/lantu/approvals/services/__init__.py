"""Verbs of the approvals room."""

from lantu.approvals.services.cases import (
    accept,
    answer_correction,
    ask_correction,
    begin_special,
    decide,
    end_special,
    heal,
    not_required,
    refuse_acceptance,
    review,
    revoke,
    start_work,
    withdraw,
)
from lantu.approvals.services.definitions import publish_definition
from lantu.approvals.services.filing import file_again, file_stage

__all__ = [
    "accept",
    "answer_correction",
    "ask_correction",
    "begin_special",
    "decide",
    "end_special",
    "file_again",
    "file_stage",
    "heal",
    "not_required",
    "publish_definition",
    "refuse_acceptance",
    "review",
    "revoke",
    "start_work",
    "withdraw",
]
