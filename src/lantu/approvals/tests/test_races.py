"""Two at once over one stage: one wins, the other is told, and the stage has one result."""

from __future__ import annotations

import pytest

from lantu.approvals import services
from lantu.approvals.events import Code
from lantu.approvals.factories import approve, branch, codes, make_stage, people
from lantu.approvals.models import StageApplication
from lantu.approvals.services.window import Answer
from lantu.casework.models import Clock
from lantu.core.errors import Conflict, LantuError
from lantu.core.models import OutboxEvent
from lantu.core.tests.together import at_once


@pytest.mark.django_db(transaction=True)
def test_who_comes_second_is_told_and_the_stage_concludes_once() -> None:
    who = people()
    stage = make_stage(who["builder"])
    scheme, defence, preliminary = (branch(stage, item) for item in ("scheme", "defence", "preliminary"))

    # two clerks answer the same filing
    answers = {row.pk: Answer("accept") for row in (scheme, defence)}
    done = at_once(*[lambda: services.accept(who["window"], branch(stage, "defence"))] * 2)
    assert sorted(isinstance(one, Conflict) for one in done) == [False, True], done
    assert codes(defence) == [1, 3]
    assert Clock.objects.filter(title="人防工程设计方案审查").count() == 1
    done = at_once(*[lambda: services.answer_filing(who["window"], stage, {preliminary.pk: Answer("refuse")})] * 2)
    assert all(isinstance(one, LantuError) for one in done) and answers  # both lack the reason: nothing was written
    assert codes(preliminary) == [1]

    # two deciders of one branch, with opposite verdicts
    row = branch(stage, "defence")
    services.start_work(who["RFB.reviewer"], row)
    services.review(who["RFB.reviewer"], row, Code.APPROVED, "同意")
    done = at_once(
        lambda: services.decide(who["RFB.decider"], branch(stage, "defence"), Code.APPROVED),
        lambda: services.decide(who["RFB.decider"], branch(stage, "defence"), Code.REJECTED, "不同意"),
    )
    assert sorted(isinstance(one, Conflict) for one in done) == [False, True], done
    verdict = codes(defence)[-1]
    assert len(codes(defence)) == 4 and verdict in (Code.APPROVED, Code.REJECTED)

    # the last two branches conclude in the same second: the stage has one result, said once
    refused = verdict == Code.REJECTED
    approve(who, stage, "scheme")
    for item in ("preliminary",) if refused else ("preliminary", "works_permit"):
        row = branch(stage, item)
        services.accept(who["window"], row)
        services.start_work(who[f"{row.department}.reviewer"], row)
        services.review(who[f"{row.department}.reviewer"], row, Code.APPROVED, "同意")
    if not refused:
        done = at_once(
            lambda: services.decide(who["FGW.decider"], branch(stage, "preliminary"), Code.APPROVED),
            lambda: services.decide(who["GH.decider"], branch(stage, "works_permit"), Code.APPROVED),
        )
        assert not any(isinstance(one, LantuError) for one in done), done
    else:
        services.decide(who["FGW.decider"], branch(stage, "preliminary"), Code.APPROVED)
    stage = StageApplication.objects.get(pk=stage.pk)
    assert stage.state == ("rejected" if refused else "approved")
    assert OutboxEvent.objects.filter(name="approvals.stage_concluded").count() == 1
    assert stage.clock is not None and stage.clock.ended_on is not None
