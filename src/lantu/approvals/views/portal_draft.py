"""Filling in an application: questions, form, site, materials, check; each step works without JavaScript."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

import shapely
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.analysis.conformity.sites import from_files, from_text
from lantu.analysis.uploads import laid_out
from lantu.approvals import services
from lantu.approvals.catalogue.forms import Field, json_schema, parsed, wrong
from lantu.approvals.catalogue.guide import NO, YES, Question, read_answers
from lantu.approvals.models import DefinitionRelease, Draft, Membership
from lantu.approvals.selectors import applicants
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.selectors.prefill import FACT
from lantu.approvals.selectors.readiness import Readiness, readiness
from lantu.approvals.views.guides import name_of
from lantu.approvals.views.portal import said
from lantu.blueprints.drawing import map_settings
from lantu.casework.people import names_today
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError, NotFound
from lantu.plans import maps
from lantu.ui.typed import typed_number

STEPS = (
    ("situation", gettext_lazy("情形")),
    ("form", gettext_lazy("申请表")),
    ("site", gettext_lazy("用地范围")),
    ("materials", gettext_lazy("材料")),
    ("check", gettext_lazy("核对并提交")),
)


@access("builder")
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on where something is missing."""
    found = applicants.draft(request.actor, pk)  # type: ignore[attr-defined]
    gaps = readiness(Prepared(found)).gaps
    step = next((step for step, _title in STEPS if any(gap.step == step for gap in gaps)), "check")
    return redirect(f"portal:{step}", pk)


