"""Endpoints of evaluations and downloads."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router, Status

from lantu.analysis import selectors
from lantu.analysis.evaluation import papers
from lantu.analysis.models import Download, Evaluation
from lantu.analysis.permissions import USERS
from lantu.analysis.schemas import DownloadIn, DownloadOut, EvaluateIn, EvaluationOut, VerifyOut
from lantu.analysis.services import evaluate, start_download, take_download, verify_evaluation
from lantu.analysis.views.downloads import answer
from lantu.core.access import access

router = Router(tags=["analysis"])


@router.post("evaluations", response={201: EvaluationOut}, url_name="analysis-evaluate", summary="指标评价 Evaluate the indicators")
@access(*USERS)
def evaluate_now(request: HttpRequest, data: EvaluateIn) -> Any:
    """Evaluate and keep the record."""
    row = evaluate(request.actor, title=data.title, release=data.release)  # type: ignore[attr-defined]
    return Status(201, {**papers.record_of(row), "id": row.pk, "url": row.get_absolute_url()})


@router.get("evaluations/{evaluation}", response=EvaluationOut, url_name="analysis-evaluation", summary="评价记录 An evaluation, whole")
@access(*USERS)
def one_evaluation(request: HttpRequest, evaluation: int) -> Any:
    """The whole record."""
    row = selectors.record(Evaluation, evaluation, request.actor)  # type: ignore[attr-defined]
    return {**papers.record_of(row), "id": row.pk, "url": row.get_absolute_url()}


@router.post(
    "evaluations/{evaluation}/verify", response=VerifyOut, url_name="analysis-evaluation-verify", summary="核验 Compute again and compare"
)
@access(*USERS)
def verify_one(request: HttpRequest, evaluation: int) -> Any:
    """Prove a record."""
    row = selectors.record(Evaluation, evaluation, request.actor)  # type: ignore[attr-defined]
    return verify_evaluation(request.actor, row)  # type: ignore[attr-defined]


@router.post("downloads", response={202: DownloadOut}, url_name="analysis-download", summary="数据下载 Have a layer written as a file")
@access(*USERS)
def ask_download(request: HttpRequest, data: DownloadIn) -> Any:
    """Put the writing of a file on the queue."""
    row, job = start_download(request.actor, data.layer, data.form, epsg=data.epsg, purpose=data.purpose)  # type: ignore[attr-defined]
    return Status(202, DownloadOut(id=row.pk, number=row.number, job=str(job.pk), state=row.state))


@router.get("downloads/{download}/file", url_name="analysis-download-file", summary="取文件 The written file")
@access(*USERS)
def download_file(request: HttpRequest, download: int) -> HttpResponseBase:
    """The file, once it is there."""
    row = selectors.record(Download, download, request.actor)  # type: ignore[attr-defined]
    return answer(row, take_download(request.actor, row))  # type: ignore[attr-defined]
