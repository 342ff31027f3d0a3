"""Pages of heights: rasters (list, load, take out of use), profiles (list, draw, chart)."""

from __future__ import annotations

import json
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import shapely
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.analysis import selectors
from lantu.analysis.models import HeightRaster, Profile
from lantu.analysis.permissions import USERS
from lantu.analysis.services import draw_profile, load_raster, remove_raster, start_raster, verify_profile
from lantu.analysis.services.rasters import INLINE_BYTES, LOADERS, About, may_load
from lantu.analysis.terrain import chart, papers
from lantu.analysis.terrain.lines import line_from_text
from lantu.analysis.uploads import laid_out
from lantu.blueprints.drawing import map_settings
from lantu.blueprints.models import BlueprintRelease
from lantu.core import audit, files
from lantu.core.access import access
from lantu.core.errors import LantuError, NotFound
from lantu.ui import formats, marks
from lantu.ui.answers import attempt, download
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table


def _extent(row: HeightRaster) -> str:
    return f"{row.west:.4f}–{row.east:.4f}°E　{row.south:.4f}–{row.north:.4f}°N"


def _state(row: HeightRaster) -> str:
    if row.removed_at is None:
        return marks.tag(_("在用"), "ok") + (marks.tag(_("演示数据"), "demo") if row.demo else "")
    return marks.tag(_("%(day)s 停用：%(why)s") % {"day": formats.day(row.removed_at), "why": row.removed_because})


@access(*USERS, "sysadmin")
def rasters(request: HttpRequest) -> HttpResponse:
    """The rasters of heights; POST loads one."""
    actor = request.actor  # type: ignore[attr-defined]
    problem: LantuError | None = None
    if request.method == "POST":
        try:
            return _load(request)
        except LantuError as error:
            problem = error
    table = Table(
        key="rasters",
        title=gettext_lazy("高程栅格"),
        rows=HeightRaster.objects.all(),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number"),
            Column("title", gettext_lazy("名称"), sort="title"),
            Column("state", gettext_lazy("状态"), lambda row: _("在用") if row.removed_at is None else _("已停用"), render=_state),
            Column("cell_m", gettext_lazy("格子（m）"), lambda row: f"{row.cell_m:g}", sort="cell_m", kind="text"),
            Column("heights", gettext_lazy("高程（m）"), lambda row: f"{row.lowest_m:,.0f}–{row.highest_m:,.0f}"),
            Column("extent", gettext_lazy("范围"), _extent),
            Column("void", gettext_lazy("无值"), lambda row: formats.share(row.void_share), minor=True),
            Column("source", gettext_lazy("来源"), sort="source"),
            Column("licence", gettext_lazy("许可"), sort="licence"),
            Column("height_datum", gettext_lazy("高程基准"), minor=True),
            Column("surveyed_on", gettext_lazy("数据日期"), kind="day", sort="surveyed_on"),
            Column("made_by_name", gettext_lazy("载入人"), sort="made_by_name", minor=True),
            Column("made_at", gettext_lazy("载入时间"), kind="moment", sort="made_at", minor=True),
        ),
        filters=(Search(gettext_lazy("编号、名称、来源"), ["number", "title", "source"]),),
        sort="-made_at",
        empty=gettext_lazy("还没有高程栅格。载入后，检测报告会写出坡度，选址可以用坡度作条件，地图上可以画剖面。"),
    )
    context = {
        "problem": problem,
        "given": request.POST,
        "may_load": may_load.test(actor),
        "in_use": HeightRaster.objects.filter(removed_at=None),
    }
    response = table.response(request, "analysis/rasters.html", context)
    if problem is not None:
        response.status_code = problem.status
    return response


