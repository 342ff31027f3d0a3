"""Endpoints of the room (``/api/v1/analysis/…``)."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from lantu.analysis import selectors
from lantu.analysis.conformity import papers, wording
from lantu.analysis.conformity.found import by_number
from lantu.analysis.conformity.sites import Site, from_text
from lantu.analysis.models import Check
from lantu.analysis.partition import basis
from lantu.analysis.permissions import OFFICERS, USERS
from lantu.analysis.schemas import BatchIn, BatchOut, CheckIn, CheckOut, DismissIn, VerifyOut
from lantu.analysis.services import dismiss, run_check, start_batch, verify_check, withdraw_dismissal
from lantu.analysis.uploads import laid_out
from lantu.core import audit
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound

router = Router(tags=["analysis"])


def out(row: Check) -> CheckOut:
    """A check as the API gives it."""
    return CheckOut(
        id=row.pk,
        number=row.number,
        title=row.title,
        verdict=row.verdict,
        standing=row.standing,
        headline=wording.headline(row, {one.item: one for one in row.dismissals.all()}),
        area_m2=float(row.area_m2),
        release=row.asked["basis"]["release"],
        run=row.asked["basis"]["run"],
        digest=row.digest,
        elapsed_ms=row.elapsed_ms,
        made_at=row.made_at.isoformat(),
        url=row.get_absolute_url(),
    )


def site_of(data: CheckIn, actor: Any) -> Site:
    """The site of a request. Raises ``BadInput`` unless it is given in exactly one way."""
    ways = [bool(data.text.strip()), data.geometry is not None, bool(data.number.strip())]
    if sum(ways) != 1:
        raise BadInput(_("用地要正好给一种：text、geometry 或 number。"), how=_("请只填其中一项。"))
    if data.geometry is not None:
        return Site(from_text(json.dumps(data.geometry)).geometry, "api")
    return by_number(basis(data.release), data.number, actor) if data.number.strip() else from_text(data.text, data.epsg)


@router.post("checks", response={201: CheckOut}, url_name="analysis-check", summary="合规性检测 Check a site")
@access(*USERS)
def check(request: HttpRequest, data: CheckIn) -> Any:
    """Check one site in-line and keep the record."""
    actor = request.actor  # type: ignore[attr-defined]
    return Status(201, out(run_check(actor, site_of(data, actor), title=data.title, use=data.use, release=data.release)))


@router.get("checks/{check}", url_name="analysis-check-record", summary="检测记录 A record, whole")
@access(*USERS)
def one_check(request: HttpRequest, check: int) -> dict[str, Any]:
    """The whole record: what was asked, what came out, the site, dismissals."""
    return papers.record_of(selectors.record(Check, check, request.actor))  # type: ignore[attr-defined]


@router.get("checks/{check}/report.{form}", url_name="analysis-check-paper", summary="检测报告 The report as pdf, docx, xlsx, json")
@access(*USERS)
def check_paper(request: HttpRequest, check: int, form: str) -> HttpResponse:
    """The report as a file."""
    actor = request.actor  # type: ignore[attr-defined]
    row = selectors.record(Check, check, actor)
    if form not in papers.FORMS:
        raise NotFound(_("没有「%(form)s」这种格式。") % {"form": form}, how="、".join(papers.FORMS))
    write, media_type = papers.FORMS[form]
    audit.record(actor, "analysis.check_paper", row, detail={"form": form})
    return HttpResponse(write(row, actor), content_type=media_type)


@router.post("checks/{check}/verify", response=VerifyOut, url_name="analysis-check-verify", summary="核验 Compute again and compare")
@access(*USERS)
def verify(request: HttpRequest, check: int) -> Any:
    """Prove a record."""
    return verify_check(request.actor, selectors.record(Check, check, request.actor))  # type: ignore[attr-defined]


@router.post("checks/{check}/dismissals", response={201: CheckOut}, url_name="analysis-check-dismiss", summary="改判 Set a finding aside")
@access(*OFFICERS)
def dismiss_one(request: HttpRequest, check: int, data: DismissIn) -> Any:
    """Set a finding aside with the reason."""
    row = selectors.record(Check, check, request.actor)  # type: ignore[attr-defined]
    dismiss(request.actor, row, data.item, data.reason)  # type: ignore[attr-defined]
    return Status(201, out(row))


@router.post("checks/{check}/dismissals/withdraw", response=CheckOut, url_name="analysis-check-withdraw", summary="撤回改判 Take it back")
@access(*OFFICERS)
def withdraw_one(request: HttpRequest, check: int, data: DismissIn) -> Any:
    """Take the dismissal of a finding back with the reason."""
    row = selectors.record(Check, check, request.actor)  # type: ignore[attr-defined]
    return out(withdraw_dismissal(request.actor, row, data.item, data.reason))  # type: ignore[attr-defined]


@router.post("batches", response={202: BatchOut}, url_name="analysis-batch", summary="批量检测 Check every site of a file")
@access(*USERS)
def batch(
    request: HttpRequest,
    upload: File[list[UploadedFile]],
    data: Form[BatchIn],
) -> Any:
    """Put the check of every feature of an upload on the queue."""
    with laid_out(upload) as files:
        row, job = start_batch(
            request.actor,  # type: ignore[attr-defined]
            [(one.name, one.path) for one in files],
            **data.dict(),
        )
    return Status(202, BatchOut(id=row.pk, number=row.number, job=str(job.pk), url=row.get_absolute_url()))
