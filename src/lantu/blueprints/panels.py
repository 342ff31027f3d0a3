"""What the room puts on the pages of others: the front page, the top bar, global search."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.models import BlueprintRelease, Finding, FusionRun
from lantu.blueprints.papers import is_demo
from lantu.blueprints.selectors.place_search import find_places
from lantu.blueprints.selectors.releases import in_force, shown_run
from lantu.blueprints.services.prechecks import READY
from lantu.blueprints.services.runs import STARTERS
from lantu.blueprints.visibility import INSIDE, may_see_internal
from lantu.core.reading import kept
from lantu.ui import formats, registry


def connect() -> None:
    """Register navigation, panels, the release in the top bar, search."""
    registry.add_nav("blueprint", gettext_lazy("问题图斑"), "blueprints:latest", "warning", INSIDE, order=30)
    registry.add_nav("blueprint", gettext_lazy("融合批次"), "blueprints:runs", "flow", INSIDE, order=40)
    registry.add_nav("blueprint", gettext_lazy("协调结果"), "blueprints:decisions", "swap", INSIDE, order=45)
    registry.add_nav("blueprint", gettext_lazy("蓝图版本"), "blueprints:releases", "layers", order=50)
    registry.add_nav("blueprint", gettext_lazy("合规性预检"), "blueprints:prechecks", "shield", INSIDE, order=55)
    registry.add_panel("plans.dataset", "prechecks", dataset_prechecks, order=50, roles=INSIDE)
    registry.add_panel("home", "blueprints", home, order=20, roles=INSIDE)
    registry.bar_facts.register("release", release_fact)
    registry.searchers.register("findings", (gettext_lazy("图斑"), find_findings))
    registry.searchers.register("places", (gettext_lazy("地点"), find_on_map))


def home(request: HttpRequest, _subject: Any) -> str:
    """The figures of the run in force."""
    run = shown_run()
    context: dict[str, Any] = {"run": run}
    if run is not None:
        worst = Finding.objects.filter(run=run, listing=Finding.Listing.CONFLICT, severity=1, apart=False).count()
        lists = [{"key": key, "label": label, "totals": run.totals[key]} for key, label in Finding.Listing.choices]
        context |= {"worst": worst, "lists": lists, "demo": is_demo(run)}
    return render_to_string("blueprints/home.html", context, request)


def dataset_prechecks(request: HttpRequest, dataset: Any) -> str:
    """On the page of a plan dataset: the checks beforehand of its deliveries, and those that may be checked now."""
    runs = FusionRun.objects.filter(purpose=FusionRun.Purpose.PRECHECK, draft__dataset=dataset).select_related("draft")
    context = {
        "runs": runs[:10],
        "ready": dataset.deliveries.filter(state__in=READY),
        "starter": request.actor.role in STARTERS,  # type: ignore[attr-defined]
    }
    return render_to_string("blueprints/dataset_prechecks.html", context, request)


@kept
def _shown() -> BlueprintRelease | None:
    return in_force()


def release_fact(request: HttpRequest) -> dict[str, Any]:
    """The release in force, for the top bar."""
    release = _shown()
    if release is None:
        return {}
    label = _("蓝图 %(number)s · %(day)s 发布") % {"number": release.number, "day": formats.day(release.published_at)}
    return {"release": {"label": label, "url": reverse("blueprints:release", args=[release.pk])}}


def find_findings(request: HttpRequest, text: str) -> list[registry.Found]:
    """Findings of the run in force by number or identity."""
    run = shown_run() if may_see_internal(request.actor) else None  # type: ignore[attr-defined]
    if run is None:
        return []
    rows = Finding.objects.filter(run=run)
    rows = rows.filter(number=int(text)) if text.isdigit() and len(text) < 9 else rows.filter(identity__istartswith=text)
    return [
        registry.Found(
            f"{row.number} {row.rule}", row.get_absolute_url(), f"{row.get_listing_display()}　{formats.hectares(row.area_m2)} ha"
        )
        for row in rows.only("number", "rule", "listing", "area_m2")[:20]
    ]


def find_on_map(request: HttpRequest, text: str) -> list[registry.Found]:
    """Places and coordinates, opened on the map."""
    return [registry.Found(place["label"], _on_map(*place["center"]), place["kind"]) for place in find_places(text)[:20]]


def _on_map(lon: float, lat: float) -> str:
    return f"{reverse('map')}?at={lon:.6f},{lat:.6f},14"
