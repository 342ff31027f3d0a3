"""The API under ``/api/v1/``, composed of the rooms' routers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.utils import check_csrf

from lantu.accounts import bearer
from lantu.analysis.api import router as analysis_router
from lantu.analysis.evaluation_api import router as evaluation_router
from lantu.analysis.mapwork_api import router as mapwork_router
from lantu.analysis.siting_api import router as siting_router
from lantu.analysis.statistics_api import router as statistics_router
from lantu.analysis.terrain_api import router as terrain_router
from lantu.approvals.acting_api import router as acting_router
from lantu.approvals.api import router as approval_router
from lantu.approvals.applicant_api import router as applicant_router
from lantu.approvals.asking_api import router as asking_router
from lantu.approvals.catalogue_api import router as catalogue_router
from lantu.approvals.filing_api import router as filing_router
from lantu.approvals.handling_api import router as handling_router
from lantu.approvals.results_api import router as result_router
from lantu.blueprints.api import router as map_router
from lantu.blueprints.comparisons_api import router as comparison_router
from lantu.blueprints.decisions_api import router as decision_router
from lantu.blueprints.runs_api import router as blueprint_router
from lantu.casework.api import router as work_router
from lantu.certificates.api import router as certificate_router
from lantu.conflicts.api import router as conflict_router
from lantu.core.access import access
from lantu.core.api import router as job_router
from lantu.core.errors import Refused
from lantu.documents.api import router as paper_router
from lantu.plans.api import router as plan_router
from lantu.plans.collection_api import router as collection_router
from lantu.plans.datum_api import router as datum_router
from lantu.plans.living_api import router as living_router
from lantu.plans.mending_api import router as mending_router
from lantu.plans.metadata_api import router as metadata_router
from lantu.plans.sheets_api import router as sheets_router
from lantu.projects.api import router as project_router
from lantu.standards.api import router as standards_router


def acting(request: HttpRequest) -> Any:
    """Who acts: by the token of a service client, else by the session of the pages, with their protection against forged requests. Who may
    do what is said by ``access`` and by the verbs."""
    if bearer.require(request):
        return request.actor  # type: ignore[attr-defined]
    if request.method not in ("GET", "HEAD", "OPTIONS") and check_csrf(request) is not None:
        raise Refused(_("请求没有通过防伪校验。"), how=_("请刷新页面后再试；程序调用须带 X-CSRFToken。"))
    return request.actor  # type: ignore[attr-defined]


api = NinjaAPI(title="Lantu", version="1", urls_namespace="api", docs_url="/docs", docs_decorator=access("@"), auth=acting)
api.add_router("", job_router)
api.add_router("/map/", map_router)
api.add_router("/papers", paper_router)
api.add_router("/certificates", certificate_router)
api.add_router("/standards/", standards_router)
api.add_router("/plans/datums", datum_router)
api.add_router("/plans/datasets", metadata_router)
api.add_router("/work/", work_router)
api.add_router("/plans/living", living_router)
api.add_router("/plans/sheets", sheets_router)
api.add_router("/plans/collections", collection_router)
api.add_router("/plans/", mending_router)
api.add_router("/plans/", plan_router)
api.add_router("/blueprint/", blueprint_router)
api.add_router("/blueprint/", decision_router)
api.add_router("/blueprint/", comparison_router)
api.add_router("/analysis/", analysis_router)
api.add_router("/analysis", siting_router)
api.add_router("/analysis", evaluation_router)
api.add_router("/analysis", statistics_router)
api.add_router("/analysis", mapwork_router)
api.add_router("/analysis", terrain_router)
api.add_router("/projects", project_router)
api.add_router("/conflicts/", conflict_router)
api.add_router("/approvals/", catalogue_router)
api.add_router("/approvals/", approval_router)
api.add_router("/approvals/", filing_router)
api.add_router("/approvals/", asking_router)
api.add_router("/approvals/", handling_router)
api.add_router("/approvals/", acting_router)
api.add_router("/approvals/", result_router)
api.add_router("/approvals/", applicant_router)
