"""The worklist (我的待办, 本部门待办)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Region, User
from lantu.casework.clock import Light
from lantu.casework.models import SavedView, Task
from lantu.casework.people import answers_for, people_in
from lantu.casework.ports import OFFICE
from lantu.casework.selectors import tasks
from lantu.casework.selectors.clocks import light_condition, light_rank
from lantu.casework.services import close_task, delete_view, hand_over, return_task, save_view, tag_task, take_task, urge_task
from lantu.casework.services.tasks import is_for, may_pass_on
from lantu.casework.views import posted_key
from lantu.core.access import access
from lantu.core.actor import Actor
from lantu.core.errors import LantuError
from lantu.core.reading import kept
from lantu.ui import bulk, marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import BulkAct, Column, Table

LIGHTS = (
    (Light.RED, gettext_lazy("超期")),
    (Light.YELLOW, gettext_lazy("临期")),
    (Light.GREEN, gettext_lazy("正常")),
    (Light.PAUSED, gettext_lazy("停计")),
    (Light.NONE, gettext_lazy("无期限")),
)
MOST = 500
"""Rows that one bulk verb takes at once."""


@kept
def _regions() -> list[tuple[str, str]]:
    return list(Region.objects.counties().values_list("code", "name_zh"))


def _columns(time: tasks.TimeWords, place: str, light_sort: str) -> list[Column]:
    kinds = tasks.kind_words()

    def light(task: Task) -> Any:
        return marks.light(time.light(task).value, time.words(task))

    def due(task: Task) -> str:
        if time.light(task) == Light.PAUSED and task.clock is not None:
            stop = task.clock.entries.filter(kind="stopped").order_by("-number").first()
            return stop.label if stop else ""
        return f"{task.due_on:%m-%d}" if task.due_on and task.due_on.year == time.today.year else str(task.due_on or "—")

    found = [
        Column("light", _("时限"), time.words, sort=light_sort, render=light),
        Column("number", _("案卷号"), kind="code", sort="number", minor=True),
        Column("title", _("事项"), sort="title", link=lambda row: row.url),
        Column("subject_title", _("项目"), sort="subject_title"),
        Column("kind", _("环节"), lambda row: kinds.get(row.kind, row.stage or row.kind), sort="kind", minor=True),
        Column("party", _("单位"), sort="party", minor=True),
        Column("received_on", _("收件"), kind="day", sort="received_on", minor=True),
        Column("used", _("已用 / 限"), time.used, render=lambda row: time.used(row) or "—"),
        Column("due_on", _("到期 / 原因"), due, sort="sort_on", render=due),
    ]
    if place == "department":
        found.insert(5, Column("person_name", _("经办人"), lambda row: row.person_name or _("无人领办"), sort="person_name"))
    return found


def _table(request: HttpRequest, place: str) -> tuple[Table, dict[str, int]]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = timezone.localdate()
    rows = tasks.mine(actor) if place == "mine" else tasks.of_department(actor)
    counts = tasks.counted(actor, place, today)
    exact = counts["all"] <= tasks.EXACT
    rows = (rows.annotate(rank=light_rank(today)) if exact else rows).select_related("clock")
    rows = rows.only(*tasks.SHOWN) if request.method == "GET" else rows
    acts = [BulkAct("hand", _("转办"), "swap", options=lambda: _colleagues(actor)), BulkAct("tag", _("加标签"), ask=_("标签"))]
    first = BulkAct("take", _("领办"), "check") if place == "mine" else BulkAct("urge", _("催办"), "bell", ask=_("说明"))
    filters = (
        Search(_("案卷号、项目、单位"), ["number", "subject_title", "title", "party"]),
        Choice("light", _("时限"), [(light.value, words) for light, words in LIGHTS], where=lambda value: light_condition(value, today)),
        Choice("kind", _("环节"), lambda: list(tasks.kind_words().items())),
        Choice("region", _("区县"), _regions),
        Choice("state", _("状态"), [(Task.State.OPEN, Task.State.OPEN.label), (Task.State.RETURNED, Task.State.RETURNED.label)]),
        Range("due", _("到期"), field="due_on", days=True),
    )
    titles = {"mine": _("我的待办"), "department": _("本部门待办")}
    table = Table(
        key=f"tasks-{place}",
        title=titles[place],
        rows=rows,
        total=counts["all"],
        columns=_columns(tasks.TimeWords(today), place, "rank,sort_on" if exact else "sort_on"),
        filters=filters,
        sort="light",
        empty=_("现在没有待办。新的待办会出现在这里，并在顶栏提醒。"),
        bulk=(first, *acts, BulkAct("export", _("导出所选"), "download")),
        bulk_note=_("审核与审定须逐件办理，不提供批量通过"),
    )
    return table, counts


def _colleagues(actor: Actor) -> Sequence[tuple[str, str]]:
    found = people_in(roles=OFFICE, departments=answers_for(actor.department)) if actor.department else []
    return [("", _("退回部门")), *((str(user.pk), str(user)) for user in found)]


def _page(request: HttpRequest, place: str) -> HttpResponseBase:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    table, counts = _table(request, place)
    if request.method == "POST":
        return _bulk(request, actor, table)
    table.bind(request)
    views = list(tasks.views_of(actor, place))
    here = _clean(request.GET)
    context = {
        "heading": table.title,
        "place": place,
        "lights": [(light.value, words, counts[light.value]) for light, words in LIGHTS],
        "now": request.GET.get("light", ""),
        "tabs": _tabs(counts, here),
        "views": [(view, view.query == here, view.user_id == actor.user_id) for view in views],
        "here": here,
        "may_share": bool(actor.department),
    }
    return table.response(request, "casework/worklist.html", context)


def _tabs(counts: dict[str, int], here: str) -> list[tuple[str, str, int, bool]]:
    """(words, query, how many, current) of the views that everybody has."""
    today = timezone.localdate()
    soon = f"due_from={today.isoformat()}&due_to={(today + timedelta(days=1)).isoformat()}"
    rows = (
        ("", _("全部待办"), "all"),
        (soon, _("今明到期"), "soon"),
        ("light=r", _("超期"), "r"),
        ("state=returned", _("退回给我"), "returned"),
    )
    return [(words, query, counts[key], query == here) for query, words, key in rows]


def _clean(query: QueryDict) -> str:
    """The filters of an address without the page."""
    values = query.copy()
    for name in ("page", "export"):
        values.pop(name, None)
    for name in [name for name, value in values.items() if not value]:
        values.pop(name)
    return values.urlencode()


def _bulk(request: HttpRequest, actor: Actor, table: Table) -> HttpResponse:
    act, rows = request.POST.get("act", ""), table.chosen(request)
    if act == "export":
        return table.export_rows(request, "xlsx", rows)
    value = request.POST.get(f"{act}_value", "").strip()
    person = get_object_or_404(User, pk=posted_key(request, "hand_value")) if act == "hand" and value else None
    verbs: dict[str, Callable[[Task], Any]] = {
        "take": lambda task: take_task(actor, task),
        "hand": lambda task: hand_over(actor, task, person=person),
        "urge": lambda task: urge_task(actor, task, value),
        "tag": lambda task: tag_task(actor, task, value),
    }
    if act in verbs:
        bulk.run(rows[:MOST], verbs[act]).tell(request)
    return redirect(request.get_full_path())


@access("@")
def mine(request: HttpRequest) -> HttpResponseBase:
    """What the actor has to do."""
    return _page(request, "mine")


@access(*sorted(OFFICE | {"supervisor"}))
def department(request: HttpRequest) -> HttpResponseBase:
    """What waits in the actor's department, whoever has it."""
    return _page(request, "department")


