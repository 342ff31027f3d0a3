"""What is done on the page of a subject by the panels of this room; each act leads back to that page."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lantu.casework.models import Attachment, Comment, Meeting, Reply
from lantu.casework.selectors.timeline import timeline as happened
from lantu.casework.services import ask, attach, comment, put_on_agenda, withdraw_comment
from lantu.casework.subjects import find_seen, title_of, url_of
from lantu.casework.views import posted_key
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError, NotFound
from lantu.ui.typed import typed_day


def _comment(request: HttpRequest, subject: Any) -> str:
    comment(request.actor, subject, request.POST.get("text", ""))  # type: ignore[attr-defined]
    return _("已留言。")


def _attach(request: HttpRequest, subject: Any) -> str:
    upload = request.FILES.get("file")
    if upload is None or isinstance(upload, list):
        raise BadInput(_("没有选文件。"), how=_("请选一个文件再上传。"))
    old = Attachment.objects.filter(pk=posted_key(request, "replaces")).first()
    title = request.POST.get("title", "").strip() or (old.title if old else upload.name or "")
    made = attach(request.actor, subject, files.store(upload), title, filename=upload.name or "", replaces=old)  # type: ignore[attr-defined, arg-type]
    return _("附件「%(title)s」已上传，第 %(n)s 版。") % {"title": made.title, "n": made.version}


def _ask(request: HttpRequest, subject: Any) -> str:
    given, title = request.POST.get("due", ""), request.POST.get("title", "").strip()
    if not title:
        raise BadInput(_("征求意见要有标题。"), how=_("请填标题。"))
    made = ask(
        request.actor,  # type: ignore[attr-defined]
        subject,
        uuid4().hex[:12],
        title,
        request.POST.getlist("departments"),
        due=typed_day(given),
        question=request.POST.get("question", ""),
        silence="no_objection" if request.POST.get("silence") else "none",
    )
    return _("已向 %(n)s 个部门征求意见，期限 %(day)s。") % {"n": made.requests.count(), "day": made.due_on}


def _meet(request: HttpRequest, subject: Any) -> str:
    meeting = get_object_or_404(Meeting, pk=posted_key(request, "meeting"))
    put_on_agenda(request.actor, meeting, subject)  # type: ignore[attr-defined]
    return _("已列入「%(title)s」的议题。") % {"title": meeting.title}


_ACTS = {"comment": _comment, "attach": _attach, "ask": _ask, "meet": _meet}


@access("@")
def on(request: HttpRequest, subject_type: str, subject_id: str, act: str) -> HttpResponse:
    """Comment on a subject, attach to it, ask departments about it, put it on an agenda."""
    subject = find_seen(request.actor, subject_type, subject_id)  # type: ignore[attr-defined]
    if request.method == "POST" and act in _ACTS:
        try:
            words = _ACTS[act](request, subject)
        except LantuError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, words)
    return redirect(url_of(subject))


@access("@")
def timeline(request: HttpRequest, subject_type: str, subject_id: str) -> HttpResponse:
    """What happened to a subject: a page, and for htmx the panel alone, which the subject's own page fetches when it comes into sight."""
    subject = find_seen(request.actor, subject_type, subject_id)  # type: ignore[attr-defined]
    template = "casework/parts/timeline.html" if request.headers.get("HX-Request") else "casework/timeline.html"
    context = {"happenings": happened(subject), "title": title_of(subject), "back": url_of(subject)}
    return render(request, template, context)


@access("@")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's comment back."""
    row = get_object_or_404(Comment, pk=pk)
    subject = find_seen(request.actor, row.subject_type, row.subject_id)  # type: ignore[attr-defined]
    if request.method == "POST":
        withdraw_comment(request.actor, row)  # type: ignore[attr-defined]
    return redirect(url_of(subject))


@access("@")
def attachment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file itself, to be saved, for whoever may see its subject."""
    row = get_object_or_404(Attachment.objects.select_related("stored"), pk=pk)
    _check_seen(request, row)
    path = files.path_of(row.stored)
    if not path.exists():
        raise NotFound(
            _("附件「%(title)s」的文件不在存储里。") % {"title": row.title}, where=row.stored.sha256, how=_("请告诉系统管理员。")
        )
    return FileResponse(path.open("rb"), as_attachment=True, filename=row.filename or row.title, content_type="application/octet-stream")


def _check_seen(request: HttpRequest, row: Attachment) -> None:
    """A file of an answer is seen by who sees the request; others by who sees the subject."""
    from lantu.casework.selectors.consultations import requests_for

    actor = request.actor  # type: ignore[attr-defined]
    if row.subject_type == "casework.reply":
        answer = get_object_or_404(Reply.objects.select_related("request__consultation"), pk=row.subject_id)
        if not requests_for(actor).filter(pk=answer.request_id).exists():
            find_seen(actor, answer.request.consultation.subject_type, answer.request.consultation.subject_id)
        return
    find_seen(actor, row.subject_type, row.subject_id)
