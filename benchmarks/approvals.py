"""Worklist, case and tracking of approvals with a hundred thousand projects, a million branches and ten million rows of ledger.

``python tools/private_postgres.py -- python -m benchmarks.approvals [--projects 100000] [--users 50] [--think 5 10] [--seconds 60]
[--acts 0.5]`` works on the PostgreSQL of ``DATABASE_URL``, which must be empty or made by an earlier call:
it migrates it, loads the pack of Guiyang and makes, for
each project, two stages of five branches each with their clocks; a branch has 4 rows of ledger (events and clock entries) while it runs
and 11 when it has ended; one branch in ten runs. Then it serves the product's own way (gunicorn, two processes of four threads) and lets
``users`` people, each signed in as somebody else, ask at once: each asks for a page, reads it for ``think`` seconds in the mean, asks for
the next. Six of ten pages are
worklists (the desk of a department, the own tasks), two and a half a case, one and a half the public tracking by number. Who has opened a
case scrolls down to what happened with it in one of two cases, which is a request of its own. Meanwhile something is done ``acts`` times a
second, as far as the pages can tell: a row in the audit trail, after which nothing of what was kept between requests holds any more.
The times are by
the clock of the one who asks, who stands on the same two cores. ``--think 0`` shows what the machine can take in all. Before that
twenty people ask for a while uncounted, so that every process has its templates read.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.pages import analyse, in_own_city, say, timed

STAGES = {
    "1": ("FGW", ("feasibility", "site_opinion", "land_review", "land_permit", "forest"), ("FGW", "GH", "GT", "GH", "STW")),
    "2": ("GH", ("scheme", "defence", "heritage", "preliminary", "works_permit"), ("GH", "RFB", "WWJ", "FGW", "GH")),
}
RUNNING = ((1, 0), (3, 1), (8, 2))
ENDED = ((1, 0), (3, 1), (8, 2), (9, 4), (10, 9), (8, 9), (11, 12))
"""Events of a branch: code, days after it was received."""
RUNNING_CLOCK = (("started", 1, ""),)
ENDED_CLOCK = (("started", 1, ""), ("stopped", 4, "p1"), ("resumed", 9, "p1"), ("ended", 12, ""))
DEPARTMENTS = ("GH", "FGW", "RFB", "WWJ", "GT", "STW")
PORT = 8469


def main() -> None:
    """Make, serve, ask, print JSON lines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--projects", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--think", type=float, nargs="+", default=[5.0, 10.0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--acts", type=float, default=0.5, help="how often a second something is done meanwhile")
    options = parser.parse_args()
    in_own_city(lambda: _measure(options))


def _measure(options: argparse.Namespace) -> None:
    from django.db import connection

    from lantu.approvals.models import Branch, BranchEvent, StageApplication
    from lantu.casework.models import ClockEntry, Task
    from lantu.projects.models import Project

    if connection.vendor != "postgresql":
        raise SystemExit("benchmarks.approvals needs PostgreSQL: python tools/private_postgres.py -- python -m benchmarks.approvals")
    made = 0.0 if Project.objects.exists() else timed(lambda: make(options.projects))
    counts = {model.__name__: model.objects.count() for model in (Project, StageApplication, Branch, BranchEvent, ClockEntry, Task)}  # type: ignore[attr-defined]
    say(**counts, ledger=counts["BranchEvent"] + counts["ClockEntry"], made_s=round(made, 1))
    analyse()
    _queries()
    with served():
        _ask_alone()
        ask_together(20, 2.0, 15.0, told=False)
        for think in options.think:
            ask_together(options.users, think, options.seconds, acts=options.acts)


def make(projects: int) -> None:
    """Everything, in one go per table."""
    from django.conf import settings

    from lantu.accounts import demo
    from lantu.accounts.models import Department, Region
    from lantu.approvals.services import publish_definition
    from lantu.core.actor import system
    from lantu.standards.services import load_pack

    load_pack(system("bench"), Path(settings.CITIES_DIR) / "guiyang")
    demo.load()
    release = publish_definition(system("bench"))
    region = Region.objects.filter(kind=Region.Kind.COUNTY, valid_to=None).order_by("code").first()
    department = Department.objects.get(code="GH")
    assert region is not None
    _projects(projects, region, department)
    for number, stage in enumerate(STAGES):
        _stage(projects, number * projects, stage, release.pk)
    _tasks()
    _restart()


def _projects(count: int, region: Any, department: Any) -> None:
    from benchmarks.bulk import insert
    from lantu.projects.models import Project

    series = f"'2018-{region.code}-83-01'"
    insert(
        Project, f"generate_series(1, {count}) AS n", id="n", code=f"{series} || '-' || lpad(n::text, 6, '0')", series=series,
        serial="n", entry_key="'bench:' || n", name="'演示项目 ' || lpad(n::text, 6, '0') || ' 建设工程'", library="'implementation'",
        state="'received'", kind="'01'", industry="'83'", region_id=str(region.pk), department_id=str(department.pk), demo="true",
        source="'annual'", source_reference="'B-' || n",
    )  # fmt: skip


def _stage(projects: int, offset: int, stage: str, release: int) -> None:
    """The applications of a stage with their clocks; keys: application ``offset + n``, its clock the same plus a thousand million."""
    from benchmarks.bulk import insert
    from lantu.approvals.models import Branch, BranchEvent, StageApplication
    from lantu.casework.models import Clock, ClockEntry

    lead, items, departments = STAGES[stage]
    last = stage == list(STAGES)[-1]
    began = "(current_date - 400 + (n % 380)::int)"  # running ones are of the last stage and of the last two weeks
    runs = "(n % 5 = 0)" if last else "false"
    day = f"(CASE WHEN {runs} THEN current_date - (n / 5 % 14)::int ELSE {began} END)"
    one = f"generate_series(1, {projects}) AS n"
    clock = 1_000_000_000 + offset
    ended = f"CASE WHEN {runs} THEN NULL ELSE {day} + 14 END"
    shared = {"state": f"CASE WHEN {runs} THEN 'running' ELSE 'ended' END", "calendar": "1", "subject_type": "'approvals.stageapplication'"}
    dates = {"started_on": f"{day} + 1", "ended_on": ended, "due_on": f"{day} + 36", "near_from": f"{day} + 28", "total": "25"}
    insert(Clock, one, id=f"n + {clock}", subject_id=f"(n + {offset})::text", kind="'stage'", title="'阶段'", department=f"'{lead}'",
           limit="25", **shared, **dates)  # fmt: skip
    insert(ClockEntry, one, clock_id=f"n + {clock}", number="1", kind="'started'", calendar="1", **{"on": f"{day} + 1"})
    insert(
        StageApplication, one, id=f"n + {offset}", number=f"'JD{stage}-2018-' || lpad(n::text, 6, '0')", project_id="n",
        definition_id=str(release), stage=f"'{stage}'", project_class="'gov_building'", lead=f"'{lead}'", clock_id=f"n + {clock}",
        state=f"CASE WHEN {runs} THEN 'open' ELSE 'approved' END", received_on=day, filed_at=f"{day}::timestamptz",
        concluded_at=f"CASE WHEN {runs} THEN NULL ELSE ({day} + 14)::timestamptz END",
        facts="""'{"basement": true, "heritage": true, "site": "allocation", "hits": ["C07"]}'::jsonb""", filed_by_name="'演示'",
    )  # fmt: skip
    for place, (item, department) in enumerate(zip(items, departments, strict=True)):
        first = (offset * len(items)) + place * projects
        branch_clock = 2_000_000_000 + first
        half = {"limit": "10", "total": "10", "due_on": f"{day} + 17", "near_from": f"{day} + 12", "started_on": f"{day} + 1"}
        insert(Clock, one, id=f"n + {branch_clock}", subject_id=f"(n + {offset})::text", kind="'item'", title=f"'{item}'",
               department=f"'{department}'", ended_on=f"CASE WHEN {runs} THEN NULL ELSE {day} + 12 END", **shared, **half)  # fmt: skip
        insert(Branch, one, id=f"n + {first}", application_id=f"n + {offset}", item=f"'{item}'", department=f"'{department}'", round="1",
               state=f"CASE WHEN {runs} THEN 8 ELSE 11 END", clock_id=f"n + {branch_clock}")  # fmt: skip
        _ledger(BranchEvent, one, f"n + {first}", (day, runs), (RUNNING, ENDED))
        _ledger(ClockEntry, one, f"n + {branch_clock}", (day, runs), (RUNNING_CLOCK, ENDED_CLOCK))


def _ledger(model: Any, one: str, owner: str, when: tuple[str, str], rows: tuple[Any, Any]) -> None:
    """The rows of a ledger; ``when``: SQL of the day and of whether it runs; ``rows``: of those that run, of those that have ended."""
    day, runs = when
    from benchmarks.bulk import insert

    for condition, lines in ((runs, rows[0]), (f"NOT {runs}", rows[1])):
        if condition == "false":
            continue
        if len(lines[0]) == 2:
            values = ", ".join(f"({number}, {code}, {after})" for number, (code, after) in enumerate(lines, 1))
            columns = {"branch_id": owner, "code": "e.code", "number": "e.number", "opinion": "'演示意见'", "by_name": "'演示'",
                       "pause": "CASE WHEN e.code IN (9, 10) THEN 'p1' ELSE '' END"}  # fmt: skip
            names = "e(number, code, after)"
        else:
            values = ", ".join(f"({number}, '{kind}', {after}, '{pause}')" for number, (kind, after, pause) in enumerate(lines, 1))
            columns = {"clock_id": owner, "kind": "e.kind", "number": "e.number", "pause": "e.pause", "label": "'专家评审'",
                       "calendar": "CASE WHEN e.kind = 'started' THEN 1 END",
                       "maximum": "CASE WHEN e.kind = 'stopped' THEN 20 END"}  # fmt: skip
            names = "e(number, kind, after, pause)"
        insert(model, f"{one} CROSS JOIN (VALUES {values}) AS {names} WHERE {condition}", **columns, **{"on": f"{day} + e.after"})


def _tasks() -> None:
    """A task for every branch that runs."""
    from benchmarks.bulk import insert
    from lantu.casework.models import Task

    insert(
        Task,
        "approvals_branch b JOIN approvals_stageapplication a ON a.id = b.application_id JOIN casework_clock c ON c.id = b.clock_id "
        "JOIN projects_project p ON p.id = a.project_id WHERE b.state = 8",
        subject_type="'approvals.stageapplication'", subject_id="a.id::text", kind="'approvals.review'", title="'审核 ' || b.item",
        number="a.number", subject_title="p.name", url="'/approvals/cases/' || a.id || '/branches/' || b.id || '/'", role="'reviewer'",
        department="b.department", received_on="a.received_on", clock_id="c.id", due_on="c.due_on", sort_on="c.due_on",
        near_from="c.near_from",
    )  # fmt: skip


def _restart() -> None:
    from benchmarks.bulk import restart_keys
    from lantu.approvals.models import Branch, StageApplication
    from lantu.casework.models import Clock
    from lantu.projects.models import Project

    restart_keys(Project, StageApplication, Branch, Clock)


def _pages(department: str, dice: random.Random, running: list[tuple[int, str]], numbers: list[str]) -> tuple[str, str]:
    """(what, address) of the next page that somebody opens."""
    turn = dice.random()
    if turn < 0.4:
        return "worklist: desk", dice.choice(("/approvals/desk/", "/approvals/desk/?light=r", "/approvals/desk/?page=3"))
    if turn < 0.6:
        return "worklist: tasks", "/work/"
    if turn < 0.85:
        own = [pk for pk, code in running if code == department]
        return "case", f"/approvals/cases/{dice.choice(own)}/"
    return "tracking", f"/approvals/query/?number={dice.choice(numbers)}"


def people() -> dict[str, str]:
    """A signed-in reviewer of each department: department → session."""
    return {code: _signed_in(f"bench-{code.lower()}", code) for code in DEPARTMENTS}


def crowd(users: int) -> list[tuple[str, str]]:
    """So many signed-in reviewers: (department, session)."""
    codes = [DEPARTMENTS[number % len(DEPARTMENTS)] for number in range(users)]
    return [(code, _signed_in(f"bench-{code.lower()}-{number}", code)) for number, code in enumerate(codes)]


def _signed_in(name: str, code: str) -> str:
    from django.test import Client

    from lantu.accounts.models import Department, Post, User

    user, new = User.objects.get_or_create(username=name, defaults={"full_name": f"演示 {name}"})
    if new:
        Post.objects.create(user=user, role="reviewer", department=Department.objects.get(code=code))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


@contextlib.contextmanager
def served() -> Iterator[None]:
    """The site, by two processes of four threads."""
    command = [sys.executable, "-m", "gunicorn", "lantu.config.wsgi", "--bind", f"127.0.0.1:{PORT}", "--workers", "2", "--threads", "4"]
    log = Path(os.environ["LANTU_VAR"]) / "gunicorn.log"
    with log.open("w") as out:
        server = subprocess.Popen([*command, "--log-level", "warning"], stdout=out, stderr=out)
        try:
            _wait(server)
            yield
        finally:
            server.terminate()
            server.wait(30)


def _wait(server: subprocess.Popen[bytes]) -> None:
    for _turn in range(240):
        if server.poll() is not None:
            raise SystemExit("gunicorn ended")
        with contextlib.suppress(OSError):
            if _get("/health/", "")[0] < 500:
                return
        time.sleep(0.5)
    raise SystemExit("gunicorn does not answer")


def _get(address: str, session: str) -> tuple[int, float]:
    """Status and seconds of one request on a connection of its own, the whole answer read."""
    start = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    line.request("GET", address, headers={"Cookie": f"sessionid={session}", "Accept-Language": "zh-CN", "Host": "127.0.0.1"})
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status, time.perf_counter() - start


def _material() -> tuple[list[tuple[int, str]], list[str]]:
    """Running cases with a department of each, and numbers to track."""
    from lantu.approvals.models import Branch, StageApplication

    rows = Branch.objects.filter(state=8).values_list("application_id", "department")
    running = [row for code in DEPARTMENTS for row in rows.filter(department=code).order_by("pk")[:2000]]
    own = {code for _pk, code in running}
    running += [(pk, code) for code in DEPARTMENTS if code not in own for pk in _any_case(code)]
    return running, list(StageApplication.objects.order_by("-pk").values_list("number", flat=True)[:2000])


def _any_case(code: str) -> list[int]:
    from lantu.approvals.models import Branch

    return list(Branch.objects.filter(department=code).order_by("-pk").values_list("application_id", flat=True)[:2000])


def _ask_alone() -> None:
    """Each page by one person, the median of nine."""
    sessions, (running, numbers) = people(), _material()
    case = next(pk for pk, code in running if code == "GH")
    pages = {"desk": "/approvals/desk/", "desk, overdue": "/approvals/desk/?light=r", "desk, search": "/approvals/desk/?q=0412",
             "cases": "/approvals/cases/", "tasks": "/work/", "case": f"/approvals/cases/{case}/",
             "tracking": f"/approvals/query/?number={numbers[0]}", "API worklist": "/api/v1/approvals/branches",
             "API case": f"/api/v1/approvals/cases/{_number(case)}"}  # fmt: skip
    for name, address in pages.items():
        found = [_get(address, sessions["GH"]) for _turn in range(10)][1:]
        times = sorted(seconds for _status, seconds in found)
        say(alone=name, status=found[0][0], median_ms=round(statistics.median(times) * 1000), worst_ms=round(times[-1] * 1000))


def _number(case: int) -> str:
    from lantu.approvals.models import StageApplication

    return StageApplication.objects.values_list("number", flat=True).get(pk=case)


def _queries() -> None:
    """How many statements each page asks of the database and how long the slowest takes, in this process."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from lantu.accounts.models import User

    people()
    running, numbers = _material()
    case = next(pk for pk, code in running if code == "GH")
    client = Client()
    client.force_login(User.objects.get(username="bench-gh"), backend="django.contrib.auth.backends.ModelBackend")
    pages = {"desk": "/approvals/desk/", "cases": "/approvals/cases/", "tasks": "/work/", "case": f"/approvals/cases/{case}/",
             "tracking": f"/approvals/query/?number={numbers[0]}"}  # fmt: skip
    for name, address in pages.items():
        client.get(address)
        busy = time.process_time()
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        busy = time.process_time() - busy
        assert answer.status_code == 200, (address, answer.status_code)
        slowest = max(asked.captured_queries, key=lambda one: float(one["time"]))
        shown = slowest["sql"][:300] if os.environ.get("BENCH_SQL") else slowest["sql"][:90]
        total = round(sum(float(one["time"]) for one in asked.captured_queries) * 1000)
        say(
            queries=name,
            count=len(asked),
            cpu_ms=round(busy * 1000),
            sql_ms=total,
            slowest_ms=round(float(slowest["time"]) * 1000),
            sql=shown,
        )


def ask_together(users: int, think: float, seconds: float, told: bool = True, acts: float = 0.5) -> None:
    """So many people at once; p50 and p95 of each kind of page."""
    sessions, (running, numbers) = crowd(users), _material()
    until = time.perf_counter() + seconds
    times: dict[str, list[float]] = defaultdict(list)
    failed: list[tuple[str, int]] = []
    lock = threading.Lock()

    def one(number: int) -> None:
        dice = random.Random(number)
        department, session = sessions[number]

        def ask(what: str, address: str) -> None:
            status, took = _get(address, session)
            with lock:
                times[what].append(took)
                if status != 200:
                    failed.append((address, status))

        time.sleep(dice.uniform(0, think))
        while time.perf_counter() < until:
            what, address = _pages(department, dice, running, numbers)
            ask(what, address)
            reads = dice.uniform(0, 2 * think)
            if what == "case" and dice.random() < 0.5:
                time.sleep(reads / 2)
                ask("timeline of a case", address.replace("/approvals/cases/", "/work/timeline/approvals.stageapplication/"))
                reads /= 2
            time.sleep(reads)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(users)]
    for thread in threads:
        thread.start()
    while acts and time.perf_counter() < until:
        time.sleep(1 / acts)
        _something_done()
    for thread in threads:
        thread.join()
    every = sorted(took for rows in times.values() for took in rows)
    for what, rows in [*sorted(times.items()), ("all", every)] if told else []:
        ordered = sorted(rows)
        say(together=what, users=users, think_s=think, asked=len(ordered), p50_ms=_at(ordered, 0.5), p95_ms=_at(ordered, 0.95),
            per_second=round(len(ordered) / seconds, 1))  # fmt: skip
    if failed:
        raise SystemExit(f"{len(failed)} answers were not 200, e.g. {failed[:3]}")


def _something_done() -> None:
    from lantu.core import audit
    from lantu.core.actor import system

    audit.record(system("bench"), "bench.act", None)


def _at(ordered: list[float], share: float) -> int:
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000)


if __name__ == "__main__":
    main()
