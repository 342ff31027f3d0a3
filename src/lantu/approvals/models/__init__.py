"""Data of the approvals room, a file per aggregate."""

from lantu.approvals.models.application import Branch, BranchEvent, Review, StageApplication
from lantu.approvals.models.definition import CatalogueDraft, DefinitionRelease
from lantu.approvals.models.dossier import FormData, Material, Upload
from lantu.approvals.models.draft import CoSignature, Draft, Rating
from lantu.approvals.models.handling import BranchCondition, Handover, LeadOpinion, Objection, Tick
from lantu.approvals.models.inquiry import Inquiry
from lantu.approvals.models.issue import StageResult
from lantu.approvals.models.joint import JointPart
from lantu.approvals.models.unit import Applicant, Membership
from lantu.approvals.models.window import CorrectionPoint, CounterPaper, Promise

__all__ = [
    "Applicant",
    "Branch",
    "BranchCondition",
    "BranchEvent",
    "CatalogueDraft",
    "CoSignature",
    "CorrectionPoint",
    "CounterPaper",
    "DefinitionRelease",
    "Draft",
    "FormData",
    "Handover",
    "Inquiry",
    "JointPart",
    "LeadOpinion",
    "Material",
    "Membership",
    "Objection",
    "Promise",
    "Rating",
    "Review",
    "StageApplication",
    "StageResult",
    "Tick",
    "Upload",
]
