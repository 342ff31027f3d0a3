"""A clock: why it is due on its day; stopping, resuming and extending it."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lantu.casework.forms import ExtendForm, StopForm
from lantu.casework.models import Clock
from lantu.casework.selectors.clocks import open_pauses, state
from lantu.casework.services import extend_clock, resume_clock, stop_clock
from lantu.casework.subjects import find_seen, kind_of, title_of, url_of
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError
from lantu.ui.answers import attempt

FORMS: dict[str, type[Form]] = {"stop": StopForm, "extend": ExtendForm}


@access("@")
def clock(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a clock is due on its day: strip, lines, ledger; for who may, the forms that stop, resume and extend it."""
    row = get_object_or_404(Clock.objects.prefetch_related("entries", "parts"), pk=pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    subject = find_seen(actor, row.subject_type, row.subject_id)
    act = request.POST.get("act", "")
    forms = {key: form(request.POST if key == act else None, prefix=key) for key, form in FORMS.items()}
    if act == "resume":
        pause, result = request.POST.get("pause", ""), request.POST.get("result", "")
        attempt(request, lambda: resume_clock(actor, row, pause, result=result), _("已恢复计时。"))
        return redirect("casework:clock", row.pk)
    if act in forms and _carried_out(request, row, act, forms[act]):
        return redirect("casework:clock", row.pk)
    kind, going = kind_of(row.subject_type), row.ended_on is None
    context = {
        "clock": row,
        "reading": state(row),
        "entries": row.entries.all(),
        "parts": [state(part) for part in row.parts.all()],
        "pauses": open_pauses(row),
        "may_stop": going and kind.allows(actor, subject, "clock"),
        "may_extend": going and kind.allows(actor, subject, "extend"),
        "forms": forms,
        "subject_title": title_of(subject),
        "subject_url": url_of(subject),
    }
    return render(request, "casework/clock.html", context, status=422 if act in forms else 200)


def _carried_out(request: HttpRequest, row: Clock, act: str, form: Form) -> bool:
    """Do what a form asks for; what is wrong with it is said in the form."""
    if not form.is_valid():
        return False
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = form.cleaned_data
    try:
        if act == "stop":
            stop_clock(actor, row, given.pop("kind"), **given)
        else:
            extend_clock(actor, row, given["days"], approver=actor.name, reason=given["reason"], basis=given["basis"])
    except LantuError as error:
        form.add_error(None, str(error))
        return False
    row.refresh_from_db()
    messages.success(request, _("已记入时钟账，到期日为 %(day)s。") % {"day": row.due_on})
    return True
