"""``/portal/…``: the builder's portal."""

from __future__ import annotations

from django.urls import path

from lantu.approvals.views import portal

app_name = "portal"
urlpatterns = [
    path("", portal.home, name="home"),
]
