"""A catalogue of what is served, in the manner of OGC API Records Part 1 (OGC 20-004): a record for each layer and each release."""

from __future__ import annotations

import json
from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from lantu.analysis.ogc import crs
from lantu.analysis.ogc.answers import link, root, service
from lantu.analysis.ogc.rights import SECRET, Collection, collections
from lantu.blueprints.models import BlueprintRelease
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, NotFound
from lantu.plans.models import DatasetMetadata
from lantu.standards import selectors as standards

CATALOGUE = "catalogue"
CLASSES = (
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core-query-parameters",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/json",
)
KNOWN = {"q", "type", "ids", "bbox", "limit", "offset", "f"}
TYPES = ("dataset", "release")


def described(request: HttpRequest) -> dict[str, Any]:
    """The catalogue among the collections."""
    base = f"{root(request)}/collections/{CATALOGUE}"
    return {
        "id": CATALOGUE,
        "title": str(_("服务目录")),
        "description": str(_("提供服务的图层和已发布的蓝图版本")),
        "itemType": "record",
        "extent": {"spatial": {"bbox": [list(standards.city_extent())], "crs": crs.CRS84}},
        "crs": [crs.CRS84],
        "links": [link(base, "self"), link(f"{base}/items", "items", "application/geo+json")],
    }


@service()
def catalogue(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/collections/catalogue``"""
    return JsonResponse(described(request))


def all_records(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """Every record that the actor may know of."""
    layers = collections(actor)
    found = [_of_layer(request, one) for one in layers]
    if layers:
        found += [_of_release(request, row) for row in BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED)]
    return found


def _of_layer(request: HttpRequest, one: Collection) -> dict[str, Any]:
    base = f"{root(request)}/collections/{one.id}"
    properties: dict[str, Any] = {
        "type": "dataset",
        "title": one.title,
        "description": one.layer.plan_name_zh or one.title,
        "keywords": [word for word in (one.layer.plan, one.layer.owner) if word],
        "updateFrequency": one.layer.update_cycle,
    }
    if one.run is not None:
        releases = list(one.run.releases.filter(layer_code=one.code).select_related("dataset"))
        properties["updated"] = max((row.released_at.isoformat() for row in releases if row.released_at), default="")
        properties["version"] = "、".join(str(row.number) for row in releases)
        metadata = DatasetMetadata.objects.filter(dataset__in=[row.dataset_id for row in releases]).exclude(security__in=SECRET).first()
        if metadata is not None:
            properties |= {"description": metadata.abstract or properties["description"], "license": metadata.licence}
    links = [
        link(base, "collection"),
        link(f"{base}/items", "item", "application/geo+json"),
        link(f"{base}/tiles", "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"),
        link(f"{root(request)}/wms?SERVICE=WMS&REQUEST=GetCapabilities", "service", "text/xml", "WMS"),
        link(f"{root(request)}/wfs?SERVICE=WFS&REQUEST=GetCapabilities", "service", "text/xml", "WFS"),
    ]
    return _record(one.id, properties, links)


def _of_release(request: HttpRequest, row: BlueprintRelease) -> dict[str, Any]:
    properties = {
        "type": "release",
        "title": str(_("蓝图 %(n)s") % {"n": row.number}),
        "description": row.note,
        "keywords": ["blueprint"],
        "created": row.published_at.isoformat(),
        "version": row.number,
        "digest": row.digest,
    }
    return _record(f"release-{row.number}", properties, [link(f"{root(request)}/collections", "collection")])


def _record(key: str, properties: dict[str, Any], links: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": key,
        "conformsTo": [CLASSES[0]],
        "geometry": json.loads(shapely.to_geojson(shapely.box(*standards.city_extent()))),
        "properties": {name: value for name, value in properties.items() if value not in (None, "")},
        "links": links,
    }


@service()
def items(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/collections/catalogue/items``: by words, type, identifiers, window."""
    query = request.GET
    if unknown := sorted(set(query) - KNOWN):
        raise BadInput(_("不认识参数 %(names)s。") % {"names": "、".join(unknown)}, how="、".join(sorted(KNOWN)))
    found = all_records(request, actor)
    words = query.get("q", "").lower().replace(",", " ").split()
    if words:
        texts = {row["id"]: json.dumps([row["id"], row["properties"]], ensure_ascii=False).lower() for row in found}
        found = [row for row in found if any(word in texts[row["id"]] for word in words)]
    if query.get("type"):
        found = [row for row in found if row["properties"]["type"] in query["type"].split(",")]
    if query.get("ids"):
        found = [row for row in found if row["id"] in query["ids"].split(",")]
    if query.get("bbox"):
        try:
            window = shapely.box(*(float(part) for part in query["bbox"].split(",")[:4]))
        except (ValueError, TypeError):
            raise BadInput(_("范围「%(text)s」不是四个数。") % {"text": query["bbox"]}) from None
        found = [row for row in found if shapely.intersects(window, shapely.geometry.shape(row["geometry"]))]
    for name in ("limit", "offset"):
        if not query.get(name, "0").isdigit():
            raise BadInput(_("参数 %(name)s 应为整数。") % {"name": name}, where=query[name])
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", 100))
    page = found[offset : offset + limit]
    body = {
        "type": "FeatureCollection",
        "features": page,
        "numberMatched": len(found),
        "numberReturned": len(page),
        "links": [link(request.build_absolute_uri(), "self", "application/geo+json")],
    }
    return JsonResponse(body, content_type="application/geo+json")


@service()
def item(request: HttpRequest, actor: Any, key: str) -> HttpResponse:
    """``/ogc/collections/catalogue/items/<id>``"""
    for row in all_records(request, actor):
        if row["id"] == key:
            return JsonResponse(row, content_type="application/geo+json")
    raise NotFound(_("目录里没有 %(id)s。") % {"id": key}, how=f"/ogc/collections/{CATALOGUE}/items")
