"""The url tree: each room's pages under its own prefix, the API under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lantu.web.api import api
from lantu.web.map import map_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("map/", map_page, name="map"),
    path("blueprints/", include("lantu.blueprints.urls")),
    path("tiles/", include("lantu.blueprints.tiles.urls")),
    path("api/v1/", api.urls),
]
