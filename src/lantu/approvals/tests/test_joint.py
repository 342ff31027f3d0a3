"""Joint handling between city and district: who may be asked, the part's own time, and no verdict while a part is open."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from lantu.accounts.models import Department, User
from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import at, branch
from lantu.approvals.models import Branch, JointPart, StageApplication
from lantu.approvals.permissions import visible
from lantu.approvals.picture import case_picture
from lantu.approvals.selectors.telling import happened
from lantu.approvals.words import Words
from lantu.casework.factories import make_actor, make_department
from lantu.casework.models import Task
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused

pytestmark = pytest.mark.django_db
Who = dict[str, Actor]


@pytest.fixture
def district(stage: StageApplication, who: Who) -> Department:
    """A department of the project's district, with a reviewer and a decider."""
    found = make_department("QX-GH")
    Department.objects.filter(pk=found.pk).update(region=stage.project.region, name_zh="区自然资源局", short_zh="区自然资源局")
    who["QX-GH.reviewer"], who["QX-GH.decider"] = make_actor("reviewer", "QX-GH"), make_actor("decider", "QX-GH")
    found.refresh_from_db()
    return found


@pytest.fixture
def row(stage: StageApplication, who: Who, district: Department) -> Branch:
    """The design scheme, in work with the city's department since 21 September 2018, ten working days."""
    found = branch(stage, "scheme")
    with at("2018-09-21"):
        services.accept(who["window"], found)
        services.start_work(who["GH.reviewer"], found)
    return found


def invite(who: Who, row: Branch, **more: Any) -> JointPart:
    with at("2018-09-21"):
        return services.invite_joint(who["GH.reviewer"], row, more.pop("department", "QX-GH"), "退线和道路开口是否可行", **more)


def test_a_part_has_its_own_time_and_holds_the_verdict_until_it_is_given(row: Branch, who: Who) -> None:
    assert not visible(who["QX-GH.reviewer"]).exists()
    part = invite(who, row)
    assert part.clock is not None and row.clock is not None and part.clock.due_on is not None and row.clock.due_on is not None
    assert part.clock.limit == 5 and part.clock.due_on <= row.clock.due_on
    task = Task.objects.get(kind="approvals.joint", is_open=True)
    assert (task.department, task.due_on) == ("QX-GH", part.clock.due_on)
    assert visible(who["QX-GH.reviewer"]).filter(pk=row.application_id).exists()
    with at("2018-09-25"):
        services.review(who["GH.reviewer"], row, Code.APPROVED, "同意")
        with pytest.raises(Conflict, match="联办意见还没有出具"):
            services.decide(who["GH.decider"], row, Code.APPROVED)
        assert "区自然资源局" in case_picture(row.application, Words())
        services.give_joint(who["QX-GH.reviewer"], part, "conditions", "开口应避让路口 50 米")
        assert not Task.objects.filter(kind="approvals.joint", is_open=True).exists()
        part.clock.refresh_from_db()
        assert part.state == "given" and part.clock.ended_on is not None
        services.decide(who["GH.decider"], row, Code.APPROVED)
    texts = "；".join(one.text for one in happened(row.application))
    assert "联办 → 区自然资源局" in texts and "区自然资源局已出具（有条件同意）" in texts


def test_only_a_decider_goes_on_without_a_part_and_says_why(row: Branch, who: Who) -> None:
    part = invite(who, row)
    with at("2018-09-25"):
        with pytest.raises(Refused):
            services.waive_joint(who["GH.reviewer"], row, part, "来不及")
        with pytest.raises(Refused):
            services.waive_joint(who["QX-GH.decider"], row, part, "来不及")
        with pytest.raises(BadInput):
            services.waive_joint(who["GH.decider"], row, part, " ")
        services.waive_joint(who["GH.decider"], row, part, "区局来函不涉及其职责")
        with pytest.raises(Conflict):
            services.give_joint(who["QX-GH.reviewer"], part, "agree", "同意")
        services.review(who["GH.reviewer"], row, Code.APPROVED, "同意")
        services.decide(who["GH.decider"], row, Code.APPROVED)
    assert not Task.objects.filter(kind="approvals.joint", is_open=True).exists()


