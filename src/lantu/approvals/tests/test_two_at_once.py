"""Two who press the same button, or two buttons that exclude each other, in the same moment: one is done, the other is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps

from lantu.accounts.models import User
from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import (
    approve,
    branch,
    codes,
    make_applicant,
    make_definition,
    make_project,
    make_stage,
    people,
)
from lantu.approvals.models import (
    CatalogueDraft,
    Draft,
    Handover,
    Inquiry,
    JointPart,
    StageResult,
)
from lantu.approvals.services import cataloguing
from lantu.casework.factories import make_actor, make_calendar, make_department
from lantu.casework.models import Consultation
from lantu.core.errors import LantuError
from lantu.core.models import OutboxEvent
from lantu.core.tests.together import at_once
from lantu.documents.factories import make_seal, person, small_city
from lantu.documents.models import Seal
from lantu.documents.services import grant_seal, is_sealed

pytestmark = pytest.mark.django_db(transaction=True)


def told(done: list[Any]) -> list[bool]:
    """Which were refused."""
    return sorted(isinstance(one, LantuError) for one in done)


def race(*acts: Callable[[], Any]) -> list[Any]:
    done = at_once(*acts)
    assert told(done) == [False] + [True] * (len(acts) - 1), done
    return done


def test_over_branches_and_the_stage() -> None:
    who = people()
    for code in ("QX-GH",):
        make_department(code)
    stage = make_stage(who["builder"])
    scheme, defence, preliminary = (branch(stage, item) for item in ("scheme", "defence", "preliminary"))
    from lantu.accounts.models import Department

    Department.objects.filter(code="QX-GH").update(region=stage.project.region)

    race(*[lambda: services.precheck(who["GH.reviewer"], stage, "请注意高度")] * 2)
    for row in (scheme, defence, preliminary):
        services.accept(who["window"], row)
    race(*[lambda: services.start_work(who["GH.reviewer"], branch(stage, "scheme"))] * 2)
    race(*[lambda: services.invite_joint(who["GH.reviewer"], branch(stage, "scheme"), "QX-GH", "问")] * 2)
    part, district = JointPart.objects.get(), make_actor("reviewer", "QX-GH")
    race(
        lambda: services.give_joint(district, JointPart.objects.get(), "agree", "同意"),
        lambda: services.waive_joint(who["GH.decider"], branch(stage, "scheme"), JointPart.objects.get(), "不再等"),
    )
    part.refresh_from_db()
    assert part.state in ("given", "waived")
    # a verdict against a withdrawal
    services.review(who["GH.reviewer"], scheme, Code.APPROVED, "同意")
    race(
        lambda: services.decide(who["GH.decider"], branch(stage, "scheme"), Code.APPROVED),
        lambda: services.withdraw(who["builder"], branch(stage, "scheme"), "不办了"),
    )
    assert codes(scheme)[-1] in (Code.APPROVED, Code.WITHDRAWN) and len(codes(scheme)) == 4
    # two hand a branch over to different departments: both in turn is right, and each is on record
    done = at_once(
        lambda: services.transfer(who["GH.decider"], branch(stage, "defence"), "WWJ", "职责"),
        lambda: services.transfer(who["GH.decider"], branch(stage, "defence"), "FGW", "职责"),
    )
    assert told(done) == [False, False]
    moved = list(Handover.objects.filter(branch=defence, kind="transferred").values_list("by_department", "to"))
    defence.refresh_from_db()
    assert moved[0][0] == "RFB" and moved[1] == (moved[0][1], defence.department)
    # withdrawn as a whole, while the lead would conclude
    done = at_once(
        lambda: services.withdraw_stage(who["builder"], stage, "不办了"),
        lambda: services.conclude_stage(who["GH.decider"], stage, "意见"),
    )
    stage.refresh_from_db()
    assert not isinstance(done[0], Exception) and stage.state in ("withdrawn", "open")


def test_over_the_end_of_a_stage() -> None:
    who = people()
    stage = make_stage(who["builder"])
    approve(who, stage, "defence", Code.REJECTED)
    race(*[lambda: services.file_again(who["builder"], branch(stage, "defence"))] * 2)
    for item in ("defence", "scheme"):
        approve(who, stage, item)
    for item in ("preliminary", "works_permit"):
        row = branch(stage, item)
        services.accept(who["window"], row)
        holder = row.department
        services.start_work(who[f"{holder}.reviewer"], row)
        services.review(who[f"{holder}.reviewer"], row, Code.APPROVED, "同意")
        services.decide(who[f"{holder}.decider"], row, Code.APPROVED)
    stage.refresh_from_db()
    assert stage.state == "approved"
    race(*[lambda: services.conclude_stage(who["GH.decider"], stage, "综合意见")] * 2)
    # handed over at the desk while the applicant signs online
    small_city()
    result = stage.results.get(branch=branch(stage, "scheme"))
    stage.results.filter(pk=result.pk).update(state="out")
    race(
        lambda: services.deliver(who["window"], StageResult.objects.get(pk=result.pk), "counter", "张三"),
        lambda: services.receive_results(who["builder"], stage, "王工"),
    )
    race(*[lambda: services.file_objection(who["builder"], branch(stage, "defence"), "异议")] * 2)
    other = make_actor("decider", "RFB")
    race(*[lambda: services.answer_objection(other, branch(stage, "defence"), False, "不成立")] * 2)
    race(*[lambda: services.rate(who["builder"], stage, 5)] * 2)
    race(*[lambda: services.revoke(who["RFB.decider"], branch(stage, "defence"), "错误")] * 2)


def test_over_results_that_are_made_concluded_corrected_and_revoked() -> None:
    who = people()
    small_city()
    keeper, other = person("secadmin"), make_actor("decider", "GH")
    for code in ("GH", "RFB"):
        who[f"{code}.decider"] = person("decider", code)
        seal = make_seal(code)
    grant_seal(keeper, Seal.objects.get(department="GH"), User.objects.get(pk=other.user_id or 0))
    assert seal.department == "RFB"
    stage = make_stage(who["builder"])
    for item in ("defence", "preliminary", "scheme", "works_permit"):
        approve(who, stage, item)
    stage.results.filter(branch__department="FGW").update(state="ready")
    permit = stage.results.get(kind="certificate")

    # two deciders of one department make its results
    data = {permit.pk: {"scale": "50,294 ㎡"}}
    done = at_once(*[lambda one=one: services.make_results(one, stage, data) for one in (who["GH.decider"], other)])  # type: ignore[misc]
    assert False in told(done), done
    made = {row.kind: row for row in stage.results.filter(branch__department="GH")}
    assert {row.state for row in made.values()} == {"ready"} and made["certificate"].number.startswith("建字第")
    certificates = apps.get_model("certificates", "Certificate").objects
    assert certificates.count() == 1 and certificates.get().state == "01"
    paper = made["decision"].paper
    assert paper is not None and is_sealed(paper)

    # the lead concludes while the last department makes its result: all go out, once
    done = at_once(
        lambda: services.conclude_stage(other, stage, "综合意见"),
        lambda: services.make_results(who["RFB.decider"], stage),
    )
    assert told(done) == [False, False]
    alone = stage.results.get(branch__department="RFB").paper
    assert alone is not None and paper.versions.count() == alone.versions.count()  # sealed once, as what one made alone
    assert set(stage.results.values_list("state", flat=True)) == {"out"} and stage.results.values("out_at").distinct().count() == 1
    assert OutboxEvent.objects.filter(name="approvals.results_out").count() == 1

    # corrected by two with the same words: one successor; then revoked while it is handed over
    wrong = StageResult.objects.get(pk=permit.pk)
    done = at_once(
        *[lambda one=one: services.correct_result(one, wrong, {"scale": "50,280 ㎡"}, "面积写错") for one in (who["GH.decider"], other)]  # type: ignore[misc]
    )
    assert False in told(done), done
    permit.refresh_from_db()
    assert certificates.count() == 2 and permit.data["scale"] == "50,280 ㎡" and certificates.get(pk=permit.reference).state == "01"
    done = at_once(
        lambda: services.deliver(who["window"], permit, "counter", "张三"),
        lambda: services.revoke(other, branch(stage, "works_permit"), "材料虚假"),
    )
    permit.refresh_from_db()
    assert told(done)[0] is False and permit.state == "revoked" and certificates.get(pk=permit.reference).state == "03"


def test_over_the_catalogue_one_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    release = make_definition()
    draft = CatalogueDraft.objects.create(city="test", base=release.pack, text="x", state="submitted")
    for name in ("text_of", "clean", "write_pack", "load_pack"):
        monkeypatch.setattr(cataloguing, name, lambda *_given: None)  # the draft's lock is what is looked at, not loading a pack
    monkeypatch.setattr(cataloguing.selectors, "pack", lambda: release.pack)
    monkeypatch.setattr(cataloguing, "publish_definition", lambda _actor: release)
    first, second = make_actor("sysadmin"), make_actor("sysadmin")
    race(lambda: services.publish_catalogue(first, draft), lambda: services.publish_catalogue(second, draft))


def test_over_questions_before_filing() -> None:
    make_calendar()
    make_definition()
    who = people()
    project = make_project()
    make_applicant(who["builder"], project)
    inquiry = services.open_inquiry(who["builder"], "2", "gov_building", "问", {"basement": True}, project=project)
    race(*[lambda: services.route_inquiry(who["window"], Inquiry.objects.get(), ["GH"])] * 2)
    request = Consultation.objects.get().requests.get()
    from lantu.casework.services import reply

    reply(who["GH.reviewer"], request, "agree", reason="可以")
    race(
        lambda: services.answer_inquiry(who["window"], Inquiry.objects.get(), "可以"),
        lambda: services.withdraw_inquiry(who["builder"], Inquiry.objects.get(), "不问了"),
    )
    inquiry.refresh_from_db()
    assert inquiry.state in ("answered", "withdrawn")
    Inquiry.objects.update(state="answered")
    done = at_once(*[lambda: services.draft_from_inquiry(who["builder"], Inquiry.objects.get())] * 2)
    assert told(done) == [False, False] and Draft.objects.count() == 1


RACED = (
    "accept answer_filing precheck start_work invite_joint give_joint waive_joint review decide withdraw transfer "
    "withdraw_stage conclude file_again deliver receive_results object answer_objection rate revoke hold_results "
    "record_results correct_result record_correction publish_catalogue route_inquiry answer_inquiry withdraw_inquiry "
    "draft_from_inquiry heal"
)
"""The verbs that the stories of this file try."""
