"""Objections (异议): the applicant disputes a decision, somebody else than who decided answers."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.approvals.events import Code
from lantu.approvals.models import Branch, Objection
from lantu.approvals.permissions import NEED_APPLICANT, NEED_DECIDER, decides, is_applicant
from lantu.approvals.policy import policy_of
from lantu.approvals.services.recording import locked
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.events import emit
from lantu.core.verbs import verb

DECIDED = (Code.APPROVED, Code.APPROVED_DEFERRED, Code.REJECTED, Code.REFUSED_ACCEPTANCE, Code.REVOKED)


@verb("approvals.object", permission=is_applicant, need=NEED_APPLICANT, subject="branch")
def file_objection(actor: Actor, branch: Branch, text: str) -> Objection:
    """Dispute a decision within the pack's days (提出异议). Raises ``Conflict`` before a decision, too late, or while one is open."""
    row = locked(branch)
    last = row.events.order_by("-number").first()
    if last is None or last.code not in DECIDED:
        raise Conflict(_("还没有决定，不能提出异议。"), where=str(row), how=_("请等办结之后再提出。"))
    until = last.on + timedelta(days=policy_of(row.application).objection_days)
    if timezone.localdate() > until:
        raise Conflict(_("异议期到 %(day)s 为止。") % {"day": until}, where=str(row), how=_("可依法申请行政复议或提起行政诉讼。"))
    if not text.strip():
        raise BadInput(_("异议须写明理由。"), where=str(row), how=_("请补填。"))
    if row.objections.filter(state=Objection.State.OPEN).exists():
        raise Conflict(_("已有一件异议待答复。"), where=str(row), how=_("请等答复。"))
    made = Objection.objects.create(branch=row, text=text.strip(), by_id=actor.user_id, by_name=actor.name)
    emit(actor, "approvals.objected", row, objection=made.pk)
    return made


@verb("approvals.answer_objection", permission=decides, need=NEED_DECIDER, subject="branch")
def answer_objection(actor: Actor, branch: Branch, upheld: bool, answer: str) -> Objection:
    """Answer an objection (异议答复), by another decider than who decided. One that is upheld leads to correction or revocation by its own
    act. Raises ``Conflict`` without one, ``Refused`` to who decided."""
    row = locked(branch)
    found = row.objections.select_for_update().filter(state=Objection.State.OPEN).first()
    if found is None:
        raise Conflict(_("没有待答复的异议。"), where=str(row))
    last = row.events.filter(code__in=DECIDED).order_by("-number").first()
    if last is not None and last.by_id == actor.user_id:
        raise Refused(_("作出决定的人不能答复对它的异议。"), where=str(row), how=_("请由本部门另一名审定人答复。"))
    if not answer.strip():
        raise BadInput(_("没有填答复。"), where=str(row), how=_("请补填。"))
    found.state = Objection.State.UPHELD if upheld else Objection.State.DISMISSED
    found.answer, found.answered_by_name, found.answered_at = answer.strip(), actor.name, timezone.now()
    found.save()
    remark(state=found.state)
    emit(actor, "approvals.objection_answered", row, objection=found.pk, state=found.state)
    return found
