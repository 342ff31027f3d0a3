"""Slivers settled without a decision (domain 2.3): only those that the pack names, never where a critical rule hits; listed, reversible."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.conflicts.models import ConflictCase, Sweep
from lantu.conflicts.pack import slivers
from lantu.conflicts.services.moves import lock, move, move_many, need_text
from lantu.conflicts.states import State
from lantu.core import audit, numbers
from lantu.core.actor import Actor
from lantu.core.errors import Conflict
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

PLANNER = has_role("planner")
NEED = gettext_lazy("碎小图斑须由规划经办人处理。")
CHUNK = 500


def settleable() -> QuerySet[ConflictCase]:
    """Cases that may be settled so: newly found slivers of the pack's rules, no hit as severe as it says."""
    rule = slivers()
    return ConflictCase.objects.filter(
        state=State.DETECTED, sliver=True, rule__in=rule.rules, found_severity__gt=rule.above_severity, doubt_by_name=""
    )


@verb("conflicts.settle_slivers", permission=PLANNER, need=NEED)
def settle_slivers(actor: Actor) -> Sweep:
    """Settle all of them as one sweep. Raises ``Conflict`` when there are none."""
    year = timezone.localdate().year
    keys = list(settleable().order_by("pk").values_list("pk", flat=True))
    if not keys:
        raise Conflict(_("没有可以自动处理的碎小图斑。"), how=_("碎小图斑须低于容差、不触及一级规则、尚未甄别。"))
    sweep = Sweep.objects.create(
        number=f"SW-{year}-{numbers.reserve(f'conflict-sweep/{year}', timezone.now().isoformat()):03d}", by_name=actor.name, count=len(keys)
    )
    for first in range(0, len(keys), CHUNK):
        part = keys[first : first + CHUNK]
        cases = list(ConflictCase.objects.filter(pk__in=part, state=State.DETECTED).select_for_update().order_by("pk"))
        move_many(actor, cases, State.SETTLED, "settled", note=sweep.number, sweep=sweep)
    audit.remark(sweep=sweep.number, count=len(keys))
    return sweep


@verb("conflicts.undo_sweep", permission=PLANNER, need=NEED, subject="sweep")
def undo_sweep(actor: Actor, sweep: Sweep, reason: str) -> Sweep:
    """Take a whole sweep back: its cases are as newly found."""
    text = need_text(reason, _("撤销的理由"))
    sweep.refresh_from_db(from_queryset=Sweep.objects.select_for_update())
    if sweep.undone_at is not None:
        raise Conflict(_("%(number)s 已经撤销。") % {"number": sweep.number}, where=sweep.number)
    cases = list(ConflictCase.objects.filter(sweep=sweep, state=State.SETTLED).select_for_update().order_by("pk"))
    for first in range(0, len(cases), CHUNK):
        move_many(actor, cases[first : first + CHUNK], State.DETECTED, "unsettled", note=text, sweep=None)
    sweep.undone_at, sweep.undone_by_name = timezone.now(), actor.name
    sweep.save(update_fields=["undone_at", "undone_by_name"])
    audit.remark(sweep=sweep.number, count=len(cases), reason=text)
    return sweep


@verb("conflicts.unsettle", permission=PLANNER, need=NEED, subject="case")
def unsettle(actor: Actor, case: ConflictCase, reason: str, *, version: int | None = None) -> ConflictCase:
    """Take one settled sliver back."""
    text = need_text(reason, _("撤销的理由"))
    lock(case, version)
    if case.state != State.SETTLED:
        raise Conflict(_("%(number)s 不是自动处理的案件。") % {"number": case.number}, where=case.number)
    move(actor, case, State.DETECTED, "unsettled", note=text, sweep=None)
    return case
