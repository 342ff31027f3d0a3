"""OGC API Features: collections, items, queryables; writes to living layers (Part 4)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import numpy as np
import shapely
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.ogc import crs, records, writes
from lantu.analysis.ogc.answers import kept, link, root, service
from lantu.analysis.ogc.cql2 import Filter, parse
from lantu.analysis.ogc.rights import Collection, collection, collections
from lantu.core import audit
from lantu.core.errors import BadInput, NotFound
from lantu.plans.models import LivingFeature
from lantu.standards import selectors as standards

CLASSES = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
)
PLAN_COLUMNS = {"feature_id": "feature_id", "code": "code", "construction": "construction", "area_m2": "control_area_m2"}
LIVING_COLUMNS = {
    "feature_id": "feature_id",
    "name": "name",
    "document_no": "document_no",
    "area_m2": "area_m2",
    "valid_from": "valid_from",
}
KNOWN = {"f", "limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs"}
DEFAULT_LIMIT, MOST = 100, 10_000


def _described(request: HttpRequest, one: Collection) -> dict[str, Any]:
    base = f"{root(request)}/collections/{one.id}"
    west, south, east, north = standards.city_extent()
    source = f"{one.run.number}" if one.run is not None else timezone.localdate().isoformat()
    return {
        "id": one.id,
        "title": one.title,
        "description": f"{one.title} · {source}",
        "extent": {"spatial": {"bbox": [[west, south, east, north]], "crs": crs.CRS84}},
        "itemType": "feature",
        "crs": list(crs.URIS),
        "storageCrs": crs.uri(crs.STORED),
        "links": [
            link(base, "self"),
            link(f"{base}/items", "items", "application/geo+json"),
            link(f"{base}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", "application/schema+json"),
            link(f"{base}/tiles", "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"),
        ],
    }


@service()
def all_collections(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/collections``: what this actor may read."""
    found = [_described(request, one) for one in collections(actor)] + [records.described(request)]
    return JsonResponse({"links": [link(f"{root(request)}/collections", "self")], "crs": list(crs.URIS), "collections": found})


@service()
def one_collection(request: HttpRequest, actor: Any, code: str) -> HttpResponse:
    """``/ogc/collections/<code>``"""
    return JsonResponse(_described(request, collection(actor, code)))


@service()
def queryables(request: HttpRequest, actor: Any, code: str) -> HttpResponse:
    """``/ogc/collections/<code>/queryables``"""
    one = collection(actor, code)
    kinds = {"area_m2": {"type": "number"}, "valid_from": {"type": "string", "format": "date"}}
    names = columns_of(one)
    properties: dict[str, Any] = {name: kinds.get(name, {"type": "string"}) for name in names}
    properties["geometry"] = {"$ref": "https://geojson.org/schema/MultiPolygon.json"}
    body = {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": f"{root(request)}/collections/{code}/queryables",
        "type": "object",
        "title": one.title,
        "properties": properties,
    }
    return JsonResponse(body, content_type="application/schema+json")


def columns_of(one: Collection) -> dict[str, str]:
    """What a layer can be filtered by: name → field."""
    return LIVING_COLUMNS if one.is_living else PLAN_COLUMNS


@service("POST")
def items(request: HttpRequest, actor: Any, code: str) -> HttpResponse:
    """``/ogc/collections/<code>/items``: by window, property, CQL2 filter; a page at a time. POST registers in a living layer."""
    one = collection(actor, code)
    if request.method == "OPTIONS":
        return allowed(writes.allowed_on_items(one))
    if request.method == "POST":
        row = writes.create(request, actor, one)
        response = HttpResponse(status=201)
        response["Location"] = f"{root(request)}/collections/{code}/items/{row.pk}"
        return response
    query = request.GET
    if unknown := sorted(set(query) - KNOWN - set(columns_of(one))):
        raise BadInput(_("不认识参数 %(names)s。") % {"names": "、".join(unknown)}, how="、".join(sorted(KNOWN | set(columns_of(one)))))
    target = crs.crs_of(query.get("crs"))
    limit, offset = min(_whole(query, "limit", DEFAULT_LIMIT, 1), MOST), _whole(query, "offset", 0, 0)
    rows = _filtered(one, query)
    if offset == 0 and actor.user_id is not None:
        audit.record(actor, "analysis.ogc_items", None, detail={"collection": code, "query": query.urlencode()[:500]})

    def make() -> HttpResponse:
        total = rows.count()
        page = list(rows[offset : offset + limit])
        return feature_collection(one, page, target, total, _pages(request, offset, limit, total))

    return kept(request, actor, one.run, make)


def feature_collection(
    one: Collection, page: list[Any], target: str, total: int, links: list[dict[str, Any]] | None = None
) -> HttpResponse:
    """A page of features as GeoJSON."""
    body = {
        "type": "FeatureCollection",
        "features": _features(one, page, target),
        "numberMatched": total,
        "numberReturned": len(page),
        "timeStamp": timezone.now().astimezone().isoformat(timespec="seconds"),
        "links": links or [],
    }
    return _geojson(body, target)


def _whole(query: QueryDict, name: str, usual: int, least: int) -> int:
    text = query.get(name, str(usual))
    if not text.isdigit() or int(text) < least:
        raise BadInput(_("参数 %(name)s 应为不小于 %(least)s 的整数。") % {"name": name, "least": least}, where=text)
    return int(text)


