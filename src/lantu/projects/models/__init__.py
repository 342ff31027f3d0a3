"""Data of the projects room, a file per aggregate."""

from lantu.projects.models.codes import CodeApplication
from lantu.projects.models.generation import Condition, Generation, Review, Score
from lantu.projects.models.library import CandidateSite, Project, ProjectAlias, ProjectLink, ProjectUnit
from lantu.projects.models.programme import Programme, ProgrammeEntry, Progress, Quota
from lantu.projects.models.support import Expert, RegionalAssessment
from lantu.projects.models.works import Building, Work

__all__ = [
    "Building",
    "CandidateSite",
    "CodeApplication",
    "Condition",
    "Expert",
    "Generation",
    "Programme",
    "ProgrammeEntry",
    "Progress",
    "Project",
    "ProjectAlias",
    "ProjectLink",
    "ProjectUnit",
    "Quota",
    "RegionalAssessment",
    "Review",
    "Score",
    "Work",
]
