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
from lantu.approvals.services.cataloguing import (
    change_catalogue,
    discard_catalogue,
    edit_catalogue,
    publish_catalogue,
    return_catalogue,
    start_catalogue,
    submit_catalogue,
)
from lantu.approvals.services.clients import file_by_client
from lantu.approvals.services.counter import compare_paper, return_paper, take_paper
from lantu.approvals.services.definitions import publish_definition
from lantu.approvals.services.drafting import (
    answer_situation,
    discard_draft,
    refresh_draft,
    save_answers,
    set_site,
    start_draft,
)
from lantu.approvals.services.filing import file_again, file_stage
from lantu.approvals.services.handling import (
    co_handle,
    delegate,
    meet_condition,
    return_review,
    tick,
)
from lantu.approvals.services.inquiries import answer_inquiry, draft_from_inquiry, open_inquiry, route_inquiry, withdraw_inquiry
from lantu.approvals.services.issuing import correct_result, deliver, make_results, receive_results
from lantu.approvals.services.joint import give_joint, invite_joint, waive_joint
from lantu.approvals.services.leading import call_joint_meeting, conclude_stage, precheck, transfer
from lantu.approvals.services.lodging import amend_form, file_draft, rate, sign_draft, withdraw_stage
from lantu.approvals.services.materials import check_original, commit_later, hand_in, take_back_material
from lantu.approvals.services.objections import answer_objection, file_objection
from lantu.approvals.services.promises import check_commitment, heal
from lantu.approvals.services.sealing import answer_filing, extend, order_special
from lantu.approvals.services.units import end_agent, make_owner, name_agent, register_unit
from lantu.approvals.services.window import answer_corrections

__all__ = [
    "accept",
    "amend_form",
    "answer_correction",
    "answer_corrections",
    "answer_filing",
    "answer_inquiry",
    "answer_objection",
    "answer_situation",
    "ask_correction",
    "begin_special",
    "call_joint_meeting",
    "change_catalogue",
    "check_commitment",
    "check_original",
    "co_handle",
    "commit_later",
    "compare_paper",
    "conclude_stage",
    "correct_result",
    "decide",
    "delegate",
    "deliver",
    "discard_catalogue",
    "discard_draft",
    "draft_from_inquiry",
    "edit_catalogue",
    "end_agent",
    "end_special",
    "extend",
    "file_again",
    "file_by_client",
    "file_draft",
    "file_objection",
    "file_stage",
    "give_joint",
    "hand_in",
    "heal",
    "invite_joint",
    "make_owner",
    "make_results",
    "meet_condition",
    "name_agent",
    "not_required",
    "open_inquiry",
    "order_special",
    "precheck",
    "publish_catalogue",
    "publish_definition",
    "rate",
    "receive_results",
    "refresh_draft",
    "refuse_acceptance",
    "register_unit",
    "return_catalogue",
    "return_paper",
    "return_review",
    "review",
    "revoke",
    "route_inquiry",
    "save_answers",
    "set_site",
    "sign_draft",
    "start_catalogue",
    "start_draft",
    "start_work",
    "submit_catalogue",
    "take_back_material",
    "take_paper",
    "tick",
    "transfer",
    "waive_joint",
    "withdraw",
    "withdraw_inquiry",
    "withdraw_stage",
]