@access("builder")
def situation(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions; what the platform found out by itself is shown, not asked."""
    found = applicants.draft(request.actor, pk)  # type: ignore[attr-defined]
    prepared = Prepared(found)
    if request.method == "POST":
        services.answer_situation(request.actor, found, read_answers(prepared.questions, request.POST, request.POST.getlist))  # type: ignore[attr-defined]
        return redirect("portal:form" if not Prepared(found).open_questions else "portal:situation", pk)
    asked, known = [], []
    for one in prepared.questions:
        derived = found.derived.get(FACT + one.fact)
        if derived is not None:
            known.append({"title": one.title, "value": _said(one, derived["value"]), "source": derived["label"]})
        else:
            asked.append({"question": one, **_answer(one, found.situation.get(one.fact))})
    return _page(request, prepared, "situation", {"asked": asked, "known": known, "items": _items(prepared)})


@access("builder")
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """The one form, by sections."""
    found = applicants.draft(request.actor, pk)  # type: ignore[attr-defined]
    prepared = Prepared(found)
    problems: dict[str, str] = {}
    if request.method == "POST":
        answers = {one.code: parsed(one, request.POST[one.code]) for one in prepared.form if one.code in request.POST and not one.locked}
        try:
            services.save_answers(request.actor, found, _changed(found, answers), version=_version(request))  # type: ignore[attr-defined]
        except LantuError as error:
            said(request, error)
            return redirect("portal:form", pk)
        prepared = Prepared(found)
        problems = {one.field: one.message for one in prepared.problems}
        if not problems:
            return redirect("portal:site" if prepared.needs_site else "portal:materials", pk)
    else:
        problems = {one.field: one.message for one in prepared.problems if one.field in found.answers}
    sections: dict[str, list[dict[str, Any]]] = {}
    for one in prepared.form:
        sections.setdefault(one.section, []).append(_row(prepared, one, problems.get(one.code, "")))
    filled = sum(1 for one in prepared.form if one.code in found.derived and one.code not in found.answers)
    context = {"sections": list(sections.items()), "problems": [(code, _title(prepared, code), text) for code, text in problems.items()]}
    departments = {item.department for item in prepared.items}
    context |= {"filled": filled, "departments": len(departments)}
    return _page(request, prepared, "form", context, status=422 if request.method == "POST" else 200)


@access("builder")
@require_POST
def autosave(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep one field as soon as it is left (htmx); answers what is wrong with it, and when it was kept."""
    found = applicants.draft(request.actor, pk)  # type: ignore[attr-defined]
    prepared = Prepared(found)
    answers = {one.code: parsed(one, request.POST[one.code]) for one in prepared.form if one.code in request.POST and not one.locked}
    try:
        services.save_answers(request.actor, found, _changed(found, answers))  # type: ignore[attr-defined]
    except LantuError as error:
        return HttpResponse(format_html('<span class="err-text">{}</span>', str(error)))
    prepared = Prepared(found)
    form = {one.code: one for one in prepared.form}
    parts = [format_html("{}", _("%(time)s 已自动保存，可随时离开") % {"time": timezone.localtime().strftime("%H:%M:%S")})]
    for code, value in answers.items():
        message = wrong(form[code], value) if value != "" and code in form else None
        parts.append(format_html('<p id="p-{}" class="em" hx-swap-oob="true">{}</p>', code, message or ""))
    return HttpResponse("".join(parts))


@access("builder")
def schema(request: HttpRequest, pk: int) -> JsonResponse:
    """The form of this draft as JSON Schema 2020-12, with the bounds of the project."""
    found = applicants.draft(request.actor, pk)  # type: ignore[attr-defined]
    prepared = Prepared(found)
    title = f"{found.project.name} {prepared.definition.stages[found.stage].name_zh}"
    return JsonResponse(json_schema(prepared.form, title=title), json_dumps_params={"ensure_ascii": False})


@access("builder")
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """The site: drawn, pasted or uploaded."""
    found = applicants.draft(request.actor, pk)  # type: ignore[attr-defined]
    problem = None
    if request.method == "POST":
        try:
            geometry, source = _given_site(request)
            services.set_site(request.actor, found, geometry, source)  # type: ignore[attr-defined]
        except LantuError as error:
            problem = error
        else:
            messages.success(request, _("用地范围已保存，面积和压占由平台计算。"))
            return redirect("portal:site", pk)
    shape = shapely.geometry.shape(found.site) if found.site else None
    bounds = maps.bounds_of([shape])
    context = {
        "problem": problem,
        "posted": request.POST,
        "picture": maps.picture([maps.Shapes([shape], ["#E7C9EA"], stroke="#8A1F8F")], bounds, found.project.name) if shape else "",
        "area": found.derived.get("land_area_m2"),
        "hits": found.derived.get(f"{FACT}hits"),
        "map_settings": map_settings(),
    }
    return _page(request, Prepared(found), "site", context, status=422 if problem else 200)


@access("builder")
def materials(request: HttpRequest, pk: int) -> HttpResponse:
    """The materials: what to bring, what the platform has."""
    found = applicants.draft(request.actor, pk)  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            _hand_in(request, found)
        except LantuError as error:
            said(request, error)
        return redirect("portal:materials", pk)
    return _page(request, Prepared(found), "materials", {"upload_url": reverse("portal:upload-draft", args=[pk])})


@access("builder")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What is missing, and filing."""
    actor = request.actor  # type: ignore[attr-defined]
    found = applicants.draft(actor, pk)
    if request.method == "POST":
        try:
            if request.POST.get("act") == "sign":
                services.sign_draft(actor, found)
                messages.success(request, _("已签署。此后内容有改动，须重新签署。"))
                return redirect("portal:check", pk)
            application = services.file_draft(actor, found)
        except LantuError as error:
            said(request, error)
            return redirect("portal:check", pk)
        return redirect("portal:receipt", application.pk)
    prepared = Prepared(found)
    member = applicants.membership_in(actor, found.applicant, found.project)
    values = [(one, _shown(one, prepared.values.get(one.code)), found.derived.get(one.code)) for one in prepared.form]
    context = {
        "items": _items(prepared),
        "values": values,
        "owner": member is not None and member.kind == Membership.Kind.OWNER,
        "owners": Membership.objects.filter(applicant=found.applicant, kind=Membership.Kind.OWNER, ended_at=None).select_related("user"),
        "signatures": [(one, one.digest == prepared.digest()) for one in found.signatures.all()],
    }
    return _page(request, prepared, "check", context)


@access("builder")
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the draft away."""
    services.discard_draft(request.actor, applicants.draft(request.actor, pk))  # type: ignore[attr-defined]
    messages.success(request, _("草稿已删除。"))
    return redirect("portal:home")


@access("builder")
@require_POST
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring the draft to the release in force."""
    try:
        services.refresh_draft(request.actor, applicants.draft(request.actor, pk))  # type: ignore[attr-defined]
    except LantuError as error:
        said(request, error)
    else:
        messages.success(request, _("已按新版事项库核对，您填的内容都保留了。"))
    return redirect("portal:draft", pk)


def _page(request: HttpRequest, prepared: Prepared, step: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A step in its frame: the steps with their gaps at the left, the materials at the right."""
    found = prepared.draft
    member = applicants.membership_in(request.actor, found.applicant, found.project)  # type: ignore[attr-defined]
    ready = readiness(prepared, member)
    order = [code for code, _title in STEPS]
    place = order.index(step)
    frame = {
        "draft": found,
        "stage": name_of(prepared.definition.stages[found.stage]),
        "prepared": prepared,
        "ready": ready,
        "haves": ready.materials,
        "have": sum(1 for one in ready.materials if one.state != "missing"),
        "steps": [_step(ready, code, title, code == step, found.pk) for code, title in STEPS],
        "step": step,
        "before": reverse(f"portal:{order[place - 1]}", args=[found.pk]) if place else "",
        "after": reverse(f"portal:{order[place + 1]}", args=[found.pk]) if place + 1 < len(order) else "",
        "outdated": found.definition.state != DefinitionRelease.State.PUBLISHED,
    }
    return render(request, f"approvals/portal/{step}.html", {**frame, **context}, status=status)


def _step(ready: Readiness, code: str, title: Any, now: bool, pk: int) -> dict[str, Any]:
    gaps = ready.gaps if code == "check" else ready.of(code)
    return {"code": code, "title": title, "now": now, "gaps": len(gaps), "url": reverse(f"portal:{code}", args=[pk])}


def _items(prepared: Prepared) -> list[tuple[str, str, int]]:
    names = names_today()
    return [(name_of(one), names.get(one.department, one.department), one.days) for one in prepared.items]


def _row(prepared: Prepared, one: Field, problem: str) -> dict[str, Any]:
    """A field as the page shows it."""
    found = prepared.draft
    derived = found.derived.get(one.code)
    answer = found.answers.get(one.code, "")
    names = {item.code: item.name_zh for item in prepared.items}
    limits = [source for source in one.bounds_by.get("maximum", ()) + one.bounds_by.get("minimum", ()) if source not in names and source]
    return {
        "field": one,
        "value": _typed(one, answer if answer != "" or derived is None else derived["value"]),
        "locked": one.locked and derived is not None,
        "source": derived["label"] if derived is not None and (answer == "" or one.locked) else "",
        "platform": "" if derived is None or answer == "" or answer == derived["value"] else _shown(one, derived["value"]),
        "problem": problem,
        "asked_by": [names[code] for code in one.asked_by if code in names],
        "bound": _bound(one),
        "limits": sorted(set(limits)),
    }


def _bound(one: Field) -> str:
    low = "" if one.minimum in (None, 0) else f"≥ {one.minimum:,g}"
    high = "" if one.maximum is None else f"≤ {one.maximum:,g}"
    return "，".join(part for part in (low, high) if part)


def _typed(one: Field, value: Any) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return "" if value is None else str(value)


def _shown(one: Field, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if value in (None, ""):
        return "—"
    text = one.choices.get(str(value), str(value))
    if isinstance(value, int | float):
        text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{text} {one.unit}".strip()


def _said(one: Question, value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(one.choices.get(str(part), str(part)) for part in value) or _("没有")
    return f"{one.choices.get(str(value), value)} {one.unit}".strip()


def _answer(one: Question, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"value": YES if value else NO}
    if isinstance(value, list):
        return {"values": value}
    return {"value": "" if value is None else str(value)}


def _title(prepared: Prepared, code: str) -> str:
    return next((one.title for one in prepared.form if one.code == code), code)


def _changed(found: Draft, answers: dict[str, Any]) -> dict[str, Any]:
    """What a person really typed: a value that only repeats what the platform filled in is no answer."""
    kept = {}
    for code, value in answers.items():
        derived = found.derived.get(code)
        if derived is not None and value == derived["value"] and code not in found.answers:
            continue
        if value != found.answers.get(code, ""):
            kept[code] = value
    return kept


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return typed_number(text) if text else None


def _given_site(request: HttpRequest) -> tuple[Any, str]:
    way, data = request.POST.get("way"), request.POST
    if way == "file" or request.FILES.getlist("upload"):
        with laid_out(request.FILES.getlist("upload")) as uploads:
            found = from_files(uploads)
        if len(found) != 1:
            raise BadInput(_("文件里有 %(n)s 个面，应当只有一个。") % {"n": len(found)}, how=_("请只传本项目的用地。"))
        return found[0].geometry, _("上传 %(name)s") % {"name": uploads[0].name}
    if way == "drawn":
        if not data.get("geojson"):
            raise BadInput(_("还没有画出用地。"), how=_("点「画面」后逐点单击，双击结束。"))
        return from_text(data["geojson"]).geometry, _("图上画出")
    return from_text(data.get("text", "")).geometry, _("粘贴坐标")


def _hand_in(request: HttpRequest, found: Draft) -> None:
    actor, data = request.actor, request.POST  # type: ignore[attr-defined]
    code = data.get("code", "")
    if data.get("act") == "commit":
        services.commit_later(actor, found, code)
        messages.success(request, _("已承诺容缺，申报后按期补齐。"))
        return
    if data.get("act") == "take_back":
        material = found.materials.filter(pk=typed_number(data.get("material"))).first()
        if material is None:
            raise NotFound(_("草稿里没有这份材料。"), how=_("请刷新页面。"))
        services.take_back_material(actor, material)
        messages.success(request, _("已撤下。"))
        return
    uploads = request.FILES.getlist("upload")
    if not uploads:
        raise BadInput(_("没有选择文件。"), how=_("请选择后再传。"))
    first = typed_number(data.get("part") or "1")
    for number, upload in enumerate(uploads):
        services.hand_in(actor, found, code, files.store(cast("BinaryIO", upload)), upload.name or "", part=first + number)
    messages.success(request, _("已收下 %(n)s 个文件，按内容核查过。") % {"n": len(uploads)})
