"""Data of the projects room, a file per aggregate."""

from lantu.projects.models.library import CandidateSite, Project, ProjectAlias, ProjectLink, ProjectUnit
from lantu.projects.models.works import Building, Work

__all__ = ["Building", "CandidateSite", "Project", "ProjectAlias", "ProjectLink", "ProjectUnit", "Work"]
