"""Checks beforehand of draft plans, and whether the layers are up to date."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from lantu.blueprints.models import FusionRun
from lantu.blueprints.services import start_precheck
from lantu.blueprints.services.prechecks import READY
from lantu.blueprints.services.runs import STARTERS
from lantu.blueprints.visibility import INSIDE
from lantu.core.access import access
from lantu.core.errors import LantuError
from lantu.plans.models import Delivery
from lantu.ui import marks
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

LIGHTS = {"pending": "y", "done": "g", "failed": "r", "cancelled": "n"}


def run_url(run: FusionRun) -> str:
    return reverse("blueprints:run", args=[run.pk])


@access(*INSIDE)
def prechecks(request: HttpRequest) -> HttpResponse:
    """All checks beforehand; who may start one chooses a delivery that is not released yet."""
    table = Table(
        key="prechecks",
        title=gettext_lazy("合规性预检"),
        rows=FusionRun.objects.filter(purpose=FusionRun.Purpose.PRECHECK).select_related("draft__dataset"),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="started_at", link=run_url),
            Column("draft", gettext_lazy("规划草案"), _draft, sort="draft__dataset__name"),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_state),
            Column("started_by_name", gettext_lazy("发起人"), sort="started_by_name", minor=True),
            Column("started_at", gettext_lazy("发起"), kind="moment", sort="started_at"),
        ),
        filters=(
            Search(gettext_lazy("编号、规划"), ["number", "draft__dataset__name"]),
            Choice("state", gettext_lazy("状态"), FusionRun.State.choices),
        ),
        sort="-number",
        empty=gettext_lazy("还没有做过合规性预检。规划草案完成对照后，在发布之前可先与现行蓝图比对，看会带来哪些新的矛盾。"),
    )
    starter = request.actor.role in STARTERS  # type: ignore[attr-defined]
    ready = Delivery.objects.filter(state__in=READY).select_related("dataset") if starter else Delivery.objects.none()
    return table.response(request, "blueprints/prechecks.html", {"starter": starter, "ready": ready})


def _draft(row: FusionRun) -> str:
    return _("%(name)s 第 %(n)s 次入库") % {"name": row.draft.dataset.name, "n": row.draft.number} if row.draft is not None else ""


def _state(row: FusionRun) -> str:
    return marks.light(LIGHTS[row.state], row.get_state_display())


@access(*STARTERS)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a check of one delivery."""
    key = request.POST.get("delivery", "")
    delivery = get_object_or_404(Delivery.objects.select_related("dataset"), pk=key if key.isdecimal() else 0)
    try:
        run, job = start_precheck(request.actor, delivery)  # type: ignore[attr-defined]
    except LantuError as error:
        messages.error(request, str(error))
        return redirect("blueprints:prechecks")
    return redirect(f"{reverse('ui:job', args=[job.pk])}?next={quote(run_url(run))}")
