"""One project: the overview made of the panels of all rooms, and a list for each kind of thing known of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantu.casework.selectors import consultations as opinions
from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.core.models import Job
from lantu.plans import maps
from lantu.projects import acts, parts, services, tables
from lantu.projects.models import CandidateSite, Condition, Generation, Project
from lantu.projects.permissions import ENTERING, READERS
from lantu.projects.project_acts import ACTS, CHECKLIST, EDITABLE
from lantu.projects.selectors import dossier, location
from lantu.projects.selectors import standing as where
from lantu.projects.selectors.contention import contentions
from lantu.projects.selectors.likeness import likely_duplicates
from lantu.projects.selectors.replies import MATTER

SHOWN = 8
"""Conditions and happenings on the overview; the parts have all."""


@access(*READERS)
def project(request: HttpRequest, pk: int) -> HttpResponse:
    """The overview: where it stands, what may be done, a panel of every room."""
    found = _project(pk)
    bound, done = acts.carry_out(ACTS, request, found)
    if isinstance(done, Job):
        return redirect(f"{reverse('ui:job', args=[done.pk])}?next={found.get_absolute_url()}")
    if done is not None:
        return redirect(found)
    return render(request, "projects/project.html", {**_head(request, found, ""), **_overview(request, found, bound)})


@access(*READERS)
def part(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One kind of thing of a project, as a list."""
    found = _project(pk)
    shown = parts.PARTS.get(name)
    if shown is None:
        raise Http404
    context = {**_head(request, found, name), "part": shown}
    if shown.stages:
        bound, done = acts.carry_out(CHECKLIST, request, found)
        if done is not None:
            return redirect(request.get_full_path())
        context |= {"stages": _stages(found), **acts.offers(CHECKLIST, request, found, bound)}
    if shown.files:
        context["papers"] = dossier.papers_of(found)
    return shown.table(shown.rows(found)).response(request, "projects/part.html", context)


@access(*ENTERING)
def start(request: HttpRequest, pk: int, site: int) -> HttpResponse:
    """Begin the planning of a project on one of its sites."""
    found = get_object_or_404(Project, pk=pk)
    place = get_object_or_404(CandidateSite, pk=site, project=found)
    if request.method == "POST":
        try:
            row = services.initiate(request.actor, found, place)  # type: ignore[attr-defined]
        except LantuError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已发起策划 %(number)s，形式审查 2 个工作日内完成。") % {"number": row.number})
            return redirect(row)
    return redirect(found)


def _project(pk: int) -> Project:
    return get_object_or_404(Project.objects.select_related("department", "region"), pk=pk)


def _newest(found: Project) -> Generation | None:
    return found.generations.select_related("site", "lead", "project").first()


def _head(request: HttpRequest, found: Project, current: str) -> dict[str, Any]:
    """What stands over every part: names and codes, who has it now, the way, the tabs with their counts."""
    generation, steps = _newest(found), where.stage_steps(found)
    role = request.actor.role  # type: ignore[attr-defined]
    return {
        "project": found,
        "generation": generation,
        "standing": where.standing(found, generation, steps),
        "way": where.way(found, generation, steps),
        "aliases": [(alias, tables.word("code_issuer", alias.issuer)) for alias in found.aliases.all()],
        "applications": [(row, tables.word("code_issuer", row.issuer)) for row in found.code_applications.all()],
        "owner": found.units.filter(kind="1", ended=False).first(),
        "tabs": [(key, one.label, one.rows(found).count(), key == current) for key, one in parts.PARTS.items()],
        "current": current,
        "may_edit": role in ENTERING and found.state in EDITABLE,
        "class_word": tables.word("process_class", found.process_class),
    }


def _overview(request: HttpRequest, found: Project, bound: acts.Offer | None) -> dict[str, Any]:
    sites = list(found.sites.filter(withdrawn=False))
    generation = _newest(found)
    consultation = opinions.latest(generation, MATTER) if generation else None
    conditions = dossier.conditions_of(found)
    return {
        "words": {name: tables.word(dictionary, getattr(found, name)) for name, dictionary in services.library.DICTIONARIES.items()},
        "sites": sites,
        "picture": location.picture(
            request.actor,  # type: ignore[attr-defined]
            [location.Ground(site.geometry, site.chosen) for site in sites],
            found.name,
        ),
        "bounds": maps.bounds_of([site.geometry for site in sites]),
        "contentions": contentions(found),
        "consultation": consultation,
        "requests": [(one, opinions.verdict_words(one)) for one in consultation.requests.all()] if consultation else [],
        "conditions": conditions.order_by("state", "order")[:SHOWN],
        "conditions_all": conditions.count(),
        "conditions_met": conditions.exclude(state=Condition.State.OPEN).count(),
        "units": [(unit, tables.word("unit_kind", unit.kind)) for unit in found.units.filter(ended=False)],
        "works": found.works.prefetch_related("buildings"),
        "links": found.links.select_related("other"),
        "linked_by": found.linked_by.select_related("project"),
        "entries": found.entries.select_related("programme"),
        "duplicates": likely_duplicates(found)[:5],
        "history": dossier.history(found)[:SHOWN],
        "may_start": request.actor.role in ENTERING  # type: ignore[attr-defined]
        and found.state == Project.State.RECEIVED
        and (generation is None or generation.state in (Generation.State.ENDED, Generation.State.GENERATED)),
        **acts.offers(ACTS, request, found, bound),
    }


def _stages(found: Project) -> list[tuple[str, str, int, int]]:
    """Stage, its name, conditions that are met or apply no longer, all of it."""
    rows = list(dossier.conditions_of(found).values_list("stage", "state"))
    count = {key: [state for stage, state in rows if str(stage) == key] for key in where.STAGES}
    return [(key, str(label), sum(1 for one in count[key] if one != "open"), len(count[key])) for key, label in where.STAGES.items()]
