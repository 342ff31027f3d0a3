"""Consultations: a round, and the request of one department with its answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lantu.casework.forms import ReplyForm
from lantu.casework.models import Consultation, Request
from lantu.casework.selectors import consultations as reads
from lantu.casework.services import reply
from lantu.casework.services.consultations import may_answer
from lantu.casework.subjects import find, find_seen, title_of, url_of
from lantu.core.access import access
from lantu.core.errors import LantuError, NotFound


@access("@")
def consultation(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: who was asked, what they said, what does not go together."""
    found = get_object_or_404(Consultation.objects.prefetch_related("requests__department", "requests__replies"), pk=pk)
    subject = find_seen(request.actor, found.subject_type, found.subject_id)  # type: ignore[attr-defined]
    context = {
        "consultation": found,
        "subject_title": title_of(subject),
        "subject_url": url_of(subject),
        "rows": [(one, reads.answer(one), reads.verdict_words(one)) for one in found.requests.all()],
        "contradictions": reads.contradictions(found),
    }
    return render(request, "casework/consultation.html", context)


@access("@")
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One department's request: the question, and the form to answer it."""
    found = get_object_or_404(Request.objects.select_related("consultation", "department"), pk=pk)
    actor = request.actor  # type: ignore[attr-defined]
    if not reads.requests_for(actor).filter(pk=pk).exists():
        find_seen(actor, found.consultation.subject_type, found.consultation.subject_id)
    try:
        subject = find(found.consultation.subject_type, found.consultation.subject_id)
    except NotFound:
        subject = None
    form = ReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            reply(actor, found, data["verdict"], reason=data["reason"], law=data["law"], conditions=form.given_conditions())
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已回复。"))
            return redirect("casework:request", found.pk)
    open_round = found.state != Request.State.WITHDRAWN and found.consultation.state != Consultation.State.CLOSED
    context = {
        "found": found,
        "consultation": found.consultation,
        "subject_title": title_of(subject) if subject else "",
        "subject_url": url_of(subject) if subject else "",
        "answer": reads.answer(found),
        "words": reads.verdict_words(found),
        "form": form,
        "may_answer": may_answer.test(actor, found) and open_round,
    }
    return render(request, "casework/request.html", context)
