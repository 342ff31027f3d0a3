"""Consultations: the inbox of a department, what one has asked, a round, and the request of one department with its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import User
from lantu.casework.forms import CoReplyForm, ReplyForm
from lantu.casework.models import Attachment, CoHandler, Consultation, Request
from lantu.casework.people import answers_for, department_choices, name_of, people_in
from lantu.casework.ports import OFFICE, subjects
from lantu.casework.selectors import consultations as reads
from lantu.casework.services import ask_again, close_round, co_handle, co_reply, delegate, remind, reply, withdraw_request
from lantu.casework.services.answers import may_answer
from lantu.casework.subjects import find, find_seen, kind_of, title_of, url_of
from lantu.casework.templatetags.casework import verdict
from lantu.casework.views import posted_key
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import LantuError, NotFound
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table


@access(*sorted(OFFICE))
def inbox(request: HttpRequest) -> HttpResponseBase:
    """What the actor's department was asked."""
    actor, today = request.actor, timezone.localdate()  # type: ignore[attr-defined]
    states = [("waiting", _("待回复")), ("late", _("超期未复")), ("done", _("已回复")), ("other", _("其他"))]
    asked = Q(state=Request.State.ASKED) & ~Q(consultation__state=Consultation.State.CLOSED)
    where = {
        "waiting": asked,
        "late": asked & Q(due_on__lt=today),
        "done": Q(state=Request.State.REPLIED),
        "other": ~asked & ~Q(state=Request.State.REPLIED),
    }
    table = Table(
        key="inbox",
        title=_("收到的征求意见"),
        rows=reads.requests_for(actor).prefetch_related("replies"),
        columns=(
            Column("state", _("意见"), reads.verdict_words, sort="state", render=verdict),
            Column(
                "title",
                _("标题"),
                "consultation.title",
                sort="consultation__title",
                link=lambda row: reverse("casework:request", args=[row.pk]),
            ),
            Column("round", _("轮次"), "consultation.round", kind="number", sort="consultation__round", minor=True),
            Column("by", _("征求部门"), lambda row: row.consultation.asked_by_name, sort="consultation__asked_by_department", minor=True),
            Column("department", _("部门"), lambda row: name_of(row.department), sort="department__code"),
            Column("person", _("经办人"), lambda row: row.delegated_to or "", minor=True),
            Column("due_on", _("期限"), kind="day", sort="due_on"),
            Column("answered_at", _("答复时间"), kind="moment", sort="answered_at", minor=True),
        ),
        filters=(
            Search(_("标题、征求内容"), ["consultation__title", "consultation__question"]),
            Choice("show", _("状态"), states, where=lambda value: where[value]),
            Range("due", _("期限"), field="due_on", days=True),
        ),
        sort="due_on",
        empty=_("本部门还没有收到征求意见。别的部门征求意见时，会出现在这里和待办里。"),
    )
    return table.response(request, "casework/inbox.html", {"heading": table.title, "tab": "inbox"})


@access(*sorted(OFFICE))
def asked(request: HttpRequest) -> HttpResponseBase:
    """What the actor or their department has asked."""
    actor = request.actor  # type: ignore[attr-defined]
    mine = Q(asked_by_id=actor.user_id)
    if actor.department:
        mine |= Q(asked_by_department__in=answers_for(actor.department))
    open_requests = Count("requests", filter=Q(requests__state=Request.State.ASKED))
    rows = Consultation.objects.filter(mine).annotate(missing=open_requests, asked_count=Count("requests"))
    table = Table(
        key="asked",
        title=_("发出的征求意见"),
        rows=rows,
        columns=(
            Column("title", _("标题"), sort="title", link=lambda row: reverse("casework:consultation", args=[row.pk])),
            Column("round", _("轮次"), kind="number", sort="round"),
            Column("state", _("状态"), lambda row: str(row.get_state_display()), sort="state"),
            Column("asked_count", _("部门数"), kind="number", sort="asked_count", minor=True),
            Column("missing", _("未回复"), kind="number", sort="missing"),
            Column("due_on", _("期限"), kind="day", sort="due_on"),
            Column("asked_at", _("发出"), kind="moment", sort="asked_at", minor=True),
        ),
        filters=(Search(_("标题"), ["title"]), Choice("state", _("状态"), Consultation.State.choices)),
        sort="-asked_at",
        empty=_("还没有发出过征求意见。在案卷页的「征求意见」里发出。"),
    )
    return table.response(request, "casework/inbox.html", {"heading": table.title, "tab": "asked"})


