"""Data of the standards room: one city pack version and all that belongs to it. Rows of a version are never edited."""

from lantu.standards.models.calendar import CalendarDay, CalendarRelease
from lantu.standards.models.catalogue import LayerDefinition
from lantu.standards.models.codes import Code, CodeSystem, Crosswalk, CrosswalkRow
from lantu.standards.models.pack import PackPart, PackVersion
from lantu.standards.models.rules import Rule

__all__ = [
    "CalendarDay",
    "CalendarRelease",
    "Code",
    "CodeSystem",
    "Crosswalk",
    "CrosswalkRow",
    "LayerDefinition",
    "PackPart",
    "PackVersion",
    "Rule",
]
