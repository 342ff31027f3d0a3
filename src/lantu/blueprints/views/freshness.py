"""How up to date the layers are, and the findings about those that are not."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.models import StaleLayer
from lantu.blueprints.selectors.freshness import Freshness, freshness
from lantu.blueprints.selectors.names import department_names
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.standards import selectors as standards
from lantu.ui import marks
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table, workbook


@access(*INSIDE)
def up_to_date(request: HttpRequest) -> HttpResponse:
    """Every layer by its update cycle, the most overdue first; ``?export=xlsx``."""
    rows = freshness()
    if request.GET.get("only") == "stale":
        rows = [row for row in rows if row.late_days]
    departments = department_names()
    if request.GET.get("export") == "xlsx":
        return _workbook(request, rows, departments)
    context = {
        "rows": [(row, departments.get(row.owner, row.owner)) for row in rows],
        "stale": sum(bool(row.late_days) for row in rows),
        "only": request.GET.get("only", ""),
    }
    return render(request, "blueprints/freshness.html", context)


def _workbook(request: HttpRequest, rows: list[Freshness], departments: dict[str, str]) -> HttpResponse:
    heads = [_("图层"), _("图层名称"), _("数据集"), _("责任部门"), _("现势日期"), _("更新周期"), _("应更新"), _("超期（天）")]
    names = [departments.get(row.owner, row.owner) for row in rows]
    lines = [
        [row.layer, row.title, row.dataset, name, row.since, row.cycle, row.due, row.late_days]
        for row, name in zip(rows, names, strict=True)
    ]
    return workbook(request, "freshness", _("图层现势性"), heads, lines)


@access(*INSIDE)
def stale_layers(request: HttpRequest) -> HttpResponse:
    """The findings about layers past their date: when found, when settled."""
    departments, layers = department_names(), standards.catalogue().layers

    def title(row: StaleLayer) -> str:
        return f"{row.layer_code} {layers[row.layer_code].name_zh if row.layer_code in layers else ''}".strip()

    table = Table(
        key="stale",
        title=gettext_lazy("过期问题"),
        rows=StaleLayer.objects.all(),
        columns=(
            Column("layer", gettext_lazy("图层"), title, sort="layer_code"),
            Column("dataset", gettext_lazy("数据集"), sort="dataset", link=_release_url),
            Column("owner", gettext_lazy("责任部门"), lambda row: departments.get(row.owner, row.owner), sort="owner"),
            Column("since", gettext_lazy("现势日期"), kind="day", sort="since", minor=True),
            Column("cycle", gettext_lazy("更新周期"), kind="code", minor=True),
            Column("due", gettext_lazy("应更新"), kind="day", sort="due"),
            Column("found_at", gettext_lazy("发现"), kind="moment", sort="found_at"),
            Column("settled_at", gettext_lazy("消除"), kind="moment", sort="settled_at"),
            Column("state", gettext_lazy("状态"), _state_text, render=_state),
        ),
        filters=(
            Search(gettext_lazy("图层、数据集"), ["layer_code", "dataset"]),
            Choice(
                "state",
                gettext_lazy("状态"),
                [("open", gettext_lazy("未消除")), ("settled", gettext_lazy("已消除"))],
                where=lambda value: Q(settled_at__isnull=value == "open"),
            ),
            Choice("owner", gettext_lazy("责任部门"), sorted(departments.items())),
        ),
        sort="due",
        empty=gettext_lazy("没有过期的图层。每天按图层目录的更新周期核查，过期的会列在这里，责任部门收到待办。"),
    )
    return table.response(request, "blueprints/stale.html", {})


def _release_url(row: StaleLayer) -> str | None:
    return reverse("plans:release", args=[row.release_id]) if row.release_id else None


def _state_text(row: StaleLayer) -> str:
    if row.settled_at is not None:
        return _("已消除")
    return _("超期 %(n)s 天") % {"n": (timezone.localdate() - row.due).days}


def _state(row: StaleLayer) -> str:
    return marks.light("g" if row.settled_at is not None else "r", _state_text(row))
