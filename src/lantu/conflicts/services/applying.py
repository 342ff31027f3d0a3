"""Applying an approved decision (落图): it becomes an override of the blueprint; the next run shows whether the conflict is gone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.models import Override
from lantu.blueprints.services import record_override, withdraw_override
from lantu.blueprints.services.overrides import AmendmentOrder, CaseRef
from lantu.conflicts.models import ConflictCase, Proposal
from lantu.conflicts.services.moves import lock, move, need_text, write
from lantu.conflicts.services.proposing import layers_of, origin_of
from lantu.conflicts.states import State
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import Conflict
from lantu.core.models import OutboxEvent
from lantu.core.permissions import has_role
from lantu.core.verbs import verb

NEED = gettext_lazy("落图须由规划经办人办理。")


@verb("conflicts.apply", permission=has_role("planner"), need=NEED, subject="case")
def apply_case(actor: Actor, case: ConflictCase, *, version: int | None = None) -> Override:
    """Write an approved case's decision into the blueprint, and the order to amend the plans. Wholly or not at all.

    Raises ``Conflict`` for a case that is not approved or has no document, and what ``record_override`` raises for its ground.
    """
    lock(case, version)
    if case.state != State.APPROVED or not case.document_no or case.document_date is None:
        raise Conflict(
            _("%(number)s 还没有批复，不能落图。") % {"number": case.number}, where=case.number, how=_("取得批复文号和日期后才会改动蓝图。")
        )
    proposal = Proposal.objects.get(case=case, current=True)
    override = record_override(
        actor,
        title=proposal.title,
        layers=layers_of(case, proposal.outcome),
        outcome=proposal.outcome,
        geometry=proposal.geometry or case.finding.geometry,
        document_no=case.document_no,
        document_date=case.document_date,
        document=case.submission.document if case.submission else None,
        case=CaseRef(ConflictCase._meta.label_lower, str(case.pk), case.number, case.identity),
        amendments=[
            AmendmentOrder(row["layer"], row["department"], date.fromisoformat(row["due"]), row["what"]) for row in proposal.amendments
        ],
        origin=origin_of(proposal.geometry, proposal.drawn),
        cuts=list(Override.objects.filter(number__in=proposal.cuts, state=Override.State.ACTIVE)),
        note=proposal.reason,
    )
    move(actor, case, State.APPLIED, "applied", facts={"override": override.number}, override_number=override.number)
    audit.remark(case=case.number, override=override.number, document_no=case.document_no)
    return override


@verb("conflicts.redo", permission=has_role("planner"), need=NEED, subject="case")
def redo(actor: Actor, case: ConflictCase, reason: str, *, version: int | None = None) -> ConflictCase:
    """Take an applied decision back whose ground still hits after fusing again: it is withdrawn from the blueprint, the case proposed anew.

    Raises ``Conflict`` when the case is not applied, or the fusion did not find it still hit.
    """
    text = need_text(reason, _("重提方案的理由"))
    lock(case, version)
    if case.state != State.APPLIED or not case.still_hit:
        raise Conflict(_("%(number)s 没有「落图后仍命中」。") % {"number": case.number}, where=case.number)
    override = Override.objects.get(number=case.override_number)
    if override.state == Override.State.ACTIVE:
        withdraw_override(actor, override, text)
    given: dict[str, Any] = {"still_hit": False, "override_number": "", "document_no": "", "document_date": None, "submission": None}
    move(actor, case, State.RETURNED, "redone", note=text, facts={"override": override.number}, **given)
    return case


@events.subscribe("blueprints.override_replaced")
def _replaced(event: OutboxEvent, actor: Actor) -> None:
    """A decision gave way to a later one: a case that waits for its verification now rests on what goes on in its place."""
    for case in ConflictCase.objects.filter(override_number=event.payload["number"], state=State.APPLIED).select_for_update():
        write(actor, case, "override_replaced", facts={"override": event.payload["by"]}, override_number=event.payload["by"])
