"""What the room asks of others: engines that overlay, guards that let a release out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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
