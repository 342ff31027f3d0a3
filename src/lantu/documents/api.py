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
from lantu.documents.models import Paper
from lantu.documents.permissions import STAFF, WRITERS
from lantu.documents.services import draft_paper, enqueue_papers, issue_paper

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


@router.get("{paper}", response=PaperOut, url_name="paper")
@access(*STAFF)
def show(request: HttpRequest, paper: int) -> Any:
    """One paper."""
    found = Paper.objects.filter(pk=paper).first()
    if found is None:
        raise NotFound(_("没有第 %(id)s 号文书。") % {"id": paper})
    return found
