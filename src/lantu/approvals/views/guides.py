"""The public guide (办事指南): what a stage needs, by a few questions, without log-in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.approvals.catalogue import read
from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.catalogue.forms import json_schema
from lantu.approvals.catalogue.guide import Guide, guide, read_answers
from lantu.approvals.models import DefinitionRelease
from lantu.casework.people import names_today
from lantu.core.access import access
from lantu.core.errors import NotFound


def published() -> tuple[DefinitionRelease, Definition] | None:
    """The release in force and what it defines."""
    release = DefinitionRelease.objects.filter(state=DefinitionRelease.State.PUBLISHED).first()
    return None if release is None else (release, read(release.content))


def name_of(row: Any) -> str:
    """The name of a stage, item, class … in the page's language."""
    get = row.get if isinstance(row, dict) else lambda key, default="": getattr(row, key, default)
    english = str(get("name_en", "") or "") if (get_language() or "").startswith("en") else ""
    return english or str(get("name_zh", ""))


@access("*")
def guides(request: HttpRequest) -> HttpResponse:
    """All stages, for a class of project."""
    found = published()
    if found is None:
        return render(request, "approvals/guides/none.html", status=404)
    release, definition = found
    chosen = _class_of(request, definition)
    departments = names_today()
    stages = []
    for stage in definition.stages.values():
        items = [item for item in definition.items.values() if item.stage == stage.code and item.belongs_to(chosen)]
        stages.append(
            {
                "stage": stage,
                "name": name_of(stage),
                "lead": departments.get(stage.lead, stage.lead),
                "limit": stage.limits.get(chosen),
                "always": [name_of(item) for item in items if not item.when],
                "sometimes": [name_of(item) for item in items if item.when],
            }
        )
    context = {"release": release, "stages": stages, "classes": _classes(definition), "chosen": chosen}
    return render(request, "approvals/guides/guides.html", {**context, "total": definition.classes[chosen].get("total")})


@access("*")
def stage(request: HttpRequest, stage: str) -> HttpResponse:
    """One stage: the questions, and what is needed by the answers so far."""
    release, definition, found = _asked(request, stage)
    departments = names_today()
    items = [
        {"item": item, "name": name_of(item), "department": departments.get(item.department, item.department), "guide": item.guide}
        for item in found.items
    ]
    names = {code: name_of(item) for code, item in definition.items.items()}
    needs: list[dict[str, Any]] = [
        {"need": one, "asked_by": [names[code] for code in one.asked_by], "from": _source(one.row, names)} for one in found.needs
    ]
    answers = [
        {"question": one, "value": request.GET.get(one.fact, ""), "values": request.GET.getlist(one.fact)} for one in found.questions
    ]
    context = {
        "release": release,
        "guide": found,
        "name": name_of(found.stage),
        "lead": departments.get(found.stage.lead, found.stage.lead),
        "classes": _classes(definition),
        "chosen": found.project_class,
        "items": items,
        "needs": needs,
        "bring": [one for one in needs if not one["need"].held_by_platform],
        "held": [one for one in needs if one["need"].held_by_platform],
        "answers": answers,
        "form": found.form,
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "approvals/guides/parts/result.html" if part else "approvals/guides/stage.html", context)


@access("*")
def schema(request: HttpRequest, stage: str) -> JsonResponse:
    """The form of a stage by the answers so far, as JSON Schema 2020-12."""
    release, _definition, found = _asked(request, stage)
    title = f"{found.stage.name_zh} {found.project_class} {release.version}"
    return JsonResponse(json_schema(found.form, title=title), json_dumps_params={"ensure_ascii": False})


def _asked(request: HttpRequest, stage: str) -> tuple[DefinitionRelease, Definition, Guide]:
    found = published()
    if found is None or stage not in found[1].stages:
        raise NotFound(_("没有这个阶段的指南。"), how="/approvals/guides/")
    release, definition = found
    chosen = _class_of(request, definition)
    asked = guide(definition, stage, chosen, {}).questions
    return release, definition, guide(definition, stage, chosen, read_answers(asked, request.GET, request.GET.getlist))


def _class_of(request: HttpRequest, definition: Definition) -> str:
    wanted = request.GET.get("class", "")
    return wanted if wanted in definition.classes else next(iter(definition.classes))


def _classes(definition: Definition) -> list[tuple[str, str]]:
    return [(code, name_of(dict(row))) for code, row in definition.classes.items()]


def _source(row: Any, names: dict[str, str]) -> str:
    """Whence the platform takes a material, in words."""
    if row.get("from_item"):
        return _("「%(item)s」的办理结果，平台已有") % {"item": names.get(row["from_item"], row["from_item"])}
    if row.get("certificate"):
        return _("从证照库取得")
    return _("由平台按所填内容生成") if row.get("platform") else ""
