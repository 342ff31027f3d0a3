"""Jobs outlive their workers, never run twice at once, and say how they ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from lantu.core import jobs, services
from lantu.core.actor import Actor, Post, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import Job
from lantu.core.tests.together import at_once

pytestmark = pytest.mark.django_db

PERSON = Actor(7, "王工", Post("planner"))


@pytest.fixture
def kinds() -> Any:
    kept = dict(jobs.KINDS)
    ran: list[str] = []

    @jobs.job_kind("test.count")
    def count(context: jobs.JobContext, name: str) -> dict[str, Any]:
        context.progress(0.5, "一半")
        ran.append(name)
        return {"name": name, "by": context.actor.name}

    @jobs.job_kind("test.bad")
    def bad(context: jobs.JobContext) -> None:
        raise BadInput("文件坏了", where="第 3 行", how="换一个")

    @jobs.job_kind("test.crash")
    def crash(context: jobs.JobContext) -> None:
        raise ZeroDivisionError("x")

    yield ran
    jobs.KINDS.clear()
    jobs.KINDS.update(kept)


def test_a_job_runs_in_the_name_of_who_started_it_and_keeps_its_result(kinds: list[str]) -> None:
    job = jobs.enqueue(PERSON, "test.count", "数一数", name="a")
    assert jobs.work_off() == 1
    job.refresh_from_db()
    assert (job.state, job.share, job.result) == (Job.State.DONE, 1.0, {"name": "a", "by": "王工"})


@pytest.mark.parametrize(("kind", "what"), [("test.bad", "文件坏了"), ("test.crash", "ZeroDivisionError: x")])
def test_a_job_that_fails_says_why_and_the_worker_goes_on(kinds: list[str], kind: str, what: str) -> None:
    job = jobs.enqueue(PERSON, kind, "坏的")
    jobs.enqueue(PERSON, "test.count", "好的", name="b")
    assert jobs.work_off() == 2
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert job.error["what"] == what
    assert kinds == ["b"]


def test_an_unknown_kind_is_refused_when_it_is_enqueued() -> None:
    with pytest.raises(LookupError):
        jobs.enqueue(PERSON, "test.nothing", "没有")


def test_a_job_whose_worker_was_lost_is_taken_again_after_its_lease_but_not_for_ever(kinds: list[str]) -> None:
    job = jobs.enqueue(PERSON, "test.count", "数", name="c")
    for _attempt in range(job.max_attempts):
        assert jobs.claim("lost") is not None
        assert jobs.claim("other") is None
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert jobs.claim("other") is None
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == (Job.State.FAILED, "worker-lost")
    services.retry_job(PERSON, job)
    assert jobs.work_off() == 1


def test_a_worker_that_lost_its_lease_writes_no_result(kinds: list[str]) -> None:
    job = jobs.enqueue(PERSON, "test.count", "数", name="d")
    slow = jobs.claim("slow")
    assert slow is not None
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = jobs.claim("quick")
    assert quick is not None
    jobs.run(slow)
    job.refresh_from_db()
    assert (job.state, job.worker) == (Job.State.RUNNING, "quick")
    jobs.run(quick)
    job.refresh_from_db()
    assert job.state == Job.State.DONE


def test_one_cancels_ones_own_job_and_nobody_elses(kinds: list[str]) -> None:
    job = jobs.enqueue(PERSON, "test.count", "数", name="e")
    with pytest.raises(Refused):
        services.cancel_job(Actor(8, "别人", Post("planner")), job)
    assert services.cancel_job(PERSON, job).state == Job.State.CANCELLED
    with pytest.raises(Conflict):
        services.cancel_job(PERSON, job)
    assert jobs.work_off() == 0
    assert kinds == []


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_run_each_job_once(kinds: list[str]) -> None:
    for n in range(12):
        jobs.enqueue(system(), "test.count", "数", name=str(n))

    at_once(*(jobs.work_off for _ in range(4)))
    assert sorted(kinds, key=int) == [str(n) for n in range(12)]
    assert Job.objects.filter(state=Job.State.DONE).count() == 12


def test_a_job_run_here_is_no_workers_any_more_and_one_that_a_worker_has_is_waited_for(
    kinds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.run_here(jobs.enqueue(PERSON, "test.count", "数", name="h"))
    assert (job.state, job.attempts, jobs.work_off()) == (Job.State.DONE, 1, 0)
    job = jobs.enqueue(PERSON, "test.count", "数", name="i")
    taken = jobs.claim("quick")
    assert taken is not None
    monkeypatch.setattr(time, "sleep", lambda seconds: jobs.run(taken))
    ended = jobs.run_here(job)
    assert (ended.state, ended.worker, kinds) == (Job.State.DONE, "quick", ["h", "i"])


@pytest.mark.django_db(transaction=True)
def test_others_get_to_write_between_the_chunks_of_a_long_write(kinds: list[str]) -> None:
    job, order = jobs.enqueue(PERSON, "test.count", "数", name="f"), []

    def write_long() -> None:
        try:
            for _n in range(4):
                with jobs.chunk():
                    Job.objects.filter(pk=job.pk).update(step="长")
                    order.append("chunk")
                    time.sleep(0.3)
        finally:
            connection.close()

    thread = threading.Thread(target=write_long)
    thread.start()
    while not order and thread.is_alive():
        time.sleep(0.01)
    jobs.enqueue(PERSON, "test.count", "数", name="g")
    order.append("click")
    thread.join()
    assert order.index("click") <= 2


SLEEPER = """
import django; django.setup()
import sys, time
from lantu.core import jobs
@jobs.job_kind("test.sleep")
def sleep(context, seconds):
    context.progress(0.1, "睡")
    time.sleep(seconds)
job = jobs.claim("victim")
print("claimed", flush=True)
jobs.run(job)
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_process_leaves_a_job_that_another_finishes(kinds: list[str]) -> None:
    @jobs.job_kind("test.sleep")
    def sleep(context: jobs.JobContext, seconds: float) -> dict[str, Any]:
        return {"finished": True}

    job = jobs.enqueue(PERSON, "test.sleep", "睡", seconds=60)
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = (
            f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST'] or 'localhost'}:{database['PORT']}/{database['NAME']}"
        )
        if str(database["HOST"]).startswith("/"):
            url = f"postgres://{database['USER']}@{database['HOST'].replace('/', '%2F')}:{database['PORT']}/{database['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "lantu.config.settings", "LANTU_VAR": str(settings.VAR)}
    victim = subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, env=environment, text=True)
    assert victim.stdout is not None
    assert victim.stdout.readline().strip() == "claimed"
    time.sleep(0.3)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    assert jobs.give_up("victim") == 1
    assert jobs.work_off() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == (Job.State.DONE, 2, {"finished": True})
