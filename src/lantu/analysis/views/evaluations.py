"""Pages of the evaluation of indicators."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.analysis import selectors
from lantu.analysis.evaluation import papers
from lantu.analysis.evaluation.judge import status_word
from lantu.analysis.evaluation.measure import rows_behind
from lantu.analysis.models import Evaluation
from lantu.analysis.permissions import USERS
from lantu.analysis.services import evaluate, verify_evaluation
from lantu.analysis.stats.papers import basis_line
from lantu.blueprints.models import BlueprintRelease
from lantu.core import audit
from lantu.core.access import access
from lantu.core.errors import LantuError, NotFound
from lantu.ui import marks
from lantu.ui.answers import download
from lantu.ui.filters import Search
from lantu.ui.tables import Column, Table


@access(*USERS)
def evaluations(request: HttpRequest) -> HttpResponse:
    """All evaluations that may be read; POST evaluates anew."""
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            row = evaluate(actor, title=request.POST.get("title", ""), release=request.POST.get("release", ""))
        except LantuError as error:
            messages.error(request, str(error))
            return redirect("analysis:evaluations")
        messages.success(request, _("已评价，存为 %(number)s。") % {"number": row.number})
        return redirect(row.get_absolute_url())
    table = Table(
        key="evaluations",
        title=gettext_lazy("指标评价"),
        rows=selectors.readable(Evaluation.objects.all(), actor).select_related("release").defer("asked", "result"),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("title", gettext_lazy("名称"), sort="title"),
            Column("release", gettext_lazy("蓝图"), lambda row: row.release.number if row.release else ""),
            Column("missed", gettext_lazy("未达到"), sort="missed", kind="number"),
            Column("warned", gettext_lazy("预警"), sort="warned", kind="number"),
            Column("met", gettext_lazy("达到"), sort="met", kind="number"),
            Column("made_by_name", gettext_lazy("办理人"), sort="made_by_name", minor=True),
            Column("made_at", gettext_lazy("时间"), kind="moment", sort="made_at"),
        ),
        filters=(Search(gettext_lazy("编号、名称、办理人"), ["number", "title", "made_by_name"]),),
        sort="-made_at",
        empty=gettext_lazy("还没有评价过指标。选一个蓝图版本，点「评价」。"),
    )
    context = {"releases": BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED)}
    return table.response(request, "analysis/evaluations.html", context)


@access(*USERS)
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluation, as it was; as a file by ``export``."""
    row = selectors.record(Evaluation, pk, request.actor)  # type: ignore[attr-defined]
    if form := request.GET.get("export", ""):
        if form not in papers.FORMS:
            raise NotFound(_("没有「%(form)s」这种格式。") % {"form": form}, how="、".join(papers.FORMS))
        audit.record(request.actor, "analysis.evaluation_paper", row, detail={"form": form})  # type: ignore[attr-defined]
        return download(papers.FORMS[form](row), f"{row.number}.{form}")
    shown = [_shown(one, row) for one in row.result["indicators"]]
    context = {
        "row": row,
        "line": basis_line(row.asked["basis"], row.digest),
        "indicators": shown,
        "implementation": papers.implementation_table(row.result["implementation"]),
        "lacking": row.result["implementation"].get("missing", []) + row.result["implementation"].get("unseen", []),
    }
    return render(request, "analysis/evaluation.html", context)


TONES = {"met": "g", "warned": "y", "missed": "r", "unknown": "n", "unseen": "n"}


def _shown(one: dict[str, Any], row: Evaluation) -> dict[str, Any]:
    most = max((abs(part["value"]) for part in one["districts"] if part["value"] is not None), default=0) or 1
    released = {"release": row.release.number} if row.release else {}
    links = [
        (f"{layer} {code}".strip(), f"{reverse('analysis:patches')}?{urlencode({'layer': layer, 'code': code, **released})}")
        for layer, code in rows_behind(one["formula"])
    ]
    return one | {
        "name": papers.name_of(one),
        "kind_word": papers.kind_word(one),
        "mark": marks.light(TONES[one["status"]], status_word(one["status"])),
        "value_word": papers.figure(one["value"], one["unit"]),
        "target_word": papers.target_word(one),
        "base_word": papers.figure(one["base"], one["unit"]),
        "formula_word": papers.formula_word(one["formula"]),
        "source": papers.source_word(one),
        "parts": [
            part | {"word": papers.figure(part["value"], one["unit"]), "bar": abs(part["value"] or 0) / most} for part in one["districts"]
        ],
        "links": links,
        "rows": source.rows(date.fromisoformat(row.asked["on"])) if (source := papers.source_of(one["formula"])) else "",
    }


@access(*USERS)
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator over the releases: the latest evaluation of each that the reader may read."""
    rows = selectors.readable(Evaluation.objects.exclude(release=None), request.actor)  # type: ignore[attr-defined]
    latest: dict[str, tuple[Any, Evaluation]] = {}
    for row in rows.select_related("release").order_by("made_at"):
        if row.release is not None:
            latest[row.release.number] = (row.release.published_at, row)
    found = [
        _shown(one, row) | {"release": number, "row": row}
        for number, (_at, row) in sorted(latest.items(), key=lambda pair: pair[1][0])
        for one in row.result["indicators"]
        if one["code"] == code
    ]
    if not found:
        raise NotFound(_("没有指标 %(code)s 的评价。") % {"code": code}, how=_("请先做一次指标评价。"))
    most = max((abs(one["value"]) for one in found if one["value"] is not None), default=0) or 1
    series = [one | {"bar": abs(one["value"] or 0) / most} for one in found]
    return render(request, "analysis/indicator.html", {"one": found[-1], "series": series})


@access(*USERS)
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute an evaluation again and say what came out."""
    actor = request.actor  # type: ignore[attr-defined]
    row = selectors.record(Evaluation, pk, actor)
    report = verify_evaluation(actor, row)
    if report["intact"] and report["same"]:
        messages.success(request, _("核验相符：记录未被改动，重算结果一致。"))
    else:
        words = "、".join(report["differences"]) or _("记录摘要不符")
        messages.error(request, _("核验不符：%(what)s") % {"what": words})
    if report["living_changed"]:
        messages.info(request, _("此后登记的动态图层使这些数不同：%(what)s") % {"what": "、".join(report["living_changed"])})
    return redirect(row.get_absolute_url())
