"""What happens when nobody acts: acceptance by silence, corrections never answered, promises not kept, results not collected."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.approvals.events import Code
from lantu.approvals.models import Branch, CorrectionPoint, Promise
from lantu.approvals.services.acceptance import WAITING, restart
from lantu.approvals.services.cases import take_in
from lantu.approvals.services.promises import break_overdue
from lantu.approvals.services.recording import case_of, locked, settle, write
from lantu.casework.services import notify
from lantu.core.actor import Actor, system
from lantu.core.permissions import is_system
from lantu.core.verbs import verb

NEED = gettext_lazy("由系统按期限自动办理。")


@verb("approvals.deem_accepted", permission=is_system, need=NEED, subject="branch")
def deem_accepted(actor: Actor, branch: Branch) -> bool:
    """Accept a case that nobody answered in time (逾期不告知，自收到材料之日起即为受理): event 3 dated the day of receipt, or of the
    answered correction. Returns whether it was so."""
    row = locked(branch, wherever=True)
    clock = row.acceptance
    if row.state not in WAITING or clock is None or clock.due_on is None or clock.due_on >= timezone.localdate():
        return False
    text = _("到 %(day)s 没有告知，自收到之日起即为受理") % {"day": clock.due_on}
    take_in(system(), row, clock.started_on, opinion=text, automatic=True)
    return True


@verb("approvals.lapse_correction", permission=is_system, need=NEED, subject="branch")
def lapse_correction(actor: Actor, branch: Branch) -> bool:
    """A correction that was never answered counts as withdrawn (逾期未补正视为撤件). Returns whether it was so."""
    row = locked(branch, wherever=True)
    clock = row.acceptance
    if case_of(row).state != Code.CORRECTION_ASKED or clock is None or clock.due_on is None or clock.due_on >= timezone.localdate():
        return False
    write(system(), row, Code.WITHDRAWN_BEFORE, opinion=_("到 %(day)s 没有补正，视为撤件") % {"day": clock.due_on}, automatic=True)
    restart(row.application, timezone.localdate())
    settle(system(), row.application)
    return True


def overdue_branches(*states: Code) -> list[Branch]:
    """Branches in these states whose clock of acceptance or correction is over."""
    today = timezone.localdate()
    return list(Branch.objects.filter(state__in=states, acceptance__due_on__lt=today, acceptance__ended_on=None).order_by("pk"))


def remind_correction(branch: Branch) -> int:
    """Remind the applicant of a correction, once, before it lapses."""
    application = branch.application
    assert branch.acceptance is not None
    title = _("请在 %(day)s 前补正：%(project)s") % {"day": branch.acceptance.due_on, "project": application.project.name}
    text = "；".join(point.text for point in branch.points.filter(state=CorrectionPoint.State.OPEN))
    return notify(
        system(),
        [application.filed_by_id] if application.filed_by_id else [],
        title,
        application.applicant_url(),
        subject=application,
        text=text[:500],
        key=f"approvals/correction/{branch.acceptance_id}",
    )


def overdue_promises() -> list[Promise]:
    """Promises to bring materials whose day is over."""
    rows = Promise.objects.filter(kind=Promise.Kind.DEFERRAL, state=Promise.State.OPEN, due_on__lt=timezone.localdate())
    return list(rows.select_related("branch").order_by("pk"))


def near_promises() -> list[Promise]:
    """Promises whose day comes within three days, and commitments whose check is due, not yet reminded of."""
    soon = timezone.localdate() + timedelta(days=3)
    rows = Promise.objects.filter(state=Promise.State.OPEN, due_on__lte=soon, reminded_on=None)
    return list(rows.select_related("branch__application__project").order_by("pk"))


__all__ = [
    "break_overdue", "deem_accepted", "lapse_correction", "near_promises", "overdue_branches", "overdue_promises", "remind_correction",
]  # fmt: skip
