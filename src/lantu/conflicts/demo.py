"""The demo city in the middle of coordination: slivers settled, critical cases decided and applied, others on their way, some not begun.

All by the verbs that people use, by the demo accounts in their posts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from django.http import QueryDict
from django.utils import timezone

from lantu.accounts.demo import demo_actor
from lantu.accounts.models import Department, User
from lantu.accounts.services import give_post
from lantu.blueprints.models import FusionRun
from lantu.casework import services as casework
from lantu.conflicts import services
from lantu.conflicts.guards import CRITICAL, unsettled
from lantu.conflicts.models import Batch, BulkAct, ConflictCase, Submission
from lantu.conflicts.pack import Step, chain, holds_step
from lantu.conflicts.services.slivers import settleable
from lantu.conflicts.states import State
from lantu.conflicts.tables import filtered
from lantu.core import jobs
from lantu.core.actor import Actor, Post, system

Tell = Callable[[float, str], None]
DOCUMENT = "演示筑府函〔{year}〕{serial}号"
ANSWERED = 12
"""Cases to which the demo departments have answered."""
ON_THE_WAY = 40
"""Cases of the second list, which is still under consultation."""


def coordinate(run: FusionRun, tell: Tell = lambda share, step: None) -> None:
    """Bring the cases of a run to where version 1.0 may go out once the decisions are fused. Done once; again it does nothing."""
    if Submission.objects.exists() or not ConflictCase.objects.filter(first_run=run).exists():
        return
    planner = demo_actor("planner")
    tell(0.02, "甄别")
    if settleable().exists():
        services.settle_slivers(planner)
    _bulk(planner, "triage", "group=triage&size=main")
    first = _list(planner, "一级冲突问题清单（演示）", ConflictCase.objects.filter(CRITICAL, state=State.TRIAGED))
    tell(0.2, "征求意见")
    _answer(first, ANSWERED)
    take_through(first, lambda share: tell(0.2 + 0.6 * share, "提出方案、协调、报审"))
    tell(0.85, "第二批")
    rest = ConflictCase.objects.filter(state=State.TRIAGED, severity=2).order_by("pk")[:ON_THE_WAY]
    second = _list(planner, "较重冲突问题清单（演示）", ConflictCase.objects.filter(pk__in=[case.pk for case in rest]))
    _answer(second, ANSWERED // 2)
    tell(1.0, "")


def finish(run: FusionRun) -> None:
    """What the decisions left of critical cases is deferred by a second document, so that a full version may go out."""
    left = ConflictCase.objects.filter(pk__in=unsettled(run).values("pk"))
    if not left.exists():
        return
    planner = demo_actor("planner")
    for case in left.filter(state=State.APPLIED, still_hit=True):
        services.redo(planner, case, "重新融合后仍命中（演示）")
        services.ask_departments(planner, case, timezone.localdate() + timedelta(days=10))
        case.refresh_from_db()
    _bulk(planner, "triage", "", [case.pk for case in left.filter(state=State.DETECTED)])
    batch = _list(planner, "落图后余下的一级冲突（演示）", left.filter(state=State.TRIAGED))
    left.filter(state=State.CONSULTING).update(batch=batch)
    take_through(batch, defer=True)


def take_through(batch: Batch, tell: Callable[[float], None] = lambda share: None, *, defer: bool = False) -> Submission | None:
    """From consultation to the map: proposed, minuted, submitted, approved, applied."""
    planner, checker = demo_actor("planner"), demo_actor("checker")
    if not defer:
        _bulk(planner, "propose", f"group=&state={State.CONSULTING}&batch={batch.pk}")
    for case in batch.cases.filter(state=State.CONSULTING):
        services.propose_deferral(planner, case, "补划地块和安置方案尚未落实，先列为遗留（演示）")
    tell(0.3)
    cases = list(batch.cases.filter(state=State.PROPOSED))
    if not cases:
        return None
    year = timezone.localdate().year
    serial = Submission.objects.count() + 1
    meeting = casework.call_meeting(
        checker, "协调会", f"{year} 年第 {serial} 次部门协调会（演示）", timezone.now(), place="市规划局三楼会议室", chair="规划局副局长"
    )
    for case in cases:
        services.to_meeting(checker, case, meeting)
    tell(0.5)
    for item in meeting.items.all():
        casework.minute(checker, item, "各部门同意所提方案。", "agreed")
    casework.conclude(checker, meeting)
    tell(0.65)
    submission = services.submit(checker, cases, f"冲突协调处理意见第 {serial} 批（演示）")
    while submission.step and "approve" not in _step(submission).may:
        services.pass_on(_holder(submission), submission, f"演示领导小组纪要〔{year}〕{serial}号")
    services.approve(_holder(submission), submission, DOCUMENT.format(year=year, serial=serial), timezone.localdate())
    tell(0.75)
    _bulk(planner, "apply", f"group=&state={State.APPROVED}&batch={batch.pk}")
    tell(1.0)
    return submission


def _step(submission: Submission) -> Step:
    return next(step for step in chain() if step.code == submission.step)


def _holder(submission: Submission) -> Actor:
    """The demo decider in the office of the step, given the post now where it lacks it."""
    step = _step(submission)
    user = User.objects.get(username=f"demo-{step.role}", is_demo=True)
    actor = Actor(user.pk, str(user), Post(step.role, step.department), "cli")
    if not any(post.department and holds_step(step.role, post.department.code, step) for post in user.posts.select_related("department")):
        office = Department.objects.get(code=step.department)
        give_post(system("演示数据"), user, step.role, department=office, region=office.region)
    return actor


def _list(planner: Actor, title: str, cases: Iterable[ConflictCase]) -> Batch:
    batch = services.create_batch(planner, title, timezone.localdate() + timedelta(days=10))
    _bulk(planner, "list", "", [case.pk for case in cases], batch=batch.pk)
    if batch.cases.exists():
        services.send_batch(planner, batch)
        _bulk(planner, "ask", f"group=&state={State.LISTED}&batch={batch.pk}")
    batch.refresh_from_db()
    return batch


def _answer(batch: Batch, count: int) -> None:
    """The departments answer to the first cases: most agree, every third leaves one open."""
    user = User.objects.get(username="demo-reviewer", is_demo=True)
    for place, case in enumerate(batch.cases.filter(state=State.CONSULTING).order_by("pk")[:count]):
        for code in case.departments[: 1 if place % 3 == 2 else None]:
            reviewer = Actor(user.pk, str(user), Post("reviewer", code), "cli")
            if case.rule not in ("C01", "C02") and place % 4 == 3:
                services.take_position(reviewer, case, "object", "与本部门规划不符（演示）", "相关规划第三章（演示）")
            else:
                services.take_position(reviewer, case, "agree_a", "同意建议的处理（演示）")
            case.refresh_from_db()


def _bulk(actor: Actor, act: str, query: str, cases: list[int] | None = None, **params: object) -> BulkAct | None:
    if cases is not None and not cases:
        return None
    if query and not filtered(QueryDict(query)).exists():
        return None
    row = services.start_bulk(actor, act, cases=cases or (), query=query, **params)
    if row.job_id:
        jobs.work_off()
        row.refresh_from_db()
    return row