def test_a_withdrawn_branch_takes_its_open_parts_with_it(row: Branch, who: Who) -> None:
    part = invite(who, row)
    with at("2018-09-25"):
        services.withdraw(who["builder"], row, "改方案")
    part.refresh_from_db()
    assert part.state == "void" and part.clock is not None and part.clock.ended_on is not None
    assert not Task.objects.filter(kind="approvals.joint", is_open=True).exists()


def test_the_district_asks_the_city_in_turn(row: Branch, who: Who) -> None:
    with at("2018-09-21"):
        services.transfer(who["GH.decider"], row, "QX-GH", "属区级权限")
        with pytest.raises(BadInput):  # two of one level do not handle jointly
            services.invite_joint(who["QX-GH.reviewer"], row, "QX-GH", "问")
        part = services.invite_joint(who["QX-GH.reviewer"], row, "WWJ", "是否影响文物")
        services.give_joint(who["WWJ.reviewer"], part, "agree", "不影响")
    texts = "；".join(one.text for one in happened(row.application))
    assert "移交 → 区自然资源局" in texts


def test_who_may_not_ask_or_give_and_what_is_wrong(row: Branch, who: Who, stage: StageApplication) -> None:
    with pytest.raises(Refused):
        services.invite_joint(who["RFB.reviewer"], row, "QX-GH", "问")
    with at("2018-09-21"):
        for wrong in (
            lambda: services.invite_joint(who["GH.reviewer"], row, "WWJ", "问"),  # of the same level
            lambda: services.invite_joint(who["GH.reviewer"], row, "QX-GH", " "),
            lambda: services.invite_joint(who["GH.reviewer"], row, "QX-GH", "问", 6),  # more than the pack allows
        ):
            with pytest.raises(BadInput):
                wrong()
        defence = branch(stage, "defence")
        services.accept(who["window"], defence)
        with pytest.raises(Conflict, match="不能市区联办"):
            services.invite_joint(who["RFB.reviewer"], defence, "QX-GH", "问")
    with at("2018-10-15"), pytest.raises(Conflict, match="不够联办"):  # the branch's own time is over
        services.invite_joint(who["GH.reviewer"], row, "QX-GH", "问")
    part = invite(who, row)
    with pytest.raises(Conflict):
        invite(who, row)
    with pytest.raises(Refused):
        services.give_joint(who["GH.reviewer"], part, "agree", "同意")
    for verdict, opinion, basis in (("maybe", "x", ""), ("agree", " ", ""), ("disagree", "不行", "")):
        with at("2018-09-25"), pytest.raises(BadInput):
            services.give_joint(who["QX-GH.reviewer"], part, verdict, opinion, basis)


def test_by_pages_and_api(row: Branch, who: Who) -> None:
    def signed_in(actor: Actor) -> Client:
        client = Client()
        client.force_login(User.objects.get(pk=actor.user_id or 0))
        return client

    page = row.get_absolute_url()
    city, there = signed_in(who["GH.reviewer"]), signed_in(who["QX-GH.reviewer"])
    with at("2018-09-21"):
        assert "发起市区联办" in city.get(page).content.decode()
        asked = city.post(page, {"act": "invite_joint", "invite_joint-department": "QX-GH", "invite_joint-question": "开口"})
        assert asked.status_code == 302
        assert "出具联办意见" in there.get(page).content.decode() and "开口" in city.get(page).content.decode()
        assert "区自然资源局" in city.get(row.application.get_absolute_url()).content.decode()
        assert there.post(page, {"act": "give_joint", "give_joint-verdict": "disagree", "give_joint-opinion": "不行"}).status_code == 200
        part = JointPart.objects.get()
        base = f"/api/v1/approvals/branches/{row.pk}/joint"
        body = json.dumps({"verdict": "agree", "opinion": "可以"})
        assert city.post(f"{base}/{part.pk}/give", body, content_type="application/json").status_code == 403
        given = there.post(f"{base}/{part.pk}/give", body, content_type="application/json")
        assert given.status_code == 200 and given.json()["state"] == "given"
        assert [one["department"] for one in city.get(base).json()] == ["QX-GH"]
        again = {"department": "QX-GH", "question": "再问", "days": 2}
        made = city.post(base, json.dumps(again), content_type="application/json")
        assert made.status_code == 201 and made.json()["due_on"]
        decider = signed_in(who["GH.decider"])
        waived = decider.post(f"{base}/{made.json()['id']}/waive", json.dumps({"text": "不涉及"}), content_type="application/json")
        assert waived.status_code == 200 and waived.json()["reason"] == "不涉及"
