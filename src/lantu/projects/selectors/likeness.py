"""Projects that are likely the same (疑似重复): by name, unit, source number and place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.utils.translation import gettext as _

from lantu.projects.models import CandidateSite, Project, ProjectUnit

NAME_LIKENESS = 0.75
"""Dice coefficient of the character pairs of two names from which they count as alike."""
SITE_LIKENESS = 0.3
"""Share of the smaller site that the other covers from which two sites count as the same place."""


@dataclass
class Likeness:
    """Another project and why it may be the same, each reason a sentence."""

    project: Project
    reasons: list[str] = field(default_factory=list)


def pairs(name: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a name, its general words left out."""
    for word in ("建设项目", "建设工程", "项目", "工程", "（", "）", "(", ")", " ", "　"):
        name = name.replace(word, "")
    return frozenset(name[place : place + 2] for place in range(len(name) - 1)) or frozenset({name})


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice coefficient, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other))


def likely_duplicates(project: Project) -> list[Likeness]:
    """Other live projects that may be this one, those with most reasons first."""
    reasons: dict[int, list[str]] = defaultdict(list)
    others = Project.objects.exclude(pk=project.pk).exclude(state=Project.State.TERMINATED)
    mine = pairs(project.name)
    for pk, name in others.values_list("pk", "name").iterator():
        if (share := likeness(mine, pairs(name))) >= NAME_LIKENESS:
            reasons[pk].append(_("名称相近（%(share).0f %%）") % {"share": share * 100})
    if project.source_reference:
        for pk in others.filter(source=project.source, source_reference=project.source_reference).values_list("pk", flat=True):
            reasons[pk].append(_("来源编号相同"))
    for pk, label in _same_place(project):
        reasons[pk].append(_("与其地块「%(site)s」重叠") % {"site": label})
    for pk in _same_unit(project, set(reasons)):
        reasons[pk].append(_("建设单位相同"))
    found = {one.pk: one for one in others.filter(pk__in=reasons)}
    return sorted(
        (Likeness(found[pk], why) for pk, why in reasons.items() if pk in found), key=lambda one: (-len(one.reasons), one.project.pk)
    )


def _same_unit(project: Project, among: set[int]) -> set[int]:
    codes = [code for code in project.units.filter(ended=False).values_list("uscc", flat=True) if code]
    return set(ProjectUnit.objects.filter(project__in=among, uscc__in=codes, ended=False).values_list("project", flat=True))


def _same_place(project: Project) -> list[tuple[int, str]]:
    found: dict[int, str] = {}
    for site in project.sites.filter(withdrawn=False):
        near: Any = CandidateSite.objects.filter(withdrawn=False).exclude(project=project)
        for other in near.in_window(*site.geometry.bounds):
            shared = shapely.intersection(site.geometry, other.geometry).area
            if shared >= SITE_LIKENESS * min(site.geometry.area, other.geometry.area):
                found.setdefault(other.project_id, other.label)
    return list(found.items())
