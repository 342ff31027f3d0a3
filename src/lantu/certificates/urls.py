"""``/certificates/…``"""

from __future__ import annotations

from django.urls import path

from lantu.certificates.views import archive, certificates, issuing

app_name = "certificates"
urlpatterns = [
    path("", certificates.certificates, name="certificates"),
    path("new/", issuing.new, name="new"),
    path("new/<slug:code>/", issuing.grant, name="grant"),
    path("prepared/", issuing.prepared, name="prepared"),
    path("batches/<uuid:pk>/", issuing.batch, name="batch"),
    path("library/", certificates.library, name="library"),
    path("<int:pk>/", certificates.certificate, name="certificate"),
    path("<int:pk>/files/<slug:kind>/", certificates.file, name="file"),
    path("<int:pk>/issue/", issuing.issue, name="issue"),
    path("<int:pk>/seal/", issuing.apply, name="apply-seal"),
    path("<int:pk>/drop/", issuing.drop, name="drop"),
    path("<int:pk>/change/", issuing.change, name="change"),
    path("<int:pk>/extend/", issuing.extend, name="extend"),
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
