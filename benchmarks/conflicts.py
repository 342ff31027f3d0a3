"""The pages of conflict cases and the worklist with a hundred thousand of each, and bulk triage of ten thousand as a job.

``python -m benchmarks.conflicts [--cases 100000] [--bulk 10000]`` works in the folder ``LANTU_VAR`` (else one that goes with it) and on the
database of ``DATABASE_URL`` (SQLite by default), which must be empty or made by an earlier call: it migrates it, loads the pack of Guiyang,
makes findings and cases of boxes, and a task of the planning office for each case.
Times are medians of five requests through Django's test client, the whole page rendered, after one to warm up.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from benchmarks.pages import analyse, in_own_city, measure_pages, say, timed

PAGES = {
    "list": "/conflicts/",
    "list, critical of a district": "/conflicts/?severity=1&district=520103",
    "list, of a department": "/conflicts/?department=STHJ",
    "list, by area": "/conflicts/?sort=-area",
    "list, search": "/conflicts/?q=CT-2018-0412",
    "list, page 200": "/conflicts/?page=200",
    "list, tab to triage": "/conflicts/?group=triage",
    "htmx table alone": "/conflicts/?rule=C06",
    "API": "/api/v1/conflicts/cases?severity=2&limit=100",
    "case with its neighbours": "{case}?in=group%3Dopen%26rule%3DC06",
    "issue list of 10 000": "{batch}",
    "balance sheet": "/conflicts/balance/",
    "worklist, mine": "/work/",
    "worklist of the department": "/work/department/",
    "worklist of the department, overdue": "/work/department/?light=r",
    "worklist of the department, page 200": "/work/department/?page=200",
    "API, worklist of the department": "/api/v1/work/tasks?of=department",
}


def main() -> None:
    """Make, measure, print JSON lines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--bulk", type=int, default=10_000)
    options = parser.parse_args()
    in_own_city(lambda: _measure(options.cases, options.bulk))


def _measure(cases: int, bulk: int) -> None:
    from django.db import connection

    from lantu.conflicts.models import ConflictCase

    there = ConflictCase.objects.count()
    made = 0.0 if there else timed(lambda: _make(cases))
    say(database=connection.vendor, cases=there or cases, made_s=round(made, 1))
    analyse()
    _measure_bulk(bulk)
    _measure_pages()


