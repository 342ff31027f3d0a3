"""Data of the approvals room, a file per aggregate."""

from lantu.approvals.models.application import Branch, BranchEvent, Review, StageApplication
from lantu.approvals.models.definition import DefinitionRelease

__all__ = ["Branch", "BranchEvent", "DefinitionRelease", "Review", "StageApplication"]
