"""Starting a fusion, carrying it out, and what happens when something comes between."""

from __future__ import annotations

from decimal import Decimal

import pytest
import shapely

from lantu.blueprints import factories as make
from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.services import start_run
from lantu.blueprints.store import faces_of
from lantu.core import jobs
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import AuditEvent, Job
from lantu.plans.models import PlanRelease

pytestmark = pytest.mark.django_db


@pytest.fixture
def releases() -> list[PlanRelease]:
    return make.make_releases(make.make_pack())


def by_list(run: FusionRun) -> dict[str, list[Finding]]:
    return {listing: list(run.findings.filter(listing=listing)) for listing in Finding.Listing.values}


def test_three_lists_come_out_with_their_own_totals(releases: list[PlanRelease]) -> None:
    run = make.make_run(releases)
    assert run.state == FusionRun.State.DONE
    lists = by_list(run)
    assert [row.rule for row in lists["conflict"]] == ["C01", "C06"]
    assert [row.rule for row in lists["difference"]] == ["C06"]
    assert {row.rule for row in lists["gap"]} == {"G01"}
    for listing, rows in lists.items():
        assert run.totals[listing]["count"] == len([row for row in rows if not row.apart])
        assert Decimal(run.totals[listing]["area_m2"]) == sum((row.area_m2 for row in rows if not row.apart), Decimal(0))
    assert float(lists["conflict"][0].area_m2) == pytest.approx(10_000, rel=0.01)
    assert float(lists["conflict"][1].area_m2) == pytest.approx(80_000, rel=0.01)


def test_finding_knows_its_sources_district_and_departments(releases: list[PlanRelease]) -> None:
    finding = make.make_run(releases).findings.get(rule="C01")
    assert [(source["layer"], source["feature_id"]) for source in finding.sources] == [("C0101", "C0101-0"), ("C0404", "C0404-0")]
    assert (finding.district, finding.departments, finding.departments_key) == ("520103", ["GH", "GT"], "|GH|GT|")
    assert finding.layers_key == "C0101+C0404"
    assert finding.geometry.contains(shapely.Point(finding.anchor_lon, finding.anchor_lat))


def test_same_input_gives_the_same_digest_and_identities(releases: list[PlanRelease]) -> None:
    first, second = make.make_run(releases), make.make_run(releases)
    assert first.digest == second.digest
    assert list(first.findings.values_list("number", "identity")) == list(second.findings.values_list("number", "identity"))
    assert {row.lineage["relation"] for row in second.findings.all()} == {"same"}
    assert len(faces_of(second.store_key)) == second.totals["faces"]


def test_reading_changes_the_digest(releases: list[PlanRelease]) -> None:
    assert make.make_run(releases).digest != make.make_run(releases, reading="loose").digest


def test_planner_alone_may_start(releases: list[PlanRelease]) -> None:
    with pytest.raises(Refused):
        start_run(make.actor("publisher"), releases)
    assert not FusionRun.objects.exists()
    assert AuditEvent.objects.filter(verb="blueprints.start_run", outcome="refused").exists()


def test_one_release_is_not_enough(releases: list[PlanRelease]) -> None:
    with pytest.raises(BadInput, match="只选了 1 个"):
        start_run(make.actor("planner"), releases[:1])


def test_unfinished_release_is_refused(releases: list[PlanRelease]) -> None:
    PlanRelease.objects.filter(pk=releases[0].pk).update(state=PlanRelease.State.WRITING)
    releases[0].refresh_from_db()
    with pytest.raises(BadInput, match="还没有发布"):
        start_run(make.actor("planner"), releases)


def test_two_releases_of_one_dataset_are_refused(releases: list[PlanRelease]) -> None:
    newer = make.make_release(releases[0].pack, "C0101", [("R2", (0, 0, 10, 10))], number=2)
    with pytest.raises(BadInput, match="同一数据集"):
        start_run(make.actor("planner"), [*releases, newer])


@pytest.mark.parametrize(("options", "message"), [({"reading": "mild"}, "口径"), ({"engine": "magic"}, "没有叠加引擎「magic」")])
def test_unknown_reading_and_engine_are_refused(releases: list[PlanRelease], options: dict[str, str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        start_run(make.actor("planner"), releases, **options)


def test_without_city_pack_nothing_starts() -> None:
    pack = make.make_pack()
    releases = make.make_releases(pack)
    pack.in_force = False
    pack.save()
    with pytest.raises(Conflict, match="城市包"):
        start_run(make.actor("planner"), releases)


def test_two_started_at_once_have_their_own_numbers_and_findings(releases: list[PlanRelease]) -> None:
    first, _job = start_run(make.actor("planner", 1), releases, engine="oracle")
    second, _job = start_run(make.actor("planner", 2), releases, engine="oracle")
    jobs.work_off()
    assert first.number != second.number
    assert first.findings.count() == second.findings.count() > 0


def test_cancelled_run_leaves_nothing(releases: list[PlanRelease]) -> None:
    run, job = start_run(make.actor("planner"), releases, engine="oracle")
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    jobs.work_off()
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.state, job.state) == (FusionRun.State.CANCELLED, Job.State.CANCELLED)
    assert not Finding.objects.exists()


class Killed(BaseException):
    """The worker's process ends here."""


def test_killed_worker_leaves_nothing_that_shows_and_the_next_one_finishes(
    releases: list[PlanRelease], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lantu.blueprints.services import runs

    run, job = start_run(make.actor("planner"), releases, engine="oracle")
    original = runs.finish_run

    def killed(*args: object, **kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(runs, "finish_run", killed)
    with pytest.raises(Killed):
        jobs.work_off()
    run.refresh_from_db()
    assert run.state == FusionRun.State.PENDING
    assert Finding.objects.filter(run=run).exists()
    assert not Finding.objects.filter(run=run, run__state=FusionRun.State.DONE).exists()

    monkeypatch.setattr(runs, "finish_run", original)
    Job.objects.filter(pk=job.pk).update(lease_until="2000-01-01T00:00:00Z")
    jobs.work_off()
    run.refresh_from_db()
    assert run.state == FusionRun.State.DONE
    assert run.findings.count() == sum(run.totals[k]["count"] + run.totals[k]["apart_count"] for k in Finding.Listing.values)


def test_both_engines_give_the_same_digest(releases: list[PlanRelease]) -> None:
    oracle, planar = make.make_run(releases, engine="oracle"), make.make_run(releases, engine="planar")
    assert oracle.digest == planar.digest
    assert list(oracle.findings.values_list("identity", "area_m2")) == list(planar.findings.values_list("identity", "area_m2"))
