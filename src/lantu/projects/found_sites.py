"""Sites for projects from the analysis room (its port ``project_sites``): a zone that a search found becomes a candidate site."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.analysis.ports import ProjectChoice, SavedSite
from lantu.casework.people import answers_for
from lantu.core.actor import Actor
from lantu.core.errors import NotFound
from lantu.projects.models import Project
from lantu.projects.services.library import OPEN
from lantu.projects.services.sites import add_site

MOST = 300
"""Projects that are offered, the newest first; a longer list nobody reads."""


class CandidateSites:
    """The library as other rooms see it."""

    def choices(self, actor: Actor) -> list[ProjectChoice]:
        """Projects not yet generated that the actor may give sites: all for a planner, those of the own department for a reviewer."""
        if actor.role not in ("planner", "reviewer"):
            return []
        early = (Project.Library.RESERVE, Project.Library.PLANNING)
        own = Q() if actor.role == "planner" else Q(department__code__in=answers_for(actor.department))
        rows = Project.objects.filter(own, state__in=OPEN, library__in=early)[:MOST]
        return [ProjectChoice(row.code, f"{row.name}　{row.code}") for row in rows]

    def save(self, actor: Actor, project: str, geometry: BaseGeometry, *, title: str, source: models.Model) -> SavedSite:
        """Add the candidate site. Raises ``NotFound`` for an unknown code, and what ``add_site`` raises."""
        found = Project.objects.filter(code=project).first()
        if found is None:
            raise NotFound(_("没有代码为 %(code)s 的项目。") % {"code": project}, how=_("请从清单里选项目。"))
        site = add_site(actor, found, title[:100], geometry, source=str(getattr(source, "search", source))[:100])
        return SavedSite(f"{found.name}　{site.label}", found.get_absolute_url())
