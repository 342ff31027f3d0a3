"""What somebody who waits for a lock saw before it is old afterwards: the verbs decide by what is there now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps

from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import (
    DWG,
    approve,
    branch,
    codes,
    fill,
    kept,
    make_applicant,
    make_definition,
    make_draft,
    make_project,
    make_stage,
    people,
)
from lantu.approvals.models import CounterPaper, DefinitionRelease, Draft, Inquiry, StageResult
from lantu.approvals.permits import permit_office
from lantu.approvals.services.issuing import hold_correction, hold_results, record_correction, record_results
from lantu.casework.factories import make_calendar
from lantu.casework.models import Consultation, Task
from lantu.casework.services import close_task, hand_over, reply
from lantu.core.errors import Conflict
from lantu.core.tests.together import behind
from lantu.documents.factories import make_seal, person, small_city

pytestmark = pytest.mark.django_db(transaction=True)


def names(found: list[Any]) -> list[str]:
    return [type(one).__name__ for one in found]


def test_a_draft_that_is_brought_to_a_new_release_meanwhile_is_found_and_filed_by_what_is_in_force() -> None:
    make_calendar()
    make_definition()
    who = people()
    draft = fill(who["builder"], make_draft(who["builder"]))
    DefinitionRelease.objects.update(state="outdated")
    make_definition()
    mine = Draft.objects.get()
    found = behind(lambda: services.refresh_draft(who["builder"], draft), lambda: services.save_answers(who["builder"], mine, {"far": 0.7}))
    assert names(found) == ["Draft", "Draft"]
    kept_now = Draft.objects.get()
    assert kept_now.definition == DefinitionRelease.objects.get(state="published") and kept_now.answers["far"] == 0.7

    # the release in force changes while the filing waits: it is not filed by the one that was
    def publish() -> None:
        services.save_answers(who["builder"], draft, {"far": 0.8})
        DefinitionRelease.objects.filter(state="published").update(state="outdated")

    _saved, filed = behind(publish, lambda: services.file_draft(who["builder"], Draft.objects.get()))
    assert isinstance(filed, Conflict) and filed.code == "other-release"


def test_a_branch_that_goes_over_meanwhile_is_not_decided_by_who_had_it() -> None:
    who = people()
    stage = make_stage(who["builder"])
    services.accept(who["window"], branch(stage, "defence"))
    seen = branch(stage, "defence")
    _moved, begun = behind(
        lambda: services.transfer(who["GH.decider"], branch(stage, "defence"), "WWJ", "职责"),
        lambda: services.start_work(who["RFB.reviewer"], seen),
    )
    assert isinstance(begun, Conflict) and begun.code == "changed" and codes(seen) == [1, 3]
    services.start_work(who["WWJ.reviewer"], branch(stage, "defence"))

    # a task that is handed to a colleague meanwhile is not closed by who had it
    task = Task.objects.get(kind="approvals.review", department="WWJ", is_open=True)
    from lantu.accounts.models import User
    from lantu.casework.factories import make_actor

    other = User.objects.get(pk=make_actor("reviewer", "WWJ").user_id or 0)
    old = Task.objects.get(pk=task.pk)
    given, closed = behind(
        lambda: hand_over(who["WWJ.reviewer"], Task.objects.get(pk=task.pk), person=other), lambda: close_task(who["WWJ.reviewer"], old)
    )
    task.refresh_from_db()
    assert not isinstance(given, Conflict) and isinstance(closed, Conflict) and task.is_open

    # withdrawn as a whole while a part of it is filed again: nothing is left open
    approve(who, stage, "scheme", Code.REJECTED)
    _again, gone = behind(
        lambda: services.file_again(who["builder"], branch(stage, "scheme")),
        lambda: services.withdraw_stage(who["builder"], replaced(stage), "不办了"),
    )
    assert not isinstance(gone, Conflict) and branch(stage, "scheme").round == 2
    assert branch(stage, "scheme").state == Code.WITHDRAWN_BEFORE


def replaced(stage: Any) -> Any:
    return type(stage).objects.get(pk=stage.pk)


def test_a_paper_and_its_scan_are_compared_once() -> None:
    who = people()
    stage = make_stage(who["builder"])
    paper = services.take_paper(who["window"], stage, "scheme_drawing", kept(DWG), "x.dwg", title="图", brought_by="王工")
    for again in (
        lambda: services.compare_paper(who["window"], CounterPaper.objects.get()),
        lambda: services.check_original(who["window"], paper.material),
    ):
        type(paper.material).objects.update(checked_at=None)
        _first, second = behind(lambda: services.compare_paper(who["window"], CounterPaper.objects.get()), again)
        assert isinstance(second, Conflict)


def test_what_a_department_says_while_the_answer_is_sent_is_in_it_or_refused() -> None:
    make_calendar()
    make_definition()
    who = people()
    project = make_project()
    make_applicant(who["builder"], project)
    services.open_inquiry(who["builder"], "2", "gov_building", "问", {"basement": True}, project=project)
    services.route_inquiry(who["window"], Inquiry.objects.get(), ["GH"])
    reply(who["GH.reviewer"], Consultation.objects.get().requests.get(), "agree", reason="可以")
    _changed, answered = behind(
        lambda: reply(who["GH.reviewer"], Consultation.objects.get().requests.get(), "disagree", reason="超高", law="规划"),
        lambda: services.answer_inquiry(who["window"], Inquiry.objects.get(), "可以"),
    )
    assert [line["reason"] for line in answered.lines] == ["超高"]
    late = reply_or_error(who)
    assert isinstance(late, Conflict)


def reply_or_error(who: Any) -> Any:
    try:
        return reply(who["GH.reviewer"], Consultation.objects.get().requests.get(), "agree", reason="可以")
    except Conflict as error:
        return error


def test_what_is_revoked_while_its_certificate_is_made_or_corrected_leaves_none_in_force() -> None:
    who = people()
    small_city()
    who["GH.decider"] = decider = person("decider", "GH")
    make_seal("GH")
    stage = make_stage(who["builder"])
    for item in ("defence", "preliminary", "scheme", "works_permit"):
        approve(who, stage, item)
    permit = stage.results.get(kind="certificate")
    certificates = apps.get_model("certificates", "Certificate").objects
    hold_results(decider, stage, {permit.pk: {"scale": "50,294 ㎡"}})
    permit.refresh_from_db()

    # while it is being sealed it cannot be revoked; before, its number is dropped
    claimed = apps.get_model("certificates", "Certificate").objects.filter(pk=permit.reference)
    from django.utils import timezone

    claimed.update(claimed_at=timezone.now())
    with pytest.raises(Conflict):
        services.revoke(decider, branch(stage, "works_permit"), "材料虚假")
    claimed.update(claimed_at=None)
    permit_office().issue_together(decider, [permit.reference])
    stage.results.update(state="out")

    # a correction is issued, and the approval revoked before that is written down
    data = {"scale": "50,280 ㎡"}
    successor = hold_correction(decider, stage, permit, data, "面积写错")
    permit_office().issue_together(decider, [successor.reference])
    services.revoke(decider, branch(stage, "works_permit"), "材料虚假")
    with pytest.raises(Conflict):
        record_correction(decider, StageResult.objects.get(pk=permit.pk), successor.reference, data, "面积写错")
    permit.refresh_from_db()
    assert permit.state == "revoked" and set(certificates.values_list("state", flat=True)) == {"03"}


def test_what_was_only_prepared_is_dropped_with_the_approval() -> None:
    who = people()
    small_city()
    decider = replace(person("decider", "GH"), name="审定人")
    stage = make_stage(who["builder"])
    for item in ("defence", "preliminary", "scheme", "works_permit"):
        approve(who, stage, item)
    permit = stage.results.get(kind="certificate")
    hold_results(decider, stage, {permit.pk: {"scale": "50,294 ㎡"}})
    with pytest.raises(Conflict):  # held, not issued: it is not made
        record_results(decider, stage, [permit.pk])
    permit.refresh_from_db()
    assert (permit.state, permit.made_at) == ("due", None)
    services.revoke(decider, branch(stage, "works_permit"), "材料虚假")
    assert apps.get_model("certificates", "Certificate").objects.get().state == "0X"
