"""All that is known of a project over the rooms: its subjects, and the rows about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from lantu.casework.models import Attachment, Request
from lantu.casework.selectors.timeline import Happening, timeline
from lantu.core.models import AuditEvent, OutboxEvent
from lantu.documents.models import Paper
from lantu.projects.models import Building, Condition, Generation, Project
from lantu.projects.ports import project_stages

PARTS = ("sites", "units", "aliases", "code_applications", "works", "entries")
"""Rows of a project that are subjects of its verbs themselves."""


def subjects(project: Project) -> list[models.Model]:
    """The project, its plannings, and what rooms above carry on for it (stage applications …)."""
    above = [subject for room in project_stages.all() for subject in room.subjects(project)]
    return [project, *project.generations.all(), *above]


def about(rows: Iterable[models.Model]) -> Q:
    """Rows about any of these subjects."""
    keys: dict[str, list[str]] = {}
    for row in rows:
        keys.setdefault(row._meta.label_lower, []).append(str(row.pk))
    found = Q(pk__in=[])
    for name, values in keys.items():
        found |= Q(subject_type=name, subject_id__in=values)
    return found


def requests_of(project: Project) -> QuerySet[Request]:
    """What departments were asked about the project, the newest round first."""
    keys = [str(pk) for pk in project.generations.values_list("pk", flat=True)]
    rows = Request.objects.filter(consultation__subject_type="projects.generation", consultation__subject_id__in=keys)
    return (
        rows.select_related("consultation", "department").prefetch_related("replies").order_by("-consultation__round", "department__code")
    )


def conditions_of(project: Project) -> QuerySet[Condition]:
    """The conditions of its plannings that were not given up."""
    rows = Condition.objects.filter(generation__project=project).exclude(generation__state="ended")
    return rows.select_related("generation", "assessment", "attachment")


def open_conditions(subject: Project | Generation) -> QuerySet[Condition]:
    """Conditions of a project or a planning that are still to be met."""
    rows = conditions_of(subject) if isinstance(subject, Project) else subject.conditions.all()
    return rows.filter(state=Condition.State.OPEN)


def attachments_of(project: Project) -> QuerySet[Attachment]:
    """Files of the project and of what is about it; of each its newest version."""
    return Attachment.objects.filter(about(subjects(project)), replaced_by=None).select_related("stored")


def papers_of(project: Project) -> QuerySet[Paper]:
    """Outward papers about it."""
    return Paper.objects.filter(about(subjects(project)))


def buildings_of(project: Project) -> QuerySet[Building]:
    """Single buildings of its works."""
    return Building.objects.filter(work__project=project).select_related("work")


def messages_of(project: Project) -> QuerySet[OutboxEvent]:
    """What went out about it to others."""
    return OutboxEvent.objects.filter(about(subjects(project)))


def audit_of(project: Project) -> QuerySet[AuditEvent]:
    """Every verb done to it or any part of it."""
    parts: list[Any] = [row for name in PARTS for row in getattr(project, name).all()]
    parts += [*Building.objects.filter(work__project=project), *Condition.objects.filter(generation__project=project)]
    return AuditEvent.objects.filter(about([*subjects(project), *parts]))


def history(project: Project) -> list[Happening]:
    """What happened, in words, newest first."""
    found = [one for subject in subjects(project) for one in timeline(subject)]
    return sorted(found, key=lambda one: one.at, reverse=True)
