"""``/standards/…``"""

from __future__ import annotations

from django.urls import path

from lantu.standards.views import catalogue, packs

app_name = "standards"
urlpatterns = [
    path("layers/", catalogue.layers, name="layers"),
    path("layers/<str:code>/", catalogue.layer, name="layer"),
    path("codes/", catalogue.systems, name="systems"),
    path("codes/<int:pk>/", catalogue.codes, name="codes"),
    path("crosswalks/", catalogue.crosswalks, name="crosswalks"),
    path("crosswalks/<int:pk>/", catalogue.crosswalk, name="crosswalk"),
    path("rules/", catalogue.rules, name="rules"),
    path("rules/<str:code>/", catalogue.rule, name="rule"),
    path("calendar/", packs.calendar, name="calendar"),
    path("versions/", packs.versions, name="versions"),
    path("versions/<int:pk>/", packs.version, name="version"),
]
