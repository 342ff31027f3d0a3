"""Promises (容缺承诺、告知承诺): taken at acceptance, kept or broken later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.approvals.events import Code
from lantu.approvals.models import Branch, Material, Promise
from lantu.approvals.permissions import NEED_DEPARTMENT, NEED_WINDOW, can_receive, handles
from lantu.approvals.policy import policy_of
from lantu.approvals.services.recording import case_of, locked, settle, write
from lantu.approvals.words import definition_of
from lantu.casework import calendars
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.permissions import is_system
from lantu.core.verbs import verb
from lantu.standards.models import Rule

SEVERE = 1
"""Findings of this severity forbid promises (domain.md 6.5, rule 8)."""


def severe_hits(branch: Branch) -> list[str]:
    """The types of findings of severity 1 that the site hits, by what was answered at filing."""
    hits = branch.application.facts.get("hits") or []
    rows = Rule.objects.filter(pack__in_force=True, code__in=hits, severity=SEVERE)
    return sorted(rows.values_list("code", flat=True))


def latest_due(branch: Branch, kind: str) -> date:
    """The last day that a promise may name: for materials the pack's days, and never longer than the item's own limit."""
    policy, today = policy_of(branch.application), timezone.localdate()
    if kind == Promise.Kind.COMMITMENT:
        return today + timedelta(days=policy.commitment_check_days)
    item = definition_of(branch.application).items[branch.item]
    return calendars.current().add(today, min(policy.deferral_days, item.days))[0]


def take(branch: Branch, kind: str, materials: Sequence[str], *, text: str, signed_by: str, due_on: date | None) -> Promise:
    """Take a promise at acceptance. Raises ``BadInput`` for what is missing or may not be promised."""
    definition = definition_of(branch.application)
    item = definition.items[branch.item]
    where, today, last = item.name_zh, timezone.localdate(), latest_due(branch, kind)
    due = due_on or last
    if hits := severe_hits(branch):
        raise BadInput(
            _("用地压占一级管控要素（%(hits)s），不能容缺或承诺办理。") % {"hits": "、".join(hits)},
            where=where,
            how=_("请按一般程序办理。"),
        )
    if not text.strip() or not signed_by.strip():
        raise BadInput(_("承诺须写明内容和承诺人。"), where=where, how=_("请补填。"))
    if not today <= due <= last:
        raise BadInput(_("承诺期限 %(due)s 应在今天到 %(last)s 之间。") % {"due": due, "last": last}, where=where, how=_("请改正期限。"))
    if kind == Promise.Kind.DEFERRAL:
        allowed = {code for code in item.materials if definition.materials.get(code, {}).get("deferrable")}
        if not materials or not set(materials) <= allowed:
            names = "、".join(definition.materials[code]["name_zh"] for code in item.materials if code in allowed) or "—"
            raise BadInput(_("这一项可以容缺的材料：%(names)s。") % {"names": names}, where=where, how=_("请只选可以容缺的材料。"))
    elif not branch.application.definition.content["items"][branch.item].get("commitment"):
        raise BadInput(_("这一项不适用告知承诺。"), where=where, how=_("请按一般程序办理，或在事项库中标明。"))
    pledged = Material.objects.filter(application=branch.application, code__in=materials, source=Material.Source.COMMITTED)
    pledged.update(due_on=due)  # the day that was promised at filing gives way to the one that was accepted
    return Promise.objects.create(
        branch=branch,
        kind=kind,
        materials=list(materials),
        text=text.strip(),
        signed_by_name=signed_by.strip(),
        signed_on=today,
        due_on=due,
    )


def open_deferrals(branch: Branch) -> bool:
    """Whether materials are still to come."""
    return branch.promises.filter(kind=Promise.Kind.DEFERRAL, state=Promise.State.OPEN).exists()


def still_to_come(promise: Promise) -> list[str]:
    """The names of the promised materials of which no file has come."""
    application = promise.branch.application
    came = Material.objects.filter(application=application, code__in=promise.materials, stored__isnull=False, withdrawn=False)
    codes = set(came.values_list("code", flat=True))
    kinds = definition_of(application).materials
    return [str(kinds.get(code, {}).get("name_zh", code)) for code in promise.materials if code not in codes]


@verb("approvals.heal", permission=can_receive, need=NEED_WINDOW, subject="branch")
def heal(actor: Actor, branch: Branch, note: str = "") -> Branch:
    """The materials that were to come later are here (容缺补齐): 12 becomes 11. Raises ``Conflict`` when nothing is to come."""
    row = locked(branch, wherever=True)
    found = list(row.promises.filter(kind=Promise.Kind.DEFERRAL, state=Promise.State.OPEN))
    if not found and row.state != Code.APPROVED_DEFERRED:
        raise Conflict(_("这一项没有待补的容缺材料。"), where=str(row))
    if missing := [name for promise in found for name in still_to_come(promise)]:
        raise Conflict(
            _("容缺的材料还没有交：%(names)s。") % {"names": "、".join(dict.fromkeys(missing))},
            where=str(row),
            how=_("请等申报单位上传，或在窗口接收纸件存扫描件。"),
        )
    for promise in found:
        _close(actor, promise, Promise.State.KEPT, note)
    if case_of(row).state == Code.APPROVED_DEFERRED:
        write(actor, row, Code.APPROVED, opinion=note)
    settle(actor, row.application)
    branch.refresh_from_db()
    return branch


@verb("approvals.check_commitment", permission=handles, need=NEED_DEPARTMENT, subject="branch")
def check_commitment(actor: Actor, branch: Branch, kept: bool, note: str) -> Branch:
    """Check whether a promise to keep conditions was kept (承诺核查); broken, the result is revoked. Raises ``Conflict`` without one."""
    row = locked(branch)
    promise = row.promises.filter(kind=Promise.Kind.COMMITMENT, state=Promise.State.OPEN).first()
    if promise is None:
        raise Conflict(_("这一项没有待核查的承诺。"), where=str(row))
    if not note.strip():
        raise BadInput(_("核查须写明情况。"), where=str(row), how=_("请补填。"))
    _close(actor, promise, Promise.State.KEPT if kept else Promise.State.BROKEN, note)
    if not kept and row.state in (Code.APPROVED, Code.APPROVED_DEFERRED):
        write(actor, row, Code.REVOKED, opinion=_("未履行告知承诺：%(note)s") % {"note": note})
        settle(actor, row.application)
    branch.refresh_from_db()
    return branch


def _close(actor: Actor, promise: Promise, state: str, note: str) -> None:
    promise.state, promise.note, promise.closed_on, promise.closed_by_name = state, note[:500], timezone.localdate(), actor.name
    promise.save(update_fields=["state", "note", "closed_on", "closed_by_name"])
    remark(promise=promise.pk, state=state, note=note)
    emit(actor, "approvals.promise_closed", promise.branch, kind=promise.kind, state=state)


@verb("approvals.break_promise", permission=is_system, need=gettext_lazy("由系统按期限自动办理。"), subject="promise")
def break_overdue(actor: Actor, promise: Promise) -> None:
    """Materials that did not come by the day: 12 becomes 15 and the stage's result is revoked with it; before a verdict the department
    is left to refuse."""
    row = locked(promise.branch, wherever=True)
    found = Promise.objects.select_for_update().get(pk=promise.pk)
    if found.state != Promise.State.OPEN:
        return
    _close(system(), found, Promise.State.BROKEN, _("逾期未补齐"))
    if case_of(row).state == Code.APPROVED_DEFERRED:
        write(system(), row, Code.REVOKED, opinion=_("容缺材料到 %(day)s 仍未补齐") % {"day": found.due_on}, automatic=True)
        settle(system(), row.application)
