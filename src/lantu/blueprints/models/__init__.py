"""Fusion runs, their findings, the decisions that enter them, and blueprint releases."""

from lantu.blueprints.models.finding import Finding
from lantu.blueprints.models.override import Amendment, Override
from lantu.blueprints.models.release import BlueprintRelease
from lantu.blueprints.models.run import FusionRun

__all__ = ["Amendment", "BlueprintRelease", "Finding", "FusionRun", "Override"]
