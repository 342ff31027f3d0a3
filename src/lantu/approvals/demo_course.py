"""The course of a demo case by the verbs: answered by the window, handled by its departments, concluded, made, received."""

from __future__ import annotations

from lantu.approvals import services
from lantu.approvals.demo_staff import in_post
from lantu.approvals.events import Code
from lantu.approvals.models import Branch, StageApplication
from lantu.approvals.services.window import Answer, Point
from lantu.approvals.words import definition_of
from lantu.core.actor import Actor

AGREED = "材料齐全，符合规定，同意。"


def window_answers(application: StageApplication, **answers: Answer) -> None:
    """The window answers the items by code; what has no answer of its own is accepted. The papers are sealed."""
    window = in_post("window", "ZWZX")
    waiting = application.branches.filter(state__in=(Code.RECEIVED, Code.CORRECTION_DONE))
    services.answer_filing(window, application, {row.pk: answers.get(row.item, Answer("accept")) for row in waiting})


def correction(text: str, material: str) -> Answer:
    return Answer("correct", points=[Point(text, material, "办事指南")])


def conclude(branch: Branch, code: Code = Code.APPROVED, opinion: str = AGREED, conditions: tuple[str, ...] = ()) -> None:
    """One item from acceptance to its verdict, by a reviewer and a decider of its department; conditions are ticked at once."""
    reviewer, decider = in_post("reviewer", branch.department), in_post("decider", branch.department)
    if branch.state == Code.ACCEPTED:
        services.start_work(reviewer, branch)
    law = definition_of(branch.application).items[branch.item].statutory
    basis = f"行政许可法第三十八条（法定 {law} 个工作日）" if law else "行政许可法第三十八条"
    services.review(reviewer, branch, code, opinion, basis=basis, conditions=[{"text": text} for text in conditions])
    services.decide(decider, branch, code)
    for condition in branch.conditions.filter(state="open"):
        services.meet_condition(reviewer, branch, condition, "演示 总平面图第 1 页")


def carry_through(application: StageApplication, builder: Actor) -> None:
    """From where it stands to results in the applicant's hands; every item is granted."""
    while True:
        application.refresh_from_db()
        if application.branches.filter(state__in=(Code.RECEIVED, Code.CORRECTION_DONE)).exists():
            window_answers(application)
        rows = list(application.branches.filter(state__in=(Code.ACCEPTED, Code.STARTED)).order_by("pk"))
        if not rows:
            break
        for row in rows:
            row.application = application
            conclude(row)
    hand_out(application, builder)


def hand_out(application: StageApplication, builder: Actor) -> None:
    """The lead concludes, each department makes its results, the applicant signs for them."""
    services.conclude_stage(in_post("decider", application.lead), application, "各部门意见一致，按程序办结。")
    while (due := application.results.filter(state="due").select_related("branch").first()) is not None:
        services.make_results(in_post("decider", due.branch.department), application)
    services.receive_results(builder, application, builder.name)
