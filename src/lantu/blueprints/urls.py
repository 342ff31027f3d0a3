"""``/blueprints/…``"""

from __future__ import annotations

from django.urls import path

from lantu.blueprints import views

app_name = "blueprints"
urlpatterns = [
    path("findings/<int:pk>/", views.finding, name="finding"),
]
