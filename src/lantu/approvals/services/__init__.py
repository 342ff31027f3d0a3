"""Verbs of the approvals room."""

from lantu.approvals.services.cases import (
    accept,
    answer_correction,
    ask_correction,
    begin_special,
    decide,
    end_special,
    not_required,
    refuse_acceptance,
    review,
    revoke,
    start_work,
    withdraw,
)
from lantu.approvals.services.counter import compare_paper, return_paper, take_paper
from lantu.approvals.services.definitions import publish_definition
from lantu.approvals.services.filing import file_again, file_stage
from lantu.approvals.services.handling import (
    co_handle,
    delegate,
    extend,
    meet_condition,
    order_special,
    return_review,
    tick,
)
from lantu.approvals.services.issuing import correct_result, deliver, download_result, make_results
from lantu.approvals.services.leading import call_joint_meeting, conclude_stage, precheck, transfer
from lantu.approvals.services.objections import answer_objection, file_objection
from lantu.approvals.services.promises import check_commitment, heal
from lantu.approvals.services.window import answer_corrections, answer_filing

__all__ = [
    "accept",
    "answer_correction",
    "answer_corrections",
    "answer_filing",
    "answer_objection",
    "ask_correction",
    "begin_special",
    "call_joint_meeting",
    "check_commitment",
    "co_handle",
    "compare_paper",
    "conclude_stage",
    "correct_result",
    "decide",
    "delegate",
    "deliver",
    "download_result",
    "end_special",
    "extend",
    "file_again",
    "file_objection",
    "file_stage",
    "heal",
    "make_results",
    "meet_condition",
    "not_required",
    "order_special",
    "precheck",
    "publish_definition",
    "refuse_acceptance",
    "return_paper",
    "return_review",
    "review",
    "revoke",
    "start_work",
    "take_paper",
    "tick",
    "transfer",
    "withdraw",
]
