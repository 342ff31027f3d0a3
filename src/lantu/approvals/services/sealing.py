"""Notices of a department go out sealed: by who writes them when they may use the seal, else by its decider, who gets a task.

The acts that write one stand here whole, for pages, API and command line alike. Call them outside of transactions.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from lantu.approvals.models import Branch, StageApplication
from lantu.approvals.services.handling import write_extension, write_special
from lantu.approvals.services.papers import seal_all, unsealed
from lantu.approvals.services.window import Answer, Answered, write_answers
from lantu.approvals.words import definition_of
from lantu.casework.models import Task
from lantu.casework.services import close_task, open_task
from lantu.core.actor import Actor, system

SEAL = "approvals.seal"


def answer_filing(actor: Actor, application: StageApplication, answers: Mapping[int, Answer]) -> Answered:
    """Answer a filing (受理决定), its papers sealed; errors as in ``write_answers``. What could not be sealed stands in ``left``."""
    done = write_answers(actor, application, answers)
    done.sealed, done.left = seal_all(actor, application)
    return done


def order_special(actor: Actor, branch: Branch, kind: str, *, maximum: int | None = None, basis: str = "", unit: str = "") -> str:
    """Order a special procedure (启动特别程序), its notice sealed; key of the pause and errors as in ``write_special``."""
    pause = write_special(actor, branch, kind, maximum=maximum, basis=basis, unit=unit)
    seal_notices(actor, branch)
    return pause


def extend(actor: Actor, branch: Branch, days: int, reason: str, approver: str) -> Branch:
    """Extend the item's time (延长), its notice sealed; errors as in ``write_extension``."""
    write_extension(actor, branch, days, reason, approver)
    seal_notices(actor, branch)
    return branch


def seal_notices(actor: Actor, branch: Branch) -> list[str]:
    """Seal what the actor's department has issued in the case and may be sealed by the actor. What is left becomes a task of the
    department's decider; with nothing left the task is closed. Gives in words what was left and why. Call it outside of transactions."""
    application = branch.application
    _sealed, left = seal_all(actor, application)
    url = branch.get_absolute_url()
    if unsealed(actor, application):
        title = _("用印：%(item)s") % {"item": definition_of(application).items[branch.item].name_zh}
        open_task(system(), application, SEAL, title[:200], role="decider", department=branch.department, clock=branch.clock, url=url)
        return left
    rows = Task.objects.filter(subject_type=application._meta.label_lower, subject_id=str(application.pk), is_open=True, kind=SEAL)
    for task in rows.filter(department=branch.department):
        close_task(system(), task)
    return left
