"""``/api/v1/papers``: templates, papers, batch, seals' uses."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.documents import templates
from lantu.documents.models import Paper, SealRequest
from lantu.documents.permissions import STAFF, WRITERS
from lantu.documents.services import decide_request, draft_paper, enqueue_papers, issue_paper

router = Router(tags=["papers"])


class FieldOut(Schema):
    """A field of a template."""

    name: str
    title: str
    kind: str
    required: bool
    heads: list[str]


class TemplateOut(Schema):
    """A template release."""

    code: str
    name: str
    number: str
    seal: str
    digest: str
    fields: list[FieldOut]


class PaperIn(Schema):
    """A paper to be made. The same ``key`` makes it once."""

    template: str
    data: dict[str, Any]
    key: str
    title: str = ""
    issue: bool = False


class PaperOut(Schema):
    """A paper."""

    id: int
    template: str
    title: str
    number: str
    state: str
    token: str
    issued_at: datetime | None


class BatchIn(Schema):
    """Papers of one template, all or none."""

    template: str
    rows: list[dict[str, Any]]
    key: str


class RequestOut(Schema):
    """An application to use a seal in two steps."""

    id: int
    seal: str
    item: str
    title: str
    state: str
    applicant_name: str
    applied_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    reason: str

    @staticmethod
    def resolve_seal(row: SealRequest) -> str:
        return row.seal.code


class DecisionIn(Schema):
    """The decision on an application; a refusal needs a reason."""

    approve: bool
    reason: str = ""


class JobRef(Schema):
    """The job that does it."""

    job: str


@router.get("templates", response=list[TemplateOut], url_name="paper-templates")
@access(*STAFF)
def list_templates(request: HttpRequest) -> Any:
    """Templates of the pack in force."""
    return list(templates.templates().values())


@router.post("", response={201: PaperOut}, url_name="papers")
@access(*WRITERS)
def make(request: HttpRequest, given: PaperIn) -> Any:
    """Draft a paper, and issue it where ``issue`` is true."""
    actor = request.actor  # type: ignore[attr-defined]
    paper = draft_paper(actor, given.template, given.data, key=f"api/{given.key}", title=given.title)
    return Status(201, issue_paper(actor, paper) if given.issue else paper)


@router.post("batch", response={202: JobRef}, url_name="papers-batch")
@access(*WRITERS)
def batch(request: HttpRequest, given: BatchIn) -> Any:
    """Issue many papers as a job."""
    job = enqueue_papers(request.actor, given.template, given.rows, key=f"api/{given.key}")  # type: ignore[attr-defined]
    return Status(202, {"job": str(job.pk)})


@router.get("seal-requests", response=list[RequestOut], url_name="seal-requests-list")
@access(*STAFF)
def requests(request: HttpRequest, state: str = "") -> Any:
    """Applications to use a seal, newest first."""
    rows = SealRequest.objects.select_related("seal")
    return (rows.filter(state=state) if state else rows)[:500]


@router.post("seal-requests/{pk}/decide", response=RequestOut, url_name="seal-request-decide")
@access("decider")
def decide(request: HttpRequest, pk: int, given: DecisionIn) -> Any:
    """Approve or refuse an application: another decider of the seal's department."""
    row = SealRequest.objects.select_related("seal").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("没有第 %(id)s 号用印申请。") % {"id": pk})
    return decide_request(request.actor, row, approve=given.approve, reason=given.reason)  # type: ignore[attr-defined]


@router.get("{paper}", response=PaperOut, url_name="paper")
@access(*STAFF)
def show(request: HttpRequest, paper: int) -> Any:
    """One paper."""
    found = Paper.objects.filter(pk=paper).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号文书。") % {"id": paper})
    return found
