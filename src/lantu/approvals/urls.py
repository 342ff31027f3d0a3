"""``/approvals/…``: guides and catalogue, then the office's pages (window, cases, review, issue)."""

from __future__ import annotations

from django.urls import path

from lantu.approvals.office_urls import urlpatterns as office
from lantu.approvals.views import guides

app_name = "approvals"
urlpatterns = [
    path("guides/", guides.guides, name="guides"),
    path("guides/<str:stage>/", guides.stage, name="guide"),
    path("guides/<str:stage>/schema.json", guides.schema, name="guide-schema"),
    *office,
]
