"""What was in force here on a day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.blueprints.models import BlueprintRelease
from lantu.blueprints.selectors.here import here_on
from lantu.blueprints.selectors.place_search import find_places
from lantu.blueprints.selectors.releases import in_force_on
from lantu.core.access import access
from lantu.core.errors import BadInput, LantuError
from lantu.ui.typed import needed_day


@access("@")
def in_force_then(request: HttpRequest) -> HttpResponse:
    """``?date=2018-10-01&at=106.63,26.65``: the release in force that day, and what it said at a place."""
    typed, where = request.GET.get("date", ""), request.GET.get("at", "").strip()
    problem, release, here, place = None, None, None, None
    day = timezone.localdate()
    try:
        day = needed_day(typed) if typed else day
        release = in_force_on(day)
        if where:
            place = read_place(where)
            release, here = here_on(*place, day, actor=request.actor)  # type: ignore[attr-defined]
    except LantuError as error:
        problem = error
    context = {
        "day": day,
        "at": where,
        "release": release,
        "here": here,
        "place": place,
        "problem": problem,
        "releases": BlueprintRelease.objects.order_by("published_at"),
    }
    return render(request, "blueprints/in_force.html", context, status=422 if problem else 200)


def read_place(text: str) -> tuple[float, float]:
    """Coordinates in any of the usual forms, or the name of a place. Raises ``BadInput``."""
    found = find_places(text)
    if not found:
        raise BadInput(_("找不到「%(text)s」。") % {"text": text}, how=_("请输入地名，或经度、纬度，如 106.63, 26.65。"))
    lon, lat = found[0]["center"]
    return float(lon), float(lat)
