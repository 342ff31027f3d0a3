"""Endpoints of statistics."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from lantu.analysis import selectors
from lantu.analysis.models import Statistic
from lantu.analysis.permissions import USERS
from lantu.analysis.schemas import StatisticIn, StatisticOut
from lantu.analysis.services import keep_statistic
from lantu.analysis.stats import papers
from lantu.core import audit
from lantu.core.access import access
from lantu.ui.answers import download

router = Router(tags=["analysis"])


def out(row: Statistic) -> StatisticOut:
    """A statistic as the API gives it."""
    return StatisticOut(
        id=row.pk,
        number=row.number,
        title=row.title,
        digest=row.digest,
        url=row.get_absolute_url(),
        kind=row.kind,
        made_at=row.made_at.isoformat(),
        demo=row.demo,
        asked=row.asked,
        tables=row.result["tables"],
    )


@router.post("statistics", response={201: StatisticOut}, url_name="analysis-count", summary="统计 Count and keep the tables")
@access(*USERS)
def count(request: HttpRequest, data: StatisticIn) -> Any:
    """Count over a release and keep the record."""
    row = keep_statistic(
        request.actor,  # type: ignore[attr-defined]
        data.kind,
        data.parameters,
        title=data.title,
        release=data.release,
        shared=data.shared,
    )
    return Status(201, out(row))


@router.get("statistics/{statistic}", response=StatisticOut, url_name="analysis-statistic", summary="统计记录 A statistic, whole")
@access(*USERS)
def one_statistic(request: HttpRequest, statistic: int) -> Any:
    """The whole record."""
    return out(selectors.statistic(statistic, request.actor))  # type: ignore[attr-defined]


@router.get("statistics/{statistic}/report.{form}", url_name="analysis-statistic-paper", summary="统计表 The tables as xlsx, docx")
@access(*USERS)
def statistic_paper(request: HttpRequest, statistic: int, form: str) -> HttpResponse:
    """The tables as a file."""
    row = selectors.statistic(statistic, request.actor)  # type: ignore[attr-defined]
    audit.record(request.actor, "analysis.statistic_paper", row, detail={"form": form})  # type: ignore[attr-defined]
    note = papers.basis_line(row.asked["basis"], row.digest)
    return download(papers.written(form, row.title, note, row.result, demo=row.demo), f"{row.number}.{form}")
