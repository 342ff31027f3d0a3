"""``/jobs/…`` and ``/search/``."""

from __future__ import annotations

from django.urls import path

from lantu.ui import views

app_name = "ui"
urlpatterns = [
    path("search/", views.search, name="search"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:pk>/", views.job, name="job"),
    path("jobs/<uuid:pk>/cancel/", views.cancel, name="cancel-job"),
    path("jobs/<uuid:pk>/retry/", views.retry, name="retry-job"),
]
