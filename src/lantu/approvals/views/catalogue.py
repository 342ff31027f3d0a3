"""The item catalogue (事项库): releases, one readable, what differs between two, the try-out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from lantu.approvals.catalogue.compare import ADDED, REMOVED, differences
from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.catalogue.guide import question, questions, read_answers
from lantu.approvals.catalogue.sentences import conditions, local, shown, when
from lantu.approvals.catalogue.text import check_text
from lantu.approvals.catalogue.trial import Decided, TrialStage, trial
from lantu.approvals.catalogue_tables import releases as table_of_releases
from lantu.approvals.picture import definition_picture
from lantu.approvals.selectors import catalogue as reads
from lantu.approvals.selectors.catalogue import Shown
from lantu.approvals.selectors.drafts import class_of
from lantu.approvals.selectors.trying import facts_of
from lantu.approvals.services.cataloguing import EDITORS, departments
from lantu.approvals.words import Words
from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.projects.models import Project


@access("@")
def releases(request: HttpRequest) -> HttpResponse:
    """The releases there were, and the draft under way."""
    role = request.actor.role  # type: ignore[attr-defined]
    context = {"draft": reads.open_draft(), "may_edit": role in EDITORS, "may_publish": role == "sysadmin", "current": reads.published()}
    return table_of_releases(reads.releases()).response(request, "approvals/catalogue/releases.html", context)


@access("@")
def definition(request: HttpRequest, which: str) -> HttpResponse:
    """A release, or the draft as it would be: stages and items of a class, materials, fields, questions, findings."""
    found = reads.find(which)
    chosen = _class_of(request, found.definition)
    words = Words()
    context = {
        **_head(request, found),
        "classes": _classes(found.definition),
        "chosen": chosen,
        "total": found.definition.classes[chosen].get("total"),
        "stages": [_stage(found.definition, code, chosen, words) for code in found.definition.stages],
        "materials": _materials(found.definition),
        "fields": _fields(found.definition),
        "questions": [question(found.definition, fact) for fact in found.definition.facts],
        "special": reads.special_procedures(found.pack),
        "settings": found.content.get("settings") or {},
        "reception": found.definition.reception,
        "findings": check_text(found.text, departments()).findings,
    }
    return render(request, "approvals/catalogue/definition.html", context)


@access("@")
def item(request: HttpRequest, which: str, code: str) -> HttpResponse:
    """One item with all that the catalogue says of it."""
    found = reads.find(which)
    one = found.definition.items.get(code)
    if one is None:
        raise NotFound(_("这一版事项库里没有事项 %(code)s。") % {"code": code}, how=_("请从事项库打开。"))
    words = Words()
    items = found.definition.items
    row = found.content["items"][code]
    context = {
        **_head(request, found),
        "item": one,
        "name": local(row),
        "stage": local(found.content["stages"].get(one.stage, {})),
        "department": words.department(one.department),
        "classes": [name for key, name in _classes(found.definition) if one.belongs_to(key)],
        "after": [(key, local(found.content["items"].get(key, {"name_zh": key}))) for key in one.after],
        "before": [(key, local(found.content["items"][key])) for key, other in items.items() if code in other.after],
        "rows": when(found.definition, one),
        "materials": [(key, found.definition.materials.get(key, {})) for key in one.materials],
        "fields": [(key, found.definition.fields.get(key, {}), shown(bounds) if bounds else "") for key, bounds in one.fields.items()],
        "guide": [(key, shown(value)) for key, value in one.guide.items()],
        "more": [(key, shown(row[key])) for key in ("certificate", "commitment", "kind", "line") if row.get(key)],
    }
    return render(request, "approvals/catalogue/item.html", context)


@access("@")
def compare(request: HttpRequest, which: str) -> HttpResponse:
    """What differs from another release, by default the one before (for the draft: the one in force)."""
    found = reads.find(which)
    others = [row for row in reads.releases() if str(row.number) != found.key]
    asked = request.GET.get("with", "")
    if not asked.isdecimal():
        before = [row.number for row in others if found.release is None or row.number < found.release.number]
        current = reads.published()
        asked = str(current.number) if found.draft and current else str(before[0]) if before else ""
    other = reads.find(asked) if asked else None
    rows = [_difference(one) for one in differences(other.content, found.content)] if other else []
    context = {**_head(request, found), "others": others, "other": other, "rows": rows}
    return render(request, "approvals/catalogue/compare.html", context)


def _difference(one: Any) -> dict[str, str]:
    kinds = {ADDED: _("新增"), REMOVED: _("删去")}
    place = " / ".join(part for part in (one.group, one.code, one.key) if part)
    return {"place": place, "kind": kinds.get(one.what, _("改动")), "what": one.what, "old": shown(one.old), "new": shown(one.new)}


@access("@")
def trying(request: HttpRequest, which: str) -> HttpResponse:
    """The try-out: what a project, made up or real, needs by this release; every item with the reason why or why not."""
    found = reads.find(which)
    project = _project(request)
    chosen = request.GET.get("class", "")
    if chosen not in found.definition.classes:
        known = class_of(found.definition, project) if project else ""
        chosen = known or next(iter(found.definition.classes))
    asked = _questions(found.definition, chosen)
    told = facts_of(project) if project else {}
    facts = {**{fact: value for fact, (value, _source) in told.items()}, **read_answers(asked, request.GET, request.GET.getlist)}
    words = Words()
    context = {
        **_head(request, found),
        "classes": _classes(found.definition),
        "chosen": chosen,
        "project": project,
        "project_text": request.GET.get("project", ""),
        "project_missing": bool(request.GET.get("project")) and project is None,
        "answers": [_answer(one, facts, told) for one in asked],
        "stages": [_tried(found.definition, one, words) for one in trial(found.definition, chosen, facts)],
        "total": found.definition.classes[chosen].get("total"),
    }
    return render(request, "approvals/catalogue/try.html", context)


@access("@")
def file(request: HttpRequest, which: str) -> HttpResponse:
    """The file of a release or of the draft, byte for byte."""
    found = reads.find(which) if which != reads.DRAFT else None
    draft = reads.open_draft() if found is None else None
    if found is None and draft is None:
        raise NotFound(_("现在没有编辑稿。"), how=_("请从事项库新建。"))
    text = found.text if found is not None else draft.text if draft is not None else ""
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, "approvals.yaml")
    return response


def _head(request: HttpRequest, found: Shown) -> dict[str, Any]:
    role = request.actor.role  # type: ignore[attr-defined]
    return {"shown": found, "may_edit": role in EDITORS and found.draft is not None and found.draft.state == "editing"}


def _class_of(request: HttpRequest, definition: Definition) -> str:
    wanted = request.GET.get("class", "")
    return wanted if wanted in definition.classes else next(iter(definition.classes))


def _classes(definition: Definition) -> list[tuple[str, str]]:
    return [(code, local(row)) for code, row in definition.classes.items()]


def _stage(definition: Definition, code: str, project_class: str, words: Words) -> dict[str, Any]:
    stage = definition.stages[code]
    items = [one for one in definition.items.values() if one.stage == code and one.belongs_to(project_class)]
    names = {one.code: local({"name_zh": one.name_zh, "name_en": one.name_en}) for one in definition.items.values()}
    rows = [
        {
            "item": one,
            "name": names[one.code],
            "department": words.department(one.department),
            "after": _("、").join(names.get(key, key) for key in one.after),
            "when": [text for text, applies in when(definition, one) if applies],
        }
        for one in items
    ]
    return {
        "stage": stage,
        "name": local({"name_zh": stage.name_zh, "name_en": stage.name_en}),
        "lead": words.department(stage.lead),
        "limit": stage.limits.get(project_class),
        "rows": rows,
        "svg": definition_picture(definition, code, project_class, words.departments) if items else "",
    }


def _materials(definition: Definition) -> list[dict[str, Any]]:
    found = []
    for code, row in definition.materials.items():
        asking = [one.name_zh for one in definition.items.values() if code in one.materials]
        source = str(row.get("from_item") or "")
        origin = _("前阶段事项「%(item)s」的结果") % {"item": definition.items[source].name_zh} if source in definition.items else ""
        if not origin and row.get("platform"):
            origin = _("平台生成")
        if row.get("certificate"):
            origin = _("，").join(part for part in (origin, _("证照库「%(title)s」") % {"title": row["certificate"]}) if part)
        found.append({"code": code, "row": row, "name": local(row), "asking": asking, "origin": origin})
    return found


def _fields(definition: Definition) -> list[dict[str, Any]]:
    found = []
    for code, row in definition.fields.items():
        asking = [
            (one.name_zh, shown(one.fields[code]) if one.fields[code] else "") for one in definition.items.values() if code in one.fields
        ]
        keys = ("minimum", "maximum", "min_length", "max_length", "pattern", "choices")
        bounds = "；".join(f"{key} {shown(row[key])}" for key in keys if row.get(key) is not None)
        found.append({"code": code, "row": row, "title": local(row, "title", "title_en"), "bounds": bounds, "asking": asking})
    return found


def _project(request: HttpRequest) -> Project | None:
    code = request.GET.get("project", "").strip()
    if not code:
        return None
    rows = Project.objects.select_related("region")
    return rows.filter(code=code).first() or rows.filter(name=code).first()


def _questions(definition: Definition, project_class: str) -> list[Any]:
    """The questions of all stages, each once."""
    found = {one.fact: one for stage in definition.stages for one in questions(definition, stage, project_class)}
    return [found[fact] for fact in definition.facts if fact in found]


def _answer(one: Any, facts: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """A question as the form shows it, with what was answered or found."""
    value = facts.get(one.fact)
    text = (
        ""
        if value is None
        else ("yes" if value else "no")
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
    source = told[one.fact][1] if one.fact in told else ""
    return {"question": one, "value": text, "values": value if isinstance(value, list) else [], "source": source}


def _tried(definition: Definition, one: TrialStage, words: Words) -> dict[str, Any]:
    names = {code: local({"name_zh": row.name_zh, "name_en": row.name_en}) for code, row in definition.items.items()}
    return {
        "trial": one,
        "name": local({"name_zh": one.stage.name_zh, "name_en": one.stage.name_en}),
        "lead": words.department(one.stage.lead),
        "departments": [words.department(code) for code in one.departments],
        "chain": " → ".join(names[code] for code in one.chain),
        "over": one.limit is not None and one.days > one.limit,
        "rows": [
            {
                "item": row.item,
                "name": names[row.item.code],
                "department": words.department(row.item.department),
                "applies": row.applies,
                "why": why(definition, row),
            }
            for row in one.decided
        ],
        "needs": [{"need": need, "asked_by": [names[code] for code in need.asked_by], "held": need.held_by_platform} for need in one.needs],
    }


def why(definition: Definition, row: Decided) -> str:
    """Why an item applies or not, in a sentence."""
    if not row.row:
        return _("这一类项目都要办。")
    words = {"n": row.row, "text": conditions(definition, row.because or {})}
    sentence = _("规则第 %(n)s 行：%(text)s。") % words
    if row.unknown:
        titles = _("、").join(
            local({"name_zh": (one := question(definition, fact)).title, "name_en": one.title_en}) for fact in row.unknown
        )
        sentence += _("（不知道%(titles)s，按不符合算）") % {"titles": titles}
    return sentence


def address(found: Shown) -> str:
    """The page of a release or draft."""
    return reverse("approvals:definition", args=[found.key])
