"""The first page of the services: what there is, what it conforms to, and its description in OpenAPI."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from lantu.analysis.ogc import features, processes, records, tiles
from lantu.analysis.ogc.answers import link, root, service
from lantu.standards import selectors as standards

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_REL = "http://www.opengis.net/def/rel/ogc/1.0"
PATHS: dict[str, dict[str, str]] = {
    "/": {"get": "Landing page"},
    "/conformance": {"get": "Conformance classes"},
    "/collections": {"get": "Collections"},
    "/collections/{collectionId}": {"get": "A collection"},
    "/collections/{collectionId}/items": {"get": "Features", "post": "Register a feature of a living layer"},
    "/collections/{collectionId}/items/{featureId}": {
        "get": "A feature",
        "put": "Supersede a feature of a living layer",
        "delete": "End a feature of a living layer",
    },
    "/collections/{collectionId}/queryables": {"get": "Queryables"},
    "/collections/{collectionId}/tiles": {"get": "Tilesets of a layer"},
    "/collections/{collectionId}/tiles/{tileMatrixSetId}": {"get": "A tileset"},
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": {"get": "A vector tile"},
    "/tileMatrixSets": {"get": "Tile matrix sets"},
    "/tileMatrixSets/{tileMatrixSetId}": {"get": "A tile matrix set"},
    "/processes": {"get": "Processes"},
    "/processes/{processId}": {"get": "A process"},
    "/processes/{processId}/execution": {"post": "Execute a process"},
    "/jobs": {"get": "Jobs"},
    "/jobs/{jobId}": {"get": "A job", "delete": "Dismiss a job"},
    "/jobs/{jobId}/results": {"get": "Results of a job"},
}


@service()
def landing(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/``"""
    base = root(request)
    return JsonResponse(
        {
            "title": str(_("%(city)s蓝图服务") % {"city": standards.pack().name_zh}),
            "description": str(_("现行蓝图的规划图层和活图层；受限图层不提供。")),
            "links": [
                link(f"{base}/", "self"),
                link(f"{base}/api", "service-desc", OPENAPI),
                link(f"{base}/conformance", "conformance"),
                link(f"{base}/collections", "data"),
                link(f"{base}/tileMatrixSets", f"{_REL}/tiling-schemes"),
                link(f"{base}/processes", f"{_REL}/processes"),
                link(f"{base}/jobs", f"{_REL}/job-list"),
                link(f"{base}/collections/{records.CATALOGUE}", f"{_REL}/ogc-catalog"),
                link(f"{base}/wms?SERVICE=WMS&REQUEST=GetCapabilities", "service", "text/xml", "WMS 1.3.0"),
                link(f"{base}/wfs?SERVICE=WFS&REQUEST=GetCapabilities", "service", "text/xml", "WFS 2.0.0"),
            ],
        }
    )


@service()
def conformance(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/conformance``"""
    return JsonResponse({"conformsTo": [*features.CLASSES, *tiles.CLASSES, *processes.CLASSES, *records.CLASSES]})


@service()
def api(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/api``: the service described in OpenAPI 3.0."""
    ok = {"200": {"description": "OK"}}
    described = {path: {how: {"summary": text, "responses": ok} for how, text in found.items()} for path, found in PATHS.items()}
    body = {
        "openapi": "3.0.3",
        "info": {"title": "Lantu OGC API", "version": "1"},
        "servers": [{"url": root(request)}],
        "paths": described,
        "components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
        "security": [{"basic": []}],
    }
    return JsonResponse(body, content_type=OPENAPI)
