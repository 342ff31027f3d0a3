"""Files of the applicant: large ones in pieces, and looking at what was handed in."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lantu.approvals.models import Draft, Material, StageApplication
from lantu.approvals.selectors import applicants
from lantu.approvals.services.uploading import append, begin_upload
from lantu.core import files
from lantu.core.access import access
from lantu.core.errors import LantuError, NotFound
from lantu.ui.typed import typed_number


@access("builder")
@require_POST
def begin_of_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin, or go on with, an upload for a draft: answers the token and how much is there."""
    return _begin(request, lambda: applicants.draft(request.actor, pk))  # type: ignore[attr-defined]


@access("builder")
@require_POST
def begin_of_case(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for a filed application."""
    return _begin(request, lambda: applicants.application(request.actor, pk))  # type: ignore[attr-defined]


@access("builder")
@require_POST
def piece(request: HttpRequest, token: str) -> HttpResponse:
    """Append a piece, the body of the request, at ``?offset=``."""
    text = request.GET.get("offset", "")
    try:
        row, made = append(request.actor, token, typed_number(text) if text.isdecimal() else -1, request)  # type: ignore[attr-defined, arg-type]
    except LantuError as error:
        return JsonResponse(error.as_dict(), status=error.status)
    return JsonResponse({"received": row.size if made else row.received, "size": row.size, "material": made.pk if made else None})


@access("builder", "window", "planner", "reviewer", "decider", "supervisor", "viewer")
def download_material(request: HttpRequest, pk: int) -> FileResponse:
    """A file that was handed in, for who may see its draft or application."""
    row = get_object_or_404(Material.objects.select_related("stored", "draft", "application"), pk=pk)
    if row.stored is None or not _may_see(request.actor, row):  # type: ignore[attr-defined]
        raise NotFound(_("没有这份材料，或您不能查看它。"), how="/portal/")
    name = row.filename or f"{row.code}.{row.facts.get('kind', 'bin')}"
    response = FileResponse(files.path_of(row.stored).open("rb"), content_type=row.stored.media_type, as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _may_see(actor: Any, row: Material) -> bool:
    if row.application is not None:
        from lantu.casework.subjects import kind_of

        return kind_of("approvals.stageapplication").may_see(actor, row.application) and (
            actor.role != "builder" or applicants.applications(actor).filter(pk=row.application.pk).exists()
        )
    return row.draft is not None and applicants.drafts(actor).filter(pk=row.draft.pk).exists()


def _begin(request: HttpRequest, find: Any) -> HttpResponse:
    data = request.POST
    try:
        holder: Draft | StageApplication = find()
        size, part = data.get("size", ""), data.get("part", "1")
        row = begin_upload(
            request.actor,  # type: ignore[attr-defined]
            holder,
            data.get("code", ""),
            data.get("filename", ""),
            typed_number(size),
            part=typed_number(part),
        )
    except LantuError as error:
        return JsonResponse(error.as_dict(), status=error.status)
    return JsonResponse({"token": row.token, "received": row.received, "size": row.size})
