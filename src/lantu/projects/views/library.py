"""The library: all projects, entering, changing and importing them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.projects import services, tables
from lantu.projects.forms import ImportForm, ProjectForm, facts_of
from lantu.projects.importing import import_projects, template
from lantu.projects.models import Project
from lantu.projects.permissions import ENTERING, READERS
from lantu.projects.selectors import location
from lantu.ui.answers import download


def may_enter(request: HttpRequest) -> bool:
    return request.actor.role in ENTERING  # type: ignore[attr-defined]


@access(*READERS)
def library(request: HttpRequest) -> HttpResponse:
    """All projects."""
    table = tables.projects(Project.objects.all(), may_enter=may_enter(request))
    return table.response(request, "projects/library.html", {"may_enter": may_enter(request)})


MOST = 500
"""Projects drawn on one map; more would be a stain."""


@access(*READERS)
def library_map(request: HttpRequest) -> HttpResponse:
    """The projects of the list on the map: what the filters leave, in the list's order."""
    table = tables.projects(Project.objects.all(), may_enter=may_enter(request)).bind(request)
    if request.GET.get("export"):
        return table.response(request, "projects/map.html")
    shown = list(table.filtered.values_list("pk", flat=True)[:MOST])
    sites = location.sites_of(shown)
    alone = table.asked_alone(request)
    context = {
        "picture": location.picture_of(request.actor, sites, _("项目的位置")),  # type: ignore[attr-defined]
        "placed": len(sites),
        "looked": len(shown),
        "beyond": table.filtered.count() - len(shown),
        "table": table,
        "swapped": alone,
    }
    return render(request, "projects/parts/mapped.html" if alone else "projects/map.html", context)


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
