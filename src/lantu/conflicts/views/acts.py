"""Acts on a case: a form for each (in a dialog, or a page without scripts), then the verb; what to do when it changed meanwhile."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from lantu.blueprints.drawing import map_settings, places_of, shapes_around
from lantu.casework.services import call_meeting
from lantu.conflicts import forms, services
from lantu.conflicts.geometry import read_geometry
from lantu.conflicts.models import ConflictCase
from lantu.conflicts.views.case import cases_for_page
from lantu.conflicts.wiring import INSIDE
from lantu.conflicts.words import ACTS as WORDS
from lantu.core import files
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, NotFound
from lantu.core.models import StoredFile

Values = dict[str, Any]
Work = Callable[[Actor, ConflictCase, Values], Any]
GEOMETRY_LIMIT = 4 << 20


@dataclass(frozen=True, slots=True)
class Act:
    """An act: the question of its dialog, its form, what it does, the verb on its button, whether it is a legal or hard act."""

    title: str | Promise
    form: type[forms.ActForm]
    work: Work
    button: str | Promise
    hint: str | Promise = ""


def _plain(verb: Callable[..., Any], *names: str) -> Work:
    def work(actor: Actor, case: ConflictCase, values: Values) -> Any:
        return verb(actor, case, *(values[name] for name in names), version=values["version"])

    return work


def _triage(actor: Actor, case: ConflictCase, values: Values) -> Any:
    chosen = {"severity": values["severity"], "departments": values["departments"], "note": values["note"]}
    return services.triage(actor, case, **chosen, version=values["version"])


def _propose(actor: Actor, case: ConflictCase, values: Values) -> Any:
    geometry, drawn = _geometry(values)
    chosen = {"geometry": geometry, "drawn": drawn, "due": values["due"], "version": values["version"]}
    return services.propose(actor, case, values["option"], values["reason"], **chosen)


def _position(actor: Actor, case: ConflictCase, values: Values) -> Any:
    stored, name = stored_file(values["file"])
    return services.take_position(
        actor,
        case,
        values["stance"],
        values["reason"],
        values["law"],
        department=values.get("department") or "",
        file=stored,
        file_name=name,
        geometry=_geometry(values)[0],
        version=values["version"],
    )


def _meeting(actor: Actor, case: ConflictCase, values: Values) -> Any:
    meeting = values["meeting"]
    if meeting is None:
        if not values["title"] or values["at"] is None:
            raise BadInput(_("没有选会议，也没有填新会议的名称和时间。"), how=_("请选一次会议，或填写新会议。"))
        meeting = call_meeting(actor, _("协调会"), values["title"], values["at"], place=values["place"], departments=case.departments)
    return services.to_meeting(actor, case, meeting, version=values["version"])


def _submit(actor: Actor, case: ConflictCase, values: Values) -> Any:
    return services.submit(actor, [case], values["title"])


def _duplicate(actor: Actor, case: ConflictCase, values: Values) -> Any:
    other = ConflictCase.objects.filter(number=values["of"].strip()).first()
    if other is None:
        raise NotFound(_("没有案件「%(number)s」。") % {"number": values["of"]}, how=_("请核对编号。"))
    return services.mark_duplicate(actor, case, other, values["note"], version=values["version"])


def _ask(actor: Actor, case: ConflictCase, values: Values) -> Any:
    return services.ask_departments(actor, case, values["due"], values["question"], version=values["version"])


def _geometry(values: Values) -> tuple[BaseGeometry | None, bool]:
    """The geometry that was uploaded or drawn, and whether it was drawn."""
    given: UploadedFile | None = values["geometry"]
    if given is None:
        return (read_geometry(values["drawn"].encode()), True) if values["drawn"] else (None, False)
    if (given.size or 0) > GEOMETRY_LIMIT:
        raise BadInput(_("图形文件超过 %(mb)s MB。") % {"mb": GEOMETRY_LIMIT >> 20}, how=_("一件案件的图形不会这么大，请核对文件。"))
    return read_geometry(given.read()), False


def stored_file(given: UploadedFile | None) -> tuple[StoredFile | None, str]:
    """An uploaded file kept by content, and its name."""
    return (files.store(io.BytesIO(given.read())), given.name or "") if given is not None else (None, "")


NO_DOCUMENT = gettext_lazy("提出方案的人不能批准；取得批复文号后才会改动蓝图。")
ACTS: dict[str, Act] = {
    "triage": Act(gettext_lazy("这是一处真冲突吗？"), forms.TriageForm, _triage, gettext_lazy("确认甄别")),
    "list": Act(gettext_lazy("列入哪份问题清单？"), forms.ListForm, _plain(services.list_case, "batch"), gettext_lazy("列入清单")),
    "unlist": Act(gettext_lazy("移出问题清单？"), forms.NoteForm, _plain(services.unlist_case, "note"), gettext_lazy("移出清单")),
    "ask": Act(gettext_lazy("征求部门意见"), forms.AskForm, _ask, gettext_lazy("发出征求意见")),
    "position": Act(gettext_lazy("本部门意见"), forms.PositionForm, _position, gettext_lazy("答复意见")),
    "propose": Act(gettext_lazy("提出处理方案"), forms.ProposeForm, _propose, gettext_lazy("提出方案"), NO_DOCUMENT),
    "propose-deferral": Act(
        gettext_lazy("暂缓，列为遗留？"),
        forms.ReasonForm,
        _plain(services.propose_deferral, "reason"),
        gettext_lazy("提出暂缓"),
        gettext_lazy("暂缓也要经协调会和审批；一级案件须有批复文号。"),
    ),
    "meeting": Act(gettext_lazy("上哪次协调会？"), forms.MeetingForm, _meeting, gettext_lazy("列入议题")),
    "submit": Act(gettext_lazy("报下一环节审批？"), forms.SubmitForm, _submit, gettext_lazy("报审"), NO_DOCUMENT),
    "return": Act(gettext_lazy("退回重提方案？"), forms.ReasonForm, _plain(services.return_case, "reason"), gettext_lazy("退回案件")),
    "defer": Act(
        gettext_lazy("暂缓，列为遗留？"),
        forms.DeferForm,
        _plain(services.defer, "reason", "document_no", "document_date"),
        gettext_lazy("列为遗留"),
    ),
    "resume": Act(gettext_lazy("重新办理？"), forms.ReasonForm, _plain(services.resume, "reason"), gettext_lazy("重新办理")),
    "doubt": Act(
        gettext_lazy("报为误判？"),
        forms.ReasonForm,
        _plain(services.report_false_positive, "reason"),
        gettext_lazy("报误判"),
        gettext_lazy("须由另一位规划人员确认；确认前案件停在原处。"),
    ),
    "confirm-doubt": Act(
        gettext_lazy("确认是误判？"), forms.NoteForm, _plain(services.confirm_false_positive, "note"), gettext_lazy("确认误判")
    ),
    "reject-doubt": Act(
        gettext_lazy("不是误判？"), forms.ReasonForm, _plain(services.reject_false_positive, "reason"), gettext_lazy("否定误判")
    ),
    "duplicate": Act(gettext_lazy("与哪一件重复？"), forms.DuplicateForm, _duplicate, gettext_lazy("标为重复")),
    "undo-duplicate": Act(gettext_lazy("撤销重复？"), forms.NoteForm, _plain(services.undo_duplicate, "note"), gettext_lazy("撤销重复")),
    "apply": Act(
        gettext_lazy("按批复落图？"),
        forms.ActForm,
        _plain(services.apply_case),
        gettext_lazy("落图"),
        gettext_lazy("写入协调结果，并通知责任部门修改规划；下次融合时复核。"),
    ),
    "redo": Act(
        gettext_lazy("撤销落图，重提方案？"),
        forms.ReasonForm,
        _plain(services.redo, "reason"),
        gettext_lazy("撤销落图"),
        gettext_lazy("落图后重新融合仍命中时，撤销这项协调结果，案件退回重提方案。"),
    ),
    "unsettle": Act(gettext_lazy("撤销自动处理？"), forms.ReasonForm, _plain(services.unsettle, "reason"), gettext_lazy("撤销自动处理")),
}


@access(*INSIDE)
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The form of an act, then the act; afterwards the case again, or the next of the list when the case has left it."""
    if key not in ACTS:
        raise NotFound(_("没有「%(key)s」这种办理。") % {"key": key})
    row, what = get_object_or_404(cases_for_page(), pk=pk), ACTS[key]
    asked = _Asked(row, key, what)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    inside = request.GET.get("in", "")
    if request.method != "POST":
        form = what.form(row, actor, initial={name: request.GET[name] for name in ("option",) if name in request.GET})
        return _form(request, asked, form)
    form = what.form(row, actor, request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, asked, form)
    try:
        what.work(actor, row, form.cleaned_data)
    except BadInput as error:
        form.add_error(None, str(error))
        return _form(request, asked, form, error)
    except Conflict as error:
        if error.code != "changed":
            raise
        return _changed(request, row, key, what, error)
    row.refresh_from_db()
    messages.success(
        request,
        _("%(number)s：%(act)s，现在是「%(state)s」。") % {"number": row.number, "act": what.button, "state": row.get_state_display()},
    )
    return redirect(row.get_absolute_url() + (f"?{urlencode({'in': inside})}" if inside else ""))


