"""The time in which a case is answered: five working days to a notice, then it is accepted by itself (行政许可法第三十二条).

Each branch that waits for an answer has a clock; a correction ends it and starts the applicant's. The merged notice of corrections stops
the days of the whole stage application: what was not answered yet starts anew with the answer.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from lantu.approvals.events import Code
from lantu.approvals.models import Branch, StageApplication
from lantu.approvals.policy import policy_of
from lantu.casework.models import Clock
from lantu.casework.services import end_clock, start_clock
from lantu.core.actor import system

WAITING = frozenset({Code.RECEIVED, Code.CORRECTION_DONE})
"""States in which the office owes an answer."""


def after_event(branch: Branch, code: Code, day: date) -> None:
    """Move the clock of acceptance or correction after an event of a case."""
    if code in WAITING:
        _start(branch, _("受理期限"), policy_of(branch.application).acceptance_days, day, _("行政许可法第三十二条"))
    elif code == Code.CORRECTION_ASKED:
        _start(branch, _("补正期限"), policy_of(branch.application).correction_days, day, _("一次性告知补正"))
    elif branch.acceptance_id is not None:
        _end(branch, day)


def hold(branch: Branch, day: date) -> None:
    """A correction of another branch stops this one's days until it is answered."""
    _end(branch, day)


def restart(application: StageApplication, day: date) -> None:
    """What was received but held by another's correction starts its days anew, once nothing is to be mended any more."""
    if application.branches.filter(state=Code.CORRECTION_ASKED).exists():
        return
    for branch in application.branches.select_for_update().filter(state__in=WAITING, acceptance=None):
        branch.application = application
        after_event(branch, Code.RECEIVED, day)


def _start(branch: Branch, title: str, days: int, day: date, basis: str) -> None:
    _end(branch, day)
    clock = start_clock(system(), branch.application, Clock.Kind.ITEM, days, on=day, title=title, department=branch.department, basis=basis)
    branch.acceptance = clock
    branch.save(update_fields=["acceptance"])


def _end(branch: Branch, day: date) -> None:
    clock = Clock.objects.filter(pk=branch.acceptance_id or 0, ended_on=None).first()
    if clock is not None:
        end_clock(system(), clock, on=max(day, clock.started_on))
    if branch.acceptance_id is not None:
        branch.acceptance = None
        branch.save(update_fields=["acceptance"])
