"""Records of what was asked of the map."""

from lantu.analysis.models.check import Check, CheckBatch, Dismissal
from lantu.analysis.models.download import Download
from lantu.analysis.models.embedding import Embedding
from lantu.analysis.models.evaluation import Evaluation
from lantu.analysis.models.mark import MapMark
from lantu.analysis.models.record import FrozenRecord
from lantu.analysis.models.siting import SitingCandidate, SitingSearch
from lantu.analysis.models.statistic import Statistic
from lantu.analysis.models.terrain import HeightRaster, Profile

__all__ = [
    "Check",
    "CheckBatch",
    "Dismissal",
    "Download",
    "Embedding",
    "Evaluation",
    "FrozenRecord",
    "HeightRaster",
    "MapMark",
    "Profile",
    "SitingCandidate",
    "SitingSearch",
    "Statistic",
]
