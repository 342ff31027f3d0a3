"""What the room asks of others: engines that overlay, guards that let a release out, figures for the indicators of rooms above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from lantu.core.ports import Port
from lantu.planar.model import OverlayEngine

if TYPE_CHECKING:
    from lantu.blueprints.models import FusionRun

overlay_engines: Port[OverlayEngine] = Port("overlay_engines")
"""Engines by name: ``oracle`` always, ``planar`` the fast one."""


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """What a guard says of publishing a run: ``passed``, the check's name, and the sentence with the facts."""

    guard: str
    passed: bool
    text: str


class Guard(Protocol):
    """Asked before a release is published (发布前核查), e.g. "every severity-1 finding is settled or deferred"."""

    def __call__(self, run: FusionRun, number: str) -> GuardVerdict:
        """Say whether this run may be published as release ``number``, and why; some guards hold only from 1.0 on."""
        ...


publication_guards: Port[Guard] = Port("publication_guards")


@dataclass(frozen=True, slots=True)
class IndicatorSource:
    """A figure that another room knows, registered under the key by which the city pack asks for it (``formula: {source: key}``).

    ``value(run, on)``: the figure for the city on a day, in the indicator's unit; None where there is none. ``rows(on)``: the address of
    the list behind it (the rows that the reader may see). ``name``: what is counted, in words.
    """

    name: Any
    value: Callable[[FusionRun, date], float | None]
    rows: Callable[[date], str]


indicator_sources: Port[IndicatorSource] = Port("indicator_sources")
"""Stands here, below ``analysis``, because ``conflicts``, which lies beside it, has figures too."""
