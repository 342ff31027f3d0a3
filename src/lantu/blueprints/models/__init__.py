"""Fusion runs, their findings, the decisions that enter them, blueprint releases, and what differs between them."""

from lantu.blueprints.models.comparison import Change, Comparison
from lantu.blueprints.models.finding import Finding
from lantu.blueprints.models.override import Amendment, Override
from lantu.blueprints.models.release import BlueprintRelease
from lantu.blueprints.models.run import FusionRun
from lantu.blueprints.models.stale import StaleLayer

__all__ = ["Amendment", "BlueprintRelease", "Change", "Comparison", "Finding", "FusionRun", "Override", "StaleLayer"]
