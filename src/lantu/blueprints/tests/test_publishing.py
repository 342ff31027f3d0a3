"""Publishing, withdrawing and verifying the one map."""

from __future__ import annotations

import pytest

from lantu.blueprints import factories as make
from lantu.blueprints.models import BlueprintRelease, FusionRun
from lantu.blueprints.ports import GuardVerdict, overlay_engines, publication_guards
from lantu.blueprints.selectors import releases as selectors
from lantu.blueprints.services import publish_release, verify_release, withdraw
from lantu.blueprints.verification import verify_run
from lantu.core import jobs
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import AuditEvent, OutboxEvent
from lantu.planar.oracle import ShapelyEngine
from lantu.plans.models import PlanPatch

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> FusionRun:
    return make.make_run(make.make_releases(make.make_pack()))


def publish(run: FusionRun, number: str = "0.1", user: int = 2) -> BlueprintRelease:
    return publish_release(make.actor("publisher", user), run, number, "首版")


def test_release_keeps_digest_and_figures_of_its_run(run: FusionRun) -> None:
    release = publish(run)
    assert (release.number, release.digest, release.state) == ("0.1", run.digest, "published")
    assert release.statistics["conflict"]["count"] == run.totals["conflict"]["count"]
    assert selectors.in_force() == release
    assert OutboxEvent.objects.filter(name="blueprints.published").count() == 1


def test_planner_may_not_publish(run: FusionRun) -> None:
    with pytest.raises(Refused):
        publish_release(make.actor("planner", 2), run, "0.1")


def test_who_ran_it_may_not_publish_it(run: FusionRun) -> None:
    with pytest.raises(Refused, match="自己发起"):
        publish(run, user=run.started_by_id or 0)
    assert not BlueprintRelease.objects.exists()


@pytest.mark.parametrize("number", ["", "1", "v1.0", "1.0.0", "１.０"])
def test_odd_numbers_are_refused(run: FusionRun, number: str) -> None:
    with pytest.raises(BadInput, match="版本号"):
        publish(run, number)


def test_number_is_given_once(run: FusionRun) -> None:
    publish(run)
    with pytest.raises(Conflict, match="已经用过"):
        publish(run)


def test_unfinished_run_is_not_published(run: FusionRun) -> None:
    run.state = FusionRun.State.PENDING
    with pytest.raises(Conflict, match="还没有完成"):
        publish(run)


def test_guard_that_says_no_holds_the_release_back_with_its_reason(run: FusionRun) -> None:
    publication_guards.register("test", lambda run, number: GuardVerdict("test", False, "还有 1 处严重矛盾未处理"))
    try:
        with pytest.raises(Conflict, match="还有 1 处严重矛盾未处理"):
            publish(run)
    finally:
        publication_guards.unregister("test")
    assert publish(run).guards == []


def test_withdrawn_release_is_no_longer_in_force_and_says_why(run: FusionRun) -> None:
    first, second = publish(run, "0.1"), publish(run, "0.2")
    with pytest.raises(BadInput, match="撤回原因"):
        withdraw(make.actor("publisher", 2), second, " ")
    withdraw(make.actor("publisher", 2), second, "市政府撤回批复")
    assert selectors.in_force() == first
    with pytest.raises(Conflict, match="已经撤回"):
        withdraw(make.actor("publisher", 2), second, "再撤回")
    with pytest.raises(Refused):
        withdraw(make.actor("planner", 2), first, "不想要了")


def test_untouched_release_verifies(run: FusionRun) -> None:
    release = publish(run)
    verify_release(make.actor("supervisor", 3), release)
    jobs.work_off()
    release.refresh_from_db()
    assert release.verified_report["agrees"] is True
    assert release.verified_report["differences"] == []
    assert AuditEvent.objects.filter(verb="blueprints.record_verification").count() == 1


def test_builder_may_not_have_it_verified(run: FusionRun) -> None:
    with pytest.raises(Refused):
        verify_release(make.actor("builder", 3), publish(run))


def test_changed_code_of_a_patch_is_found_out(run: FusionRun) -> None:
    PlanPatch.objects.filter(feature_id="C0101-0").update(code="E2", codes=[["E2", 1.0]])
    report = verify_run(run, "oracle", expected=run.digest)
    assert not report.agrees
    assert {"what": "findings", "list": "conflict", "type": "C01", "expected": 1, "found": 0} in report.differences


def test_newer_engine_says_so_instead_of_failing(run: FusionRun) -> None:
    class Newer(ShapelyEngine):
        version = "99"

    overlay_engines.register("oracle", Newer())
    try:
        report = verify_run(run, "oracle", expected=run.digest)
    finally:
        overlay_engines.register("oracle", ShapelyEngine())
    assert report.agrees
    assert [d["what"] for d in report.differences] == ["engine_version"]


@pytest.mark.parametrize(("used", "allowed"), [([], ("0.1", "1.0")), (["0.1", "0.2"], ("0.3", "1.0")), (["1.0", "1.1"], ("1.2", "2.0"))])
def test_numbers_follow_on_the_last_one(run: FusionRun, used: list[str], allowed: tuple[str, str]) -> None:
    for number in used:
        publish(run, number)
    assert selectors.next_numbers() == allowed
    with pytest.raises(Conflict, match="不接着上一版.*" + ".*".join(allowed)):
        publish(run, "1.9")


def test_withdrawn_number_stays_used(run: FusionRun) -> None:
    withdraw(make.actor("publisher", 2), publish(run, "0.1"), "市政府撤回批复")
    with pytest.raises(Conflict, match="已经用过"):
        publish(run, "0.1")


def test_precheck_is_never_published_nor_shown(run: FusionRun) -> None:
    run.purpose = FusionRun.Purpose.PRECHECK
    run.save()
    with pytest.raises(Conflict, match="合规性预检"):
        publish(run)
    assert selectors.shown_run() is None
