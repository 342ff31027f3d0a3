"""``{% load casework %}``: clocks, consultations, tasks, comments, attachments and timeline on the page of any subject."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import template
from django.db.models import Model
from django.http import HttpRequest
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from lantu.casework import people
from lantu.casework.clock import Light
from lantu.casework.models import AgendaItem, Attachment, Clock, Comment, Consultation, Meeting, Request, Task
from lantu.casework.people import department_choices
from lantu.casework.selectors import consultations as asking
from lantu.casework.selectors.clocks import Reading, clocks_of
from lantu.casework.selectors.tasks import SHOWN, TimeWords, kind_words
from lantu.casework.selectors.timeline import attachments_of, comments_of, timeline
from lantu.casework.services.meetings import can_run
from lantu.casework.services.tasks import is_for
from lantu.casework.subjects import key_of, kind_of
from lantu.core.counting import which_have
from lantu.core.reading import kept
from lantu.ui import marks

register = template.Library()
PARTS = ("clocks", "tasks", "consultations", "meetings", "comments", "attachments", "timeline")


@register.simple_tag(takes_context=True)
def casework_panels(context: RequestContext, subject: Any, parts: str = "") -> SafeString:
    """All that casework has to show of a subject. ``parts``: some of ``clocks tasks consultations meetings comments attachments timeline``,
    in that order; default all. A part that has nothing to say and nothing to offer is left out. ``timeline_later`` in place of
    ``timeline``: fetched when it comes into sight, with a link to its own page for who has no JavaScript."""
    request: HttpRequest = context["request"]
    kind, actor = kind_of(subject._meta.label_lower), request.actor  # type: ignore[attr-defined]
    may = {act: kind.allows(actor, subject, act) for act in ("ask", "comment", "attach", "task")}
    wanted, html = parts.split() if parts else PARTS, []
    with context.push(**key_of(subject), subject=subject, may=may):
        own = {key: [value] for key, value in key_of(subject).items()}
        there = which_have({_ROWS[name]: own for name in wanted if name in _ROWS})
        for name in wanted:
            found = _PARTS[name](request, subject, there)
            if found is not None:
                with context.push(**found):
                    html.append(_template(context, f"casework/parts/{name}.html").render(context))
    return mark_safe("".join(html))  # every part is a rendered template


There = Collection[type[Model]]
"""The tables of casework that have rows of a subject."""
_ROWS: dict[str, type[Model]] = {
    "clocks": Clock,
    "tasks": Task,
    "consultations": Consultation,
    "meetings": AgendaItem,
    "comments": Comment,
    "attachments": Attachment,
}


def _template(context: RequestContext, name: str) -> template.Template:
    """The template by which a part is drawn in the page's own context, as ``include`` does."""
    return context.template.engine.get_template(name)  # type: ignore[union-attr]


def _clocks(request: HttpRequest, subject: Any, there: There) -> dict[str, Any] | None:
    readings = clocks_of(subject) if Clock in there else []
    return {"readings": readings} if readings else None


def _tasks(request: HttpRequest, subject: Any, there: There) -> dict[str, Any] | None:
    if Task not in there:
        return None
    rows = Task.objects.filter(**key_of(subject), is_open=True).select_related("clock").only(*SHOWN).order_by("due_on", "pk")
    time, kinds, actor = TimeWords(), kind_words(), request.actor  # type: ignore[attr-defined]
    found = [(row, time.light(row).value, time.words(row), kinds.get(row.kind, ""), is_for(actor, row)) for row in rows]
    return {"rows": found} if found else None


def _consultations(request: HttpRequest, subject: Any, there: There) -> dict[str, Any] | None:
    rounds = list(asking.consultations_of(subject)) if Consultation in there else []
    found = [(one, [(row, *verdict_of(row)) for row in one.requests.all()], asking.contradictions(one)) for one in rounds]
    shown = found or kind_of(subject._meta.label_lower).allows(request.actor, subject, "ask")  # type: ignore[attr-defined]
    return {"rounds": found, "departments": department_choices()} if shown else None


def verdict_of(request: Request) -> tuple[str, str]:
    """Words and key of a request's verdict; the key colours it."""
    words, reply = asking.verdict_words(request), asking.answer(request)
    key = reply.verdict if reply else request.state
    return words, "late" if key == Request.State.ASKED and words != str(request.get_state_display()) else key


@kept
def _called() -> tuple[Meeting, ...]:
    """Meetings to come, the next first."""
    return tuple(Meeting.objects.filter(state=Meeting.State.CALLED).order_by("at"))


def _meetings(request: HttpRequest, subject: Any, there: There) -> dict[str, Any] | None:
    actor = request.actor  # type: ignore[attr-defined]
    rows = AgendaItem.objects.filter(**key_of(subject)).select_related("meeting").order_by("-meeting__at")
    items = list(rows) if AgendaItem in there else []
    to_come = []
    if kind_of(subject._meta.label_lower).allows(actor, subject, "meet"):
        on = {item.meeting_id for item in items}
        called = [meeting for meeting in _called() if meeting.pk not in on]
        to_come = [meeting for meeting in called[:50] if can_run.test(actor, meeting)]
    return {"items": items, "to_come": to_come} if items or to_come else None


def _comments(request: HttpRequest, subject: Any, there: There) -> dict[str, Any] | None:
    return {"comments": list(comments_of(subject)) if Comment in there else []}


def _attachments(request: HttpRequest, subject: Any, there: There) -> dict[str, Any] | None:
    return {"files": attachments_of(subject) if Attachment in there else []}


def _timeline(request: HttpRequest, subject: Any, there: There) -> dict[str, Any] | None:
    found = timeline(subject)
    return {"happenings": found} if found else None


def _timeline_later(request: HttpRequest, subject: Any, there: There) -> dict[str, Any] | None:
    return {}


_PARTS = {
    "clocks": _clocks,
    "tasks": _tasks,
    "consultations": _consultations,
    "meetings": _meetings,
    "comments": _comments,
    "attachments": _attachments,
    "timeline": _timeline,
    "timeline_later": _timeline_later,
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
