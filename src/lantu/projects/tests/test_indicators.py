"""The figures that the room gives to the indicators of the city pack."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils import timezone

from lantu.blueprints.ports import indicator_sources
from lantu.projects.factories import make_planned_city, make_project
from lantu.projects.models import Project


def test_land_and_number_of_received_projects_by_library_with_their_list(db) -> None:
    today = timezone.localdate()
    make_planned_city()
    for number, land in enumerate((Decimal(20_000), Decimal(5_000), None)):
        project = make_project(f"project {number}")
        Project.objects.filter(pk=project.pk).update(state="received", library="reserve", land_area_m2=land)
    Project.objects.filter(pk=make_project("draft").pk).update(state="draft", land_area_m2=Decimal(90_000))
    land_ha, count = (indicator_sources.get(f"projects.{key}.reserve") for key in ("land_ha", "count"))
    assert land_ha.value(None, today) == 2.5 and count.value(None, today) == 3
    assert count.value(None, date(2017, 1, 1)) == 0
    assert indicator_sources.get("projects.count.completed").value(None, today) == 0
    assert "library=reserve" in land_ha.rows(date(2018, 5, 1)) and "entered_to=2018-05-01" in land_ha.rows(date(2018, 5, 1))
    assert "储备库" in str(count.name)
