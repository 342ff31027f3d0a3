"""Cases, batches, positions, proposals, submissions and what was done with them."""

from lantu.conflicts.models.batch import Batch, BulkAct, Sweep
from lantu.conflicts.models.case import CaseEvent, ConflictCase
from lantu.conflicts.models.decision import Approval, Proposal, Submission
from lantu.conflicts.models.intake import Intake
from lantu.conflicts.models.position import Position

__all__ = [
    "Approval",
    "Batch",
    "BulkAct",
    "CaseEvent",
    "ConflictCase",
    "Intake",
    "Position",
    "Proposal",
    "Submission",
    "Sweep",
]
