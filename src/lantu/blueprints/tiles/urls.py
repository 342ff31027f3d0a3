"""``/tiles/…``"""

from __future__ import annotations

from django.urls import path

from lantu.blueprints.tiles import base, views

app_name = "tiles"
urlpatterns = [
    path("plan/<int:release>/<int:z>/<int:x>/<int:y>.mvt", views.plan, name="plan"),
    path("findings/<int:run>/<int:z>/<int:x>/<int:y>.mvt", views.findings, name="findings"),
    path("districts/<int:z>/<int:x>/<int:y>.mvt", views.districts, name="districts"),
    path("living/<str:layer>/<int:z>/<int:x>/<int:y>.mvt", views.living, name="living"),
    path("base/<str:name>/<int:z>/<int:x>/<int:y>", base.tile, name="base"),
    path("base/<str:name>.tif", base.geotiff, name="base-geotiff"),
]
