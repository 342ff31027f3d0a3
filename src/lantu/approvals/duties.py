"""What the room does by the clock (``lantu tick``)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.approvals.events import Code
from lantu.approvals.models import Promise
from lantu.approvals.policy import Policy, policy_of
from lantu.approvals.services import silence
from lantu.approvals.services.acceptance import WAITING
from lantu.approvals.services.issuing import waiting_results
from lantu.approvals.words import definition_of
from lantu.approvals.worklist import COMMITMENT
from lantu.approvals.worklist_more import wait_for_answer, waiting_for_answer
from lantu.casework import calendars
from lantu.casework.duties import _each
from lantu.casework.services import notify, open_task
from lantu.core.actor import Post, system
from lantu.core.ticks import every

MINUTE = 60


@every(10 * MINUTE, "approvals.silence")
def silences() -> int:
    """Accept what nobody answered in time, withdraw what was never mended, revoke what was promised and did not come."""
    done = _each(silence.overdue_branches(*WAITING), lambda branch: silence.deem_accepted(system(), branch))
    done += _each(silence.overdue_branches(Code.CORRECTION_ASKED), lambda branch: silence.lapse_correction(system(), branch))
    return done + _each(silence.overdue_promises(), lambda promise: silence.break_overdue(system(), promise))


@every(30 * MINUTE, "approvals.remind")
def remind() -> int:
    """Remind of corrections, promises and results that wait, and of questions whose departments' time is over."""
    done = _remind_corrections() + _each(silence.near_promises(), _remind_promise) + _remind_results()
    return done + _each(waiting_for_answer(), wait_for_answer)


def _remind_corrections() -> int:
    from lantu.approvals.models import Branch

    today = timezone.localdate()
    rows = Branch.objects.filter(state=Code.CORRECTION_ASKED, acceptance__ended_on=None).exclude(acceptance=None)
    due = []
    for branch in rows.select_related("application__project", "application__definition", "acceptance"):
        days = policy_of(branch.application).correction_remind_days
        if branch.acceptance is not None and calendars.current().add(branch.acceptance.started_on, days)[0] <= today:
            due.append(branch)
    return _each(due, silence.remind_correction)


def _remind_promise(promise: Promise) -> None:
    branch = promise.branch
    application = branch.application
    name = definition_of(application).items[branch.item].name_zh
    if promise.kind == Promise.Kind.COMMITMENT:
        to: dict[str, Any] = {"role": "reviewer", "department": branch.department, "due": promise.due_on}
        title = _("承诺核查：%(item)s") % {"item": name}
        open_task(system(), application, COMMITMENT, title, url=branch.get_absolute_url(), **to)
    elif application.filed_by_id:
        title = _("容缺材料请在 %(day)s 前补齐：%(item)s") % {"day": promise.due_on, "item": name}
        notify(
            system(),
            [application.filed_by_id],
            title,
            application.applicant_url(),
            subject=application,
            key=f"approvals/promise/{promise.pk}",
        )
    Promise.objects.filter(pk=promise.pk).update(reminded_on=timezone.localdate())


def _remind_results() -> int:
    before = timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=Policy().collect_remind_days), time.min))

    def one(result: object) -> None:
        application = result.application  # type: ignore[attr-defined]
        title = _("请领取：%(title)s") % {"title": result}
        to = [application.filed_by_id] if application.filed_by_id else [Post("window")]
        notify(system(), to, title, application.applicant_url(), subject=application, key=f"approvals/collect/{result.pk}")  # type: ignore[attr-defined]
        type(result).objects.filter(pk=result.pk).update(reminded_on=timezone.localdate())  # type: ignore[attr-defined]

    return _each(waiting_results(before), one)
