"""Every other button of the room, pressed by two in the same moment: its work is done once and the other is told, or both come to the same,
or each is on record. The verbs of ``test_two_at_once`` have stories of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.conf import settings
from django.utils import timezone

from lantu.accounts.models import User
from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import DWG, branch, fill, kept, make_applicant, make_deferral, make_project, make_stage, pdf, people
from lantu.approvals.models import BranchCondition, CatalogueDraft, CounterPaper, Draft, Material, Membership, Promise, StageApplication
from lantu.approvals.services.uploading import begin_upload
from lantu.approvals.tests.test_two_at_once import race, told
from lantu.casework.factories import make_actor
from lantu.core.actor import Actor
from lantu.core.tests.together import at_once
from lantu.documents.factories import small_city

pytestmark = pytest.mark.django_db(transaction=True)
Acts = dict[str, tuple[list[bool], Callable[[], Any]]]
ONE, BOTH = [False, True], [False, False]
"""One is done and the other told; both come to the same, or each is on record."""
PRESSED = (
    "ask_correction hand_in answer_correction take_paper compare_paper return_paper check_original begin_upload "
    "call_joint_meeting co_handle tick delegate meet_condition return_review order_special end_special begin_special extend "
    "check_commitment start_draft answer_situation save_answers set_site commit_later take_back_material refresh_draft "
    "sign_draft file_draft amend_form answer_corrections refuse_acceptance not_required discard_draft file_stage "
    "file_by_client open_inquiry name_agent end_agent publish_definition start_catalogue change_catalogue edit_catalogue "
    "submit_catalogue return_catalogue discard_catalogue"
)
"""The verbs that are pressed twice, one after the other."""


def before_acceptance(who: dict[str, Actor], stage: StageApplication) -> Acts:
    """Presses on a stage that the window has not answered, in their order."""
    window, builder = who["window"], who["builder"]
    files = iter([kept(pdf(str(number))) for number in range(4)])
    paper = services.take_paper(window, stage, "scheme_drawing", kept(DWG), "x.dwg", title="图", brought_by="王工")
    online = services.hand_in(builder, stage, "defence_form", kept(pdf("form")), "x.pdf")
    return {
        "ask_correction": (ONE, lambda: services.ask_correction(window, branch(stage, "scheme"), "缺图")),
        "hand_in": (BOTH, lambda: services.hand_in(builder, stage, "scheme_text", next(files), "x.pdf")),
        "answer_correction": (ONE, lambda: services.answer_correction(builder, branch(stage, "scheme"))),
        "take_paper": (
            BOTH,
            lambda: services.take_paper(window, stage, "scheme_text", next(files), "x.pdf", title="文本", brought_by="王工"),
        ),
        "compare_paper": (ONE, lambda: services.compare_paper(window, CounterPaper.objects.get(pk=paper.pk))),
        "return_paper": (ONE, lambda: services.return_paper(window, CounterPaper.objects.get(pk=paper.pk), "王工")),
        "check_original": (ONE, lambda: services.check_original(window, Material.objects.get(pk=online.pk))),
        "begin_upload": (BOTH, lambda: begin_upload(builder, stage, "scheme_text", "大.pdf", 1000)),
        "call_joint_meeting": (BOTH, lambda: services.call_joint_meeting(who["GH.reviewer"], stage, "评审会", timezone.now())),
    }


def in_work(who: dict[str, Actor], stage: StageApplication) -> Acts:
    """Presses on a branch that its department has begun, in their order."""
    reviewer, decider = who["RFB.reviewer"], who["RFB.decider"]
    row = branch(stage, "defence")
    condition = BranchCondition.objects.create(branch=row, text="绿地率 ≥ 35 %")
    colleague = User.objects.get(pk=make_actor("reviewer", "RFB").user_id or 0)
    promise = {"text": "承诺", "signed_by_name": "张三", "signed_on": timezone.localdate(), "due_on": timezone.localdate()}
    Promise.objects.create(branch=row, kind="commitment", **promise)

    def pause() -> str:
        return str(row.events.filter(code=Code.SPECIAL_BEGINS).latest("pk").pause)

    return {
        "co_handle": (BOTH, lambda: services.co_handle(reviewer, branch(stage, "defence"), ["WWJ"], "问")),
        "tick": (BOTH, lambda: services.tick(reviewer, branch(stage, "defence"), "far", "容积率", "ok", evidence="第 3 页")),
        "delegate": (BOTH, lambda: services.delegate(reviewer, branch(stage, "defence"), colleague, "请假")),
        "meet_condition": (ONE, lambda: services.meet_condition(reviewer, row, condition, "第 3 页")),
        "return_review": (ONE, lambda: services.return_review(decider, branch(stage, "defence"), "重审")),
        "order_special": (ONE, lambda: services.order_special(reviewer, branch(stage, "defence"), "expert")),
        "end_special": (ONE, lambda: services.end_special(reviewer, branch(stage, "defence"), pause())),
        "begin_special": (BOTH, lambda: services.begin_special(reviewer, branch(stage, "defence"), "expert", "告知书")),  # may overlap
        "extend": (ONE, lambda: services.extend(decider, branch(stage, "defence"), 5, "情况复杂", "局长")),
        "check_commitment": (ONE, lambda: services.check_commitment(reviewer, branch(stage, "defence"), True, "已履行")),
    }


def of_a_draft(who: dict[str, Actor]) -> Acts:
    """Presses from an empty draft to what is filed of it, in their order; then things beside it."""
    builder, project = who["builder"], make_project()
    make_applicant(builder, project)
    sysadmin, rival = make_actor("sysadmin"), make_actor("builder")
    name = User.objects.get(pk=rival.user_id or 0).username
    given = {"full_name": "李工", "identity": "11010519491231002X", "phone": "13800000000"}
    other, third = make_project(), make_project()
    for one in (other, third):
        make_applicant(builder, one)
    exchange = make_actor("exchange")
    unwanted = services.start_draft(builder, other, "1", "gov_building")

    def draft() -> Draft:
        return Draft.objects.get(project=project)

    def catalogue() -> CatalogueDraft:
        return CatalogueDraft.objects.get()

    return {
        "start_draft": (BOTH, lambda: services.start_draft(builder, project, "2", "gov_building")),
        "answer_situation": (BOTH, lambda: services.answer_situation(builder, draft(), {"basement": True})),
        "save_answers": (BOTH, lambda: services.save_answers(builder, draft(), {"far": 0.8})),
        "set_site": (BOTH, lambda: services.set_site(builder, draft(), shapely.box(106.63, 26.64, 106.631, 26.641))),
        "commit_later": (BOTH, lambda: services.commit_later(builder, draft(), "defence_form")),
        "take_back_material": (
            BOTH,
            lambda: services.take_back_material(builder, Material.objects.get(draft=draft(), code="defence_form")),
        ),
        "refresh_draft": (BOTH, lambda: services.refresh_draft(builder, draft())),
        "sign_draft": (BOTH, lambda: services.sign_draft(builder, draft())),
        "file_draft": (ONE, lambda: services.file_draft(builder, draft())),
        "amend_form": (
            BOTH,
            lambda: services.amend_form(builder, StageApplication.objects.get(project=project), {"far": 0.7}),
        ),
        "answer_corrections": (ONE, lambda: services.answer_corrections(builder, StageApplication.objects.get(project=project))),
        "refuse_acceptance": (
            ONE,
            lambda: services.refuse_acceptance(who["window"], branch(StageApplication.objects.get(project=project), "scheme"), "不属"),
        ),
        "not_required": (
            ONE,
            lambda: services.not_required(who["window"], branch(StageApplication.objects.get(project=project), "defence"), "不需"),
        ),
        "discard_draft": (ONE, lambda: services.discard_draft(builder, unwanted)),
        "file_stage": (ONE, lambda: services.file_stage(builder, other, "2", "gov_building", {"basement": True})),
        "file_by_client": (BOTH, lambda: services.file_by_client(exchange, third, "2", "gov_building", {"basement": True})),
        "open_inquiry": (BOTH, lambda: services.open_inquiry(builder, "2", "gov_building", "问", {})),
        "name_agent": (ONE, lambda: services.name_agent(builder, make_applicant(builder), name, **given)),
        "end_agent": (BOTH, lambda: services.end_agent(builder, Membership.objects.get(user_id=rival.user_id or 0))),
        "publish_definition": (BOTH, lambda: services.publish_definition(sysadmin)),
        "start_catalogue": (BOTH, lambda: services.start_catalogue(sysadmin)),
        "change_catalogue": (ONE, lambda: services.change_catalogue(sysadmin, catalogue(), [(("items", "scheme", "days"), 9)], version=1)),
        "edit_catalogue": (ONE, lambda: services.edit_catalogue(sysadmin, catalogue(), catalogue().text + "# \n", version=2)),
        "submit_catalogue": (ONE, lambda: services.submit_catalogue(sysadmin, catalogue(), "2019-1")),
        "return_catalogue": (ONE, lambda: services.return_catalogue(sysadmin, catalogue(), "再改")),
        "discard_catalogue": (ONE, lambda: services.discard_catalogue(sysadmin, catalogue())),
    }


def press(acts: Acts, before: dict[str, Callable[[], Any]] | None = None) -> dict[str, Any]:
    """Each act twice in the same moment; what came of it otherwise than is said."""
    wrong = {}
    for name, (expected, act) in acts.items():
        if before and name in before:
            before[name]()
        done = at_once(act, act)
        if told(done) != expected:
            wrong[name] = done
    return wrong


def test_a_button_pressed_by_two_does_its_work_once() -> None:
    who = people()
    text = (Path(settings.CITIES_DIR) / "guiyang" / "approvals.yaml").read_text(encoding="utf-8")
    stage = make_stage(who["builder"])
    small_city(**{"approvals.yaml": text})
    first = before_acceptance(who, stage)
    assert press(first) == {}
    for item in ("defence", "scheme"):
        services.accept(who["window"], branch(stage, item))
    services.start_work(who["RFB.reviewer"], branch(stage, "defence"))
    second = in_work(who, stage)
    reviewed = {"return_review": lambda: services.review(who["RFB.reviewer"], branch(stage, "defence"), Code.APPROVED, "同意")}
    assert press(second, reviewed) == {}
    make_deferral(branch(stage, "scheme"))
    race(*[lambda: services.heal(who["window"], branch(stage, "scheme"))] * 2)
    third = of_a_draft(who)
    ready: dict[str, Callable[[], Any]] = {
        "sign_draft": lambda: fill(who["builder"], Draft.objects.filter(state="editing").latest("pk")),
        "answer_corrections": lambda: services.ask_correction(who["window"], branch(StageApplication.objects.latest("pk"), "scheme"), "缺"),
    }
    assert press(third, ready) == {}
    assert {*first, *second, *third} == set(PRESSED.split())
