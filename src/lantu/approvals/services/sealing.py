"""Notices of a department go out sealed: by who writes them when they may use the seal, else by its decider, who gets a task."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantu.approvals.models import Branch
from lantu.approvals.services.papers import seal_all, unsealed
from lantu.approvals.words import definition_of
from lantu.casework.models import Task
from lantu.casework.services import close_task, open_task
from lantu.core.actor import Actor, system

SEAL = "approvals.seal"


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
