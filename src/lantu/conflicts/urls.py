"""``/conflicts/…``"""

from __future__ import annotations

from django.urls import path

from lantu.conflicts.views import acts, batches, bulk, case, cases, runs, submissions, versions

app_name = "conflicts"
urlpatterns = [
    path("", cases.cases, name="cases"),
    path("bulk/<int:pk>/", bulk.bulk, name="bulk"),
    path("sweeps/", cases.sweeps, name="sweeps"),
    path("sweeps/settle/", cases.settle, name="settle"),
    path("sweeps/<int:pk>/", cases.sweep, name="sweep"),
    path("sweeps/<int:pk>/undo/", cases.undo, name="undo-sweep"),
    path("cases/<int:pk>/", case.case, name="case"),
    path("cases/<int:pk>/<slug:key>/", acts.act, name="act"),
    path("batches/", batches.batches, name="batches"),
    path("batches/new/", batches.new, name="new-batch"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("batches/<int:pk>/list.<slug:form>", batches.paper, name="batch-paper"),
    path("batches/<int:pk>/send/", batches.send, name="send-batch"),
    path("batches/<int:pk>/positions/", batches.take_positions, name="positions"),
    path("batches/<int:pk>/together/<slug:act>/", batches.together, name="together"),
    path("submissions/", submissions.submissions, name="submissions"),
    path("submissions/new/", submissions.new, name="new-submission"),
    path("submissions/<int:pk>/", submissions.submission, name="submission"),
    path("submissions/<int:pk>/pass/", submissions.pass_up, name="pass-on"),
    path("submissions/<int:pk>/approve/", submissions.approved, name="approve"),
    path("submissions/<int:pk>/apply/", submissions.apply_all, name="apply-all"),
    path("submissions/<int:pk>/list.docx", submissions.paper, name="submission-paper"),
    path("submissions/<int:pk>/document", submissions.document, name="submission-document"),
    path("balance/", submissions.balance, name="balance"),
    path("comparisons/<int:pk>/<slug:what>/", versions.between, name="between"),
    path("runs/<int:pk>/take-in/", runs.take_in_run, name="take-in"),
]
