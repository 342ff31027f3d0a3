"""Fusing again after a change: the same digest as a whole run, by another engine, whatever changed."""

from __future__ import annotations

from typing import Any

import pytest

from lantu.blueprints import again
from lantu.blueprints import factories as make
from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.services import withdraw_override
from lantu.blueprints.verification import verify_run
from lantu.plans.models import PlanRelease
from lantu.standards.models import PackVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def pack() -> PackVersion:
    return make.make_pack()


@pytest.fixture
def releases(pack: PackVersion) -> list[PlanRelease]:
    return make.make_releases(pack)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many layers each overlay that started from the run before had."""
    made: list[int] = []
    plain = again.refuse

    def counted(faces: Any, before: Any, after: Any, **more: Any) -> Any:
        made.append(len(after))
        return plain(faces, before, after, **more)

    monkeypatch.setattr(again, "refuse", counted)
    return made


def fused(releases: list[PlanRelease]) -> FusionRun:
    return make.make_run(releases, engine="planar")


def whole(run: FusionRun) -> None:
    """The run is what a whole run by either engine gives."""
    for engine in ("planar", "oracle"):
        report = verify_run(run, engine, expected=run.digest)
        assert report.agrees, report.differences


def test_amended_plan_is_fused_again_from_the_run_before(pack: PackVersion, releases: list[PlanRelease], calls: list[int]) -> None:
    fused(releases)
    assert calls == []
    amended = make.make_release(pack, "C0101", [("R2", (0, 0, 300, 400)), ("G1", (300, 0, 800, 400)), ("E2", (0, 400, 800, 800))], number=2)
    run = fused([amended, *releases[1:]])
    assert calls == [4]
    whole(run)


def test_decision_taken_and_withdrawn_is_a_layer_that_comes_and_goes(releases: list[PlanRelease], calls: list[int]) -> None:
    first = fused(releases)
    conflict = Finding.objects.get(run=first, rule="C01")
    override = make.make_override(conflict.geometry, ["C0101", "C0404"], {"classes": {"C0101": "E2"}})
    second = fused(releases)
    whole(second)
    withdraw_override(make.actor("planner"), override, "批复已撤回")
    third = fused(releases)
    assert calls == [5, 5]
    assert third.digest == first.digest != second.digest


def test_layer_that_comes_and_one_that_goes(releases: list[PlanRelease], calls: list[int]) -> None:
    fused(releases[:2])
    run = fused([releases[0], releases[2]])
    assert calls == [4]
    whole(run)


def test_other_boundaries_or_another_engine_call_for_a_whole_run(releases: list[PlanRelease], calls: list[int]) -> None:
    fused(releases)
    make.make_run(releases, engine="oracle")
    fused(releases)
    make.make_region("520111", "花溪区", (2000, -1000, 3000, 2000))
    run = fused(releases)
    assert calls == []
    whole(run)


def test_meddled_region_outline_is_noticed(releases: list[PlanRelease], calls: list[int]) -> None:
    from lantu.accounts.models import Region

    fused(releases)
    row = Region.objects.get(code="520102")
    row.geometry = make.box(500, -1000, 1500, 2000)
    row.save()
    run = fused(releases)
    assert calls == []
    whole(run)
