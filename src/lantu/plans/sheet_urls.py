"""``/plans/sheets/…``: paper, scans and PDF on their way to vectors; mending, comparison and report of a delivery."""

from __future__ import annotations

from django.urls import path

from lantu.plans.views import collecting, crosswalks, mending, sheets, templates

patterns = [
    path("deliveries/<int:pk>/codes/", crosswalks.workbench, name="crosswalk"),
    path("rounds/", collecting.rounds, name="rounds"),
    path("rounds/new/", collecting.new, name="round-new"),
    path("rounds/<int:pk>/", collecting.board, name="round"),
    path("rounds/<int:pk>/close/", collecting.close, name="round-close"),
    path("rounds/requests/<int:pk>/", collecting.task, name="request"),
    path("rounds/requests/<int:pk>/remind/", collecting.remind, name="request-remind"),
    path("rounds/requests/<int:pk>/withdraw/", collecting.withdraw, name="request-withdraw"),
    path("rounds/submissions/<int:pk>/decide/", collecting.decide, name="submission-decide"),
    path("rounds/submissions/<int:pk>/receipt.pdf", collecting.receipt, name="submission-receipt"),
    path("templates/<slug:code>.gpkg", templates.template, {"kind": "gpkg"}, name="template-gpkg"),
    path("templates/<slug:code>.gdb.zip", templates.template, {"kind": "gdb"}, name="template-gdb"),
    path("deliveries/<int:pk>/quality/mend/", mending.mend, name="mend"),
    path("deliveries/<int:pk>/quality/mend/<slug:rule>/", mending.batch, name="mend-batch"),
    path("deliveries/<int:pk>/compare/", mending.compare, name="delivery-compare"),
    path("deliveries/<int:pk>/quality/report.pdf", mending.report, {"kind": "pdf"}, name="quality-report-pdf"),
    path("deliveries/<int:pk>/quality/report.docx", mending.report, {"kind": "docx"}, name="quality-report-docx"),
    path("sheets/", sheets.sheets, name="sheets"),
    path("sheets/new/", sheets.new, name="sheet-new"),
    path("sheets/brought/<uuid:job>/", sheets.brought, name="sheets-brought"),
    path("sheets/<int:pk>/", sheets.sheet, name="sheet"),
    path("sheets/<int:pk>/place/", sheets.place, name="sheet-place"),
    path("sheets/<int:pk>/trace/", sheets.trace, name="sheet-trace"),
    path("sheets/<int:pk>/picture.png", sheets.picture, name="sheet-picture"),
    path("sheets/<int:pk>/warped.png", sheets.warped, name="sheet-warped"),
    path("sheets/<int:pk>/submit/", sheets.submit, name="sheet-submit"),
    path("sheets/<int:pk>/reopen/", sheets.reopen, name="sheet-reopen"),
    path("sheets/<int:pk>/check/", sheets.check, name="sheet-check"),
    path("sheets/<int:pk>/undo/", sheets.erase_batch, name="sheet-undo"),
    path("<int:pk>/sheets/deliver/", sheets.deliver, name="sheets-deliver"),
]
