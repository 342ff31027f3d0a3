"""Verbs of the certificates room."""

from lantu.certificates.services.archive import check_integrity, hold_package, release_hold, seal_archive, transfer_packages
from lantu.certificates.services.batches import enqueue_batch
from lantu.certificates.services.changing import change_certificate, extend_certificate, lapse_due, set_state
from lantu.certificates.services.copies import make_copy
from lantu.certificates.services.dropping import drop_certificate
from lantu.certificates.services.issuing import Grant, issue_certificate, issue_together, prepare_certificate
from lantu.certificates.services.reuse import ask_base
from lantu.certificates.services.sealing import apply_for_certificate_seal

__all__ = [
    "Grant",
    "apply_for_certificate_seal",
    "ask_base",
    "change_certificate",
    "check_integrity",
    "drop_certificate",
    "enqueue_batch",
    "extend_certificate",
    "hold_package",
    "issue_certificate",
    "issue_together",
    "lapse_due",
    "make_copy",
    "prepare_certificate",
    "release_hold",
    "seal_archive",
    "set_state",
    "transfer_packages",
]