@access("@")
def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: who was asked, what they said, what does not go together; the acts of who asks."""
    found = get_object_or_404(Consultation.objects.prefetch_related("requests__department", "requests__replies"), pk=pk)
    actor = request.actor  # type: ignore[attr-defined]
    subject = find_seen(actor, found.subject_type, found.subject_id)
    if request.method == "POST":
        return _act(request, found, _consultation_acts(request, found))
    rounds = reads.consultations_of(subject, found.matter)
    context = {
        "consultation": found,
        "subject_title": title_of(subject),
        "subject_url": url_of(subject),
        "rows": [(one, reads.answer(one)) for one in found.requests.all()],
        "files": _files(found),
        "contradictions": reads.contradictions(found),
        "changed": reads.changed_minds(found),
        "rounds": rounds,
        "may_run": kind_of(found.subject_type).allows(actor, subject, "ask"),
        "is_latest": rounds[0].pk == found.pk,
        "departments": department_choices(),
    }
    return render(request, "casework/consultation.html", context)


def _consultation_acts(request: HttpRequest, found: Consultation) -> dict[str, Callable[[], Any]]:
    actor, note = request.actor, request.POST.get("note", "")  # type: ignore[attr-defined]
    department = request.POST.get("department", "")
    return {
        "remind": lambda: remind(actor, found, [department] if department else None, note),
        "withdraw": lambda: withdraw_request(actor, found, department, note),
        "again": lambda: ask_again(
            actor, found, departments=request.POST.getlist("departments") or None, question=request.POST.get("question", "")
        ),
        "close": lambda: close_round(actor, found),
    }


def _act(request: HttpRequest, found: Consultation, acts: dict[str, Callable[[], Any]]) -> HttpResponse:
    result: Any = found
    try:
        result = acts.get(request.POST.get("act", ""), lambda: found)()
    except LantuError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已办理。"))
    return redirect("casework:consultation", result.pk if isinstance(result, Consultation) else found.pk)


def _files(found: Consultation) -> dict[str, list[Attachment]]:
    """Files of the answers that hold, by the reply's key."""
    keys = [str(one.pk) for request in found.requests.all() if (one := reads.answer(request)) is not None]
    files_of: dict[str, list[Attachment]] = {}
    for row in Attachment.objects.filter(subject_type="casework.reply", subject_id__in=keys):
        files_of.setdefault(row.subject_id, []).append(row)
    return files_of


@access("@")
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One department's request: the question, its co-handlers, and the form to answer it."""
    found = get_object_or_404(Request.objects.select_related("consultation", "department", "delegated_to"), pk=pk)
    actor = request.actor  # type: ignore[attr-defined]
    asking = found.consultation
    if not reads.requests_for(actor).filter(pk=pk).exists():
        find_seen(actor, asking.subject_type, asking.subject_id)
    form, co_form = ReplyForm(), CoReplyForm()
    if request.method == "POST":
        form, co_form = ReplyForm(request.POST, request.FILES), CoReplyForm(request.POST)
        act = request.POST.get("act", "reply")
        try:
            if _answer(request, found, act, form, co_form):
                messages.success(request, _("已办理。") if act != "reply" else _("已回复。"))
                return redirect("casework:request", found.pk)
        except LantuError as error:
            (co_form if act == "co-reply" else form).add_error(None, str(error))
    is_open = found.state != Request.State.WITHDRAWN and asking.state != Consultation.State.CLOSED
    own = found.co_handlers.filter(department__code__in=answers_for(actor.department)).first()
    context = {
        "found": found,
        "consultation": asking,
        **_subject_words(request, asking),
        "answer": (answer := reads.answer(found)),
        "files": _files(asking).get(str(answer.pk), []) if answer else [],
        "form": form,
        "co_form": co_form,
        "co_handlers": found.co_handlers.select_related("department"),
        "own_part": own if own is not None and is_open and not own.answered_at else None,
        "may_answer": may_answer.test(actor, found) and is_open,
        "departments": department_choices(),
        "colleagues": people_in(roles=OFFICE, departments=[found.department.code]),
        "others": [(one, reads.verdict_words(one)) for one in asking.requests.exclude(pk=found.pk).select_related("department")],
        "late": found.state == Request.State.ASKED and found.due_on < timezone.localdate(),
    }
    return render(request, "casework/request.html", context)


def _answer(request: HttpRequest, found: Request, act: str, form: ReplyForm, co_form: CoReplyForm) -> bool:
    """Do what the page was asked for; false when the form is not filled in."""
    actor = request.actor  # type: ignore[attr-defined]
    if act == "delegate":
        person = get_object_or_404(User, pk=posted_key(request, "person"))
        delegate(actor, found, person, request.POST.get("note", ""))
        return True
    if act == "co-handle":
        co_handle(actor, found, request.POST.getlist("departments"), request.POST.get("question", ""))
        return True
    if act == "co-reply":
        co = get_object_or_404(CoHandler, pk=posted_key(request, "co"), request=found)
        if not co_form.is_valid():
            return False
        co_reply(actor, co, co_form.cleaned_data["verdict"], co_form.cleaned_data["opinion"])
        return True
    if not form.is_valid():
        return False
    data, upload = form.cleaned_data, form.cleaned_data["file"]
    stored = [(files.store(upload), upload.name)] if upload else []
    reply(actor, found, data["verdict"], reason=data["reason"], law=data["law"], conditions=form.given_conditions(), files=stored)
    return True


def _subject_words(request: HttpRequest, asking: Consultation) -> dict[str, str]:
    """Title of the subject, and its address for who may see it: a department may be asked about what it cannot open."""
    try:
        subject = find(asking.subject_type, asking.subject_id)
    except NotFound:
        return {"subject_title": "", "subject_url": ""}
    seen = subjects.get(asking.subject_type).may_see(request.actor, subject)  # type: ignore[attr-defined]
    return {"subject_title": title_of(subject), "subject_url": url_of(subject) if seen else ""}
