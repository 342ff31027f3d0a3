"""The office's part of ``/approvals/…``: cases, window, desk, issue; and the public query."""

from __future__ import annotations

from django.urls import path

from lantu.approvals.views import cases, desk, inquiries, issue, query, window

urlpatterns = [
    path("cases/", cases.cases, name="cases"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/picture/", cases.picture, name="picture"),
    path("cases/<int:pk>/branches/<int:branch>/", cases.branch, name="branch"),
    path("cases/<int:pk>/papers/<int:paper>/", issue.paper, name="paper"),
    path("cases/<int:pk>/results/", issue.results, name="results"),
    path("cases/<int:pk>/results/<int:result>/file/", issue.file, name="result-file"),
    path("cases/<int:pk>/results/<int:result>/correct/", issue.correct, name="correct-result"),
    path("window/", window.filings, name="window"),
    path("window/<int:pk>/", window.case, name="window-case"),
    path("window/<int:pk>/seal/", window.seal, name="window-seal"),
    path("window/<int:pk>/papers/", window.take_paper, name="take-paper"),
    path("window/<int:pk>/papers/<int:paper>/", window.paper_act, name="counter-paper"),
    path("inquiries/", inquiries.inquiries, name="inquiries"),
    path("inquiries/new/", inquiries.new, name="new-inquiry"),
    path("inquiries/<int:pk>/", inquiries.inquiry, name="inquiry"),
    path("desk/", desk.branches, name="desk"),
    path("desk/<int:pk>/", desk.branch, name="desk-branch"),
    path("desk/<int:pk>/tick/", desk.tick, name="tick"),
    path("desk/<int:pk>/check/", desk.recheck, name="desk-check"),
    path("issue/", issue.desk, name="issue"),
    path("issue/<int:pk>/", issue.case, name="issue-case"),
    path("issue/<int:pk>/<int:result>/", issue.deliver, name="deliver"),
    path("query/", query.query, name="query"),
    path("query/process/<str:stage>/", query.process, name="process"),
]
