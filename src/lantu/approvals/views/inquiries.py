"""Questions before filing, on the office's side: the list, one for who stands at the counter, routing and the one answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Department
from lantu.approvals import services
from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.catalogue.guide import questions, read_answers
from lantu.approvals.inquiry_tables import TAGS
from lantu.approvals.inquiry_tables import inquiries as table
from lantu.approvals.models import Inquiry
from lantu.approvals.permissions import INSIDE
from lantu.approvals.selectors import inquiries as reads
from lantu.approvals.views.guides import name_of, published
from lantu.approvals.words import Words
from lantu.casework.people import department_choices, today_of
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError, NotFound
from lantu.projects.models import Project
from lantu.projects.selectors.codes import by_any_code
from lantu.ui.typed import typed_number


@access(*INSIDE)
def inquiries(request: HttpRequest) -> HttpResponse:
    """The questions that one may see."""
    return table(reads.visible(request.actor)).response(request, "approvals/inquiries/list.html", {})  # type: ignore[attr-defined]


@access("window")
def new(request: HttpRequest) -> HttpResponse:
    """Ask for somebody who stands at the counter."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = Asking(request)
    if request.method == "POST":
        try:
            code = request.POST.get("project", "").strip()
            project = by_any_code(code) if code else None
            made = services.open_inquiry(
                actor, *asked.said(), project=project, asker=request.POST.get("asker", ""), phone=request.POST.get("phone", "")
            )
        except LantuError as error:
            asked.error = error
        else:
            messages.success(request, _("已登记咨询 %(number)s。请把编号告诉咨询人，凭编号可查答复。") % {"number": made.number})
            return redirect(made)
    context = {**asked.context(), "typed": {key: request.POST.get(key, "") for key in ("asker", "phone", "project", "question")}}
    return render(request, "approvals/inquiries/new.html", context, status=422 if asked.error else 200)


class Asking:
    """The question form of a request: class, stage and the answers so far; its questions follow them, without JavaScript by a button that
    asks for the page again."""

    def __init__(self, request: HttpRequest) -> None:
        self.data = request.POST if request.method == "POST" else request.GET
        self.error: LantuError | None = None
        self.found = published()

    @property
    def definition(self) -> Definition:
        if self.found is None:
            raise NotFound(_("事项库还没有发布，暂时不能咨询。"))
        return self.found[1]

    @property
    def stage(self) -> str:
        given = self.data.get("stage", "")
        return given if given in self.definition.stages else next(iter(self.definition.stages))

    @property
    def project_class(self) -> str:
        given = self.data.get("class", "")
        return given if given in self.definition.classes else next(iter(self.definition.classes))

    def said(self) -> tuple[str, str, str, dict[str, Any]]:
        """Stage, class, question and facts, as ``open_inquiry`` takes them."""
        asked = questions(self.definition, self.stage, self.project_class)
        facts = read_answers(asked, self.data, self.data.getlist)
        return self.data.get("stage", ""), self.data.get("class", ""), self.data.get("question", ""), facts

    def context(self) -> dict[str, Any]:
        definition = self.definition
        asked = questions(definition, self.stage, self.project_class)
        facts = read_answers(asked, self.data, self.data.getlist)
        departments = Words()
        called = definition.items_of(self.stage, self.project_class, facts)
        return {
            "error": self.error,
            "stages": [(code, name_of(one)) for code, one in definition.stages.items()],
            "classes": [(code, name_of(dict(one))) for code, one in definition.classes.items()],
            "stage": self.stage,
            "chosen": self.project_class,
            "answers": [{"question": one, "value": self.data.get(one.fact, ""), "values": self.data.getlist(one.fact)} for one in asked],
            "items": [(name_of(item), departments.department(item.department)) for item in called],
        }


@access(*INSIDE)
def inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """One question: what was asked, who is asked, what they said, the answer; a POST routes, answers or withdraws it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = reads.visible(actor).filter(pk=pk).first()
    if row is None:
        raise NotFound(_("没有这件咨询，或您不能查看它。"), how=_("请从咨询列表打开。"))
    error: LantuError | None = None
    if request.method == "POST":
        try:
            _act(request, actor, row)
        except LantuError as refused:
            error = refused
        else:
            messages.success(request, _("已办理。"))
            return redirect(row)
    return render(request, "approvals/inquiries/inquiry.html", _context(request, row, error), status=422 if error else 200)


def _act(request: HttpRequest, actor: Actor, row: Inquiry) -> None:
    act, post = request.POST.get("act", ""), request.POST
    if act == "route":
        services.route_inquiry(actor, row, post.getlist("departments"), post.get("note", ""))
    elif act == "answer":
        services.answer_inquiry(actor, row, post.get("answer", ""))
    elif act == "withdraw":
        services.withdraw_inquiry(actor, row, post.get("reason", ""))


def _context(request: HttpRequest, row: Inquiry, error: LantuError | None) -> dict[str, Any]:
    words, today, actor = Words(), timezone.localdate(), request.actor  # type: ignore[attr-defined]
    said = reads.lines(row)
    called = reads.departments_called(row)
    asked = {code for one in Department.objects.filter(code__in=called) for code in today_of(one)}
    return {
        "inquiry": row,
        "tag": TAGS[row.state],
        "subject": reads.subject_words(row),
        "situation": reads.situation(row),
        "items": [(name_of(item), words.department(item.department)) for item in reads.items_called(row)],
        "requests": reads.requests_of(row),
        "said": said,
        "waiting": reads.waiting_departments(row, today),
        "departments": [(code, name, code in asked) for code, name in department_choices()],
        "merged": request.POST.get("answer") or reads.merged(said),
        "error": error,
        "window": actor.role == "window",
        "late": row.state in ("asked", "consulting") and row.due_on < today,
    }


def project_choice(request: HttpRequest, rows: Any) -> Project | None:
    """The project chosen in a form, of those that there are."""
    key = request.POST.get("project", "") or request.GET.get("project", "")
    return rows.filter(pk=typed_number(key)).first()
