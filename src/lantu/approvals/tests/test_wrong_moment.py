"""Every verb over a case, called at the wrong moment or with what cannot be: it says so and writes nothing. One case serves all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import at, branch, codes, kept, make_stage, pdf
from lantu.approvals.models import Branch, StageApplication
from lantu.approvals.services.issuing import hold_results, record_results
from lantu.approvals.services.window import Answer
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, LantuError, Refused
from lantu.documents.factories import small_city

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
