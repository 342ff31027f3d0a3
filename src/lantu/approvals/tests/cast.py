"""Everybody there is over one case of one unit, and everything that hangs on it."""

from __future__ import annotations

from typing import Any

from lantu.accounts.roles import ROLES
from lantu.approvals import services
from lantu.approvals.factories import at, branch, kept, make_draft, make_stage, pdf
from lantu.approvals.models import CounterPaper, JointPart, Membership, Promise, StageResult
from lantu.casework.factories import make_actor, make_department
from lantu.core.actor import Actor
from lantu.core.tests import who_may


def everybody(who: dict[str, Actor]) -> dict[str, Actor]:
    named = {
        "builder": who["builder"],
        "stranger": make_actor("builder"),
        "window": who["window"],
        "lead.planner": make_actor("planner", "GH"),
        "lead.reviewer": who["GH.reviewer"],
        "lead.decider": who["GH.decider"],
        "dept.reviewer": who["RFB.reviewer"],
        "dept.decider": who["RFB.decider"],
        "part.reviewer": make_actor("reviewer", "QX"),
        "other.reviewer": who["WWJ.reviewer"],
        "other.decider": who["WWJ.decider"],
    }
    return who_may.everybody(make_actor, ROLES, named)


def things(who: dict[str, Actor]) -> dict[str, Any]:
    make_department("QX")
    with at("2018-09-20"):
        stage = make_stage(who["builder"])
        row = branch(stage, "defence")
        draft = make_draft(who["builder"])
        material = services.hand_in(who["builder"], draft, "scheme_text", kept(pdf()), "x.pdf")
        scan = services.hand_in(who["window"], stage, "scheme_text", kept(pdf("2")), "x.pdf")
        inquiry = services.open_inquiry(who["builder"], "2", "gov_building", "问", {}, project=stage.project)
    return {
        "stage": stage,
        "branch": row,
        "project": stage.project,
        "draft": draft,
        "material": material,
        "inquiry": inquiry,
        "part": JointPart.objects.create(branch=row, department="QX", question="问"),
        "paper": CounterPaper.objects.create(application=stage, material=scan, title="x"),
        "result": StageResult.objects.create(application=stage, branch=row, kind="decision", title="x"),
        "promise": Promise(branch=row),
        "member": Membership.objects.get(user_id=who["builder"].user_id or 0),
    }
