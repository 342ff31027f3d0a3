"""The embedded pages. No session, no cookie: the signed address says who asks; the browser lets only the allowed sites show them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from lantu.analysis.conformity import wording
from lantu.analysis.conformity.sites import from_text
from lantu.analysis.models import Embedding
from lantu.analysis.ogc import tiles
from lantu.analysis.ogc.paint import pen_of
from lantu.analysis.ogc.rights import Collection, collections
from lantu.analysis.ogc.wms import legend_codes
from lantu.analysis.services import run_check
from lantu.analysis.services.embedding import acting_for, embedding_of
from lantu.blueprints.selectors.layer_tree import drawn
from lantu.blueprints.tiles.grid import Tile
from lantu.core import audit
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError, NotFound, Refused
from lantu.standards import selectors as standards

View = Callable[..., HttpResponse]


def embedded(view: View) -> View:
    """An address that only the allowed sites may show: by the policy in the answer, and by the page that asks when it says so."""

    def answer(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        try:
            row = embedding_of(token)
            _look_at_host(request, row)
        except (NotFound, Refused) as error:
            return render(request, "analysis/embed_refused.html", {"error": error}, status=error.status)
        response = view(request, row, token, **more)
        response["Content-Security-Policy"] = (
            "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
            f"form-action 'self'; frame-ancestors 'self' {' '.join(row.hosts)}"
        )
        response["Cache-Control"] = "no-store"
        return response

    answer.__doc__ = view.__doc__
    return xframe_options_exempt(csrf_exempt(access("*")(answer)))


def _look_at_host(request: HttpRequest, row: Embedding) -> None:
    """Refuse a page of another site that says who it is (older browsers know no ``frame-ancestors``)."""
    referrer = urlsplit(request.headers.get("Referer", ""))
    if not referrer.netloc:
        return
    origin = f"{referrer.scheme}://{referrer.netloc}"
    if origin not in row.hosts and referrer.netloc != request.get_host():
        raise Refused(_("网站 %(host)s 不在允许的名单里。") % {"host": origin}, where=row.number, how=_("请向规划部门申请加入名单。"))


def _layers(row: Embedding) -> list[Collection]:
    found = collections(acting_for(row))
    return [one for one in found if not row.layers or one.id in row.layers]


@embedded
def page(request: HttpRequest, row: Embedding, token: str) -> HttpResponse:
    """``/embed/<token>/``: the map or the form of the check."""
    Embedding.objects.filter(pk=row.pk).update(used=F("used") + 1)
    audit.record(acting_for(row), "analysis.embedded", row, detail={"host": request.headers.get("Referer", "")[:200]})
    if row.kind == Embedding.Kind.CHECK:
        return render(request, "analysis/embed_check.html", {"row": row, "token": token})
    west, south, east, north = standards.city_extent()
    layers = [_layer(one, token) for one in reversed(_layers(row))]
    settings = {
        "extent": [west, south, east, north],
        "layers": layers,
        "texts": {"failed": _("没有读到数据：%(what)s"), "nothing": _("此处没有规划图斑。"), "area": _("%(n)s 公顷")},
    }
    return render(request, "analysis/embed_map.html", {"row": row, "map_settings": settings, "layers": layers})


def _layer(one: Collection, token: str) -> dict[str, Any]:
    pen = pen_of(one)
    legend = [{"code": code, "label": code, "fill": pen.fill(code)[:7]} for code in legend_codes(one)]
    return {
        "code": one.id,
        "title": one.title,
        "kind": "living" if one.is_living else "plan",
        "tiles": f"/embed/{token}/tiles/{one.id}/{{z}}/{{y}}/{{x}}",
        "geometry": "polygon",
        "style": drawn(one.layer.style),
        "legend": legend,
        "visible": one.layer.is_coverage or one.is_living,
        "opacity": float(one.layer.style.get("opacity", 0.7)),
        "release": None,
        "demo": False,
    }


@embedded
def tile(request: HttpRequest, row: Embedding, token: str, **at: Any) -> HttpResponse:
    """``/embed/<token>/tiles/<layer>/<z>/<y>/<x>`` on the degree grid."""
    one = next((layer for layer in _layers(row) if layer.id == at["code"]), None)
    place = Tile(at["z"], at["x"], at["y"])
    if one is None or row.kind != Embedding.Kind.MAP or not place.exists:
        return HttpResponse(status=404)
    return tiles.answer(one, place)


@embedded
def check(request: HttpRequest, row: Embedding, token: str) -> HttpResponse:
    """``/embed/<token>/check``: check pasted coordinates; the record belongs to the department."""
    if row.kind != Embedding.Kind.CHECK:
        raise NotFound(_("这个嵌入地址不提供检测。"), where=row.number)
    text = request.POST.get("text", "")
    context: dict[str, Any] = {"row": row, "token": token, "text": text}
    try:
        if request.method != "POST":
            raise BadInput(_("请粘贴坐标后提交。"))
        record = run_check(acting_for(row), from_text(text), title=row.title, use=request.POST.get("use", ""))
    except LantuError as error:
        return render(request, "analysis/embed_check.html", {**context, "problem": error}, status=error.status)
    return render(request, "analysis/embed_check.html", {**context, "record": record, "report": wording.shown(record)})
