"""Who may do what: every verb of the room, tried by everybody there is over one case of one unit. A verb that is not in the table fails."""

from __future__ import annotations

import pytest

from lantu.approvals import services
from lantu.approvals.models import StageResult
from lantu.approvals.services.issuing import record_results
from lantu.approvals.tests import test_pressed_twice as presses
from lantu.approvals.tests import test_two_at_once as races
from lantu.approvals.tests import test_wrong_moment as moments
from lantu.approvals.tests.cast import everybody, things
from lantu.casework.factories import make_actor
from lantu.core.actor import Actor
from lantu.core.errors import Refused
from lantu.core.tests import who_may

pytestmark = pytest.mark.django_db

MAY = {
    "window": (
        "accept/branch answer_filing/stage answer_inquiry/inquiry ask_correction/branch check_original/material compare_paper/paper "
        "deliver/result heal/branch not_required/branch refuse_acceptance/branch return_paper/paper route_inquiry/inquiry take_paper/stage"
    ),
    "builder": "rate/stage receive_results/stage sign_draft/draft",
    "builder system": (
        "answer_situation/draft commit_later/draft discard_draft/draft file_draft/draft refresh_draft/draft save_answers/draft "
        "set_site/draft start_draft/project take_back_material/material"
    ),
    "builder window": (
        "amend_form/stage answer_correction/branch answer_corrections/stage begin_upload/stage file_again/branch file_stage/project "
        "hand_in/stage object/branch withdraw/branch withdraw_inquiry/inquiry withdraw_stage/stage"
    ),
    "builder stranger": "draft_from_inquiry/inquiry end_agent/member name_agent/",  # within: the asker, an owner of the unit
    "builder stranger window": "open_inquiry/",
    "exchange window": "file_by_client/project",
    "dept.reviewer": "begin_special/branch end_special/branch order_special/branch review/branch start_work/branch",
    "dept.decider": "answer_objection/branch decide/branch extend/branch return_review/branch revoke/branch waive_joint/branch",
    "dept.decider dept.reviewer": (
        "check_commitment/branch co_handle/branch delegate/branch invite_joint/branch meet_condition/branch tick/branch"
    ),
    "part.reviewer": "give_joint/part",
    "lead.decider": "conclude/stage",
    "lead.decider lead.planner lead.reviewer": "call_joint_meeting/stage precheck/stage transfer/branch",
    "dept.decider lead.decider other.decider decider": (  # within: the department's own results
        "correct_result/stage hold_results/stage record_correction/result record_results/stage"
    ),
    "lead.planner planner sysadmin": (
        "change_catalogue/ discard_catalogue/ edit_catalogue/ return_catalogue/ start_catalogue/ submit_catalogue/"
    ),
    "sysadmin": "publish_catalogue/ publish_definition/",
    "": (
        "break_promise/promise deem_accepted/branch join_demo_unit/ lapse_correction/branch make_filed/stage plan_results/stage "
        "register_unit/"
    ),
}
"""Who may, the system aside: verb/thing, see ``core.tests.who_may``. The people are those of ``everybody``."""
NEVER_BY_ITSELF = {"rate", "receive_results", "sign_draft"}
"""What only a person may do, not even the system."""


def test_every_verb_is_for_those_in_the_table_and_for_nobody_else(who: dict[str, Actor]) -> None:
    who_may.check("approvals", MAY, everybody(who), things(who), persons_only=NEVER_BY_ITSELF)


def test_within_its_permission_a_verb_looks_whose_thing_it_is(who: dict[str, Actor]) -> None:
    found, stranger = things(who), make_actor("builder")
    result = StageResult.objects.get()
    StageResult.objects.filter(pk=result.pk).update(kind="certificate", state="out")
    for act in (
        lambda: services.end_agent(stranger, found["member"]),
        lambda: services.name_agent(stranger, found["member"].applicant, "x", full_name="x"),
        lambda: services.correct_result(who["WWJ.decider"], result, {"scale": "1"}, "理由"),
        lambda: services.open_inquiry(stranger, "2", "gov_building", "问", {}, project=found["project"]),
    ):
        with pytest.raises(Refused):
            act()
    found["inquiry"].state = "answered"
    found["inquiry"].save()
    with pytest.raises(Refused):
        services.draft_from_inquiry(stranger, found["inquiry"])
    StageResult.objects.filter(pk=result.pk).update(kind="decision", state="due")
    assert record_results(who["WWJ.decider"], found["stage"], [result.pk])[0].state == "due"  # another department's stays as it was


BY_THE_CLOCK = set(MAY[""].replace("/branch", "/").replace("/stage", "/").replace("/promise", "/").replace("/", "").split())


def test_every_verb_is_tried_at_the_wrong_moment_or_with_what_cannot_be_and_by_two_at_once() -> None:
    """Each table names what it tries by the verb; what only the clock does has tests of its own."""
    people = set(who_may.verbs_of("approvals")) - BY_THE_CLOCK
    tried = {name.partition(",")[0] for table in (moments.TOO_EARLY, moments.WRONG, moments.TOO_LATE, moments.APART) for name in table}
    assert people - tried == {"record_results"}  # it writes nothing when nothing waits; what it writes: test_acts_by_api
    assert people - {*races.RACED.split(), *presses.PRESSED.split()} == set()
