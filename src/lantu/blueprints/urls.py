"""``/blueprints/…``"""

from __future__ import annotations

from django.urls import path

from lantu.blueprints.views import comparisons, decisions, findings, freshness, history, prechecks, releases, runs

app_name = "blueprints"
urlpatterns = [
    path("", findings.latest, name="latest"),
    path("runs/", runs.runs, name="runs"),
    path("runs/start/", runs.start, name="start"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/statistics.<str:form>", runs.statistics_paper, name="statistics-paper"),
    path("runs/<int:pk>/publish/", releases.publish, name="publish"),
    path("runs/<int:pk>/<str:listing>/", findings.findings, name="findings"),
    path("runs/<int:pk>/<str:listing>/issues.<str:form>", runs.issue_list, name="issue-list"),
    path("findings/<int:pk>/", findings.finding, name="finding"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/new/", decisions.new, name="decision-new"),
    path("decisions/balance/", decisions.balance_sheet, name="balance"),
    path("decisions/<int:pk>/", decisions.decision, name="override"),
    path("decisions/<int:pk>/document", decisions.document, name="decision-document"),
    path("decisions/<int:pk>/withdraw/", decisions.withdrawn, name="decision-withdraw"),
    path("amendments/", decisions.amendments, name="amendments"),
    path("amendments/<int:pk>/close/", decisions.amendment_closed, name="amendment-close"),
    path("compare/", comparisons.choose, name="compare"),
    path("comparisons/<int:pk>/", comparisons.comparison, name="comparison"),
    path("comparisons/<int:pk>/map/", comparisons.comparison_map, name="comparison-map"),
    path("comparisons/<int:pk>/areas/", comparisons.areas, name="comparison-areas"),
    path("comparisons/<int:pk>/changes.geojson", comparisons.geojson, name="comparison-geojson"),
    path("comparisons/<int:pk>/findings/<str:listing>/<str:what>/", comparisons.compared_findings, name="comparison-findings"),
    path("prechecks/", prechecks.prechecks, name="prechecks"),
    path("prechecks/start/", prechecks.start, name="precheck-start"),
    path("freshness/", freshness.up_to_date, name="freshness"),
    path("freshness/findings/", freshness.stale_layers, name="stale"),
    path("in-force/", history.in_force_then, name="in-force"),
    path("releases/", releases.releases, name="releases"),
    path("releases/<int:pk>/", releases.release, name="release"),
    path("releases/<int:pk>/verify/", releases.verify, name="verify"),
    path("releases/<int:pk>/withdraw/", releases.withdrawn, name="withdraw"),
]
