"""``/embed/…``"""

from __future__ import annotations

from django.urls import path

from lantu.analysis.embed import views

app_name = "embed"
urlpatterns = [
    path("<str:token>/", views.page, name="page"),
    path("<str:token>/check", views.check, name="check"),
    path("<str:token>/tiles/<str:code>/<int:z>/<int:y>/<int:x>", views.tile, name="tile"),
]
