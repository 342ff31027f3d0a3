"""The worklist (我的待办)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.casework.models import Task
from lantu.casework.selectors import tasks
from lantu.casework.selectors.clocks import light_of
from lantu.core.access import access
from lantu.ui import marks
from lantu.ui.filters import Search
from lantu.ui.tables import Column, Table


def light_cell(task: Task) -> Any:
    """The light of a task with its word."""
    today = timezone.localdate()
    light = light_of(task.due_on, task.near_from, task.paused_until, today)
    words = {"p": _("停计"), "n": _("无期限"), "r": _("超期"), "y": _("临期"), "g": _("正常")}
    return marks.light(light.value, words[light.value])


@access("@")
def mine(request: HttpRequest) -> HttpResponse:
    """What the actor has to do."""
    table = Table(
        key="tasks",
        title=_("我的待办"),
        rows=tasks.mine(request.actor),  # type: ignore[attr-defined]
        columns=(
            Column("light", _("时限"), render=light_cell, export=False),
            Column("number", _("案卷号"), kind="code", sort="number"),
            Column("subject_title", _("项目"), sort="subject_title"),
            Column("title", _("事项"), sort="title", link=lambda row: row.url),
            Column("received_on", _("收件"), kind="day", sort="received_on", minor=True),
            Column("due_on", _("到期"), kind="day", sort="due_on"),
        ),
        filters=(Search(_("案卷号、项目、事项"), ["number", "subject_title", "title"]),),
        sort="due_on",
        empty=_("现在没有待办。新的待办会出现在这里，并在顶栏提醒。"),
    )
    return table.response(request, "ui/list.html", {"heading": _("我的待办")})
