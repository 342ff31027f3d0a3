"""Papers: list, draft, versions, issue, withdraw, public check."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError, NotFound
from lantu.core.models import StoredFile
from lantu.documents import tables
from lantu.documents.composing import Heading, compose, preview_of
from lantu.documents.forms import PaperForm, initial_of
from lantu.documents.models import Paper, PaperVersion
from lantu.documents.permissions import STAFF, WRITERS, may_edit
from lantu.documents.services import draft_paper, issue_paper, replace_docx, revise_paper, withdraw_paper
from lantu.documents.services.papers import organ_of
from lantu.documents.templates import template, templates
from lantu.ui.answers import MEDIA_TYPES


@access(*STAFF)
def papers(request: HttpRequest) -> HttpResponse:
    """All papers; those of the own department come by filter."""
    may_write = request.actor.role in WRITERS  # type: ignore[attr-defined]
    return tables.papers(Paper.objects.all(), may_write=may_write).response(request, "documents/papers.html", {"may_write": may_write})


@access(*WRITERS)
def new(request: HttpRequest) -> HttpResponse:
    """Choose a template."""
    groups: dict[str, list[Any]] = {}
    for one in templates().values():
        groups.setdefault(one.group or _("其他"), []).append(one)
    return render(request, "documents/new.html", {"groups": groups.items()})


@access(*WRITERS)
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """Fill in a template; preview or keep as draft."""
    of = template(code)
    form = PaperForm(of, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("act") == "preview":
                return _preview(request, form)
            key = request.POST.get("key") or uuid.uuid4().hex
            paper = draft_paper(request.actor, code, form.data_for_verb(), key=f"page/{key}", title=form.cleaned_data["title"])  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("草稿已生成。"))
            return redirect(paper)
    return render(request, "documents/draft.html", {"of": of, "form": form, "key": request.POST.get("key") or uuid.uuid4().hex})


def _preview(request: HttpRequest, form: PaperForm) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    composed = compose(form.of, form.data_for_verb(), Heading(form.cleaned_data["title"], organ=organ_of(actor.department), demo=True))
    response = HttpResponse(preview_of(form.of, composed)[0], content_type="image/png")
    response["Content-Disposition"] = "inline"
    return response


@access(*STAFF)
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper: the current file, every version with what changed, the acts."""
    found = get_object_or_404(Paper, pk=pk)
    versions = list(found.versions.select_related("pdf", "docx").order_by("-number"))
    actor = request.actor  # type: ignore[attr-defined]
    known = templates().get(found.template)
    titles = {one.name: one.title for one in known.fields} if known else {}
    for version in versions:
        version.changed = [{**one, "title": titles.get(one["field"], one["field"])} for one in version.changes]  # type: ignore[attr-defined]
    context = {
        "paper": found,
        "versions": versions,
        "current": versions[0],
        "of": known,
        "may_edit": may_edit.test(actor, found),
        "tag": tables.PAPER_TAG[found.state],
    }
    return render(request, "documents/paper.html", context)


@access(*WRITERS)
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft: a new version."""
    found = get_object_or_404(Paper, pk=pk)
    of = template(found.template)
    form = PaperForm(of, request.POST or None, initial={**initial_of(of, found.current.data), "title": found.title})
    if request.method == "POST" and form.is_valid():
        try:
            revise_paper(request.actor, found, form.data_for_verb(), note=request.POST.get("note", "")[:300])  # type: ignore[attr-defined]
        except LantuError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已存为新版本。"))
            return redirect(found)
    return render(request, "documents/draft.html", {"of": of, "form": form, "paper": found, "key": ""})


@access(*WRITERS)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue, withdraw, or bring an edited Word file."""
    found, actor = get_object_or_404(Paper, pk=pk), request.actor  # type: ignore[attr-defined]
    wanted = request.POST.get("act")
    if wanted == "issue":
        issue_paper(actor, found)
        messages.success(request, _("已发出，文号 %(number)s。") % {"number": found.number or "—"})
    elif wanted == "withdraw":
        withdraw_paper(actor, found, reason=request.POST.get("reason", ""))
        messages.success(request, _("已撤销。"))
    elif wanted == "docx" and (file := request.FILES.get("file")):
        replace_docx(actor, found, file.read(), note=request.POST.get("note", "")[:300] or _("上传修改后的 Word"))
        messages.success(request, _("修改稿已存为新版本。"))
    else:
        raise BadInput(_("没有选要办理的事项或文件。"), how=_("请回到文书页再试。"))
    return redirect(found)


@access(*STAFF)
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A version's PDF (in the browser) or Word file."""
    version = get_object_or_404(PaperVersion.objects.select_related("paper", "pdf", "docx"), pk=pk)
    stored = {"pdf": version.pdf, "docx": version.docx}.get(kind)
    if stored is None:
        raise NotFound(_("这个版本没有 %(kind)s 文件。") % {"kind": kind})
    return file_response(stored, f"{version.paper.title}-{version.number}.{kind}", MEDIA_TYPES[kind], kind == "docx")


def file_response(stored: StoredFile, name: str, media_type: str, attachment: bool = True) -> HttpResponse:
    """A stored file as answer."""
    response = HttpResponse(files.path_of(stored).read_bytes(), content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(attachment, name) or "inline"
    return response


@access("*")
def check(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR of a paper opens, for everybody: that it was issued, by whom, when, and whether it still holds. Not its content."""
    found = Paper.objects.filter(token=token).exclude(state=Paper.State.DRAFT).first()
    if found is None:
        raise NotFound(_("没有这份文书，或它还没有发出。"), how=_("请核对二维码是否完整，或向发文机关查询。"))
    return render(
        request, "documents/check.html", {"paper": found, "organ": organ_of(found.department), "holds": found.state == Paper.State.ISSUED}
    )
