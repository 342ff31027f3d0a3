"""``/analysis/…``"""

from __future__ import annotations

from django.urls import path

from lantu.analysis.views import checks

app_name = "analysis"
urlpatterns = [
    path("checks/", checks.checks, name="checks"),
    path("checks/new/", checks.new, name="new-check"),
    path("checks/<int:pk>/", checks.check, name="check"),
    path("checks/<int:pk>/report.<str:form>", checks.paper, name="check-paper"),
    path("checks/<int:pk>/dismiss/", checks.dismissal, name="dismiss"),
    path("checks/<int:pk>/verify/", checks.verify, name="verify-check"),
    path("batches/<int:pk>/", checks.batch, name="batch"),
]
