"""From draft to application: what the platform knows is not asked, gaps are exact, and only one's own may be touched."""

from __future__ import annotations

import pytest
import time_machine
from django.utils import timezone

from lantu.approvals import services
from lantu.approvals.factories import DWG, branch, fill, kept, make_applicant, make_definition, make_draft, make_project, pdf
from lantu.approvals.models import Draft, FormData, Material, Membership, StageApplication
from lantu.approvals.ports import Holding, RealName, Scanned, holdings, real_names, scanners
from lantu.approvals.selectors import applicants
from lantu.approvals.selectors.dossier import HELD, LATER, materials
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.selectors.readiness import readiness
from lantu.casework.factories import make_actor, make_calendar
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, NotFound, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def builder() -> Actor:
    return make_actor("builder")


@pytest.fixture(autouse=True)
def catalogue() -> None:
    make_calendar()
    make_definition()


@pytest.fixture
def draft(builder: Actor) -> Draft:
    return make_draft(builder)


UNIT = {"uscc": "91350100M000100Y43", "unit_name": "某公司", "password": "a-Long-pass-77", "phone": "13800000000"}


def without_far(rows: dict[str, object]) -> dict[str, object]:
    return {code: row for code, row in rows.items() if code != "far"}


def at(moment: str) -> time_machine.travel:
    return time_machine.travel(f"{moment}+08:00", tick=False)


def test_what_the_platform_knows_is_filled_in_with_its_source(draft: Draft) -> None:
    values = Prepared(draft).values
    assert values["unit_name"] == "观山湖区教育局" and values["project_name"] == draft.project.name
    assert draft.derived["project_name"] == {
        "value": draft.project.name, "source": "project.name", "label": f"项目库 {draft.project.code}",
    }  # fmt: skip
    assert draft.answers == {}


def test_what_the_platform_found_for_good_cannot_be_typed_over(draft: Draft, builder: Actor) -> None:
    with pytest.raises(BadInput, match="不能改填"):
        services.save_answers(builder, draft, {"uscc": "91350100M000100Y43"})


def test_gaps_are_exact_and_shrink_to_nothing(draft: Draft, builder: Actor) -> None:
    before = readiness(Prepared(draft))
    assert before.score < 100 and {gap.code for gap in before.of("materials")} == {"scheme_text", "scheme_drawing", "land_permit"}
    fill(builder, draft)
    after = readiness(Prepared(draft), applicants.membership_in(builder, draft.applicant, draft.project))
    assert (after.score, after.gaps) == (100, [])


def test_every_gap_alone_keeps_the_score_below_a_hundred(draft: Draft, builder: Actor) -> None:
    fill(builder, draft)
    services.save_answers(builder, draft, {"height_m": 300})
    found = readiness(Prepared(draft))
    assert found.score < 100 and [(gap.step, gap.code) for gap in found.gaps] == [("form", "height_m")]
    with pytest.raises(Conflict) as caught:
        services.file_draft(builder, draft)
    assert [gap["code"] for gap in caught.value.values["gaps"]] == ["height_m"]


def test_filing_keeps_form_and_materials_and_says_where_each_came_from(draft: Draft, builder: Actor) -> None:
    fill(builder, draft)
    with at("2018-09-20T22:15:00"):
        application = services.file_draft(builder, draft)
    form = FormData.objects.get(application=application)
    assert form.values["far"] == 0.8 and form.derived["uscc"]["source"] == "unit.uscc" and "uscc" not in form.answers
    assert form.schema["$schema"].endswith("2020-12/schema")
    states = {have.need.code: have.state for have in materials(application)}
    assert states["unified_form"] == HELD and states["scheme_opinion"] == HELD and states["defence_form"] == LATER
    assert Material.objects.get(application=application, code="defence_form").due_on is not None
    assert application.applicant == draft.applicant and draft.state == Draft.State.FILED
    assert branch(application, "scheme").state == 1


