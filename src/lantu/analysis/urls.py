"""``/analysis/…``"""

from __future__ import annotations

from django.urls import path

from lantu.analysis.views import checks, downloads, embeddings, evaluations, mapwork, siting, statistics, terrain

app_name = "analysis"
urlpatterns = [
    path("checks/", checks.checks, name="checks"),
    path("checks/new/", checks.new, name="new-check"),
    path("checks/<int:pk>/", checks.check, name="check"),
    path("checks/<int:pk>/report.<str:form>", checks.paper, name="check-paper"),
    path("checks/<int:pk>/dismiss/", checks.dismissal, name="dismiss"),
    path("checks/<int:pk>/dismiss/withdraw/", checks.withdrawal, name="withdraw-dismissal"),
    path("checks/<int:pk>/verify/", checks.verify, name="verify-check"),
    path("batches/<int:pk>/", checks.batch, name="batch"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/kept/", statistics.kept_list, name="kept-list"),
    path("statistics/kept/<int:pk>/", statistics.kept, name="kept"),
    path("evaluations/", evaluations.evaluations, name="evaluations"),
    path("evaluations/<int:pk>/", evaluations.evaluation, name="evaluation"),
    path("evaluations/<int:pk>/verify/", evaluations.verify, name="verify-evaluation"),
    path("evaluations/<int:pk>/map/<str:code>/", mapwork.thematic_map, name="thematic"),
    path("print/", mapwork.print_map, name="print"),
    path("linked/", mapwork.linked, name="linked"),
    path("qgis/<str:number>.qgz", mapwork.qgis_project, name="qgis"),
    path("indicators/<str:code>/", evaluations.indicator, name="indicator"),
    path("downloads/", downloads.downloads, name="downloads"),
    path("downloads/<int:pk>/file", downloads.download_file, name="download-file"),
    path("embeddings/", embeddings.embeddings, name="embeddings"),
    path("embeddings/<int:pk>/", embeddings.embedding, name="embedding"),
    path("embeddings/<int:pk>/withdraw/", embeddings.withdraw, name="withdraw-embedding"),
    path("heights/", terrain.rasters, name="rasters"),
    path("heights/remove/", terrain.remove, name="remove-raster"),
    path("profiles/", terrain.profiles, name="profiles"),
    path("profiles/new/", terrain.new_profile, name="new-profile"),
    path("profiles/<int:pk>/", terrain.profile, name="profile"),
    path("profiles/<int:pk>/verify/", terrain.verify, name="verify-profile"),
    path("patches/", statistics.patches, name="patches"),
    path("sites/", siting.searches, name="searches"),
    path("sites/new/", siting.new, name="new-search"),
    path("sites/jobs/<uuid:pk>/", siting.of_job, name="search-of-job"),
    path("sites/<int:pk>/", siting.search, name="search"),
    path("sites/<int:pk>/compare/", siting.compare, name="compare"),
    path("sites/<int:pk>/why/", siting.why, name="why"),
    path("sites/<int:pk>/<int:candidate>/", siting.act, name="candidate"),
]
