"""Fusion runs, their findings, and blueprint releases."""

from lantu.blueprints.models.finding import Finding
from lantu.blueprints.models.release import BlueprintRelease
from lantu.blueprints.models.run import FusionRun

__all__ = ["BlueprintRelease", "Finding", "FusionRun"]
