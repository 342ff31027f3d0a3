"""What people get wrong: files that are not what they say, numbers out of all bounds, fields that contradict, late answers, wrong people.
Each is refused with what to do, and nothing is written."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from lantu.accounts.models import User
from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import approve, at, branch, codes, fill, kept, make_definition, make_draft, pdf
from lantu.approvals.models import Material, Membership, StageApplication
from lantu.approvals.permissions import may_see
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.selectors.readiness import readiness
from lantu.approvals.services.window import Answer, Point
from lantu.casework.factories import make_actor, make_calendar
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]


@pytest.mark.parametrize(
    ("code", "data", "name"),
    [
        ("scheme_text", b"MZ\x90\x00" + bytes(300), "方案.pdf"),  # a program
        ("scheme_text", b"", "方案.pdf"),
        ("scheme_text", b"%PDF-1.7\n" + bytes(300), "方案.pdf"),  # only its head is one
        ("scheme_drawing", pdf("x"), "总平面.dwg"),  # a PDF under another name
        ("no_such_material", pdf("x"), "x.pdf"),
        ("scheme_text", pdf("x"), "x.pdf"),  # nothing wrong but the part
    ],
)
def test_a_file_that_is_not_what_it_must_be_is_not_taken(stage: StageApplication, who: Who, code: str, data: bytes, name: str) -> None:
    with pytest.raises(BadInput):
        services.hand_in(who["builder"], stage, code, kept(data), name, part=51 if name == "x.pdf" and code == "scheme_text" else 1)
    assert not Material.objects.filter(application=stage).exists()


def test_numbers_out_of_bounds_and_contradictions_keep_a_draft_from_being_filed(db: None) -> None:
    make_calendar()
    make_definition()
    builder = make_actor("builder")
    draft = fill(builder, make_draft(builder))
    wrong = {"far": 1e308, "height_m": -3, "floor_area_m2": "1e999", "basement_m2": "abc", "basement_use": "somewhere"}
    for field, value in wrong.items():
        before = dict(draft.answers)
        try:
            services.save_answers(builder, draft, {field: value})
        except BadInput:
            draft.refresh_from_db()
            assert draft.answers == before
            continue
        draft.refresh_from_db()
        assert field in {gap.code for gap in readiness(Prepared(draft)).gaps}, field
        with pytest.raises(Conflict):
            services.file_draft(builder, draft)
        services.save_answers(builder, draft, {field: before[field]})
        draft.refresh_from_db()
    assert services.file_draft(builder, draft).number


def test_what_comes_too_late_is_told_so(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        approve(who, stage, "defence")
        row = branch(stage, "defence")
        for late in (
            lambda: services.withdraw(who["builder"], row, "不办了"),
            lambda: services.answer_correction(who["builder"], row),
            lambda: services.accept(who["window"], row),
            lambda: services.review(who["RFB.reviewer"], row, Code.APPROVED, "再审"),
            lambda: services.decide(who["RFB.decider"], row, Code.REJECTED, "改判"),
            lambda: services.order_special(who["RFB.reviewer"], row, "expert"),
            lambda: services.answer_corrections(who["builder"], stage),
            lambda: services.hand_in(who["builder"], stage, "defence_form", kept(pdf("late")), "人防.pdf"),
            lambda: services.answer_filing(who["window"], stage, {row.pk: Answer("correct", points=[Point("缺图")])}),
        ):
            with pytest.raises(Conflict) as told:
                late()
            assert str(told.value.how or told.value.where)
    assert codes(row) == [1, 3, 8, 11]


def test_a_promise_that_contradicts_itself_is_not_taken(stage: StageApplication, who: Who) -> None:
    row = branch(stage, "defence")
    with at("2018-09-21"):
        for answer in (
            Answer("defer", text="补交", signed_by="张三"),  # which material?
            Answer("defer", materials=["defence_form"], text="补交", signed_by="张三", due_on=date(2018, 9, 1)),  # a day that is past
            Answer("commit", text="承诺", signed_by="张三"),  # not an item of that kind
            Answer("accepted"),
            Answer("correct", points=[Point(" ")]),
        ):
            with pytest.raises(BadInput):
                services.answer_filing(who["window"], stage, {row.pk: answer})
        with pytest.raises(Conflict):
            services.answer_filing(who["window"], stage, {10**12: Answer("accept")})
    assert codes(row) == [1] and not row.promises.exists()


def test_who_does_not_act_for_the_unit_any_more_neither_sees_nor_does(stage: StageApplication, who: Who, client: Client) -> None:
    builder, row = who["builder"], branch(stage, "scheme")
    assert may_see(builder, stage)
    Membership.objects.filter(user_id=builder.user_id).update(ended_at="2018-09-20T12:00:00+08:00")
    assert not may_see(builder, stage)
    for act in (
        lambda: services.withdraw(builder, row, "不办了"),
        lambda: services.answer_corrections(builder, stage),
        lambda: services.receive_results(builder, stage, "王工"),
        lambda: services.file_objection(builder, row, "异议"),
        lambda: services.rate(builder, stage, 5),
        lambda: services.hand_in(builder, stage, "scheme_text", kept(pdf("x")), "x.pdf"),
    ):
        with pytest.raises(Refused):
            act()
    client.force_login(User.objects.get(pk=builder.user_id or 0))
    for page in (stage.get_absolute_url(), stage.applicant_url(), row.get_absolute_url(), f"/portal/cases/{stage.pk}/receipt/"):
        assert client.get(page).status_code == 404, page


def test_the_pages_refuse_what_the_verbs_refuse_and_keep_what_was_typed(stage: StageApplication, who: Who, client: Client) -> None:
    row = branch(stage, "scheme")
    with at("2018-09-21"):
        client.force_login(User.objects.get(pk=who["window"].user_id or 0))
        page = f"/approvals/window/{stage.pk}/"
        answer = client.post(page, {f"b{row.pk}-kind": "refuse", f"b{row.pk}-basis": "城乡规划法第四十条"})
        text = answer.content.decode()
        assert answer.status_code == 422 and "理由" in text and "城乡规划法第四十条" in text
        services.accept(who["window"], row)
        client.force_login(User.objects.get(pk=who["GH.reviewer"].user_id or 0))
        services.start_work(who["GH.reviewer"], row)
        for data in (
            {"act": "review", "review-proposal": "99", "review-opinion": "同意"},
            {"act": "special", "special-kind": "expert", "special-maximum": str(10**30)},
            {"act": "special", "special-kind": "no", "special-maximum": ""},
            {"act": "no-such-act"},
        ):
            assert client.post(row.get_absolute_url(), data).status_code in (200, 302, 422), data
        tick = client.post(f"/approvals/desk/{row.pk}/tick/", {"key": "x" * 5000, "verdict": "ok", "evidence": "y"})
        assert tick.status_code == 404
    assert codes(row) == [1, 3, 8]


ODD = ("²", "99999999999999999999\x00")
"""What no key, number, code or day may be."""
NAMES = "branch material part score project version code stage class departments key size"
SENT: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "builder": [
        ("/portal/new/", ("",)),
        ("/portal/drafts/{draft}/situation/", ("",)),
        ("/portal/drafts/{draft}/form/", ("",)),
        ("/portal/drafts/{draft}/form/save/", ("",)),
        ("/portal/drafts/{draft}/site/", ("",)),
        ("/portal/drafts/{draft}/materials/", ("take_back", "commit", "")),
        ("/portal/drafts/{draft}/check/", ("sign", "")),
        ("/portal/drafts/{draft}/uploads/", ("",)),
        ("/portal/cases/{stage}/", ("again", "rate", "receive", "answer", "")),
        ("/portal/cases/{stage}/materials/", ("",)),
        ("/portal/cases/{stage}/form/", ("",)),
        ("/portal/inquiries/new/", ("",)),
        ("/portal/inquiries/{inquiry}/", ("draft", "")),
    ],
    "window": [
        ("/approvals/window/{stage}/", ("",)),
        ("/approvals/window/{stage}/papers/", ("",)),
        ("/approvals/inquiries/new/", ("",)),
        ("/approvals/inquiries/{key}/", ("route", "answer", "")),
    ],
    "GH.reviewer": [
        ("/approvals/cases/{stage}/", ("precheck", "meeting", "")),
        ("/approvals/cases/{stage}/branches/{branch}/", ("start", "transfer", "co_handle", "delegate", "end_special", "")),
        ("/approvals/desk/{branch}/tick/", ("",)),
    ],
    "GH.decider": [("/approvals/cases/{stage}/results/", ("make", ""))],
}


def test_whatever_is_sent_to_a_page_is_answered_and_never_breaks_it(stage: StageApplication, who: Who, client: Client) -> None:
    client.raise_request_exception = False
    broken = []
    with at("2018-09-20"):
        draft = make_draft(who["builder"])
        inquiry, row = services.open_inquiry(who["builder"], "2", "gov_building", "问", {}), branch(stage, "scheme").pk
        keys = {"draft": draft.pk, "stage": stage.pk, "branch": row, "inquiry": inquiry.number, "key": inquiry.pk}
        for name, pages in SENT.items():
            client.force_login(User.objects.get(pk=who[name].user_id or 0))
            for page, act, odd in ((page, act, odd) for page, acts in pages for act in acts for odd in ODD):
                sent = dict.fromkeys((*NAMES.split(), f"b{row}-due_on"), odd) | {"act": act, f"b{row}-kind": "defer"}
                answer = client.post(page.format(**keys), sent)
                if answer.status_code >= 500:
                    broken.append((page, act, odd, repr(getattr(answer, "exc_info", None))[:300]))
    assert broken == []
