"""Data of the documents room, a file per aggregate."""

from lantu.documents.models.papers import Paper, PaperVersion
from lantu.documents.models.seals import Seal, SealGrant, SealKey, SealRequest, SealUse

__all__ = ["Paper", "PaperVersion", "Seal", "SealGrant", "SealKey", "SealRequest", "SealUse"]
