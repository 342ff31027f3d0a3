"""The annual programme stays within its quotas and is changed only by adjustment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lantu.core.actor import system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.projects import services
from lantu.projects.factories import make_actor, make_project
from lantu.projects.models import Programme, ProgrammeEntry
from lantu.projects.selectors.balance import balance


@pytest.fixture
def programme(guiyang: None) -> Programme:
    found = services.open_programme(make_actor("planner", user_id=7), 2019)
    services.set_quota(system(), found, "land", Decimal(100_000))
    return found


def _entry(programme: Programme, key: str, land: int) -> ProgrammeEntry:
    project = make_project(key, name=f"项目 {key}")
    return services.include_entry(system(), services.propose_entry(system(), project, programme, land=Decimal(land)))


def _approve(programme: Programme) -> Programme:
    return services.approve_programme(
        make_actor("decider", user_id=8), programme, document_no="筑府函〔2019〕1 号", document_date=date(2019, 1, 20)
    )


def test_a_quota_that_is_exceeded_holds_approval_back_with_the_figures(programme: Programme) -> None:
    _entry(programme, "a", 60_000)
    over = _entry(programme, "b", 60_000)
    with pytest.raises(Conflict, match=r"超 20,000\.00"):
        _approve(programme)
    services.decline_entry(system(), over, "指标不足")
    assert _approve(programme).state == Programme.State.APPROVED
    assert [line.left for line in balance(programme) if line.kind == "land"] == [Decimal(40_000)]


def test_unsettled_proposals_hold_approval_back(programme: Programme) -> None:
    services.propose_entry(system(), make_project("a"), programme)
    with pytest.raises(Conflict, match="没有定"):
        _approve(programme)


def test_who_compiled_it_does_not_approve_it(programme: Programme) -> None:
    with pytest.raises(Refused):
        services.approve_programme(make_actor("planner", user_id=7), programme, document_no="x", document_date=date(2019, 1, 1))
    Programme.objects.update(opened_by_id=8)
    with pytest.raises(Refused):
        _approve(programme)


def test_adjustment_keeps_the_published_version_and_its_reports(programme: Programme) -> None:
    entry = _entry(programme, "a", 60_000)
    services.publish_programme(system(), _approve(programme))
    services.report_progress(system(), entry.project, entry, quarter=1, invested=Decimal(100), words="开工")
    with pytest.raises(BadInput, match="少于"):
        services.report_progress(system(), entry.project, entry, quarter=2, invested=Decimal(50), words="停工")
    new = services.adjust_programme(system(), programme, "年中追加")
    _entry(new, "b", 30_000)
    services.publish_programme(system(), _approve(new))
    programme.refresh_from_db()
    assert programme.state == Programme.State.SUPERSEDED
    assert [row.project.name for row in programme.entries.all()] == ["项目 a"]
    assert new.entries.count() == 2
    assert new.entries.get(project=entry.project).reports.get().invested == Decimal(100)


def test_an_approved_programme_is_not_edited(programme: Programme) -> None:
    entry = _entry(programme, "a", 60_000)
    _approve(programme)
    for act in (
        lambda: services.decline_entry(system(), entry, "改"),
        lambda: services.set_quota(system(), programme, "land", Decimal(1)),
        lambda: services.propose_entry(system(), make_project("z"), programme),
    ):
        with pytest.raises(Conflict):
            act()


def test_a_year_has_one_programme(programme: Programme) -> None:
    with pytest.raises(Conflict, match="已经有了"):
        services.open_programme(system(), 2019)
