"""The lists of collection rounds and of their requests."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.plans.models import CollectionRequest, CollectionRound
from lantu.plans.tables import layer_name
from lantu.ui import marks
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

LIGHTS = {"asked": "n", "submitted": "y", "returned": "r", "accepted": "g", "withdrawn": "p"}


def late(prefix: str = "") -> Q:
    """Requests that the department has still to answer and whose day is past."""
    return Q(**{f"{prefix}state__in": ["asked", "returned"], f"{prefix}due__lt": timezone.localdate()})


def state_light(row: CollectionRequest) -> SafeString:
    """The state with its colour."""
    return marks.light(LIGHTS[row.state], row.get_state_display())


def rounds(*, may_open: bool) -> Table:
    """All rounds with how far they are."""
    rows = CollectionRound.objects.annotate(
        all=Count("requests", filter=~Q(requests__state="withdrawn")),
        accepted=Count("requests", filter=Q(requests__state="accepted")),
        waiting=Count("requests", filter=Q(requests__state="submitted")),
        late=Count("requests", filter=late("requests__")),
    )
    return Table(
        key="rounds",
        title=gettext_lazy("规划汇交"),
        rows=rows,
        columns=(
            Column("title", gettext_lazy("汇交"), sort="title", link=_round_url),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state"),
            Column("due", gettext_lazy("截止"), kind="day", sort="due"),
            Column("all", gettext_lazy("任务"), kind="number", sort="all", link=_round_url),
            Column(
                "accepted", gettext_lazy("已接收"), kind="number", sort="accepted", link=lambda row: f"{_round_url(row)}?state=accepted"
            ),
            Column("waiting", gettext_lazy("待接收"), kind="number", sort="waiting", link=lambda row: f"{_round_url(row)}?state=submitted"),
            Column("late", gettext_lazy("超期"), kind="number", sort="late", link=lambda row: f"{_round_url(row)}?late=yes"),
            Column("opened_by_name", gettext_lazy("发起人"), sort="opened_by_name", minor=True),
        ),
        filters=(Search(gettext_lazy("名称"), ["title"]), Choice("state", gettext_lazy("状态"), CollectionRound.State.choices)),
        sort="-due",
        empty=gettext_lazy("还没有汇交。发起一次，各部门会收到通知、空库模板和截止日。"),
        empty_url=reverse("plans:round-new") if may_open else "",
        empty_label=gettext_lazy("发起汇交"),
    )


def _round_url(row: CollectionRound) -> str:
    return reverse("plans:round", args=[row.pk])


def requests(rows: QuerySet[CollectionRequest], *, with_round: bool = False) -> Table:
    """Collection requests, the next due first."""
    today = timezone.localdate()

    def left(row: CollectionRequest) -> Any:
        if not row.open:
            return ""
        days = row.days_left(today)
        word = _("余 %(n)s 天") % {"n": days} if days >= 0 else _("超期 %(n)s 天") % {"n": -days}
        return marks.light("r" if days < 0 else "y" if days <= 3 else "g", word)

    columns = [
        Column(
            "department",
            gettext_lazy("部门"),
            "department.name_zh",
            sort="department__code",
            link=lambda row: reverse("plans:request", args=[row.pk]),
        ),
        Column("layer_code", gettext_lazy("图层"), lambda row: layer_name(row.layer_code), sort="layer_code"),
        Column(
            "state",
            gettext_lazy("状态"),
            lambda row: row.get_state_display(),
            sort="state",
            render=state_light,
        ),
        Column("due", gettext_lazy("截止"), kind="day", sort="due"),
        Column("left", gettext_lazy("余日"), lambda row: row.days_left(today) if row.open else None, render=left),
        Column("tries", gettext_lazy("汇交次数"), kind="number", sort="tries", minor=True),
        Column("reminders", gettext_lazy("催办"), kind="number", sort="reminders", minor=True),
    ]
    if with_round:
        columns.insert(0, Column("round", gettext_lazy("汇交"), "round.title", sort="round__title"))
    return Table(
        key="requests",
        title=gettext_lazy("汇交任务"),
        rows=rows.annotate(tries=Count("submissions")),
        columns=columns,
        filters=(
            Search(gettext_lazy("部门、图层"), ["department__name_zh", "layer_code"]),
            Choice("state", gettext_lazy("状态"), CollectionRequest.State.choices),
            Choice("late", gettext_lazy("超期"), [("yes", gettext_lazy("只看超期"))], where=lambda value: late() if value else Q()),
        ),
        sort="due",
        empty=gettext_lazy("没有汇交任务。"),
    )
