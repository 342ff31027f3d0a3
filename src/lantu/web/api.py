"""The API under ``/api/v1/``, composed of the rooms' routers."""

from __future__ import annotations

from ninja import NinjaAPI

from lantu.blueprints.api import router as map_router

api = NinjaAPI(title="Lantu", version="1", urls_namespace="api", docs_url=None)
api.add_router("/map/", map_router)
