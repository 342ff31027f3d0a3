"""A real process killed by SIGKILL in the middle of applying or publishing: wholly done or not at all, and the job says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from lantu.blueprints.models import BlueprintRelease, Override
from lantu.blueprints.services import publish_release
from lantu.conflicts import factories as make
from lantu.conflicts import services
from lantu.conflicts.models import BulkAct, CaseEvent, ConflictCase
from lantu.conflicts.services import bulk
from lantu.conflicts.states import State
from lantu.conflicts.tests.test_order import PLANNER, approved
from lantu.core import jobs
from lantu.core.models import AuditEvent, Job, OutboxEvent

pytestmark = pytest.mark.django_db(transaction=True)

VICTIM = """
import sys, time
from pathlib import Path
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.utils.module_loading import autodiscover_modules
from lantu.blueprints.models import FusionRun
from lantu.blueprints.services import publish_release
from lantu.conflicts.factories import person
from lantu.core import jobs
what, table, count, store = sys.argv[1:]
settings.LANTU_STORE = Path(store)
autodiscover_modules("services")
left = int(count)
def stop(execute, sql, params, many, context):
    global left
    result = execute(sql, params, many, context)
    if sql.startswith("INSERT") and f'"{table}"' in sql:
        left -= 1
        if not left:
            print("there", flush=True)
            time.sleep(600)
    return result
with connection.execute_wrapper(stop):
    if what == "job":
        jobs.run(jobs.claim("victim"))
    else:
        publish_release(person("publisher"), FusionRun.objects.get(pk=int(what)), "0.1")
"""


def address() -> str:
    """The test's own database as ``DATABASE_URL``."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    host = str(database["HOST"] or "localhost")
    return f"postgres://{database['USER']}:{database['PASSWORD']}@{quote(host, safe='')}:{database['PORT']}/{database['NAME']}"


def killed(what: str, table: str, count: int) -> None:
    """Let a process do ``what`` until it has written row ``count`` of ``table``, and kill it there."""
    environment = {
        **os.environ,
        "DATABASE_URL": address(),
        "DJANGO_SETTINGS_MODULE": "lantu.config.settings",
        "LANTU_VAR": str(settings.VAR),
    }
    words = [sys.executable, "-c", VICTIM, what, table, str(count), str(settings.LANTU_STORE)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() == "there"
        victim.send_signal(signal.SIGKILL)
        assert victim.wait() == -signal.SIGKILL


def test_worker_killed_while_applying_leaves_whole_decisions_and_another_ends_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for case in make.make_cases():
        approved(case)
    cases = ConflictCase.objects.order_by("pk")
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    row = services.start_bulk(PLANNER, "apply", query=f"group=&state={State.APPROVED}")
    audited = AuditEvent.objects.filter(verb="blueprints.record_override").count()
    killed("job", "blueprints_override", 2)  # the second decision is written, but not to its end
    row.refresh_from_db()
    applied = cases.filter(state=State.APPLIED).count()
    assert Override.objects.count() == applied == row.done < 2
    assert CaseEvent.objects.filter(act="applied").count() == applied
    assert AuditEvent.objects.filter(verb="blueprints.record_override").count() == audited + applied
    assert cases.filter(state=State.APPROVED, override_number="").count() == 2 - applied
    job = Job.objects.get(pk=row.job_id)
    assert job.state == Job.State.RUNNING
    assert jobs.give_up("victim") == 1
    jobs.work_off()
    row.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == (Job.State.DONE, 2, {"done": 2, "refused": 0})
    assert (row.done, row.refused, row.finished_at is not None) == (2, 0, True)
    assert sorted(cases.values_list("override_number", flat=True)) == sorted(Override.objects.values_list("number", flat=True))


def test_worker_that_is_killed_each_time_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    approved(make.make_cases()[0])
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    row = services.start_bulk(PLANNER, "apply", query=f"group=&state={State.APPROVED}")
    Job.objects.filter(pk=row.job_id).update(max_attempts=1)
    killed("job", "blueprints_override", 1)
    jobs.give_up("victim")
    jobs.work_off()
    job = Job.objects.get(pk=row.job_id)
    assert job.state == Job.State.FAILED
    assert "中断" in job.error["what"]
    assert not Override.objects.exists()
    assert BulkAct.objects.get().done == 0


def test_process_killed_while_publishing_leaves_no_release() -> None:
    case = make.make_cases()[0]
    approved(case)
    services.apply_case(PLANNER, case)
    run = make.make_run()
    killed(str(run.pk), "conflicts_caseevent", 1)  # the release is written, its cases are being archived
    case.refresh_from_db()
    assert case.state == State.VERIFIED
    assert not BlueprintRelease.objects.exists()
    assert not OutboxEvent.objects.filter(name="blueprints.published").exists()
    release = publish_release(make.person("publisher"), run, "0.1")
    case.refresh_from_db()
    assert (case.state, case.release) == (State.ARCHIVED, release)
