"""A stage from filing to its result, by the people who may; each verb refused to those who may not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import approve, at, branch, codes, kept, make_definition, make_project, pdf
from lantu.approvals.models import BranchEvent, StageApplication
from lantu.approvals.services.definitions import in_force
from lantu.blueprints.ports import indicator_sources
from lantu.casework import duties
from lantu.casework.selectors.clocks import state as clock_state
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import OutboxEvent
from lantu.projects.selectors.standing import stage_steps

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]


def test_filing_receives_what_may_start_and_lets_the_rest_wait(stage: StageApplication) -> None:
    assert {row.item: row.state for row in stage.branches.all()} == {"scheme": 1, "defence": 1, "preliminary": 1, "works_permit": None}
    assert stage.number.startswith("JD2-2018-")


def test_all_approved_concludes_the_stage_once_and_ends_its_clocks(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        for item in ("scheme", "defence", "preliminary"):
            approve(who, stage, item)
        assert branch(stage, "works_permit").state == Code.RECEIVED  # its prerequisites have ended well
        approve(who, stage, "works_permit")
    stage.refresh_from_db()
    assert stage.state == "approved"
    assert stage.clock is not None and stage.clock.ended_on == date(2018, 9, 21)
    assert all(row.clock.ended_on == date(2018, 9, 21) for row in stage.branches.select_related("clock"))
    assert OutboxEvent.objects.filter(name="approvals.stage_concluded").count() == 1
    assert codes(branch(stage, "scheme")) == [1, 3, 8, 11]
    day = date(2018, 9, 21)
    figures = {key: indicator_sources.get(f"approvals.{key}").value(None, day) for key in ("concluded", "in_time", "working_days")}
    assert figures["concluded"] == 1 and figures["in_time"] == 100
    assert figures["working_days"] == clock_state(stage.clock, day).state.used
    assert indicator_sources.get("approvals.working_days").value(None, date(2017, 1, 1)) is None


def test_a_refusal_with_reason_and_remedy_rejects_when_the_others_have_ended(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        approve(who, stage, "scheme", Code.REJECTED)
        stage.refresh_from_db()
        assert stage.state == "open"
        approve(who, stage, "defence")
        approve(who, stage, "preliminary")
    stage.refresh_from_db()
    assert stage.state == "rejected"
    refusal = BranchEvent.objects.get(code=Code.REJECTED)
    assert refusal.opinion == "审核意见" and "行政复议" in refusal.remedy
    assert branch(stage, "works_permit").state is None


def test_a_correction_and_a_special_procedure_move_the_clock_and_come_in_pairs(stage: StageApplication, who: Who) -> None:
    row = branch(stage, "defence")
    with at("2018-09-20"):
        services.ask_correction(who["window"], row, "缺地下室平面图")
        with pytest.raises(Conflict):
            services.accept(who["window"], row)
    with at("2018-09-25"):
        services.answer_correction(who["builder"], row)
        services.accept(who["window"], row)
        services.start_work(who["RFB.reviewer"], row)
        assert row.clock is not None and row.clock.due_on == date(2018, 9, 30)
    with at("2018-09-26"):
        first = services.begin_special(who["RFB.reviewer"], row, "expert", "告知书 1 号")
        second = services.begin_special(who["RFB.reviewer"], row, "site", "告知书 2 号", basis="内部规定", maximum=5)
    with at("2018-09-28"):
        services.end_special(who["RFB.reviewer"], row, first)
        with pytest.raises(Conflict):
            services.review(who["RFB.reviewer"], row, Code.APPROVED, "同意")
    with at("2018-09-30"):
        services.end_special(who["RFB.reviewer"], row, second)
    assert codes(branch(stage, "defence")) == [1, 6, 7, 3, 8, 9, 9, 10, 10, 8]
    row.clock.refresh_from_db()
    assert row.clock.due_on == date(2018, 10, 11)  # 27, 28, 29 and 30 September did not count


def test_a_special_procedure_over_its_maximum_ends_by_itself_dated_its_last_day(stage: StageApplication, who: Who) -> None:
    row = branch(stage, "scheme")
    with at("2018-09-20"):
        services.accept(who["window"], row)
        services.start_work(who["GH.reviewer"], row)
        services.begin_special(who["GH.reviewer"], row, "site", "告知书", basis="内部规定", maximum=3, unit="calendar")
    with at("2018-09-25"):
        duties.resume_clocks()
        duties.resume_clocks()
    last = list(row.events.order_by("number").values_list("code", "on", "automatic"))[-2:]
    assert last == [(10, date(2018, 9, 23), True), (8, date(2018, 9, 23), True)]


def test_a_withdrawn_item_leaves_the_stage_open_until_it_is_filed_again(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        approve(who, stage, "scheme")
        approve(who, stage, "preliminary")
        services.withdraw(who["builder"], branch(stage, "defence"))
        stage.refresh_from_db()
        assert stage.state == "open"
        again = services.file_again(who["builder"], branch(stage, "defence"))
        assert (again.round, again.state) == (2, Code.RECEIVED)
        approve(who, stage, "defence")
        approve(who, stage, "works_permit")
    stage.refresh_from_db()
    assert stage.state == "approved"
    assert codes(branch(stage, "defence")) == [1, 3, 8, 11]


def test_a_refused_item_is_filed_again_as_a_new_round_while_the_stage_is_open(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        approve(who, stage, "preliminary", Code.REJECTED)
        first = branch(stage, "preliminary")
        again = services.file_again(who["builder"], first)
        with pytest.raises(Conflict):  # the older round is over
            services.file_again(who["builder"], first)
        services.hand_in(who["builder"], stage, "scheme_text", kept(pdf("mended")), "方案.pdf")
        for item in ("scheme", "defence", "preliminary", "works_permit"):
            approve(who, stage, item)
    stage.refresh_from_db()
    assert (stage.state, again.round, codes(first), codes(again)) == ("approved", 2, [1, 3, 8, 13], [1, 3, 8, 11])


def test_deferred_is_healed_or_revoked(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        for item in ("scheme", "preliminary", "defence"):
            approve(who, stage, item, Code.APPROVED_DEFERRED if item == "defence" else Code.APPROVED)
        approve(who, stage, "works_permit")
        stage.refresh_from_db()
        assert stage.state == "approved_deferred"
        with pytest.raises(Conflict, match="人防工程设计要求表"):  # nothing has come yet
            services.heal(who["window"], branch(stage, "defence"))
        services.hand_in(who["builder"], stage, "defence_form", kept(pdf("defence")), "人防.pdf")
        services.heal(who["window"], branch(stage, "defence"))
        stage.refresh_from_db()
        assert stage.state == "approved"
        with pytest.raises(BadInput):
            services.revoke(who["RFB.decider"], branch(stage, "defence"), " ")
        services.revoke(who["RFB.decider"], branch(stage, "defence"), "材料虚假")
    stage.refresh_from_db()
    assert stage.state == "revoked"


def test_every_verb_is_refused_to_who_may_not(stage: StageApplication, who: Who) -> None:
    row, reviewer, decider = branch(stage, "scheme"), who["GH.reviewer"], who["GH.decider"]
    with at("2018-09-21"):
        for actor in (reviewer, decider, who["builder"]):
            for receive in (services.accept, services.heal):
                with pytest.raises(Refused):
                    receive(actor, row)
        services.accept(who["window"], row)
        for actor in (who["window"], who["RFB.reviewer"], who["builder"]):
            with pytest.raises(Refused):
                services.start_work(actor, row)
        services.start_work(reviewer, row)
        with pytest.raises(Conflict):
            services.decide(decider, row, Code.APPROVED)
        services.review(reviewer, row, Code.APPROVED, "同意")
        for actor in (who["window"], reviewer, who["RFB.decider"]):
            with pytest.raises(Refused):
                services.decide(actor, row, Code.APPROVED)
        same = Actor(reviewer.user_id, reviewer.name, decider.post, "page")
        with pytest.raises(Refused):
            services.decide(same, row, Code.APPROVED)
        with pytest.raises(Refused):
            services.withdraw(decider, row)


def test_a_stage_is_filed_once_and_judged_by_the_release_of_its_day(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        with pytest.raises(Conflict):
            services.file_stage(who["builder"], stage.project, "2", "gov_building", {})
        with pytest.raises(BadInput):
            services.file_stage(who["window"], make_project(), "9", "gov_building", {})
        type(stage.definition).objects.update(state="outdated")
        newer = make_definition()
        assert in_force() == newer and stage.definition != newer
        approve(who, stage, "scheme")
    assert branch(stage, "scheme").state == Code.APPROVED


def test_the_page_of_a_project_knows_who_has_its_stage_and_when_it_ended(stage: StageApplication, who: Who) -> None:
    (step,) = stage_steps(stage.project)
    assert (step.stage, step.ended, step.url) == ("2", False, stage.get_absolute_url())
    assert set(step.holders) == {row.department for row in stage.branches.all() if row.state is not None}
    assert step.due is None  # its time begins with acceptance
    for row in stage.branches.exclude(state=None):
        services.accept(who["window"], row)
    stage.refresh_from_db()
    (step,) = stage_steps(stage.project)
    assert stage.clock is not None
    assert step.due == stage.clock.due_on
    StageApplication.objects.filter(pk=stage.pk).update(state="approved", concluded_at=datetime(2018, 10, 12, 1, tzinfo=UTC))
    (step,) = stage_steps(stage.project)
    assert (step.ended, step.ended_on, step.holders, step.due) == (True, date(2018, 10, 12), (), None)
