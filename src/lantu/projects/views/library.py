"""The library, one project, entering and importing."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.analysis.conformity.sites import Site, from_files, from_text
from lantu.analysis.uploads import laid_out
from lantu.casework.selectors import consultations as opinions
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError, NotFound
from lantu.plans import maps
from lantu.projects import acts, services, tables
from lantu.projects.forms import (
    AliasForm,
    ImportForm,
    LinkForm,
    ProjectForm,
    ReasonForm,
    SiteChoiceForm,
    SiteForm,
    UnitForm,
    WithdrawSiteForm,
    WorkForm,
    facts_of,
)
from lantu.projects.importing import import_projects, template
from lantu.projects.models import CandidateSite, Condition, Project
from lantu.projects.permissions import READERS
from lantu.projects.selectors.contention import contentions
from lantu.projects.selectors.likeness import likely_duplicates
from lantu.projects.selectors.replies import MATTER
from lantu.ui.answers import download

ENTERING = ("planner", "reviewer")
EDITABLE = (Project.State.DRAFT, Project.State.RECEIVED, Project.State.RETURNED)


def may_enter(request: HttpRequest) -> bool:
    return request.actor.role in ENTERING  # type: ignore[attr-defined]


@access(*READERS)
def library(request: HttpRequest) -> HttpResponse:
    """All projects."""
    table = tables.projects(Project.objects.all(), may_enter=may_enter(request))
    return table.response(request, "projects/library.html", {"may_enter": may_enter(request)})


@access(*ENTERING)
def new(request: HttpRequest) -> HttpResponse:
    """Enter a project. The key in the form makes a second click the same project."""
    form = ProjectForm(request.POST or None)
    key = request.POST.get("key") or f"page:{uuid.uuid4().hex}"
    if form.is_valid():
        try:
            project = services.enter_project(request.actor, key=key, **form.cleaned_data)  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已登记，项目代码 %(code)s。") % {"code": project.code})
            return redirect(project)
    return render(request, "projects/form.html", {"form": form, "key": key, "project": None})


@access(*ENTERING)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a project; what somebody else changed meanwhile is shown beside."""
    project = get_object_or_404(Project.objects.select_related("department", "region"), pk=pk)
    form = ProjectForm(request.POST or None, initial=facts_of(project), project=project)
    version = int(request.POST.get("version") or project.version)
    if form.is_valid():
        changed = {name: value for name, value in form.cleaned_data.items() if getattr(project, name) != value or name in form.changed_data}
        try:
            services.edit_project(request.actor, project, version=version, **changed)  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
            for name, value in dict(error.values.get("theirs", {})).items():
                form.add_error(name, _("他人已改为：%(value)s") % {"value": value})
            version = int(error.values.get("version", version))
        else:
            messages.success(request, _("已保存。"))
            return redirect(project)
    return render(request, "projects/form.html", {"form": form, "project": project, "version": version})


def _add_site(actor: Actor, project: Project, data: dict[str, Any]) -> CandidateSite:
    site = _site(data)
    return services.add_site(actor, project, data["label"], site.geometry, note=data["note"], source="；".join(site.evidence)[:100])


def _site(data: dict[str, Any]) -> Site:
    """The site of a form, in degrees. Raises ``BadInput`` saying what is wrong with it, and where."""
    if data["drawn"]:
        return replace(from_text(data["drawn"]), evidence=(_("图上画"),))
    if data["coordinates"]:
        return from_text(data["coordinates"], data["epsg"])
    with laid_out(data["upload"]) as uploads:
        found = from_files(uploads, data["epsg"])
    if len(found) != 1:
        raise BadInput(_("文件里有 %(n)s 个地块。") % {"n": len(found)}, how=_("一次登记一个地块，请只留一个。"))
    return replace(found[0], evidence=(_("文件 %(name)s") % {"name": data["upload"][0].name},))


def _link(actor: Actor, project: Project, data: dict[str, Any]) -> Any:
    other = Project.objects.filter(code=data["code"].strip()).first()
    if other is None:
        raise NotFound(_("没有代码为 %(code)s 的项目。") % {"code": data["code"]}, how=_("请核对代码。"))
    return services.link_projects(actor, project, other, data["kind"], data["note"])


def _open(project: Project) -> bool:
    return project.state in EDITABLE


