"""``/api/v1/certificates``: register, library, public verification."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile

from lantu.certificates.models import Certificate
from lantu.certificates.permissions import ISSUERS, PREPARERS, READERS
from lantu.certificates.selectors import held, issued
from lantu.certificates.services import (
    Grant,
    apply_for_certificate_seal,
    change_certificate,
    drop_certificate,
    enqueue_batch,
    extend_certificate,
    prepare_certificate,
    set_state,
)
from lantu.certificates.verification import public_facts, verify_file, verify_text
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound
from lantu.documents.models import Seal

router = Router(tags=["certificates"])


class CertificateOut(Schema):
    """A certificate."""

    id: int
    type: str
    title: str
    identifier: str
    number: str
    issue_version: int
    state: str
    holder_name: str
    holder_code: str
    data: dict[str, Any]
    valid_from: date
    valid_to: date | None
    project_code: str
    subject_type: str
    subject_id: str
    issued_at: datetime | None


class GrantIn(Schema):
    """What is granted. The same ``key`` gives one certificate."""

    type: str
    key: str
    holder_name: str
    holder_code: str = ""
    data: dict[str, str]
    project_code: str = ""
    subject_type: str = ""
    subject_id: str = ""
    subject_title: str = ""
    item: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


class BatchIn(Schema):
    """Prepared certificates, each with its seal's code; all or none."""

    certificates: list[int]
    seals: list[str]


class DropIn(Schema):
    """Why a prepared certificate shall not be issued."""

    reason: str


class StateIn(Schema):
    """A change of state."""

    operation: str
    reason: str
    basis: str


class ChangeIn(Schema):
    """What a successor says instead; what is left out stays. The same ``key`` gives one successor."""

    key: str
    reason: str
    basis: str
    holder_name: str | None = None
    holder_code: str | None = None
    data: dict[str, str] | None = None


class ExtendIn(Schema):
    """A longer validity."""

    key: str
    reason: str
    basis: str
    valid_to: date


class SealIn(Schema):
    """The code of a seal."""

    seal: str


class RequestOut(Schema):
    """An application for a seal."""

    id: int
    state: str
    title: str
    applicant_name: str
    decided_by_name: str
    reason: str


class JobRef(Schema):
    """The job that does it."""

    job: str


def _find(pk: int) -> Certificate:
    row = Certificate.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(_("没有第 %(id)s 号证照。") % {"id": pk})
    return row


def _seal(code: str) -> Seal:
    seal = Seal.objects.filter(code=code).first()
    if seal is None:
        raise NotFound(_("没有印章「%(code)s」。") % {"code": code})
    return seal


@router.get("", response=list[CertificateOut], url_name="certificates")
@access(*READERS)
def find(request: HttpRequest, project_code: str = "", holder_code: str = "", type: str = "", limit: int = Query(200, ge=1, le=500)) -> Any:
    """Issued certificates by project, holder and type, newest first."""
    rows = issued()
    for name, value in (("project_code", project_code), ("holder_code", holder_code), ("type", type)):
        if value:
            rows = rows.filter(**{name: value})
    return rows.order_by("-pk")[:limit]


@router.post("", response={201: CertificateOut}, url_name="certificates-prepare")
@access(*PREPARERS)
def prepare(request: HttpRequest, given: GrantIn) -> Any:
    """Hold number and identifier."""
    return Status(201, prepare_certificate(request.actor, Grant(**given.dict())))  # type: ignore[attr-defined]


@router.post("issue", response={202: JobRef}, url_name="certificates-issue")
@access(*ISSUERS)
def issue(request: HttpRequest, given: BatchIn) -> Any:
    """Make, seal and issue prepared certificates as a job, all or none."""
    if len(given.certificates) != len(given.seals) or not given.certificates:
        raise BadInput(_("证照与印章须一一对应。"))
    pairs = []
    for pk, code in zip(given.certificates, given.seals, strict=True):
        pairs.append((_find(pk), _seal(code)))
    return Status(202, {"job": str(enqueue_batch(request.actor, pairs).pk)})  # type: ignore[attr-defined]


@router.get("library", response=list[dict[str, Any]], url_name="certificates-library")
@access(*READERS)
def library(request: HttpRequest, holder_code: str, type: str = "", title: str = "") -> Any:
    """What a holder has, valid today: what need not be asked for."""
    rows = held(holder_code, type_code=type, title=title)
    return [{name: getattr(row, name) for name in ("source", "title", "number", "holder", "issuer", "valid_to", "data")} for row in rows]


@router.get("verify", response=dict[str, Any], url_name="certificates-verify")
@access("*")
def verify(request: HttpRequest, q: str) -> Any:
    """Verify by number, identifier or code."""
    return verify_text(q).as_dict()


@router.post("verify", response=dict[str, Any], url_name="certificates-verify-file")
@access("*")
def verify_upload(request: HttpRequest, file: UploadedFile = File(...), purpose: str = "") -> Any:  # noqa: B008 - ninja's way
    """Verify a PDF or OFD."""
    return verify_file(file.read(), purpose=purpose).as_dict()


@router.get("{certificate}", response=CertificateOut, url_name="certificate")
@access(*READERS)
def show(request: HttpRequest, certificate: int) -> Any:
    """One certificate."""
    return _find(certificate)


@router.post("{certificate}/change", response={201: CertificateOut}, url_name="certificate-change")
@access(*PREPARERS)
def change(request: HttpRequest, certificate: int, given: ChangeIn) -> Any:
    """Prepare a successor with other data or another holder."""
    row = _find(certificate)
    changes = {name: value for name, value in given.dict().items() if value is not None}
    changes["key"] = f"api/{given.key}"
    return Status(201, change_certificate(request.actor, row, **changes))  # type: ignore[attr-defined]


@router.post("{certificate}/extend", response={201: CertificateOut}, url_name="certificate-extend")
@access(*PREPARERS)
def extend(request: HttpRequest, certificate: int, given: ExtendIn) -> Any:
    """Prepare a successor that is valid longer."""
    values = {**given.dict(), "key": f"api/{given.key}"}
    return Status(201, extend_certificate(request.actor, _find(certificate), **values))  # type: ignore[attr-defined]


@router.post("{certificate}/seal-requests", response={201: RequestOut}, url_name="certificate-seal-request")
@access(*PREPARERS)
def apply_for_seal(request: HttpRequest, certificate: int, given: SealIn) -> Any:
    """Apply to put a two-step seal on a prepared certificate."""
    return Status(201, apply_for_certificate_seal(request.actor, _find(certificate), _seal(given.seal)))  # type: ignore[attr-defined]


@router.post("{certificate}/drop", response=CertificateOut, url_name="certificate-drop")
@access(*PREPARERS)
def drop(request: HttpRequest, certificate: int, given: DropIn) -> Any:
    """Void the number of a certificate that was prepared wrongly and not issued."""
    return drop_certificate(request.actor, _find(certificate), reason=given.reason)  # type: ignore[attr-defined]


@router.post("{certificate}/state", response=dict[str, Any], url_name="certificate-state")
@access(*ISSUERS)
def change_state(request: HttpRequest, certificate: int, given: StateIn) -> Any:
    """Suspend, resume, revoke …"""
    row = _find(certificate)
    set_state(request.actor, row, given.operation, reason=given.reason, basis=given.basis)  # type: ignore[attr-defined]
    return public_facts(row)