@dataclass(frozen=True, slots=True)
class _Asked:
    """An act on a case that somebody is about to do."""

    row: ConflictCase
    key: str
    what: Act


def _form(request: HttpRequest, asked: _Asked, form: forms.ActForm, error: BadInput | None = None) -> HttpResponse:
    """The form alone for the dialog; on a page of its own with the map to draw on, where the act takes a geometry."""
    alone = request.headers.get("HX-Target") == "dialog-body"
    row = asked.row
    context: dict[str, Any] = {"case": row, "key": asked.key, "act": asked.what, "form": form, "inside": request.GET.get("in", "")}
    context["draws"] = draws = isinstance(form, forms.GeometryForm)
    if draws and not alone:
        layers = [source["layer"] for source in row.finding.sources]
        context |= {"map_settings": map_settings(), "around": shapes_around(row.finding.geometry, layers), "places": places_of(error)}
    return render(request, "conflicts/parts/act.html" if alone else "conflicts/act.html", context, status=422 if form.is_bound else 200)


def _changed(request: HttpRequest, row: ConflictCase, key: str, what: Act, error: Conflict) -> HttpResponse:
    """Who changed the case meanwhile and what; the own act may be done all the same, or dropped."""
    kept = [
        (name, value) for name in request.POST for value in request.POST.getlist(name) if name not in ("version", "csrfmiddlewaretoken")
    ]
    since = [{**one, "words": WORDS.get(one["act"], one["act"])} for one in error.values["since"]]
    row.refresh_from_db()
    url = reverse("conflicts:act", args=[row.pk, key])
    context = {"case": row, "act": what, "url": url, "kept": kept, "since": since, "error": error, "inside": request.GET.get("in", "")}
    context["files"] = [one.name for name in request.FILES for one in request.FILES.getlist(name)]
    return render(request, "conflicts/changed.html", context, status=409)
