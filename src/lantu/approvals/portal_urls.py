"""``/portal/…``: the builder's portal."""

from __future__ import annotations

from django.urls import path

from lantu.approvals.views import portal, portal_case, portal_draft, portal_files, portal_inquiries, portal_unit

app_name = "portal"
urlpatterns = [
    path("", portal.home, name="home"),
    path("new/", portal.new, name="new"),
    path("inquiries/new/", portal_inquiries.new, name="new-inquiry"),
    path("inquiries/<str:number>/", portal_inquiries.inquiry, name="inquiry"),
    path("register/", portal_unit.register, name="register"),
    path("unit/", portal_unit.unit, name="unit"),
    path("unit/<int:pk>/agents/", portal_unit.add_agent, name="add-agent"),
    path("unit/members/<int:pk>/end/", portal_unit.end_member, name="end-member"),
    path("drafts/<int:pk>/", portal_draft.draft, name="draft"),
    path("drafts/<int:pk>/situation/", portal_draft.situation, name="situation"),
    path("drafts/<int:pk>/form/", portal_draft.form, name="form"),
    path("drafts/<int:pk>/form/save/", portal_draft.autosave, name="autosave"),
    path("drafts/<int:pk>/form/schema.json", portal_draft.schema, name="draft-schema"),
    path("drafts/<int:pk>/site/", portal_draft.site, name="site"),
    path("drafts/<int:pk>/materials/", portal_draft.materials, name="materials"),
    path("drafts/<int:pk>/check/", portal_draft.check, name="check"),
    path("drafts/<int:pk>/discard/", portal_draft.discard, name="discard"),
    path("drafts/<int:pk>/refresh/", portal_draft.refresh, name="refresh"),
    path("drafts/<int:pk>/uploads/", portal_files.begin_of_draft, name="upload-draft"),
    path("cases/<int:pk>/", portal_case.case, name="case"),
    path("cases/<int:pk>/receipt/", portal_case.receipt, name="receipt"),
    path("cases/<int:pk>/materials/", portal_case.hand_in, name="case-materials"),
    path("cases/<int:pk>/form/", portal_case.amend, name="case-form"),
    path("cases/<int:pk>/uploads/", portal_files.begin_of_case, name="upload-case"),
    path("uploads/<str:token>/", portal_files.piece, name="upload"),
    path("materials/<int:pk>/file/", portal_files.download_material, name="file"),
]
