"""``{% load casework %}``: clocks, consultations, tasks, comments, attachments and timeline on the page of any subject."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from lantu.casework import people
from lantu.casework.clock import Light
from lantu.casework.models import AgendaItem, Meeting, Request, Task
from lantu.casework.people import department_choices
from lantu.casework.selectors import consultations as asking
from lantu.casework.selectors.clocks import Reading, clocks_of
from lantu.casework.selectors.tasks import TimeWords, kind_words
from lantu.casework.selectors.timeline import attachments_of, comments_of, timeline
from lantu.casework.services.meetings import can_run
from lantu.casework.services.tasks import is_for
from lantu.casework.subjects import key_of, kind_of
from lantu.ui import marks

register = template.Library()
PARTS = ("clocks", "tasks", "consultations", "meetings", "comments", "attachments", "timeline")


@register.simple_tag(takes_context=True)
def casework_panels(context: dict[str, Any], subject: Any, parts: str = "") -> SafeString:
    """All that casework has to show of a subject. ``parts``: some of ``clocks tasks consultations meetings comments attachments timeline``,
    in that order; default all. A part that has nothing to say and nothing to offer is left out."""
    request: HttpRequest = context["request"]
    wanted = parts.split() if parts else PARTS
    html = [_PARTS[name](request, subject) for name in wanted]
    return mark_safe("".join(html))  # every part is a rendered template


def _render(name: str, request: HttpRequest, subject: Any, **more: Any) -> str:
    kind, actor = kind_of(subject._meta.label_lower), request.actor  # type: ignore[attr-defined]
    may = {act: kind.allows(actor, subject, act) for act in ("ask", "comment", "attach", "task")}
    return render_to_string(f"casework/parts/{name}.html", {**key_of(subject), "subject": subject, "may": may, **more}, request)


def _clocks(request: HttpRequest, subject: Any) -> str:
    readings = clocks_of(subject)
    return _render("clocks", request, subject, readings=readings) if readings else ""


def _tasks(request: HttpRequest, subject: Any) -> str:
    rows = Task.objects.filter(**key_of(subject), is_open=True).select_related("clock").order_by("due_on", "pk")
    time, kinds, actor = TimeWords(), kind_words(), request.actor  # type: ignore[attr-defined]
    found = [(row, time.light(row).value, time.words(row), kinds.get(row.kind, ""), is_for(actor, row)) for row in rows]
    return _render("tasks", request, subject, rows=found) if found else ""


def _consultations(request: HttpRequest, subject: Any) -> str:
    rounds = list(asking.consultations_of(subject))
    found = [(one, [(row, *verdict_of(row)) for row in one.requests.all()], asking.contradictions(one)) for one in rounds]
    shown = found or kind_of(subject._meta.label_lower).allows(request.actor, subject, "ask")  # type: ignore[attr-defined]
    return _render("consultations", request, subject, rounds=found, departments=department_choices()) if shown else ""


def verdict_of(request: Request) -> tuple[str, str]:
    """Words and key of a request's verdict; the key colours it."""
    words, reply = asking.verdict_words(request), asking.answer(request)
    key = reply.verdict if reply else request.state
    return words, "late" if key == Request.State.ASKED and words != str(request.get_state_display()) else key


def _meetings(request: HttpRequest, subject: Any) -> str:
    actor = request.actor  # type: ignore[attr-defined]
    items = list(AgendaItem.objects.filter(**key_of(subject)).select_related("meeting").order_by("-meeting__at"))
    to_come = []
    if kind_of(subject._meta.label_lower).allows(actor, subject, "meet"):
        called = Meeting.objects.filter(state=Meeting.State.CALLED).exclude(pk__in=[item.meeting_id for item in items])
        to_come = [meeting for meeting in called.order_by("at")[:50] if can_run.test(actor, meeting)]
    return _render("meetings", request, subject, items=items, to_come=to_come) if items or to_come else ""


def _comments(request: HttpRequest, subject: Any) -> str:
    return _render("comments", request, subject, comments=list(comments_of(subject)))


def _attachments(request: HttpRequest, subject: Any) -> str:
    return _render("attachments", request, subject, files=attachments_of(subject))


def _timeline(request: HttpRequest, subject: Any) -> str:
    found = timeline(subject)
    return _render("timeline", request, subject, happenings=found) if found else ""


_PARTS = {
    "clocks": _clocks,
    "tasks": _tasks,
    "consultations": _consultations,
    "meetings": _meetings,
    "comments": _comments,
    "attachments": _attachments,
    "timeline": _timeline,
}


@register.inclusion_tag("casework/parts/clock_chip.html")
def clock_chip(reading: Reading) -> dict[str, Any]:
    """The chip of the page head: light and days left, used and limit, due day, stopped days. A click opens the ledger."""
    return {"reading": reading, "clock": reading.clock, "state": reading.state, "course": reading.course}


@register.inclusion_tag("casework/parts/clock_ledger.html")
def clock_ledger(reading: Reading) -> dict[str, Any]:
    """Why this day: the strip of days and the lines under it."""
    return {"reading": reading, "clock": reading.clock, "state": reading.state, "course": reading.course}


@register.simple_tag
def verdict(request: Request) -> SafeString:
    """A request's verdict as a coloured word."""
    words, key = verdict_of(request)
    return format_html('<span class="verdict verdict--{}">{}</span>', key, words)


@register.simple_tag
def clock_light(reading: Reading) -> SafeString:
    """The light of a clock with its words; a clock without a limit has none."""
    light = reading.state.light if reading.course.due is not None else Light.NONE
    return marks.light(light.value, reading.words)


@register.filter
def department_today(code: str) -> str:
    """Who does a department's work today, by name; for what is still to be done."""
    return people.names_today().get(code, code)


@register.filter
def department_name(code: str) -> str:
    """The short name of a department, by code, in the page's language."""
    return people.department_name(code)


@register.filter
def weekday(day: Any) -> str:
    """周一 … 周日."""
    if day is None:
        return ""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun") if (get_language() or "").startswith("en") else "一二三四五六日"
    return names[day.weekday()] if isinstance(names, tuple) else f"周{names[day.weekday()]}"
