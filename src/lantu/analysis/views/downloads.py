"""Pages of the downloads."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.analysis import selectors
from lantu.analysis.models import Download
from lantu.analysis.ogc.rights import collections
from lantu.analysis.permissions import USERS
from lantu.analysis.services import start_download, take_download
from lantu.analysis.services.downloads import offered_frames
from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.ui import marks
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

ENDINGS = {"shp": "-shp.zip", "gdb": "-gdb.zip"}


def _file(row: Download) -> str:
    if row.state != Download.State.DONE:
        return str(row.get_state_display())
    return marks.link(row.get_absolute_url(), _("下载"))


@access(*USERS)
def downloads(request: HttpRequest) -> HttpResponse:
    """The ledger of downloads that may be read; POST asks for a file."""
    actor = request.actor  # type: ignore[attr-defined]
    problem: LantuError | None = None
    if request.method == "POST":
        given = request.POST
        try:
            epsg = int(given.get("epsg") or 0) if given.get("epsg", "0").isdigit() else -1
            _row, job = start_download(actor, given.get("layer", ""), given.get("form", ""), epsg=epsg, purpose=given.get("purpose", ""))
        except LantuError as error:
            problem = error
        else:
            return redirect(f"{reverse('ui:job', args=[job.pk])}?next={quote(reverse('analysis:downloads'))}")
    table = Table(
        key="downloads",
        title=gettext_lazy("下载台账"),
        rows=selectors.readable(Download.objects.all(), actor).select_related("stored"),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number"),
            Column("title", gettext_lazy("图层"), lambda row: f"{row.layer_code} {row.title}", sort="layer_code"),
            Column("form", gettext_lazy("格式"), lambda row: str(row.get_form_display()), sort="form"),
            Column("epsg", gettext_lazy("坐标系"), lambda row: f"EPSG:{row.epsg}", sort="epsg", minor=True),
            Column("release", gettext_lazy("蓝图"), "release_number", sort="release_number"),
            Column("features", gettext_lazy("要素数"), kind="number", sort="features"),
            Column("purpose", gettext_lazy("用途"), sort="purpose"),
            Column("made_by_name", gettext_lazy("申请人"), sort="made_by_name"),
            Column("made_at", gettext_lazy("时间"), kind="moment", sort="made_at"),
            Column("file", gettext_lazy("文件"), lambda row: str(row.get_state_display()), render=_file),
        ),
        filters=(
            Search(gettext_lazy("编号、图层、用途、申请人"), ["number", "layer_code", "title", "purpose", "made_by_name"]),
            Choice("form", gettext_lazy("格式"), Download.Form.choices),
            Choice("state", gettext_lazy("状态"), Download.State.choices),
        ),
        sort="-made_at",
        empty=gettext_lazy("还没有人下载过数据。"),
    )
    context = {
        "layers": collections(actor),
        "forms": Download.Form.choices,
        "frames": offered_frames(),
        "problem": problem,
        "given": request.POST,
    }
    response = table.response(request, "analysis/downloads.html", context)
    if problem is not None:
        response.status_code = 422
    return response


@access(*USERS)
def download_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file itself."""
    actor = request.actor  # type: ignore[attr-defined]
    row = selectors.record(Download, pk, actor)
    return answer(row, take_download(actor, row))


def answer(row: Download, path: Path) -> HttpResponseBase:
    """A prepared file as the answer of a request."""
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    name = f"{row.number}-{row.layer_code}{ENDINGS.get(row.form, '.' + row.form)}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
