"""Data of the projects room, a file per aggregate."""

from lantu.projects.models.generation import Condition, Generation, Review, Score
from lantu.projects.models.library import CandidateSite, Project, ProjectAlias, ProjectLink, ProjectUnit
from lantu.projects.models.programme import Programme, ProgrammeEntry, Progress, Quota
from lantu.projects.models.works import Building, Work

__all__ = [
    "Building",
    "CandidateSite",
    "Condition",
    "Generation",
    "Programme",
    "ProgrammeEntry",
    "Progress",
    "Project",
    "ProjectAlias",
    "ProjectLink",
    "ProjectUnit",
    "Quota",
    "Review",
    "Score",
    "Work",
]
