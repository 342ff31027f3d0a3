"""Verbs of the documents room."""

from lantu.documents.services.batches import enqueue_papers, issue_papers
from lantu.documents.services.papers import draft_paper, issue_paper, record_paper, replace_docx, revise_paper, withdraw_paper
from lantu.documents.services.seal_keys import revoke_key, rotate_key
from lantu.documents.services.seal_use import apply_for_seal, decide_request, log_use, use_seal
from lantu.documents.services.sealing import is_sealed, seal_for, seal_paper
from lantu.documents.services.seals import end_grant, grant_seal, register_seal, set_seal_state

__all__ = [
    "apply_for_seal",
    "decide_request",
    "draft_paper",
    "end_grant",
    "enqueue_papers",
    "grant_seal",
    "is_sealed",
    "issue_paper",
    "issue_papers",
    "log_use",
    "record_paper",
    "register_seal",
    "replace_docx",
    "revise_paper",
    "revoke_key",
    "rotate_key",
    "seal_for",
    "seal_paper",
    "set_seal_state",
    "use_seal",
    "withdraw_paper",
]
