"""``/certificates/…``"""

from __future__ import annotations

from django.urls import path

from lantu.certificates.views import archive, certificates

app_name = "certificates"
urlpatterns = [
    path("", certificates.certificates, name="certificates"),
    path("new/", certificates.new, name="new"),
    path("new/<slug:code>/", certificates.grant, name="grant"),
    path("library/", certificates.library, name="library"),
    path("<int:pk>/", certificates.certificate, name="certificate"),
    path("<int:pk>/files/<slug:kind>/", certificates.file, name="file"),
    path("<int:pk>/state/", certificates.state, name="state"),
    path("<int:pk>/copies/", certificates.copy, name="copy"),
    path("<int:pk>/archive/", archive.seal, name="seal-archive"),
    path("copies/<int:pk>/", certificates.copy_file, name="copy-file"),
    path("archive/", archive.packages, name="packages"),
    path("archive/integrity/", archive.integrity, name="integrity"),
    path("archive/<int:pk>/", archive.package, name="package"),
    path("archive/<int:pk>/download/", archive.download, name="package-download"),
    path("archive/<int:pk>/act/", archive.act, name="package-act"),
]
