"""What the room asks of higher ones: projects that a site can be saved to. Figures for indicators: ``blueprints.ports``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shapely.geometry.base import BaseGeometry

from lantu.core.actor import Actor
from lantu.core.ports import Port

if TYPE_CHECKING:
    from django.db import models


@dataclass(frozen=True, slots=True)
class ProjectChoice:
    """A project that a site may be saved to."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class SavedSite:
    """What became of it: where to look, and what it is called there."""

    label: str
    url: str


class ProjectSites(Protocol):
    """The projects room: which projects the actor may give candidate sites, and saving one (备选用地)."""

    def choices(self, actor: Actor) -> list[ProjectChoice]:
        """The projects that the actor may add a candidate site to."""
        ...

    def save(self, actor: Actor, project: str, geometry: BaseGeometry, *, title: str, source: models.Model) -> SavedSite:
        """Add a candidate site (degrees) to a project; ``source`` is the candidate or the check that it comes from."""
        ...


project_sites: Port[ProjectSites] = Port("project_sites")
"""At most one implementation, registered by the projects room."""
