"""The page on which embedding is allowed and withdrawn."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.accounts.models import Department
from lantu.analysis.models import Embedding
from lantu.analysis.services import grant_embedding, withdraw_embedding
from lantu.analysis.services.embedding import GRANTERS, token_of
from lantu.blueprints.selectors.names import name_of
from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.ui import marks
from lantu.ui.answers import attempt
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table
from lantu.ui.typed import needed_day


def _address(row: Embedding) -> str:
    return reverse("embed:page", args=[token_of(row)])


def _state(row: Embedding) -> str:
    return _("有效") if row.holds else _("已撤回") if row.withdrawn_at else _("已过期")


@access(*GRANTERS)
def embeddings(request: HttpRequest) -> HttpResponse:
    """All leaves to embed; POST grants one."""
    problem: LantuError | None = None
    given = request.POST
    if request.method == "POST":
        try:
            grant_embedding(
                request.actor,  # type: ignore[attr-defined]
                given.get("kind", ""),
                given.get("title", ""),
                hosts=given.get("hosts", "").split(),
                department=given.get("department", ""),
                expires_on=needed_day(given.get("expires_on", "")),
                layers=given.get("layers", "").replace("、", " ").replace(",", " ").split(),
            )
        except LantuError as error:
            problem = error
        else:
            return redirect("analysis:embeddings")
    table = Table(
        key="embeddings",
        title=gettext_lazy("嵌入"),
        rows=Embedding.objects.all(),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number"),
            Column("title", gettext_lazy("名称"), sort="title", link=_address),
            Column("kind", gettext_lazy("嵌入什么"), lambda row: str(row.get_kind_display()), sort="kind"),
            Column("hosts", gettext_lazy("允许的网站"), lambda row: "、".join(row.hosts)),
            Column("department", gettext_lazy("使用部门"), sort="department"),
            Column("expires_on", gettext_lazy("有效期至"), kind="day", sort="expires_on"),
            Column("used", gettext_lazy("打开次数"), kind="number", sort="used"),
            Column("state", gettext_lazy("状态"), _state, render=lambda row: marks.tag(_state(row), "ok" if row.holds else "line")),
            Column("end", gettext_lazy("撤回"), lambda row: "", render=_withdraw),
        ),
        filters=(Search(gettext_lazy("编号、名称"), ["number", "title"]), Choice("kind", gettext_lazy("嵌入什么"), Embedding.Kind.choices)),
        sort="-number",
        empty=gettext_lazy("还没有开通过嵌入。"),
    )
    departments = [(row.code, name_of(row)) for row in Department.objects.filter(valid_to=None).order_by("code")]
    context = {"problem": problem, "given": given, "departments": departments, "kinds": Embedding.Kind.choices}
    response = table.response(request, "analysis/embeddings.html", context)
    if problem is not None:
        response.status_code = 422
    return response


def _withdraw(row: Embedding) -> str:
    return marks.link(reverse("analysis:embedding", args=[row.pk]), _("查看")) if row.holds else ""


@access(*GRANTERS)
def embedding(request: HttpRequest, pk: int) -> HttpResponse:
    """One leave with the code to put into the other site."""
    row = get_object_or_404(Embedding, pk=pk)
    address = request.build_absolute_uri(_address(row))
    return render(request, "analysis/embedding.html", {"row": row, "address": address, "state": _state(row)})


@access(*GRANTERS)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw it."""
    row = get_object_or_404(Embedding, pk=pk)
    reason = request.POST.get("reason", "")
    attempt(request, lambda: withdraw_embedding(request.actor, row, reason), _("已撤回。"))  # type: ignore[attr-defined]
    return redirect("analysis:embedding", pk=row.pk)
