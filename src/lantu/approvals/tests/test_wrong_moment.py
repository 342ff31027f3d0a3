"""Every verb over a case, called at the wrong moment or with what cannot be: it says so and writes nothing. One case serves all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import shapely
from django.utils import timezone

from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import DWG, at, branch, codes, kept, make_draft, make_stage, pdf
from lantu.approvals.models import Branch, BranchCondition, CatalogueDraft, CounterPaper, StageApplication
from lantu.approvals.services.issuing import hold_results, record_correction, record_results
from lantu.approvals.services.uploading import begin_upload
from lantu.approvals.services.window import Answer
from lantu.approvals.tests.cast import things
from lantu.casework.factories import make_actor
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, LantuError, Refused
from lantu.documents.factories import small_city
from lantu.standards.models import PackPart, PackVersion

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]
Act = Callable[[Who, StageApplication, Branch], Any]

TOO_EARLY: dict[str, Act] = {
    "start_work": lambda w, s, b: services.start_work(w["GH.reviewer"], b),
    "review": lambda w, s, b: services.review(w["GH.reviewer"], b, Code.APPROVED, "同意"),
    "decide": lambda w, s, b: services.decide(w["GH.decider"], b, Code.APPROVED),
    "return_review": lambda w, s, b: services.return_review(w["GH.decider"], b, "退"),
    "begin_special": lambda w, s, b: services.begin_special(w["GH.reviewer"], b, "expert", "告知"),
    "end_special": lambda w, s, b: services.end_special(w["GH.reviewer"], b, "1"),
    "extend": lambda w, s, b: services.extend(w["GH.decider"], b, 5, "复杂", "局长"),
    "tick": lambda w, s, b: services.tick(w["GH.reviewer"], b, "far", "容积率", "ok", evidence="第 3 页"),
    "delegate": lambda w, s, b: services.delegate(w["GH.reviewer"], b, None),  # type: ignore[arg-type]
    "invite_joint": lambda w, s, b: services.invite_joint(w["GH.reviewer"], b, "X", "问"),
    "heal": lambda w, s, b: services.heal(w["window"], b),
    "check_commitment": lambda w, s, b: services.check_commitment(w["GH.reviewer"], b, True, "核查"),
    "revoke": lambda w, s, b: services.revoke(w["GH.decider"], b, "错误"),
    "file_again": lambda w, s, b: services.file_again(w["builder"], b),
    "object": lambda w, s, b: services.file_objection(w["builder"], b, "异议"),
    "answer_objection": lambda w, s, b: services.answer_objection(w["GH.decider"], b, True, "答"),
    "answer_correction": lambda w, s, b: services.answer_correction(w["builder"], b),
    "answer_corrections": lambda w, s, b: services.answer_corrections(w["builder"], s),
    "conclude": lambda w, s, b: services.conclude_stage(w["GH.decider"], s, "意见"),
    "hold_results": lambda w, s, b: hold_results(w["GH.decider"], s, {}),
    "receive_results": lambda w, s, b: services.receive_results(w["builder"], s, "王工"),
    "rate": lambda w, s, b: services.rate(w["builder"], s, 5),
}
"""Before the window has answered."""

WRONG: dict[str, Act] = {
    "ask_correction": lambda w, s, b: services.ask_correction(w["window"], b, " "),
    "not_required": lambda w, s, b: services.not_required(w["window"], b, ""),
    "refuse_acceptance": lambda w, s, b: services.refuse_acceptance(w["window"], b, ""),
    "answer_filing": lambda w, s, b: services.answer_filing(w["window"], s, {}),
    "answer_filing, no such answer": lambda w, s, b: services.answer_filing(w["window"], s, {b.pk: Answer("perhaps")}),
    "take_paper": lambda w, s, b: services.take_paper(w["window"], s, "scheme_text", kept(pdf()), "x.pdf", title=" ", brought_by="张三"),
    "precheck": lambda w, s, b: services.precheck(w["GH.reviewer"], s, " "),
    "transfer, nowhere": lambda w, s, b: services.transfer(w["GH.decider"], b, "NONE", "职责"),
    "transfer, to itself": lambda w, s, b: services.transfer(w["GH.decider"], b, "GH", "职责"),
    "transfer, no reason": lambda w, s, b: services.transfer(w["GH.decider"], b, "WWJ", " "),
    "co_handle, no question": lambda w, s, b: services.co_handle(w["GH.reviewer"], b, ["WWJ"], " "),
    "co_handle, nobody": lambda w, s, b: services.co_handle(w["GH.reviewer"], b, ["NONE"], "问"),
    "review, no verdict": lambda w, s, b: services.review(w["GH.reviewer"], b, Code.STARTED, "意见"),
    "review, no opinion": lambda w, s, b: services.review(w["GH.reviewer"], b, Code.APPROVED, " "),
    "decide, no verdict": lambda w, s, b: services.decide(w["GH.decider"], b, Code.STARTED),
    "order_special": lambda w, s, b: services.order_special(w["GH.reviewer"], b, "no-such-kind"),
    "tick": lambda w, s, b: services.tick(w["GH.reviewer"], b, "far", "容积率", "ok", evidence=" "),
    "file_stage": lambda w, s, b: services.file_stage(w["window"], s.project, "9", "gov_building", {}),
    "file_by_client": lambda w, s, b: services.file_by_client(w["window"], s.project, "2", "nothing", {}),
    "start_draft": lambda w, s, b: services.start_draft(w["builder"], s.project, "9", "gov_building"),
    "withdraw_stage": lambda w, s, b: services.withdraw_stage(w["builder"], s, " "),
    "receive_results": lambda w, s, b: services.receive_results(w["builder"], s, " "),
}
"""What cannot be, whatever the moment."""

TOO_LATE: dict[str, Act] = {
    "accept": lambda w, s, b: services.accept(w["window"], b),
    "ask_correction": lambda w, s, b: services.ask_correction(w["window"], b, "补图"),
    "not_required": lambda w, s, b: services.not_required(w["window"], b, "不需"),
    "refuse_acceptance": lambda w, s, b: services.refuse_acceptance(w["window"], b, "不属"),
    "withdraw": lambda w, s, b: services.withdraw(w["builder"], b, "再撤"),
    "withdraw_stage": lambda w, s, b: services.withdraw_stage(w["builder"], s, "再撤"),
    "answer_filing": lambda w, s, b: services.answer_filing(w["window"], s, {b.pk: Answer("accept")}),
    "precheck": lambda w, s, b: services.precheck(w["GH.reviewer"], s, "注意"),
    "transfer": lambda w, s, b: services.transfer(w["GH.decider"], b, "WWJ", "职责"),
    "amend_form": lambda w, s, b: services.amend_form(w["builder"], s, {"far": 1}),
    "hand_in": lambda w, s, b: services.hand_in(w["builder"], s, "scheme_text", kept(pdf()), "x.pdf"),
    "file_again": lambda w, s, b: services.file_again(w["builder"], b),
}
"""After the whole stage was withdrawn."""


APART: dict[str, Callable[[Who, dict[str, Any]], Any]] = {
    "answer_inquiry": lambda w, t: services.answer_inquiry(w["window"], t["inquiry"], "可以"),  # nobody was asked yet
    "draft_from_inquiry": lambda w, t: services.draft_from_inquiry(w["builder"], t["inquiry"]),
    "open_inquiry": lambda w, t: services.open_inquiry(w["builder"], "2", "gov_building", " ", {}),
    "open_inquiry, no such fact": lambda w, t: services.open_inquiry(w["builder"], "2", "gov_building", "问", {"x": 1}),
    "route_inquiry": lambda w, t: services.route_inquiry(w["window"], t["inquiry"], []),
    "withdraw_inquiry": lambda w, t: services.withdraw_inquiry(w["builder"], t["ended inquiry"]),
    "answer_situation": lambda w, t: services.answer_situation(w["builder"], t["ended draft"], {}),
    "save_answers": lambda w, t: services.save_answers(w["builder"], t["draft"], {"no_such_field": 1}),
    "save_answers, too late": lambda w, t: services.save_answers(w["builder"], t["ended draft"], {}),
    "set_site": lambda w, t: services.set_site(w["builder"], t["draft"], shapely.Point(106, 26)),
    "set_site, elsewhere": lambda w, t: services.set_site(w["builder"], t["draft"], shapely.box(0, 0, 1, 1)),
    "commit_later": lambda w, t: services.commit_later(w["builder"], t["draft"], "scheme_text"),
    "take_back_material": lambda w, t: services.take_back_material(w["builder"], t["paper"].material),  # filed
    "discard_draft": lambda w, t: services.discard_draft(w["builder"], t["ended draft"]),
    "refresh_draft": lambda w, t: services.refresh_draft(w["builder"], t["ended draft"]),
    "sign_draft": lambda w, t: services.sign_draft(w["builder"], t["draft"]),  # not ready
    "file_draft": lambda w, t: services.file_draft(w["builder"], t["draft"]),
    "begin_upload": lambda w, t: begin_upload(w["builder"], t["draft"], "scheme_text", "x.pdf", 0),
    "begin_upload, too large": lambda w, t: begin_upload(w["builder"], t["draft"], "scheme_text", "x.pdf", 1 << 50),
    "name_agent": lambda w, t: services.name_agent(w["builder"], t["member"].applicant, "x", full_name="李", identity="1"),
    "end_agent": lambda w, t: services.end_agent(w["builder"], t["member"]),  # the last owner
    "call_joint_meeting": lambda w, t: services.call_joint_meeting(w["GH.reviewer"], t["stage"], " ", timezone.now()),
    "check_original": lambda w, t: services.check_original(w["window"], t["promised"]),
    "compare_paper": lambda w, t: services.compare_paper(w["window"], t["ended paper"]),
    "return_paper": lambda w, t: services.return_paper(w["window"], t["paper"], "王工"),  # not compared yet
    "deliver": lambda w, t: services.deliver(w["window"], t["result"], "counter", "张三"),
    "correct_result": lambda w, t: services.correct_result(w["RFB.decider"], t["result"], {"scale": "1"}, "理由"),
    "record_correction": lambda w, t: record_correction(w["RFB.decider"], t["result"], "0", {}, "理由"),
    "meet_condition": lambda w, t: services.meet_condition(w["RFB.reviewer"], t["branch"], t["condition"], " "),
    "meet_condition, another's": lambda w, t: services.meet_condition(w["GH.reviewer"], t["scheme"], t["condition"], "第 3 页"),
    "give_joint": lambda w, t: services.give_joint(t["part reviewer"], t["part"], "perhaps", "意见"),
    "give_joint, no law": lambda w, t: services.give_joint(t["part reviewer"], t["part"], "disagree", "不行"),
    "waive_joint": lambda w, t: services.waive_joint(w["RFB.decider"], t["branch"], t["part"], " "),
    "waive_joint, another's": lambda w, t: services.waive_joint(w["GH.decider"], t["scheme"], t["part"], "不等"),
    "start_catalogue": lambda w, t: services.start_catalogue(t["sysadmin"]),  # the pack has none
    "publish_definition": lambda w, t: services.publish_definition(t["sysadmin"]),
    "change_catalogue": lambda w, t: services.change_catalogue(t["sysadmin"], t["catalogue"], [(["x"], 1)]),  # submitted
    "edit_catalogue": lambda w, t: services.edit_catalogue(t["sysadmin"], t["catalogue"], "x"),
    "submit_catalogue": lambda w, t: services.submit_catalogue(t["sysadmin"], t["catalogue"], "1"),
    "return_catalogue": lambda w, t: services.return_catalogue(t["sysadmin"], t["catalogue"], " "),
    "publish_catalogue": lambda w, t: services.publish_catalogue(t["sysadmin"], t["ended catalogue"]),
    "discard_catalogue": lambda w, t: services.discard_catalogue(t["sysadmin"], t["ended catalogue"]),
}
"""What hangs on a case, or stands beside it: at the wrong moment, or with what cannot be."""


def apart(who: Who) -> dict[str, Any]:
    """The things of ``APART``, and such as have ended."""
    found = things(who)
    small_city()
    PackPart.objects.filter(name="approvals").delete()
    pack = PackVersion.objects.get(in_force=True)
    found["part reviewer"], found["sysadmin"], found["scheme"] = (
        make_actor("reviewer", "QX"),
        make_actor("sysadmin"),
        branch(found["stage"], "scheme"),
    )
    found["promised"] = services.commit_later(who["builder"], found["draft"], "defence_form")  # no file of it
    found["condition"] = BranchCondition.objects.create(branch=found["branch"], text="绿地率 ≥ 35 %")
    review = services.open_inquiry(who["builder"], "2", "gov_building", "问", {})
    found["ended inquiry"] = services.withdraw_inquiry(who["builder"], review, "不问了")
    found["ended draft"] = services.discard_draft(who["builder"], make_draft(who["builder"]))
    scan = services.hand_in(who["window"], found["stage"], "scheme_drawing", kept(DWG), "x.dwg")
    found["ended paper"] = CounterPaper.objects.create(application=found["stage"], material=scan, title="x", returned_at=timezone.now())
    drafts = [CatalogueDraft(city=city, base=pack, text="x", state=state) for city, state in (("guiyang", "submitted"), ("x", "discarded"))]
    found["catalogue"], found["ended catalogue"] = CatalogueDraft.objects.bulk_create(drafts)
    return found


def failures(acts: dict[str, Act], kind: type[LantuError], who: Who, stage: StageApplication, row: Branch) -> dict[str, str]:
    """What did not fail, or failed as something else, or says nothing."""
    found = {}
    for name, act in acts.items():
        try:
            act(who, stage, row)
        except kind as error:
            if not str(error.what):
                found[name] = "no words"
        except LantuError as error:
            found[name] = repr(error)
        else:
            found[name] = "went through"
    return found


def test_at_the_wrong_moment_or_with_what_cannot_be_nothing_is_done(who: Who) -> None:
    with at("2018-09-20"):
        stage = make_stage(who["builder"])
        row = branch(stage, "scheme")
        assert failures(TOO_EARLY, Conflict, who, stage, row) == {}
        assert failures(WRONG, BadInput, who, stage, row) == {}
        assert record_results(who["GH.decider"], stage, [10**9]) == []
        assert codes(row) == [1] and not row.handovers.exists() and not stage.lead_opinions.exists()
        services.withdraw_stage(who["builder"], stage, "改方案")
        stage.refresh_from_db()
        assert failures(TOO_LATE, Conflict, who, stage, row) == {}
        assert codes(row) == [1, 2]


def test_what_hangs_on_a_case_or_stands_beside_it_is_looked_at_too(who: Who) -> None:
    with at("2018-09-20"):
        found, wrong = apart(who), {}
        for name, act in APART.items():
            CatalogueDraft.objects.filter(city="guiyang").update(state="discarded" if name == "start_catalogue" else "submitted")
            try:
                act(who, found)
            except LantuError as error:
                if isinstance(error, Refused) or not str(error.what):
                    wrong[name] = repr(error)
            else:
                wrong[name] = "went through"
    assert wrong == {}


def test_what_a_token_may_do_includes_what_the_verb_does_in_turn(who: Who) -> None:
    with at("2018-09-20"):
        stage = make_stage(who["builder"])
        system_of_window = replace(who["window"], channel="api", scope=frozenset({"approvals.answer_filing"}))
        row = branch(stage, "scheme")
        with pytest.raises(Refused):
            services.accept(system_of_window, row)
        small_city()
        services.answer_filing(system_of_window, stage, {row.pk: Answer("accept")})  # accepts in turn
        with pytest.raises(Refused):
            services.accept(system_of_window, branch(stage, "defence"))
    assert codes(row) == [1, 3]