@pytest.mark.parametrize(
    ("rule", "moment", "day"),
    [
        ("same_day", "2018-09-20T22:15:00", "2018-09-20"),
        ("next_working_day", "2018-09-20T22:15:00", "2018-09-21"),
        ("next_working_day", "2018-09-20T16:00:00", "2018-09-20"),
        ("next_working_day", "2018-09-30T18:00:00", "2018-10-08"),  # after a make-up Sunday, over the National Day week
        ("next_working_day", "2018-10-03T10:00:00", "2018-10-08"),
    ],
)
def test_the_pack_says_when_filing_at_night_counts_as_received(builder: Actor, rule: str, moment: str, day: str) -> None:
    from lantu.approvals.models import DefinitionRelease

    DefinitionRelease.objects.update(state="outdated")
    make_definition(reception={"hours": ["09:00", "17:00"], "outside": rule})
    draft = fill(builder, make_draft(builder))
    with at(moment):
        application = services.file_draft(builder, draft)
    application.refresh_from_db()
    assert application.received_on.isoformat() == day
    assert timezone.localtime(application.filed_at).isoformat().startswith(moment)
    assert branch(application, "scheme").events.get().on.isoformat() == moment[:10]  # an event is dated the day it happens


def test_a_certificate_that_is_held_is_not_asked_for(draft: Draft) -> None:
    class Library:
        def held(self, title: str, holder_code: str, project_code: str) -> list[Holding]:
            return [Holding(title, "地字第 1 号")] if title == "建设用地规划许可证" else []

    holdings.register("test", Library())
    try:
        found = {have.need.code: have for have in readiness(Prepared(draft)).materials}
    finally:
        holdings.unregister("test")
    assert found["land_permit"].held == ("certificate", "建设用地规划许可证 地字第 1 号")


def test_a_file_counts_by_its_content_not_by_its_name(draft: Draft, builder: Actor) -> None:
    with pytest.raises(BadInput, match="按内容是 TXT"):
        services.hand_in(builder, draft, "scheme_text", kept("界址点".encode()), "方案.pdf")
    with pytest.raises(BadInput, match="PDF 已损坏"):
        services.hand_in(builder, draft, "scheme_text", kept(b"%PDF-1.7 broken"), "方案.pdf")
    with pytest.raises(BadInput, match="文件是空的"):
        services.hand_in(builder, draft, "scheme_text", kept(b""), "方案.pdf")
    with pytest.raises(BadInput, match="没有材料"):
        services.hand_in(builder, draft, "nonsense", kept(pdf()), "方案.pdf")
    assert services.hand_in(builder, draft, "scheme_drawing", kept(DWG), "图.pdf").facts["kind"] == "dwg"


def test_without_a_scanner_a_file_is_said_to_be_not_scanned(draft: Draft, builder: Actor) -> None:
    made = services.hand_in(builder, draft, "scheme_text", kept(pdf()), "方案.pdf")
    assert (made.scan, made.scan_by) == (Material.Scan.UNSCANNED, "")


def test_an_infected_file_is_refused_and_a_silent_scanner_is_named(draft: Draft, builder: Actor) -> None:
    class Engine:
        name = "引擎"

        def scan(self, path: object) -> Scanned:
            if self.down:
                raise ConnectionError("timeout")
            return Scanned("Eicar")

        down = False

    engine = Engine()
    scanners.register("test", engine)
    try:
        with pytest.raises(BadInput, match="Eicar"):
            services.hand_in(builder, draft, "scheme_text", kept(pdf()), "方案.pdf")
        engine.down = True
        made = services.hand_in(builder, draft, "scheme_text", kept(pdf()), "方案.pdf")
    finally:
        scanners.unregister("test")
    assert made.scan == Material.Scan.UNSCANNED and "没有回答" in made.scan_by


def test_a_new_version_replaces_and_the_old_one_stays(draft: Draft, builder: Actor) -> None:
    first = services.hand_in(builder, draft, "scheme_text", kept(pdf("1")), "方案.pdf")
    second = services.hand_in(builder, draft, "scheme_text", kept(pdf("2")), "方案二.pdf")
    assert (first.version, second.version) == (1, 2)
    have = next(one for one in readiness(Prepared(draft)).materials if one.need.code == "scheme_text")
    assert have.rows == [second] and have.older == [first]
    assert services.hand_in(builder, draft, "scheme_text", kept(pdf("2")), "方案二.pdf") == second  # the same again is no new version


