"""``/ogc/…``"""

from __future__ import annotations

from django.urls import path

from lantu.analysis.ogc import features, landing, processes, records, tiles, wfs, wms

app_name = "ogc"
urlpatterns = [
    path("", landing.landing, name="landing"),
    path("conformance", landing.conformance, name="conformance"),
    path("api", landing.api, name="api"),
    path("wms", wms.wms, name="wms"),
    path("wfs", wfs.wfs, name="wfs"),
    path("tileMatrixSets", tiles.sets, name="tile-sets"),
    path("tileMatrixSets/<str:name>", tiles.one_set, name="tile-set"),
    path("processes", processes.all_processes, name="processes"),
    path("processes/<str:name>", processes.one_process, name="process"),
    path("processes/<str:name>/execution", processes.execution, name="execution"),
    path("jobs", processes.all_jobs, name="jobs"),
    path("jobs/<str:key>", processes.one_job, name="job"),
    path("jobs/<str:key>/results", processes.results, name="results"),
    path("collections", features.all_collections, name="collections"),
    path(f"collections/{records.CATALOGUE}", records.catalogue, name="catalogue"),
    path(f"collections/{records.CATALOGUE}/items", records.items, name="records"),
    path(f"collections/{records.CATALOGUE}/items/<str:key>", records.item, name="record"),
    path("collections/<str:code>", features.one_collection, name="collection"),
    path("collections/<str:code>/queryables", features.queryables, name="queryables"),
    path("collections/<str:code>/items", features.items, name="items"),
    path("collections/<str:code>/items/<str:key>", features.item, name="item"),
    path("collections/<str:code>/tiles", tiles.tilesets, name="layer-tilesets"),
    path("collections/<str:code>/tiles/<str:name>", tiles.tileset, name="layer-tileset"),
    path("collections/<str:code>/tiles/<str:name>/<int:z>/<int:row>/<int:column>", tiles.tile, name="layer-tile"),
]