@access("@")
def views(request: HttpRequest) -> HttpResponse:
    """Keep the filters of a worklist page under a name, or forget one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    place = "department" if request.POST.get("place") == "department" else "mine"
    if request.method == "POST":
        try:
            if "drop" in request.POST:
                delete_view(actor, get_object_or_404(SavedView, pk=posted_key(request, "drop")))
                return redirect(f"casework:{place}")
            view = save_view(
                actor, place, request.POST.get("name", ""), request.POST.get("query", ""), shared=bool(request.POST.get("shared"))
            )
        except LantuError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("视图「%(name)s」已保存。") % {"name": view.name})
            return redirect(f"{reverse(f'casework:{place}')}?{view.query}")
    return redirect(f"casework:{place}")


@access("@")
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One verb over one task, from the panel of its subject; goes back to where it came from."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = get_object_or_404(Task, pk=pk)
    if request.method == "POST":
        note = request.POST.get("note", "")
        verbs: dict[str, Callable[[], Any]] = {
            "take": lambda: take_task(actor, found),
            "close": lambda: close_task(actor, found, note),
            "return": lambda: return_task(actor, found, note),
            "urge": lambda: urge_task(actor, found, note),
        }
        try:
            verbs.get(request.POST.get("act", ""), lambda: None)()
        except LantuError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已办理。"))
    elif not (is_for(actor, found) or may_pass_on.test(actor, found)):
        return redirect("casework:mine")
    return redirect(found.url)
