"""The url tree: each room's pages under its own prefix, the API under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from lantu.core.access import access
from lantu.web.api import api
from lantu.web.health import health
from lantu.web.home import home
from lantu.web.map import map_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("", include("lantu.ui.urls")),
    path("language/", access("*")(set_language), name="set_language"),
    path("accounts/", include("lantu.accounts.urls")),
    path("standards/", include("lantu.standards.urls")),
    path("map/", map_page, name="map"),
    path("health/", health, name="health"),
    path("work/", include("lantu.casework.urls")),
    path("papers/", include("lantu.documents.urls")),
    path("certificates/", include("lantu.certificates.urls")),
    path("verify/", include("lantu.certificates.public_urls")),
    path("plans/", include("lantu.plans.urls")),
    path("blueprints/", include("lantu.blueprints.urls")),
    path("analysis/", include("lantu.analysis.urls")),
    path("embed/", include("lantu.analysis.embed.urls")),
    path("ogc/", include("lantu.analysis.ogc.urls")),
    path("conflicts/", include("lantu.conflicts.urls")),
    path("tiles/", include("lantu.blueprints.tiles.urls")),
    path("projects/", include("lantu.projects.urls")),
    path("approvals/", include("lantu.approvals.urls")),
    path("portal/", include("lantu.approvals.portal_urls")),
    path("api/v1/", api.urls),
]
handler404 = "lantu.ui.views.not_found"
handler500 = "lantu.ui.views.server_error"
