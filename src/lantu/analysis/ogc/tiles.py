"""OGC API Tiles: the layers as vector tiles on the degree grid and on Web Mercator (OGC 20-057, tile matrix sets of OGC 17-083r4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from lantu.analysis.ogc import crs
from lantu.analysis.ogc.answers import kept, link, root, run_of, service
from lantu.analysis.ogc.rights import Collection, collection
from lantu.blueprints.tiles import sources
from lantu.blueprints.tiles.grid import MAX_ZOOM, TILE_PX, AnyTile, MercatorTile, Tile
from lantu.blueprints.tiles.views import MEDIA_TYPE
from lantu.core.errors import NotFound
from lantu.standards import selectors as standards

CLASSES = (
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
)
DEGREE_M = 111_319.49079327358
"""Metres of a degree on the equator of WGS 84, by which scale denominators are told (17-083r4, 6.1)."""
PIXEL_M = 0.00028


@dataclass(frozen=True, slots=True)
class Matrices:
    """A tile matrix set: its registered identifier, its CRS, the corner and the width of the first tile in the units of the CRS."""

    id: str
    title: str
    crs: str
    corner: tuple[float, float]
    span: float
    wide: int
    unit_m: float
    tile: Callable[[int, int, int], AnyTile]
    registered: bool = True

    @property
    def uri(self) -> str:
        return f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{self.id}" if self.registered else ""

    def levels(self) -> list[dict[str, Any]]:
        """The zooms."""
        found = []
        for z in range(MAX_ZOOM + 1):
            cell = self.span / (1 << z) / TILE_PX
            found.append(
                {
                    "id": str(z),
                    "scaleDenominator": cell * self.unit_m / PIXEL_M,
                    "cellSize": cell,
                    "pointOfOrigin": list(self.corner),
                    "tileWidth": TILE_PX,
                    "tileHeight": TILE_PX,
                    "matrixWidth": self.wide << z,
                    "matrixHeight": 1 << z,
                }
            )
        return found


_HALF = 20037508.3427892
SETS = {
    one.id: one
    for one in (
        Matrices("WorldCRS84Quad", "CRS84", crs.CRS84, (-180.0, 90.0), 180.0, 2, DEGREE_M, Tile),
        # the same tiles for programs that want them in CGCS2000, whose latitude comes first
        Matrices("CGCS2000Quad", "CGCS2000", crs.uri(4490), (90.0, -180.0), 180.0, 2, DEGREE_M, Tile, registered=False),
        Matrices("WebMercatorQuad", "Web Mercator", crs.uri(3857), (-_HALF, _HALF), 2 * _HALF, 1, 1.0, MercatorTile),
    )
}


def _set(name: str) -> Matrices:
    if name not in SETS:
        raise NotFound(_("没有瓦片矩阵集 %(name)s。") % {"name": name}, how="、".join(SETS))
    return SETS[name]


@service()
def sets(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/tileMatrixSets``"""
    base = f"{root(request)}/tileMatrixSets"
    found = [{"id": one.id, "title": one.title, "uri": one.uri, "links": [link(f"{base}/{one.id}", "self")]} for one in SETS.values()]
    return JsonResponse({"tileMatrixSets": [{key: value for key, value in row.items() if value} for row in found]})


@service()
def one_set(request: HttpRequest, actor: Any, name: str) -> HttpResponse:
    """``/ogc/tileMatrixSets/<id>``"""
    one = _set(name)
    body = {"id": one.id, "title": one.title, "uri": one.uri, "crs": one.crs, "tileMatrices": one.levels()}
    return JsonResponse({key: value for key, value in body.items() if value})


@service()
def tilesets(request: HttpRequest, actor: Any, code: str) -> HttpResponse:
    """``/ogc/collections/<code>/tiles``"""
    one = collection(actor, code)
    base = f"{root(request)}/collections/{code}/tiles"
    return JsonResponse({"links": [link(base, "self")], "tilesets": [_short(request, one, matrices) for matrices in SETS.values()]})


def _short(request: HttpRequest, one: Collection, matrices: Matrices) -> dict[str, Any]:
    base = f"{root(request)}/collections/{one.id}/tiles/{matrices.id}"
    return {
        "title": one.title,
        "dataType": "vector",
        "crs": matrices.crs,
        "tileMatrixSetURI": matrices.uri,
        "links": [
            link(base, "self"),
            link(f"{root(request)}/tileMatrixSets/{matrices.id}", "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"),
            link(f"{base}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "item", MEDIA_TYPE, templated=True),
        ],
    }


@service()
def tileset(request: HttpRequest, actor: Any, code: str, name: str) -> HttpResponse:
    """``/ogc/collections/<code>/tiles/<set>``"""
    one, matrices = collection(actor, code), _set(name)
    west, south, east, north = standards.city_extent()
    body = _short(request, one, matrices) | {
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": crs.CRS84},
        "layers": [{"id": layer_name(one), "dataType": "vector", "geometryDimension": 2}],
    }
    return JsonResponse(body)


def layer_name(one: Collection) -> str:
    """What the layer is called inside of a tile."""
    return "living" if one.is_living else one.code


@service()
def tile(request: HttpRequest, actor: Any, code: str, name: str, **at: int) -> HttpResponse:
    """``/ogc/collections/<code>/tiles/<set>/<matrix>/<row>/<column>``; 204 where nothing lies."""
    one, place = collection(actor, code), _set(name).tile(at["z"], at["column"], at["row"])
    if not place.exists:
        values = {"z": at["z"], "x": at["column"], "y": at["row"]}
        raise NotFound(_("没有瓦片 %(z)s/%(x)s/%(y)s。") % values, how=f"/ogc/tileMatrixSets/{name}")
    return kept(request, actor, run_of([one]), lambda: answer(one, place))


def answer(one: Collection, place: AnyTile) -> HttpResponse:
    """The tile of a layer."""
    data = sources.living_tile(one.code, place) if one.run is None else sources.layer_tile(one.run, one.code, place)
    return HttpResponse(data, content_type=MEDIA_TYPE) if data else HttpResponse(status=204)