def _make(count: int) -> None:
    from pathlib import Path

    import shapely
    from django.conf import settings
    from django.utils import timezone

    from lantu.accounts import demo
    from lantu.accounts.models import Region
    from lantu.blueprints.models import Finding, FusionRun
    from lantu.casework.models import Task
    from lantu.conflicts.models import Batch, ConflictCase, Intake
    from lantu.conflicts.pack import offices_of
    from lantu.conflicts.services.intake import departments_key
    from lantu.core.actor import system
    from lantu.standards.services import load_pack

    pack = load_pack(system("bench"), Path(settings.CITIES_DIR) / "guiyang")
    demo.load()
    dice = random.Random(1)
    run = FusionRun.objects.create(number="R-BENCH", pack=pack, engine="planar", state=FusionRun.State.DONE, done_at=timezone.now())
    Intake.objects.create(run=run, done_at=timezone.now())
    districts = list(Region.objects.filter(kind=Region.Kind.COUNTY).values_list("code", flat=True))
    rules = [(f"C{number:02d}", severity) for number, severity in enumerate((1, 1, 1, 1, 1, 2, 3, 3, 3, 2, 3, 4, 2, 5), start=1)]
    owners = [offices_of(codes) for codes in (("GH", "GT"), ("GH", "STW"), ("GT", "STW"), ("GH", "WWJ"), ("GH", "GT", "NW"))]
    batch = Batch.objects.create(number="QD-BENCH", title="bench", deadline=timezone.localdate(), created_by_name="bench")
    for first in range(0, count, 2000):
        findings, cases = [], []
        for number in range(first, min(first + 2000, count)):
            rule, severity = dice.choice(rules)
            lon, lat = dice.uniform(106.2, 107.2), dice.uniform(26.2, 27.2)
            layers = [
                {"layer": "C0101", "code": "R2", "feature_id": str(number)},
                {"layer": "C0401", "code": "030", "feature_id": str(number)},
            ]
            findings.append(
                Finding(
                    run=run, number=number + 1, listing="conflict", rule=rule, origin=rule, severity=severity, identity=f"f{number:08d}",
                    key=f"k{number}", layers_key="C0101+C0401", area_m2=dice.uniform(400, 200_000), mean_width_m=20.0,
                    hits=[{"rule": rule, "severity": severity, "area_m2": 1.0}], sources=layers, district=dice.choice(districts),
                    geometry=shapely.box(lon, lat, lon + 0.001, lat + 0.001), anchor_lon=lon, anchor_lat=lat,
                )
            )  # fmt: skip
        Finding.objects.bulk_create(findings)
        for finding in findings:
            state = dice.choices(["detected", "triaged", "consulting", "proposed", "archived", "settled"], [50, 15, 10, 5, 15, 5])[0]
            listed = batch if state == "consulting" else None
            departments = dice.choice(owners)
            cases.append(
                ConflictCase(
                    number=f"CT-2018-{finding.number:04d}", identity=finding.identity, finding=finding, first_run=run, state=state,
                    open=state not in ("archived", "settled"), rule=finding.rule,
                    found_severity=finding.severity, severity=finding.severity,
                    sliver=finding.rule == "C14", district=finding.district, layers_key=finding.layers_key, departments=departments,
                    departments_key=departments_key(departments), area_m2=finding.area_m2, anchor_lon=finding.anchor_lon,
                    anchor_lat=finding.anchor_lat, batch=listed, asked=2 if listed else 0, due=timezone.localdate() if listed else None,
                )
            )  # fmt: skip
        ConflictCase.objects.bulk_create(cases)
        Task.objects.bulk_create(_task(dice, case) for case in cases)


def _task(dice: random.Random, case: Any) -> Any:
    """Something to do about a case, for the reviewers or the planners of the planning office, due some day."""
    from datetime import timedelta

    from django.utils import timezone

    from lantu.casework.models import Task
    from lantu.casework.subjects import key_of

    today = timezone.localdate()
    due = today + timedelta(days=dice.randint(-20, 60))
    return Task(
        **key_of(case), kind="consultation.reply", title=f"回复征求意见：{case.number}", number=case.number, url=case.get_absolute_url(),
        role=dice.choice(("reviewer", "planner")), department="ZRZY", received_on=today, due_on=due, sort_on=due,
        near_from=due - timedelta(days=2),
    )  # fmt: skip


def _measure_bulk(count: int) -> None:
    """Triage of ``count`` detected cases by filter: in the queue at once, done by the worker."""
    from lantu.accounts.demo import demo_actor
    from lantu.conflicts.models import ConflictCase
    from lantu.conflicts.services import start_bulk
    from lantu.core import jobs

    limit = ConflictCase.objects.filter(state="detected").order_by("area_m2").values_list("area_m2", flat=True)[count - 1]
    start = time.perf_counter()
    row = start_bulk(demo_actor("planner"), "triage", query=f"group=triage&area_m2_to={limit}")
    queued = time.perf_counter() - start
    worked = timed(jobs.work_off)
    row.refresh_from_db()
    say(act="bulk triage", queued_ms=round(queued * 1000), done=row.done, refused=row.refused, job_s=round(worked, 1))


def _measure_pages() -> None:
    from lantu.conflicts.models import Batch, ConflictCase

    rows = ConflictCase.objects.filter(rule="C06", open=True).order_by("pk")
    places = {"case": rows[rows.count() // 2].get_absolute_url(), "batch": Batch.objects.get().get_absolute_url()}
    measure_pages(PAGES, places, "table-cases")


if __name__ == "__main__":
    main()