def test_only_deferrable_materials_can_be_promised(draft: Draft, builder: Actor) -> None:
    services.answer_situation(builder, draft, {"basement": True})
    with pytest.raises(BadInput, match="不能容缺"):
        services.commit_later(builder, draft, "scheme_text")


def test_a_stranger_sees_and_touches_nothing(draft: Draft, builder: Actor) -> None:
    stranger = make_actor("builder")
    make_applicant(stranger)
    fill(builder, draft)
    calls = (
        lambda who: services.save_answers(who, draft, {"far": 1}),
        lambda who: services.hand_in(who, draft, "scheme_text", kept(pdf()), "x.pdf"),
        lambda who: services.file_draft(who, draft),
        lambda who: services.sign_draft(who, draft),
        lambda who: services.start_draft(who, draft.project, "1", "gov_building"),
        lambda who: services.file_stage(who, draft.project, "2", "gov_building", {}),
    )
    for call in calls:
        with pytest.raises(Refused):
            call(stranger)
    with pytest.raises(NotFound):
        applicants.draft(stranger, draft.pk)
    application = services.file_draft(builder, draft)
    for refused in (
        lambda: services.withdraw_stage(stranger, application, "不办了"),
        lambda: services.amend_form(stranger, application, {"far": 0.7}),
        lambda: services.rate(stranger, application, 5),
        lambda: services.hand_in(stranger, application, "scheme_text", kept(pdf()), "x.pdf"),
    ):
        with pytest.raises(Refused):
            refused()
    assert list(applicants.applications(stranger)) == [] and list(applicants.applications(builder)) == [application]


def test_an_agent_files_only_what_an_owner_has_signed_and_a_change_voids_it(draft: Draft, builder: Actor) -> None:
    agent = make_actor("builder")
    from lantu.accounts.models import User

    user = User.objects.get(pk=agent.user_id)
    services.name_agent(builder, draft.applicant, user.username, identity="11010519491231002X", phone="13800000000")
    fill(agent, draft)
    with pytest.raises(Conflict) as caught:
        services.file_draft(agent, draft)
    assert [gap["code"] for gap in caught.value.values["gaps"]] == ["owner"]
    with pytest.raises(Refused):
        services.sign_draft(agent, draft)
    services.sign_draft(builder, draft)
    services.save_answers(agent, draft, {"far": 0.79})
    with pytest.raises(Conflict):
        services.file_draft(agent, draft)
    services.sign_draft(builder, draft)
    assert services.file_draft(agent, draft).applicant == draft.applicant


def test_an_agent_of_one_project_sees_only_that_one(draft: Draft, builder: Actor) -> None:
    other = make_project()
    make_applicant(builder, other)
    made = services.name_agent(
        builder, draft.applicant, "agent-1", full_name="李工", identity="11010519491231002X", phone="13800000000",
        password="a-Long-pass-77", project=other,
    )  # fmt: skip
    agent = Actor(made.user_id, "李工", builder.post, "page")
    assert list(applicants.projects(agent)) == [other]
    with pytest.raises(Refused):
        services.save_answers(agent, draft, {"far": 1})
    services.end_agent(builder, made)
    assert not applicants.projects(agent).exists()
    with pytest.raises(Conflict, match="至少要有一名"):
        services.end_agent(builder, Membership.objects.get(user_id=builder.user_id))


