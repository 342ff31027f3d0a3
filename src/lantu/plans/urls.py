"""``/plans/…``"""

from __future__ import annotations

from django.urls import path

from lantu.plans.sheet_urls import patterns as sheet_patterns
from lantu.plans.views import datasets, datums, living, metadata, quality, wizard

app_name = "plans"
urlpatterns = [
    path("", datasets.datasets, name="datasets"),
    path("new/", datasets.new_dataset, name="new-dataset"),
    path("<int:pk>/", datasets.dataset, name="dataset"),
    path("<int:pk>/deliveries/", datasets.dataset_deliveries, name="dataset-deliveries"),
    path("<int:pk>/metadata/", metadata.edit, name="metadata"),
    path("<int:pk>/metadata.xml", metadata.xml, name="metadata-xml"),
    path("releases/<int:pk>/metadata.xml", metadata.release_xml, name="release-metadata"),
    path("releases/<int:pk>/", datasets.release, name="release"),
    path("releases/<int:pk>/targets/", datasets.release, {"part": "targets"}, name="release-targets"),
    path("releases/<int:pk>/projects/", datasets.release, {"part": "projects"}, name="release-projects"),
    path("import/", wizard.upload, name="import"),
    path("<int:pk>/import/", wizard.upload, name="import-into"),
    path("deliveries/<int:pk>/", wizard.delivery, name="delivery"),
    path("deliveries/<int:pk>/reading/", wizard.reading, name="reading"),
    path("deliveries/<int:pk>/mapping/", wizard.mapping, name="mapping"),
    path("deliveries/<int:pk>/features/", wizard.features, name="features"),
    path("deliveries/<int:pk>/abandon/", wizard.abandon, name="abandon"),
    path("deliveries/<int:pk>/quality/", quality.quality, name="quality"),
    path("deliveries/<int:pk>/quality/waive/", quality.waive_check, name="waive"),
    path("deliveries/<int:pk>/quality/repair/", quality.repair, name="repair"),
    path("deliveries/<int:pk>/quality/again/", quality.recheck, name="recheck"),
    path("deliveries/<int:pk>/release/", quality.release, name="release-delivery"),
    path("datums/", datums.datums, name="datums"),
    path("datums/new/", datums.new_datum, name="datum-new"),
    path("datums/given/", datums.given_datum, name="datum-given"),
    path("datums/<int:pk>/", datums.datum, name="datum"),
    path("datums/<int:pk>/confirm/", datums.confirm, name="datum-confirm"),
    path("datums/<int:pk>/withdraw/", datums.withdraw, name="datum-withdraw"),
    path("datums/<int:pk>/reveal/", datums.reveal, name="datum-reveal"),
    path("datums/<int:pk>/grant/", datums.grant, name="datum-grant"),
    path("datums/<int:pk>/report.pdf", datums.report, {"kind": "pdf"}, name="datum-report-pdf"),
    path("datums/<int:pk>/report.docx", datums.report, {"kind": "docx"}, name="datum-report-docx"),
    path("living/", living.living, name="living"),
    path("living/new/", living.new_living, name="living-new"),
    path("living/<int:pk>/", living.feature, name="living-feature"),
    *sheet_patterns,
]
