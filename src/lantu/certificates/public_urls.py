"""``/verify/…``: open to everybody, short enough for a QR code."""

from __future__ import annotations

from django.urls import path

from lantu.certificates.views import public

app_name = "verify"
urlpatterns = [
    path("", public.verify, name="verify"),
    path("report/<uuid:pk>/", public.report, name="report"),
    path("copy/<str:token>/", public.copy_check, name="copy-check"),
    path("<str:token>/", public.check, name="check"),
    path("<str:token>/<slug:kind>/", public.public_file, name="public-file"),
]
