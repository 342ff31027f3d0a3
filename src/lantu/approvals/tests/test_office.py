"""The office's way through a stage: window, departments, lead, results that go out together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from django.apps import apps
from django.test import Client

from lantu.accounts.models import User
from lantu.approvals import duties, services
from lantu.approvals.events import Code
from lantu.approvals.factories import approve, at, branch, codes, make_stage
from lantu.approvals.models import Branch, CorrectionPoint, Promise, StageApplication, StageResult
from lantu.approvals.permissions import visible
from lantu.approvals.selectors import cases as reads
from lantu.approvals.services.issuing import hold_results, plan_results
from lantu.approvals.services.sealing import seal_notices
from lantu.approvals.services.window import Answer, Point
from lantu.approvals.views.query import public_state
from lantu.approvals.words import Words
from lantu.casework.factories import make_actor
from lantu.casework.models import Task
from lantu.casework.selectors.timeline import timeline
from lantu.core.actor import Actor, Post, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.documents.factories import make_seal, person, small_city
from lantu.documents.models import Paper
from lantu.documents.services import grant_seal, is_sealed
from lantu.projects.selectors.dossier import history

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]


@pytest.fixture
def stage(who: Who, stage: StageApplication) -> StageApplication:
    """In a city whose papers have templates."""
    with at("2018-09-20"):
        small_city()
    return stage


def test_the_window_answers_item_by_item_and_one_notice_holds_all_that_is_to_be_mended(stage: StageApplication, who: Who) -> None:
    scheme, defence, preliminary = (branch(stage, item) for item in ("scheme", "defence", "preliminary"))
    with at("2018-09-21"):
        done = services.answer_filing(
            who["window"],
            stage,
            {
                scheme.pk: Answer(
                    "correct", points=[Point("缺总平面图", "scheme_drawing", "办事指南"), Point("设计方案未签章", "scheme_text")]
                ),
                defence.pk: Answer("correct", points=[Point("缺地下室平面图", "defence_form")]),
                preliminary.pk: Answer("accept"),
            },
        )
    assert [paper.template for paper in done.papers] == ["acceptance", "correction"]
    notice = Paper.objects.get(template="correction")
    assert [row[1] for row in notice.current.data["items"]] == ["缺总平面图", "设计方案未签章", "缺地下室平面图"] and notice.number
    assert {codes(branch(stage, item))[-1] for item in ("scheme", "defence")} == {Code.CORRECTION_ASKED}
    assert Task.objects.filter(kind="approvals.review", is_open=True, department="FGW", clock__isnull=False).count() == 1
    with at("2018-09-25"):
        services.answer_corrections(who["builder"], stage, "已补")
        assert set(CorrectionPoint.objects.values_list("state", flat=True)) == {"answered"}
        with pytest.raises(Conflict):  # nothing new may be asked the second time
            services.answer_filing(who["window"], stage, {defence.pk: Answer("correct", points=[Point("另缺一份计算书", "defence_form")])})
        services.answer_filing(who["window"], stage, {defence.pk: Answer("correct", points=[Point("缺地下室平面图", "defence_form")])})
    assert codes(defence) == [1, 6, 7, 6]


def test_what_is_held_by_anothers_correction_starts_its_five_days_anew(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        services.answer_filing(who["window"], stage, {branch(stage, "scheme").pk: Answer("correct", points=[Point("缺图")])})
    assert branch(stage, "defence").acceptance is None
    with at("2018-10-16"):
        assert duties.silences() == 0  # more than five days, but they stood still
        services.answer_corrections(who["builder"], stage)
        held = branch(stage, "defence").acceptance
        assert held is not None and held.due_on == date(2018, 10, 23)


def test_silence_of_five_working_days_accepts_from_the_day_of_receipt(stage: StageApplication, who: Who) -> None:
    row = branch(stage, "defence")
    assert row.acceptance is not None and row.acceptance.due_on == date(2018, 9, 28)  # 22–24 September are off
    with at("2018-09-28"):
        assert duties.silences() == 0
    with at("2018-09-29"):
        assert duties.silences() == 3
        assert duties.silences() == 0
    row.refresh_from_db()
    event = row.events.get(code=Code.ACCEPTED)
    assert (event.on, event.automatic) == (date(2018, 9, 20), True)
    assert row.clock is not None and row.clock.started_on == date(2018, 9, 20)


def test_a_correction_never_answered_counts_as_withdrawn(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        services.answer_filing(who["window"], stage, {branch(stage, "defence").pk: Answer("correct", points=[Point("缺图")])})
    with at("2018-11-12"):
        duties.silences()
    assert codes(branch(stage, "defence")) == [1, 6, 2]
    assert codes(branch(stage, "scheme"))[:2] == [1]  # its days begin now


def test_refusal_to_accept_and_no_permit_needed_go_out_on_paper_with_reason(stage: StageApplication, who: Who) -> None:
    scheme, defence = branch(stage, "scheme"), branch(stage, "defence")
    with at("2018-09-21"):
        with pytest.raises(BadInput):
            services.answer_filing(who["window"], stage, {defence.pk: Answer("not_required")})
        services.answer_filing(
            who["window"],
            stage,
            {
                defence.pk: Answer("not_required", reason="不建地下室", basis="人民防空法第二十二条"),
                scheme.pk: Answer("refuse", reason="不属本机关职权"),
            },
        )
    assert set(Paper.objects.values_list("template", flat=True)) == {"not_required", "not_accepted"}
    assert (branch(stage, "defence").state, branch(stage, "scheme").state) == (Code.NOT_REQUIRED, Code.REFUSED_ACCEPTANCE)


def test_a_deferral_needs_a_material_that_may_wait_a_signature_and_a_day_in_time(stage: StageApplication, who: Who) -> None:
    row = branch(stage, "defence")
    good = Answer("defer", materials=["defence_form"], text="五日内补交", signed_by="张三")
    with at("2018-09-21"):
        for bad in (replace(good, materials=["unified_form"]), replace(good, signed_by=""), replace(good, due_on=date(2018, 12, 1))):
            with pytest.raises(BadInput):
                services.answer_filing(who["window"], stage, {row.pk: bad})
        services.answer_filing(who["window"], stage, {row.pk: good})
        promise = Promise.objects.get()
        assert promise.due_on == date(2018, 9, 29)  # the item's own five days, a made-up working day among them
        services.start_work(who["RFB.reviewer"], row)
        services.review(who["RFB.reviewer"], row, Code.APPROVED, "同意")
        with pytest.raises(Conflict):
            services.decide(who["RFB.decider"], row, Code.APPROVED)
        services.decide(who["RFB.decider"], row, Code.APPROVED_DEFERRED)
    with at("2018-09-30"):
        duties.silences()
    row.refresh_from_db()
    assert codes(row) == [1, 3, 8, 12, 15]


def test_a_site_on_a_line_of_the_highest_severity_allows_no_promise(stage: StageApplication, who: Who) -> None:
    from lantu.standards.models import PackVersion, Rule

    pack = PackVersion.objects.get(in_force=True)
    Rule.objects.create(pack=pack, code="C01", name_zh="压占永久基本农田", kind="conflict", severity=1)
    StageApplication.objects.filter(pk=stage.pk).update(facts={**stage.facts, "hits": ["C01"]})
    with at("2018-09-21"), pytest.raises(BadInput, match="C01"):
        answer = Answer("defer", materials=["defence_form"], text="补交", signed_by="张三")
        services.answer_filing(who["window"], stage, {branch(stage, "defence").pk: answer})


def test_a_special_procedure_tells_the_applicant_in_writing_and_an_extension_once(
    stage: StageApplication, who: Who, client: Client
) -> None:
    row = branch(stage, "scheme")
    with at("2018-09-20"):
        services.accept(who["window"], row)
        services.start_work(who["GH.reviewer"], row)
    with at("2018-09-21"):
        pause = services.order_special(who["GH.reviewer"], row, "expert")
        paper = Paper.objects.get(template="suspension")
        assert "20 个工作日" in paper.current.data["maximum"] and paper.department == "GH"
        assert row.clock is not None and paper.number in row.clock.entries.get(pause=pause).notice
        # it goes out sealed by the department: by its decider, when the reviewer may not use the seal
        assert seal_notices(who["GH.reviewer"], row) != [] and not is_sealed(paper)
        assert Task.objects.get(kind="approvals.seal", is_open=True).role == "decider"
        grant_seal(person("secadmin"), make_seal(), User.objects.get(pk=who["GH.decider"].user_id or 0))
        client.force_login(User.objects.get(pk=who["GH.decider"].user_id or 0))
        assert client.post(row.get_absolute_url(), {"act": "seal"}).status_code == 302
        paper.refresh_from_db()
        assert is_sealed(paper) and not Task.objects.filter(kind="approvals.seal", is_open=True).exists()
    with at("2018-09-25"):
        services.end_special(who["GH.reviewer"], row, pause, "专家意见 1 份")
        with pytest.raises(BadInput):
            services.extend(who["GH.decider"], row, 30, "情况复杂", "局长")
        services.extend(who["GH.decider"], row, 5, "情况复杂", "局长")
        with pytest.raises(Conflict):
            services.extend(who["GH.decider"], row, 5, "再延", "局长")
    assert Paper.objects.filter(template="extension").count() == 1


def test_the_chain_within_a_department_returns_delegates_and_asks_others(stage: StageApplication, who: Who) -> None:
    row = branch(stage, "scheme")
    with at("2018-09-21"):
        services.accept(who["window"], row)
        services.start_work(who["GH.reviewer"], row)
        other = make_actor("reviewer", "GH", "李四")
        services.delegate(who["GH.reviewer"], row, User.objects.get(pk=other.user_id or 0), "请假")
        assert Task.objects.get(kind="approvals.review", url=row.get_absolute_url(), is_open=True).person_id == other.user_id
        asked = services.co_handle(who["GH.reviewer"], row, ["WWJ"], "高度是否影响文物")
        assert visible(who["WWJ.reviewer"]).filter(pk=stage.pk).exists() and asked.requests.count() == 1
        services.review(other, row, Code.APPROVED, "同意", basis="城乡规划法第四十条", conditions=[{"text": "容积率 ≤ 0.8"}])
        services.return_review(who["GH.decider"], row, "补日照分析")
        with pytest.raises(Conflict):
            services.decide(who["GH.decider"], row, Code.APPROVED)
        services.review(
            other, row, Code.APPROVED, "已补", conditions=[{"text": "绿地率 ≥ 35 %", "item": "绿地率", "op": "≥", "value": 35.0}]
        )
        services.decide(who["GH.decider"], row, Code.APPROVED)
    assert list(row.conditions.values_list("text", "state")) == [("容积率 ≤ 0.8", "waived"), ("绿地率 ≥ 35 %", "open")]
    assert not Task.objects.filter(url=row.get_absolute_url(), is_open=True).exists()


def test_a_branch_goes_over_to_another_department_with_its_clock_and_counts_in_the_join(stage: StageApplication, who: Who) -> None:
    row = branch(stage, "defence")
    with at("2018-09-21"):
        services.accept(who["window"], row)
        with pytest.raises(Refused):
            services.transfer(who["RFB.decider"], row, "WWJ", "区级办理")
        services.transfer(who["GH.decider"], row, "WWJ", "区级办理")
        services.start_work(who["WWJ.reviewer"], row)
        services.review(who["WWJ.reviewer"], row, Code.APPROVED, "同意")
        services.decide(who["WWJ.decider"], row, Code.APPROVED)
        for item in ("scheme", "preliminary"):
            approve(who, stage, item)
        assert branch(stage, "works_permit").state == Code.RECEIVED
    assert row.clock is not None and row.clock.department in ("RFB", "WWJ")


@pytest.mark.django_db(transaction=True)
def test_results_are_made_by_each_department_and_go_out_at_the_same_moment(who: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    small_city()
    window, decider = who["window"], person("decider")
    who["GH.decider"] = decider
    for code in ("GH", "FGW"):
        who[f"{code}.decider"] = person("decider", code)
        make_seal(code)
    stage = make_stage(who["builder"])
    for item in ("scheme", "defence", "preliminary"):
        condition = {"conditions": [{"text": "绿地率 ≥ 35 %"}]} if item == "scheme" else {}
        approve(who, stage, item, **condition)
    with pytest.raises(Conflict):
        services.conclude_stage(decider, stage, "综合意见")
    approve(who, stage, "works_permit")
    assert {row.state for row in stage.results.all()} == {"due"} and stage.results.count() == 4
    with pytest.raises(Conflict, match="绿地率"):  # a condition nobody ticked
        services.make_results(decider, stage)
    services.meet_condition(who["GH.reviewer"], branch(stage, "scheme"), branch(stage, "scheme").conditions.get(), "总平面图 3：36.2 %")
    permit = stage.results.get(kind="certificate")
    with pytest.raises(BadInput, match="建设规模"):
        services.make_results(decider, stage)
    made = services.make_results(decider, stage, {permit.pk: {"scale": "建筑面积 50,294 ㎡"}})
    assert {one.kind for one in made} == {"certificate", "decision"}
    permit = next(one for one in made if one.kind == "certificate")
    assert permit.number.startswith("建字第") and permit.state == "ready"
    paper = next(one.paper for one in made if one.paper is not None)
    assert is_sealed(paper)
    services.conclude_stage(decider, stage, "各部门一致同意")
    with pytest.raises(Conflict, match="印章"):  # a decision without its seal is none
        services.make_results(who["RFB.decider"], stage)
    grant_seal(person("secadmin"), make_seal("RFB"), User.objects.get(pk=who["RFB.decider"].user_id or 0))
    services.make_results(who["RFB.decider"], stage)
    assert StageResult.objects.filter(state="out").count() == 0
    with pytest.raises(Conflict):
        services.deliver(window, permit, "counter", "张三")
    services.make_results(who["FGW.decider"], stage)
    assert set(stage.results.values_list("state", flat=True)) == {"out"} and stage.results.values("out_at").distinct().count() == 1
    services.deliver(window, permit, "counter", "张三", "1234")
    assert Paper.objects.filter(template="delivery").count() == 1
    with pytest.raises(BadInput):
        services.receive_results(who["builder"], stage, " ")
    taken = services.receive_results(who["builder"], stage, "王工")
    assert len(taken) == 3 and {(one.state, one.manner, one.receiver) for one in taken} == {("delivered", "download", "王工")}
    assert Paper.objects.filter(template="delivery", state="issued").count() == 4
    with pytest.raises(Conflict):
        services.receive_results(who["builder"], stage, "王工")
    with pytest.raises(Refused):
        services.correct_result(who["RFB.decider"], stage.results.get(pk=permit.pk), {"scale": "1"}, "别的部门")

    def down(*_given: object, **_facts: object) -> None:
        raise Conflict("印章服务没有回答")

    with monkeypatch.context() as broken:  # what went out stays as it is
        broken.setattr("lantu.certificates.services.issuing.use_seal", down)
        with pytest.raises(Conflict):
            services.correct_result(decider, stage.results.get(pk=permit.pk), {"scale": "建筑面积 50,280 ㎡"}, "面积写错")
    assert stage.results.get(pk=permit.pk).reference == permit.reference
    corrected = services.correct_result(decider, stage.results.get(pk=permit.pk), {"scale": "建筑面积 50,280 ㎡"}, "面积写错")
    assert corrected.reference != permit.reference and corrected.data["scale"] == "建筑面积 50,280 ㎡"
    services.revoke(decider, branch(stage, "works_permit"), "材料虚假")
    corrected.refresh_from_db()
    stage.refresh_from_db()
    assert (corrected.state, stage.state) == ("revoked", "revoked")
    assert apps.get_model("certificates", "Certificate").objects.get(pk=corrected.reference).state == "03"


def test_a_refusal_has_its_decision_and_an_objection_is_answered_by_somebody_else(stage: StageApplication, who: Who) -> None:
    row = branch(stage, "defence")
    with at("2018-09-21"):
        approve(who, stage, "defence", Code.REJECTED)
        plan_results(system(), stage)
        assert row.result.kind == "refusal"
        services.file_objection(who["builder"], row, "面积算错")
        with pytest.raises(Refused):
            services.answer_objection(who["RFB.decider"], row, False, "不成立")
        services.answer_objection(make_actor("decider", "RFB"), row, False, "不成立")
    with at("2018-12-21"), pytest.raises(Conflict):
        services.file_objection(who["builder"], row, "再提")


def test_each_refused_round_has_its_own_letter(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        approve(who, stage, "defence", Code.REJECTED)
        services.file_again(who["builder"], branch(stage, "defence"))
        approve(who, stage, "defence", Code.REJECTED, basis="人民防空法第二十三条")
        services.file_again(who["builder"], branch(stage, "defence"))
        approve(who, stage, "defence")
        made = plan_results(system(), stage)
        assert [(one.branch.round, one.kind, one.title[-7:]) for one in made] == [
            (1, "refusal", "工程设计方案审查"[-7:]),
            (2, "refusal", "（第 2 次申请）"[-7:]),
            (3, "decision", "（第 3 次申请）"[-7:]),
        ]
        hold_results(who["RFB.decider"], stage, {})
    letters = [one.paper.current.data for one in stage.results.filter(kind="refusal").order_by("branch__round") if one.paper]
    assert len(letters) == 2 and letters[0]["item"] != letters[1]["item"] and letters[1]["basis"] == "人民防空法第二十三条"


def test_a_case_is_seen_by_those_who_have_a_part_in_it_and_nobody_else(stage: StageApplication, who: Who, client: Client) -> None:
    stranger, outsider = make_actor("builder"), make_actor("reviewer", "CGJ")
    for actor in (who["builder"], who["window"], who["GH.reviewer"], who["RFB.decider"], make_actor("supervisor", "DCZ")):
        assert visible(actor).filter(pk=stage.pk).exists()
    for actor in (stranger, outsider, who["WWJ.reviewer"], make_actor("reviewer"), Actor(None, "", None)):
        assert not visible(actor).filter(pk=stage.pk).exists()
    pages = (stage.get_absolute_url(), branch(stage, "scheme").get_absolute_url(), f"{stage.get_absolute_url()}picture/")
    for actor, status in ((outsider, 404), (who["GH.reviewer"], 200)):
        client.force_login(User.objects.get(pk=actor.user_id or 0))
        for page in pages:
            assert client.get(page).status_code == status, (actor.name, page)


def test_the_page_of_the_project_tells_what_happened_to_its_stage_and_branches(stage: StageApplication, who: Who) -> None:
    branch = stage.branches.first()
    assert branch is not None
    assert timeline(branch) == []  # the stage tells of it
    assert "阶段申报" in [one.text for one in history(stage.project)]


def test_the_public_query_tells_no_person_and_the_matrix_why_the_stage_is_open(stage: StageApplication, who: Who, client: Client) -> None:
    with at("2018-09-21"):
        services.accept(who["window"], branch(stage, "scheme"))
    answer = client.get("/approvals/query/", {"number": stage.number.lower()})
    text = answer.content.decode()
    assert answer.status_code == 200 and "已受理" in text and who["builder"].name not in text and stage.project.name not in text
    assert client.get("/approvals/query/", {"number": "JD9-1999-0001"}).status_code == 404
    assert set(public_state(stage)) == {"number", "project_code", "stage", "lead", "state", "received_on", "due_on", "light", "items"}
    head, reasons = reads.why_open(stage, Words())
    assert "差 4 项" in head and any("等" in reason for reason in reasons)
    assert client.get("/approvals/query/process/2/").status_code == 200


@pytest.mark.parametrize(
    "act",
    [
        lambda actor, row: services.answer_filing(actor, row.application, {}),
        services.heal,
        lambda actor, row: services.order_special(actor, row, "expert"),
        lambda actor, row: services.extend(actor, row, 1, "理由", "局长"),
        lambda actor, row: services.return_review(actor, row, "理由"),
        lambda actor, row: services.co_handle(actor, row, ["GH"], "问"),
        lambda actor, row: services.tick(actor, row, "x", "x", "ok", evidence="证据"),
        lambda actor, row: services.transfer(actor, row, "WWJ", "理由"),
        lambda actor, row: services.precheck(actor, row.application, "意见"),
        lambda actor, row: services.conclude_stage(actor, row.application, "意见"),
        lambda actor, row: services.make_results(actor, row.application),
        lambda actor, row: services.file_objection(actor, row, "异议"),
        lambda actor, row: services.answer_objection(actor, row, True, "答"),
        lambda actor, row: services.check_commitment(actor, row, True, "核查"),
    ],
)
def test_every_verb_of_the_office_is_refused_to_who_has_no_part(stage: StageApplication, act: Callable[[Actor, Branch], object]) -> None:
    row = branch(stage, "scheme")
    for actor in (Actor(9_000_001, "路人", Post("reviewer", "CGJ"), "page"), Actor(9_000_002, "别的单位", Post("builder"), "page")):
        with pytest.raises(Refused):
            act(actor, row)


def test_reminders_go_out_once(stage: StageApplication, who: Who) -> None:
    with at("2018-09-21"):
        services.answer_filing(who["window"], stage, {branch(stage, "defence").pk: Answer("correct", points=[Point("缺图")])})
    with at("2018-10-15"):
        assert duties.remind() == 1
        from lantu.casework.models import Notification

        before = Notification.objects.count()
        duties.remind()
        assert Notification.objects.count() == before
