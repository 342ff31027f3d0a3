"""Data of the approvals room, a file per aggregate."""

from lantu.approvals.models.application import Branch, BranchEvent, Review, StageApplication
from lantu.approvals.models.definition import CatalogueDraft, DefinitionRelease
from lantu.approvals.models.dossier import FormData, Material, Upload
from lantu.approvals.models.draft import CoSignature, Draft, Rating
from lantu.approvals.models.unit import Applicant, Membership

__all__ = [
    "Applicant",
    "Branch",
    "BranchEvent",
    "CatalogueDraft",
    "CoSignature",
    "DefinitionRelease",
    "Draft",
    "FormData",
    "Material",
    "Membership",
    "Rating",
    "Review",
    "StageApplication",
    "Upload",
]
