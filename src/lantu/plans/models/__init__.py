"""Data of the plans room, a file per aggregate."""

from lantu.plans.models.collection import CollectionRequest, CollectionRound, CollectionSubmission
from lantu.plans.models.crosswalks import SourceCrosswalk
from lantu.plans.models.dataset import PlanDataset, SourceProfile
from lantu.plans.models.datum import DatumSet
from lantu.plans.models.delivery import Delivery, DeliveryFeature, DeliveryFile
from lantu.plans.models.living import LivingFeature
from lantu.plans.models.metadata import DatasetMetadata
from lantu.plans.models.quality import QualityFinding, RepairLog, Waiver
from lantu.plans.models.release import PlanPatch, PlanRelease
from lantu.plans.models.scans import ScanSheet, TracedFeature, TraceLog
from lantu.plans.models.targets import PlanProject, PlanTarget

__all__ = [
    "CollectionRequest",
    "CollectionRound",
    "CollectionSubmission",
    "DatasetMetadata",
    "DatumSet",
    "Delivery",
    "DeliveryFeature",
    "DeliveryFile",
    "LivingFeature",
    "PlanDataset",
    "PlanPatch",
    "PlanProject",
    "PlanRelease",
    "PlanTarget",
    "QualityFinding",
    "RepairLog",
    "ScanSheet",
    "SourceCrosswalk",
    "SourceProfile",
    "TraceLog",
    "TracedFeature",
    "Waiver",
]