ACTS: tuple[acts.Act[Project], ...] = (
    acts.Act(
        "receive",
        gettext_lazy("收入储备库"),
        ("planner",),
        lambda p: p.state in ("draft", "returned"),
        lambda a, p, d: services.receive(a, p),
        main=True,
    ),
    acts.Act("site", gettext_lazy("登记地块"), ENTERING, _open, _add_site, SiteForm),
    acts.Act(
        "choose",
        gettext_lazy("选定地块为红线"),
        ("planner",),
        lambda p: _open(p) and p.sites.filter(withdrawn=False, chosen=False).exists(),
        lambda a, p, d: services.choose_site(a, d["site"]),
        SiteChoiceForm,
    ),
    acts.Act(
        "drop_site",
        gettext_lazy("放弃地块"),
        ("planner",),
        lambda p: _open(p) and p.sites.filter(withdrawn=False).exists(),
        lambda a, p, d: services.withdraw_site(a, d["site"], d["reason"]),
        WithdrawSiteForm,
        danger=True,
    ),
    acts.Act("unit", gettext_lazy("登记参建单位"), ENTERING, _open, lambda a, p, d: services.add_unit(a, p, **d), UnitForm),
    acts.Act(
        "work", gettext_lazy("登记工程"), ENTERING, _open, lambda a, p, d: services.add_work(a, p, d["name"], scope=d["scope"]), WorkForm
    ),
    acts.Act(
        "alias", gettext_lazy("绑定外部代码"), ("planner", "exchange"), _open, lambda a, p, d: services.bind_alias(a, p, **d), AliasForm
    ),
    acts.Act("link", gettext_lazy("关联项目"), ENTERING, _open, _link, LinkForm),
    acts.Act(
        "return",
        gettext_lazy("退回报送部门"),
        ("planner",),
        lambda p: p.state in ("draft", "received") and p.library == "reserve",
        lambda a, p, d: services.return_project(a, p, **d),
        ReasonForm,
    ),
    acts.Act("suspend", gettext_lazy("中止项目"), ("planner",), _open, lambda a, p, d: services.suspend(a, p, **d), ReasonForm),
    acts.Act(
        "resume", gettext_lazy("恢复项目"), ("planner",), lambda p: p.state == "suspended", lambda a, p, d: services.resume(a, p), main=True
    ),
    acts.Act(
        "void",
        gettext_lazy("终止项目"),
        ("planner",),
        lambda p: p.state != "terminated" and p.library == "reserve",
        lambda a, p, d: services.void_project(a, p, **d),
        ReasonForm,
        danger=True,
    ),
)


@access(*READERS)
def project(request: HttpRequest, pk: int) -> HttpResponse:
    """One project: everything known of it, and what may be done now."""
    found = get_object_or_404(Project.objects.select_related("department", "region"), pk=pk)
    bound, done = acts.carry_out(ACTS, request, found)
    if done is not None:
        return redirect(found)
    return render(request, "projects/project.html", _context(request, found, bound))


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


def _context(request: HttpRequest, found: Project, bound: acts.Offer | None) -> dict[str, Any]:
    sites = list(found.sites.filter(withdrawn=False))
    shapes = maps.Shapes([site.geometry for site in sites], ["#E7C9EA" if site.chosen else "none" for site in sites], stroke="#8A1F8F")
    bounds = maps.bounds_of(shapes.geometries)
    generation = found.generations.select_related("site", "lead").first()
    conditions = list(Condition.objects.filter(generation=generation)) if generation else []
    consultation = opinions.latest(generation, MATTER) if generation else None
    return {
        "project": found,
        "words": {name: tables.word(dictionary, getattr(found, name)) for name, dictionary in services.library.DICTIONARIES.items()},
        "sites": sites,
        "picture": maps.picture([shapes], bounds, found.name) if sites else "",
        "bounds": bounds,
        "units": [(unit, tables.word("unit_kind", unit.kind)) for unit in found.units.filter(ended=False)],
        "works": found.works.prefetch_related("buildings"),
        "aliases": [(alias, tables.word("code_issuer", alias.issuer)) for alias in found.aliases.all()],
        "links": found.links.select_related("other"),
        "linked_by": found.linked_by.select_related("project"),
        "generation": generation,
        "consultation": consultation,
        "requests": [(one, opinions.verdict_words(one)) for one in consultation.requests.all()] if consultation else [],
        "conditions": conditions,
        "met": sum(one.state != Condition.State.OPEN for one in conditions),
        "entries": found.entries.select_related("programme").order_by("-programme__year", "-programme__version"),
        "contentions": contentions(found),
        "duplicates": likely_duplicates(found)[:8] if found.library == Project.Library.RESERVE else [],
        **acts.offers(ACTS, request, found, bound),
        "may_edit": may_enter(request) and found.state in EDITABLE,
        "may_start": may_enter(request)
        and found.state == Project.State.RECEIVED
        and (generation is None or generation.state in ("ended", "generated")),
        "steps": [(value, label, _step(found, value)) for value, label in Project.Library.choices],
    }


def _step(found: Project, value: str) -> str:
    order = list(Project.Library.values)
    place, now = order.index(value), order.index(found.library)
    return "done" if place < now else "now" if place == now else ""


@access(*ENTERING)
def bring(request: HttpRequest) -> HttpResponse:
    """Import a sheet of projects; every row is accounted for."""
    form = ImportForm(request.POST or None, request.FILES or None)
    outcome = None
    if request.method == "POST" and form.is_valid():
        try:
            outcome = import_projects(request.actor, form.cleaned_data["file"], today=timezone.localdate())  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error("file", str(error))
    return render(request, "projects/import.html", {"form": form, "outcome": outcome})


@access(*ENTERING)
def import_template(request: HttpRequest) -> HttpResponse:
    """The empty sheet."""
    return download(template(), "projects.xlsx")
