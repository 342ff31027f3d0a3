"""The library, its map and one project's page with ten thousand projects and two hundred thousand opinions.

``python -m benchmarks.projects [--projects 10000] [--opinions 200000]`` works in the folder ``LANTU_VAR`` (else one that goes with it)
and on the database of ``DATABASE_URL`` (SQLite by default), which must be empty or made by an earlier call: it migrates it, loads the pack
of Guiyang, makes projects with a site, a planning and consultations each. Times are medians of five requests through Django's test client,
the whole answer rendered, after one to warm up; ``cpu_ms`` is the processor time of one, which a busy machine does not change much.
"""

from __future__ import annotations

import argparse
import random
from datetime import timedelta
from typing import Any

from benchmarks.pages import analyse, in_own_city, measure_pages, say, timed

PAGES = {
    "list": "/projects/",
    "list, planning library of a district": "/projects/?library=planning&region=520103",
    "list, by investment": "/projects/?sort=-investment",
    "list, search by name": "/projects/?q=0412",
    "list, page 200": "/projects/?page=200",
    "htmx table alone": "/projects/?state=received",
    "plannings": "/projects/generations/",
    "plannings, consulting": "/projects/generations/?state=consulting",
    "map tile of red lines": "/tiles/living/D0201/8/407/90.mvt",
    "map tile, city wide": "/tiles/living/D0201/7/203/45.mvt",
    "project": "{project}",
    "project, opinions": "{project}opinions/",
    "project, audit": "{project}audit/",
    "planning": "{generation}",
    "API": "/api/v1/projects?limit=100",
}
KINDS = ("学校", "医院", "道路", "公园", "泵站")


def main() -> None:
    """Make, measure, print JSON lines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--opinions", type=int, default=200_000)
    options = parser.parse_args()
    in_own_city(lambda: _measure(options.projects, options.opinions))


def _measure(projects: int, opinions: int) -> None:
    from django.db import connection

    from lantu.casework.models import Reply
    from lantu.projects.models import Project

    made = 0.0 if Project.objects.exists() else timed(lambda: _make(projects, opinions))
    counts = {"projects": Project.objects.count(), "opinions": Reply.objects.count()}
    say(database=connection.vendor, **counts, made_s=round(made, 1))
    analyse()
    _measure_pages()


def _make(count: int, opinions: int) -> None:
    """Projects with a site and a planning each; the opinions are spread over them evenly, in rounds of up to ten departments."""
    from pathlib import Path

    from django.conf import settings

    from lantu.accounts import demo
    from lantu.accounts.models import Department, Region
    from lantu.core.actor import system
    from lantu.standards.services import load_pack

    load_pack(system("bench"), Path(settings.CITIES_DIR) / "guiyang")
    demo.load()
    dice = random.Random(1)
    districts = list(Region.objects.filter(kind=Region.Kind.COUNTY, valid_to=None))
    departments = list(Department.objects.filter(valid_to=None).order_by("code"))[:10]
    each = max(opinions // count, 1)
    for first in range(0, count, 500):
        _block(range(first, min(first + 500, count)), each, dice, districts, departments)


def _block(numbers: range, each: int, dice: random.Random, districts: list[Any], departments: list[Any]) -> None:
    import shapely
    from django.utils import timezone

    from lantu.plans.models import LivingFeature
    from lantu.projects.models import CandidateSite, Generation, Project

    today, projects = timezone.localdate(), []
    for number in numbers:
        region = dice.choice(districts)
        series = f"2018-{region.code}-83-01"
        projects.append(
            Project(
                code=f"{series}-{number:06d}",
                series=series,
                serial=number,
                entry_key=f"bench:{number}",
                name=f"演示项目 {number:05d} {dice.choice(KINDS)}建设工程",
                library=dice.choice(["reserve", "planning"]),
                state="received",
                kind="01",
                industry="83",
                sector=dice.choice(["education", "health", "transport", "water"]),
                source="annual",
                source_reference=f"B-{number}",
                investment_wan=dice.randint(100, 90_000),
                land_area_m2=dice.randint(1_000, 200_000),
                region=region,
                department=dice.choice(departments),
                demo=True,
            )
        )
    Project.objects.bulk_create(projects)
    sites, lines = [], []
    for project in projects:
        lon, lat = dice.uniform(106.2, 107.2), dice.uniform(26.2, 27.2)
        shape = shapely.box(lon, lat, lon + 0.002, lat + 0.002)
        place = {"geometry": shape, "min_x": lon, "min_y": lat, "max_x": lon + 0.002, "max_y": lat + 0.002}
        sites.append(CandidateSite(project=project, label="地块一", chosen=True, area_m2=44_000, **place))
        facts = {"name": project.name, "valid_from": today, "area_m2": 44_000, "demo": True}
        lines.append(LivingFeature(layer_code="D0201", feature_id=project.code, **facts, **place))
    CandidateSite.objects.bulk_create(sites)
    LivingFeature.objects.bulk_create(lines)
    states = ["consulting", "coordinating", "settled", "conditioned"]
    rows = [
        Generation(
            project=site.project,
            number=f"CH-2018-{site.project.serial:05d}",
            site=site,
            lead=site.project.department,
            state=dice.choice(states),
        )
        for site in sites
    ]
    Generation.objects.bulk_create(rows)
    _opinions(rows, each, dice, departments)


def _opinions(rows: list[Any], each: int, dice: random.Random, departments: list[Any]) -> None:
    from django.utils import timezone

    from lantu.casework.models import Consultation, Reply, Request

    due, rounds = timezone.localdate() + timedelta(days=5), []
    per_round = len(departments)
    for row in rows:
        for number in range((each + per_round - 1) // per_round):
            names = {"subject_type": "projects.generation", "subject_id": str(row.pk), "matter": "generation", "round": number + 1}
            rounds.append(Consultation(**names, title=f"{row.number} 征求意见", due_on=due, state="complete", completed_at=timezone.now()))
    Consultation.objects.bulk_create(rounds)
    asked = [Request(consultation=one, department=department, due_on=due, state="replied") for one in rounds for department in departments]
    Request.objects.bulk_create(asked, batch_size=2000)
    verdicts = ["agree", "agree", "conditions", "disagree"]
    Reply.objects.bulk_create(
        [
            Reply(request=one, revision=1, verdict=dice.choice(verdicts), reason="演示", by_name="演示", conditions=[{"text": "办理环评"}])
            for one in asked
        ],
        batch_size=2000,
    )


def _measure_pages() -> None:
    from lantu.projects.models import Generation, Project

    project = Project.objects.order_by("pk")[Project.objects.count() // 2]
    generation = Generation.objects.get(project=project)
    places = {"project": project.get_absolute_url(), "generation": generation.get_absolute_url()}
    measure_pages(PAGES, places, "table-projects")


if __name__ == "__main__":
    main()
