"""What the room shows in the shell: notices in the top bar, the worklist on the workbench, words of its verbs and tasks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantu.casework.models import Notification, Request
from lantu.casework.selectors import tasks
from lantu.casework.selectors.clocks import light_rank
from lantu.casework.selectors.consultations import waiting_for

SHOWN = 6

TASK_KINDS = {"consultation.reply": _("回复意见"), "consultation.co": _("协办意见")}

VERB_WORDS = {
    "casework.ask": _("征求意见"),
    "casework.attach": _("上传附件"),
    "casework.open_task": _("交办"),
    "casework.close_tasks": _("待办办结"),
    "casework.start_clock": _("开始计时"),
}


def bar_facts(request: HttpRequest) -> dict[str, Any]:
    """``notices``: how many are unread; ``notices_url``."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.user_id is None:
        return {}
    return {"notices": Notification.objects.filter(user_id=actor.user_id, read_at=None), "notices_url": reverse("casework:notices")}


def inbox_rows(request: HttpRequest) -> list[QuerySet[Request]]:
    """Requests that wait for the department of the one who asks."""
    actor = request.actor  # type: ignore[attr-defined]
    return [waiting_for(actor)] if actor.department else []


def home(request: HttpRequest, subject: Any) -> str | None:
    """The most urgent tasks, on the workbench."""
    actor, today = request.actor, timezone.localdate()  # type: ignore[attr-defined]
    rows, time = tasks.mine(actor), tasks.TimeWords(today)
    first = rows.select_related("clock").order_by(light_rank(today), "due_on", "pk")[:SHOWN]
    found = [(row, time.light(row).value, time.words(row)) for row in first]
    return render_to_string("casework/parts/home.html", {"rows": found, "total": rows.count()}, request) if found else None
