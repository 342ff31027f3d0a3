"""Meetings: the list, calling one, and one meeting with its agenda, attendance and minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantu.casework.forms import MeetingForm, MinuteForm
from lantu.casework.models import AgendaItem, Meeting
from lantu.casework.papers import minutes_docx
from lantu.casework.people import department_name
from lantu.casework.ports import OFFICE
from lantu.casework.services import call_meeting, cancel_meeting, conclude, invite, minute, record_attendance, take_off_agenda
from lantu.casework.services.meetings import can_run
from lantu.casework.subjects import find, kind_of, url_of
from lantu.casework.views import posted_key
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError, NotFound
from lantu.ui.answers import download
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

ROLES = sorted(OFFICE | {"supervisor", "viewer"})


@access(*ROLES)
def meetings(request: HttpRequest) -> HttpResponseBase:
    """All meetings, the latest first."""
    may_call = request.actor.role in OFFICE  # type: ignore[attr-defined]
    table = Table(
        key="meetings",
        title=_("会议"),
        rows=Meeting.objects.annotate(item_count=Count("items")),
        columns=(
            Column("number", _("编号"), kind="code", sort="number", minor=True),
            Column("title", _("名称"), sort="title", link=lambda row: reverse("casework:meeting", args=[row.pk])),
            Column("kind", _("种类"), sort="kind", minor=True),
            Column("at", _("时间"), kind="moment", sort="at"),
            Column("place", _("地点"), minor=True),
            Column("department", _("召集部门"), lambda row: department_name(row.department), sort="department", minor=True),
            Column("item_count", _("议题数"), kind="number", sort="item_count"),
            Column("state", _("状态"), lambda row: str(row.get_state_display()), sort="state"),
        ),
        filters=(
            Search(_("名称、编号、议题"), ["title", "number", "items__title"]),
            Choice("state", _("状态"), Meeting.State.choices),
            Range("day", _("日期"), field="at__date", days=True),
        ),
        sort="-at",
        empty=_("还没有会议。"),
        empty_url=reverse("casework:new-meeting") if may_call else "",
        empty_label=_("召集会议"),
    )
    return table.response(request, "casework/meetings.html", {"heading": table.title, "may_call": may_call})


@access(*sorted(OFFICE))
def new_meeting(request: HttpRequest) -> HttpResponse:
    """Call a meeting."""
    form = MeetingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = call_meeting(
                request.actor,  # type: ignore[attr-defined]
                data["kind"],
                data["title"],
                data["at"],
                place=data["place"],
                chair=data["chair"],
                departments=data["departments"],
            )
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("会议已召集，已通知参会部门。请列入议题。"))
            return redirect("casework:meeting", made.pk)
    return render(request, "casework/new_meeting.html", {"form": form})


@access(*ROLES)
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting: agenda, who is invited, what was decided; the acts of who calls it."""
    found = get_object_or_404(Meeting.objects.prefetch_related("items", "invitations__department"), pk=pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            _acts(request, actor, found).get(request.POST.get("act", ""), lambda: None)()
        except LantuError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已办理。"))
        return redirect("casework:meeting", found.pk)
    may_run = can_run.test(actor, found) and found.state == Meeting.State.CALLED
    items = [(item, _where(actor, item), MinuteForm(initial=vars(item), auto_id=f"id_{item.pk}_%s")) for item in found.items.all()]
    context = {
        "meeting": found,
        "items": items,
        "may_run": may_run,
        "ready": may_run and items and all(item.decision for item, _url, _form in items),
    }
    return render(request, "casework/meeting.html", context)


def _where(actor: Actor, item: AgendaItem) -> str:
    """Address of an item's subject, for who may see it."""
    try:
        subject = find(item.subject_type, item.subject_id)
    except NotFound:
        return ""
    return url_of(subject) if kind_of(item.subject_type).may_see(actor, subject) else ""


def _acts(request: HttpRequest, actor: Actor, found: Meeting) -> dict[str, Callable[[], Any]]:
    post = request.POST

    def item() -> AgendaItem:
        return get_object_or_404(AgendaItem, pk=posted_key(request, "item"), meeting=found)

    def attendance() -> int:
        rows = found.invitations.all()
        return record_attendance(actor, found, {row.pk: (f"came-{row.pk}" in post, post.get(f"who-{row.pk}", row.person)) for row in rows})

    return {
        "minute": lambda: minute(actor, item(), post.get("minutes", ""), post.get("decision", ""), post.get("decision_text", "")),
        "off": lambda: take_off_agenda(actor, item()),
        "attendance": attendance,
        "invite": lambda: invite(actor, found, post.getlist("departments"), post.get("people", "").splitlines()),
        "conclude": lambda: conclude(actor, found),
        "cancel": lambda: cancel_meeting(actor, found, post.get("note", "")),
    }


@access(*ROLES)
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """The minutes as .docx."""
    found = get_object_or_404(Meeting.objects.prefetch_related("items", "invitations__department"), pk=pk)
    return download(minutes_docx(found), f"{found.title}.docx")
