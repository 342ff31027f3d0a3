"""``/ogc/…``"""

from __future__ import annotations

from django.urls import path

from lantu.analysis.ogc import features

app_name = "ogc"
urlpatterns = [
    path("", features.landing, name="landing"),
    path("conformance", features.conformance, name="conformance"),
    path("api", features.api, name="api"),
    path("collections", features.all_collections, name="collections"),
    path("collections/<str:code>", features.one_collection, name="collection"),
    path("collections/<str:code>/queryables", features.queryables, name="queryables"),
    path("collections/<str:code>/items", features.items, name="items"),
    path("collections/<str:code>/items/<str:key>", features.item, name="item"),
]
