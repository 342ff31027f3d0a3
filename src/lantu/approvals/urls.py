"""``/approvals/…``: guides and catalogue, then the office's pages (window, cases, review, issue)."""

from __future__ import annotations

from django.urls import path

from lantu.approvals.office_urls import urlpatterns as office
from lantu.approvals.views import catalogue, catalogue_draft, guides

app_name = "approvals"
urlpatterns = [
    path("guides/", guides.guides, name="guides"),
    path("guides/<str:stage>/", guides.stage, name="guide"),
    path("guides/<str:stage>/schema.json", guides.schema, name="guide-schema"),
    path("catalogue/", catalogue.releases, name="catalogue"),
    path("catalogue/editing/", catalogue_draft.draft, name="catalogue-draft"),
    path("catalogue/editing/limits/", catalogue_draft.limits, name="catalogue-limits"),
    path("catalogue/editing/items/<str:code>/", catalogue_draft.item, name="catalogue-edit-item"),
    path("catalogue/<str:which>/", catalogue.definition, name="definition"),
    path("catalogue/<str:which>/items/<str:code>/", catalogue.item, name="definition-item"),
    path("catalogue/<str:which>/compare/", catalogue.compare, name="definition-compare"),
    path("catalogue/<str:which>/try/", catalogue.trying, name="definition-try"),
    path("catalogue/<str:which>/file/", catalogue.file, name="definition-file"),
    *office,
]