def _filtered(one: Collection, query: QueryDict) -> Any:
    columns = columns_of(one)
    if query.get("filter-lang", "cql2-text") != "cql2-text":
        raise BadInput(_("只支持 cql2-text。"))
    asked = parse(str(query["filter"]), columns) if query.get("filter") else Filter()
    try:
        rows = _on(one, query.get("datetime", "")[:10])
        for name in columns.keys() & query.keys():
            rows = rows.filter(**{columns[name]: query[name]})
        rows = rows.filter(asked.where)
    except (ValueError, ValidationError) as error:
        raise BadInput(_("筛选条件的值不对。"), where=str(error)) from None
    shapes = [crs.back(shape, crs.crs_of(query.get("filter-crs"))) for shape in asked.shapes]
    if query.get("bbox"):
        shapes.append(crs.back(_box(str(query["bbox"])), crs.crs_of(query.get("bbox-crs"))))
    return meeting(rows, shapes)


def _on(one: Collection, day: str) -> Any:
    """The features of a layer; of a living one as of a day when one is given."""
    if not day or not one.is_living:
        return one.rows()
    return LivingFeature.objects.filter(layer_code=one.code, valid_from__lte=day).exclude(valid_to__lte=day).order_by("pk")


def meeting(rows: Any, shapes: list[Any]) -> Any:
    """The rows whose geometry really meets every shape (degrees, longitude first)."""
    for shape in shapes:
        near = rows.in_window(*shape.bounds).values_list("pk", "geometry")
        keys, found = zip(*near, strict=True) if near else ((), ())
        shapely.prepare(shape)
        hit = shapely.intersects(shape, np.array(found, dtype=object)) if found else []
        rows = rows.filter(pk__in=[key for key, yes in zip(keys, hit, strict=True) if yes])
    return rows


def _box(text: str) -> Any:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) == 6:
        values = [*values[:2], *values[3:5]]
    if len(values) != 4 or values[1] > values[3] or values[0] > values[2]:
        raise BadInput(_("范围「%(text)s」不是四个数。") % {"text": text}, how="bbox=106.6,26.5,106.8,26.7")
    return shapely.box(*values)


def _features(one: Collection, rows: list[Any], target: str) -> list[dict[str, Any]]:
    shapes: Any = crs.out(np.array([row.geometry for row in rows], dtype=object), target) if rows else []
    return [
        {"type": "Feature", "id": row.pk, "geometry": json.loads(shapely.to_geojson(shape)), "properties": properties_of(one, row)}
        for row, shape in zip(rows, shapes, strict=True)
    ]


def properties_of(one: Collection, row: Any) -> dict[str, Any]:
    """What is told of a feature beside its shape."""
    if one.is_living:
        own = {"feature_id": row.feature_id, "name": row.name, "document_no": row.document_no, "valid_from": row.valid_from.isoformat()}
        return own | {"area_m2": float(row.area_m2)}
    return {"feature_id": row.feature_id, "code": row.code, "construction": row.construction, "area_m2": float(row.control_area_m2)}


def _pages(request: HttpRequest, offset: int, limit: int, total: int) -> list[dict[str, str]]:
    base = request.build_absolute_uri(request.path)
    given = {key: value for key, value in request.GET.items() if key not in ("offset", "limit")}

    def page(at: int, rel: str) -> dict[str, str]:
        return link(f"{base}?{urlencode({**given, 'limit': limit, 'offset': at})}", rel, "application/geo+json")

    links = [page(offset, "self")]
    if offset + limit < total:
        links.append(page(offset + limit, "next"))
    if offset:
        links.append(page(max(0, offset - limit), "prev"))
    return links


def allowed(methods: str) -> HttpResponse:
    """The answer to OPTIONS."""
    response = HttpResponse(status=204)
    response["Allow"] = methods
    return response


@service("PUT", "DELETE")
def item(request: HttpRequest, actor: Any, code: str, key: str) -> HttpResponse:
    """``/ogc/collections/<code>/items/<id>``; PUT supersedes, DELETE ends a living feature from today on."""
    one = collection(actor, code)
    if request.method == "OPTIONS":
        return allowed(writes.allowed_on_item(one))
    if request.method in ("PUT", "DELETE"):
        changed = writes.replace(request, actor, one, key) if request.method == "PUT" else writes.delete(request, actor, one, key)
        response = HttpResponse(status=204)
        response["Location"] = f"{root(request)}/collections/{code}/items/{changed.pk}"
        return response
    target = crs.crs_of(request.GET.get("crs"))
    row = one.rows().filter(pk=int(key)).first() if key.isdigit() else None
    if row is None:
        raise NotFound(_("图层 %(code)s 里没有要素 %(id)s。") % {"code": code, "id": key})
    feature = _features(one, [row], target)[0]
    base = f"{root(request)}/collections/{code}"
    feature["links"] = [link(f"{base}/items/{key}", "self", "application/geo+json"), link(base, "collection")]
    return _geojson(feature, target)


def _geojson(body: dict[str, Any], target: str) -> HttpResponse:
    response = HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/geo+json")
    response["Content-Crs"] = f"<{target}>"
    return response
