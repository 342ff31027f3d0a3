"""``/papers/…``"""

from __future__ import annotations

from django.urls import path

from lantu.documents.views import papers, seals

app_name = "documents"
urlpatterns = [
    path("", papers.papers, name="papers"),
    path("new/", papers.new, name="new"),
    path("new/<slug:code>/", papers.draft, name="draft"),
    path("<int:pk>/", papers.paper, name="paper"),
    path("<int:pk>/revise/", papers.revise, name="revise"),
    path("<int:pk>/act/", papers.act, name="act"),
    path("versions/<int:pk>/<slug:kind>/", papers.download, name="download"),
    path("check/<str:token>/", papers.check, name="check"),
    path("seals/", seals.seals, name="seals"),
    path("seals/new/", seals.new, name="seal-new"),
    path("seals/uses/", seals.uses, name="seal-uses"),
    path("seals/requests/", seals.requests, name="seal-requests"),
    path("seals/requests/<int:pk>/", seals.seal_request, name="seal-request"),
    path("seals/<int:pk>/", seals.seal, name="seal"),
    path("seals/<int:pk>/picture/", seals.picture, name="seal-picture"),
    path("seals/<int:pk>/act/", seals.act, name="seal-act"),
]