def test_a_unit_registers_itself_with_a_checked_name(settings: object) -> None:
    class Service:
        name = "实名"

        def verify(self, full_name: str, identity: str) -> RealName:
            return RealName(full_name == "王某", "R-1")

    facts = {**UNIT, "username": "unit-a"}
    real_names.register("test", Service())
    try:
        with pytest.raises(BadInput, match="实名核验"):
            services.register_unit(system(), full_name="张某", identity="11010519491231002X", **facts)
        made = services.register_unit(system(), full_name="王某", identity="11010519491231002X", **facts)
    finally:
        real_names.unregister("test")
    assert (made.kind, made.real_name_by, made.identity_tail) == ("owner", "实名", "002X") and "1101051949" not in made.identity_print
    with pytest.raises(Conflict, match="已经注册"):
        services.register_unit(system(), full_name="王某", identity="11010519491231002X", **{**facts, "username": "unit-b"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"uscc": "91350100M000100Y44"}, "不是统一社会信用代码"),
        ({"identity": "110105194912310021"}, "身份证件"),
        ({"phone": "１３８"}, "手机"),
        ({"password": "123"}, "密码"),
        ({"full_name": " "}, "姓名"),
    ],
)
def test_wrong_facts_of_a_registration_are_named(change: dict[str, str], words: str) -> None:
    facts = {**UNIT, "username": "u", "full_name": "王某", "identity": "11010519491231002X"}
    with pytest.raises(BadInput, match=words):
        services.register_unit(system(), **{**facts, **change})


def test_another_release_keeps_answers_apart_from_what_was_derived(draft: Draft, builder: Actor) -> None:
    from lantu.approvals.models import DefinitionRelease

    fill(builder, draft)
    old = dict(draft.answers)
    content = DefinitionRelease.objects.get(state="published").content
    DefinitionRelease.objects.update(state="outdated")
    items = {
        code: {**item, "fields": {f: v for f, v in (item.get("fields") or {}).items() if f != "far"}}
        for code, item in content["items"].items()
    }
    make_definition(fields=without_far(content["fields"]), items=items)
    with pytest.raises(Conflict) as caught:
        services.file_draft(builder, draft)
    assert caught.value.code == "other-release"
    services.refresh_draft(builder, draft)
    assert draft.answers == old and "far" not in Prepared(draft).values  # kept aside, not lost, not filed
    application = services.file_draft(builder, draft)
    assert "far" not in FormData.objects.get(application=application).answers


def test_a_correction_is_answered_with_a_new_version(draft: Draft, builder: Actor) -> None:
    window = make_actor("window", "ZWZX")
    application = services.file_draft(builder, fill(builder, draft))
    services.ask_correction(window, branch(application, "scheme"), "总平面图缺指北针")
    made = services.hand_in(builder, application, "scheme_drawing", kept(DWG + b"2"), "总平面二.dwg")
    assert made.version == 2
    form = services.amend_form(builder, application, {"far": 0.75})
    assert form.number == 2 and form.values["far"] == 0.75
    with pytest.raises(BadInput):
        services.amend_form(builder, application, {"far": 99})
    with pytest.raises(BadInput, match="平台取得"):
        services.amend_form(builder, application, {"uscc": "x"})
    services.answer_correction(builder, branch(application, "scheme"), "已补")
    for item in ("scheme", "defence", "preliminary"):
        services.accept(window, branch(application, item))
    with pytest.raises(Conflict, match="不需要交"):
        services.hand_in(builder, application, "scheme_drawing", kept(DWG + b"3"), "总平面三.dwg")


def test_withdrawing_the_whole_asks_for_a_reason_and_rating_for_a_result(draft: Draft, builder: Actor) -> None:
    application = services.file_draft(builder, fill(builder, draft))
    with pytest.raises(Conflict, match="办结之后"):
        services.rate(builder, application, 5)
    with pytest.raises(BadInput):
        services.withdraw_stage(builder, application, " ")
    services.withdraw_stage(builder, application, "方案重做")
    assert application.state == StageApplication.State.WITHDRAWN
    with pytest.raises(BadInput):
        services.rate(builder, application, 6)
    services.rate(builder, application, 4, "快")
    with pytest.raises(Conflict, match="已经评价"):
        services.rate(builder, application, 4)


def test_two_people_filling_different_fields_both_keep_theirs(draft: Draft, builder: Actor) -> None:
    seen = draft.version
    services.save_answers(builder, draft, {"far": 0.8}, version=seen)
    services.save_answers(builder, draft, {"height_m": 20}, version=seen)
    with pytest.raises(Conflict) as caught:
        services.save_answers(builder, draft, {"far": 0.7}, version=seen)
    assert caught.value.values["theirs"] == {"far": 0.8} and draft.answers == {"far": 0.8, "height_m": 20}
