"""The legal clock as a pure calculation over its ledger: no database, no time of its own."""

from lantu.casework.clock.course import Course, Light, Pause, Phase, State
from lantu.casework.clock.entries import Entry, Kind, Terms, Unit
from lantu.casework.clock.lines import Cell, Line, cells, lines
from lantu.casework.clock.parts import joint_pauses, union_days
from lantu.casework.clock.replay import replay

__all__ = [
    "Cell",
    "Course",
    "Entry",
    "Kind",
    "Light",
    "Line",
    "Pause",
    "Phase",
    "State",
    "Terms",
    "Unit",
    "cells",
    "joint_pauses",
    "lines",
    "replay",
    "union_days",
]