def _load(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    uploads = request.FILES.getlist("upload")
    about = About.read(request.POST)
    if sum(upload.size or 0 for upload in uploads) > INLINE_BYTES:
        stored = [(upload.name or "", files.store(cast("BinaryIO", upload))) for upload in uploads]
        job = start_raster(actor, stored, about)
        return redirect(f"{reverse('ui:job', args=[job.pk])}?next={quote(reverse('analysis:rasters'))}")
    with laid_out(uploads) as laid:
        row = load_raster(actor, [(one.name, one.path) for one in laid], about)
    messages.success(request, _("已载入 %(number)s：%(n)s 个格子。") % {"number": row.number, "n": formats.number(row.rows * row.columns)})
    return redirect("analysis:rasters")


@access(*LOADERS)
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take a raster out of use."""
    row = HeightRaster.objects.filter(number=request.POST.get("number", "")).first()
    if row is None:
        raise NotFound(_("没有这幅高程栅格。"))
    attempt(
        request,
        lambda: remove_raster(request.actor, row, request.POST.get("reason", "")),  # type: ignore[attr-defined]
        _("已停用 %(number)s；以它为依据的记录仍可核验。") % {"number": row.number},
    )
    return redirect("analysis:rasters")


@access(*USERS)
def profiles(request: HttpRequest) -> HttpResponse:
    """All profiles that may be read."""
    rows = selectors.readable(Profile.objects.all(), request.actor)  # type: ignore[attr-defined]
    table = Table(
        key="profiles",
        title=gettext_lazy("剖面"),
        rows=rows.select_related("release", "raster").defer("result"),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("title", gettext_lazy("名称"), sort="title"),
            Column("length", gettext_lazy("长度（m）"), "length_m", kind="number", sort="length_m"),
            Column("lowest", gettext_lazy("最低（m）"), "lowest_m", kind="number", sort="lowest_m"),
            Column("highest", gettext_lazy("最高（m）"), "highest_m", kind="number", sort="highest_m"),
            Column("climb", gettext_lazy("累计爬升（m）"), "climb_m", kind="number", sort="climb_m"),
            Column("raster", gettext_lazy("高程栅格"), lambda row: row.raster.title, minor=True),
            Column("release", gettext_lazy("蓝图"), lambda row: row.release.number if row.release else "", minor=True),
            Column("made_by_name", gettext_lazy("办理人"), sort="made_by_name", minor=True),
            Column("made_at", gettext_lazy("时间"), kind="moment", sort="made_at"),
        ),
        filters=(
            Search(gettext_lazy("编号、名称、办理人"), ["number", "title", "made_by_name"]),
            Choice("raster", gettext_lazy("高程栅格"), [(row.pk, str(row)) for row in HeightRaster.objects.all()[:50]]),
            Range("made_at", gettext_lazy("日期"), field="made_at__date", days=True),
        ),
        sort="-made_at",
        empty=gettext_lazy("还没有画过剖面。在图上画一条线，就能看到沿线的高程、坡度和规划用途。"),
        empty_url=reverse("analysis:new-profile"),
        empty_label=gettext_lazy("画剖面"),
    )
    return table.response(request, "analysis/profiles.html")


@access(*USERS)
def new_profile(request: HttpRequest) -> HttpResponse:
    """A line drawn or pasted; then its profile."""
    problem: LantuError | None = None
    posted = request.POST
    if request.method == "POST":
        try:
            text = posted.get("text", "").strip() or posted.get("geojson", "")
            row = draw_profile(
                request.actor,  # type: ignore[attr-defined]
                line_from_text(text),
                title=posted.get("title", ""),
                release=posted.get("release", ""),
                raster=posted.get("raster", ""),
            )
        except LantuError as error:
            problem = error
        else:
            return redirect(row.get_absolute_url())
    context = {
        "problem": problem,
        "posted": posted,
        "rasters": HeightRaster.objects.filter(removed_at=None),
        "releases": BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED),
        "map_settings": _map_settings(hint=_("点「画线」后沿线逐点单击，双击结束；也可以拖动顶点修改。")),
        "drawn": posted.get("geojson") or request.GET.get("geojson", ""),
        "may_load": may_load.test(request.actor),  # type: ignore[attr-defined]
    }
    return render(request, "analysis/new_profile.html", context, status=problem.status if problem else 200)


def _map_settings(**more: str) -> dict[str, Any]:
    """The island's settings with the sentences about lines."""
    found = map_settings()
    texts = {
        "lengthIs": _("已画 %(length)s（椭球长度）"),
        "here": _("距起点 %(at)s　高程 %(height)s m"),
        "nothing": _("距起点 %(at)s　没有高程"),
    }
    found["texts"] |= texts | more
    return found


@access(*USERS)
def profile(request: HttpRequest, pk: int) -> HttpResponse:
    """One profile, as it was; as a file by ``export``."""
    row = selectors.record(Profile, pk, request.actor)  # type: ignore[attr-defined]
    if form := request.GET.get("export", ""):
        if form not in papers.FORMS:
            raise NotFound(_("没有「%(form)s」这种格式。") % {"form": form}, how="、".join(papers.FORMS))
        audit.record(request.actor, "analysis.profile_paper", row, detail={"form": form})  # type: ignore[attr-defined]
        return download(papers.FORMS[form](row), f"{row.number}.{form}")
    line = {"type": "Feature", "geometry": json.loads(shapely.to_geojson(row.geometry)), "properties": {"shape": "line", "label": ""}}
    context = {
        "row": row,
        "svg": mark_safe(chart.svg(row)),
        "facts": papers.facts(row),
        "line": papers.basis_line(row),
        "runs": papers.runs(row),
        "hidden": max(0, len(row.result["bands"]) - chart.MOST_BANDS),
        "course": {"frame": chart.frame_of(row), "points": row.result["points"]},
        "shapes": {"type": "FeatureCollection", "features": [line]},
        "map_settings": _map_settings(),
    }
    return render(request, "analysis/profile.html", context)


@access(*USERS)
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute a profile again and say what came out."""
    row = selectors.record(Profile, pk, request.actor)  # type: ignore[attr-defined]
    report = verify_profile(request.actor, row)  # type: ignore[attr-defined]
    if report["intact"] and report["same"]:
        messages.success(request, _("核验相符：记录未被改动，重算结果一致。"))
    else:
        messages.error(request, _("核验不符：%(what)s") % {"what": "、".join(report["differences"]) or _("记录摘要不符")})
    return redirect(row.get_absolute_url())
