"""Notices (通知)."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from lantu.casework.models import Notification
from lantu.casework.services import read_notices
from lantu.core.access import access
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import BulkAct, Column, Table


@access("@")
def notices(request: HttpRequest) -> HttpResponseBase:
    """One's own notices; opening one marks it as read."""
    user_id = request.actor.user_id  # type: ignore[attr-defined]
    states = [("new", _("未读")), ("read", _("已读"))]
    table = Table(
        key="notices",
        title=_("通知"),
        rows=Notification.objects.filter(user_id=user_id or 0),
        columns=(
            Column("title", _("标题"), sort="title", link=lambda row: reverse("casework:notice", args=[row.pk])),
            Column("text", _("内容"), minor=True),
            Column("at", _("时间"), kind="moment", sort="at"),
            Column("read", _("状态"), lambda row: _("已读") if row.read_at else _("未读"), sort="read_at"),
        ),
        filters=(
            Search(_("标题、内容"), ["title", "text"]),
            Choice("show", _("状态"), states, where=lambda value: Q(read_at=None) if value == "new" else ~Q(read_at=None)),
        ),
        sort="-at",
        empty=_("还没有通知。新待办、催办、会议和到期提醒会出现在这里。"),
        bulk=(BulkAct("read", _("标为已读"), "check"),),
    )
    if request.method == "POST":
        everything = request.POST.get("act") == "read-all"
        read_notices(request.actor, None if everything else list(table.chosen(request).values_list("pk", flat=True)))  # type: ignore[attr-defined]
        return redirect(request.get_full_path())
    return table.response(request, "casework/notices.html", {"heading": table.title})


@access("@")
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notice as read and go to what it is about."""
    row = Notification.objects.filter(pk=pk, user_id=request.actor.user_id or 0).first()  # type: ignore[attr-defined]
    if row is None:
        return redirect("casework:notices")
    if row.read_at is None:
        read_notices(request.actor, [row.pk])  # type: ignore[attr-defined]
    safe = url_has_allowed_host_and_scheme(row.url, allowed_hosts=None)
    return redirect(row.url if row.url and safe else "casework:notices")
