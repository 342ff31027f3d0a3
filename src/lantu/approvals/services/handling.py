"""How a department handles its branch: the chain within (returned, delegated, handled with others), special procedures with their paper,
extensions, ticks of the technical review, conditions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import User
from lantu.approvals.events import Code
from lantu.approvals.models import Branch, BranchCondition, Handover, Tick
from lantu.approvals.permissions import NEED_DECIDER, NEED_DEPARTMENT, decides, handles, reviews
from lantu.approvals.policy import policy_of
from lantu.approvals.selectors import technical
from lantu.approvals.services import papers
from lantu.approvals.services.cases import begin_special
from lantu.approvals.services.recording import case_of, locked
from lantu.casework.models import Clock, Consultation, Task
from lantu.casework.policy import policy as pauses
from lantu.casework.services import ask, extend_clock, hand_over
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict
from lantu.core.events import emit
from lantu.core.models import StoredFile
from lantu.core.verbs import verb


@verb("approvals.order_special", permission=reviews, need=NEED_DEPARTMENT, subject="branch")
def write_special(actor: Actor, branch: Branch, kind: str, *, maximum: int | None = None, basis: str = "", unit: str = "") -> str:
    """Order a special procedure (特别程序) of a kind of the city pack, or another with ``basis`` and ``maximum``: the applicant is told in
    writing how long (行政许可法第四十五条), the clock stops. Returns the key of the pause. Errors as in ``begin_special``. The notice has
    no seal yet: ``sealing.order_special`` is what pages and programs call."""
    row = locked(branch)
    known = pauses().pauses.get(kind)
    if row.clock is not None and row.clock.entries.filter(pause__in=case_of(row).open_pauses, reason_kind=kind).exists():
        raise Conflict(_("同一种特别程序正在进行。"), where=str(row), how=_("请先结束它，再启动。"))
    days, unit = maximum or (known.maximum if known else 0), unit or (known.unit if known else "working")
    basis = basis or (known.basis if known else "")
    if not days or not basis:
        raise BadInput(_("特别程序须有法律依据和最长期限。"), where=str(row), how=_("请从列表中选种类，或补填依据和期限。"))
    words = f"{days} 个{'工作日' if unit == 'working' else '自然日'}"
    key = str(row.events.filter(code=Code.SPECIAL_BEGINS).count() + 1)
    paper = papers.suspension(actor, row, known.name_zh if known else kind, basis=basis, maximum=words, key=key)
    return begin_special(
        actor, branch, kind, paper.number or str(paper), basis=basis, maximum=days, unit=unit, label=known.name_zh if known else kind
    )


@verb("approvals.extend", permission=decides, need=NEED_DECIDER, subject="branch")
def write_extension(actor: Actor, branch: Branch, days: int, reason: str, approver: str) -> Branch:
    """Extend the item's time once, before it is over (延长): approved by the head, the applicant told why (行政许可法第四十二条).

    Raises ``Conflict`` before acceptance, after the due day or the second time; ``BadInput`` over the pack's days or without a reason. The
    notice has no seal yet: ``sealing.extend`` is what pages and programs call.
    """
    row = locked(branch)
    most = policy_of(row.application).extension_days
    if row.clock is None:
        raise Conflict(_("本件还没有受理，没有时限可延长。"), where=str(row))
    if not 0 < days <= most:
        raise BadInput(_("最多可延长 %(max)s 日，填了 %(n)s 日。") % {"max": most, "n": days}, where=str(row), how=_("请改为不超过上限。"))
    clock = extend_clock(
        system(actor.name), row.clock, days, approver=approver.strip(), reason=reason.strip(), basis=_("行政许可法第四十二条")
    )
    data = {
        "item": papers.items_text(row.application, [row]),
        "reason": reason.strip(),
        "days": f"{days} 个{'工作日' if clock.unit == Clock.unit.field.default else '自然日'}",
        "due": clock.due_on.isoformat() if clock.due_on else "—",
    }
    papers.send(actor, row.application, "extension", f"extension/{row.pk}", data)
    remark(days=days, reason=reason)
    branch.refresh_from_db()
    return branch


@verb("approvals.return_review", permission=decides, need=NEED_DECIDER, subject="branch")
def return_review(actor: Actor, branch: Branch, reason: str) -> Branch:
    """The decider gives a review back to be done again (退回重审), with the reason. Raises ``Conflict`` when there is none to return."""
    row = locked(branch)
    last = row.reviews.order_by("-pk").first()
    if last is None or last.returned or case_of(row).state != Code.STARTED:
        raise Conflict(_("没有可以退回的审核意见。"), where=str(row), how=_("请刷新页面。"))
    if not reason.strip():
        raise BadInput(_("退回要写明理由。"), where=str(row), how=_("请填退回理由。"))
    last.returned = True
    last.save(update_fields=["returned"])
    _hand(actor, row, Handover.Kind.RETURNED, last.by_name, reason)
    emit(actor, "approvals.review_returned", row, reason=reason)
    branch.refresh_from_db()
    return branch


@verb("approvals.delegate", permission=handles, need=NEED_DEPARTMENT, subject="branch")
def delegate(actor: Actor, branch: Branch, person: User, reason: str = "") -> Branch:
    """Give the open task of a branch to another of the department (转办、请假代办). Raises ``Conflict`` when nothing waits."""
    row = locked(branch)
    task = Task.objects.filter(url=row.get_absolute_url(), is_open=True, role__in=("reviewer", "decider")).order_by("-pk").first()
    if task is None:
        raise Conflict(_("这一项现在没有待办。"), where=str(row), how=_("请刷新页面。"))
    hand_over(actor, task, person=person, note=reason)
    _hand(actor, row, Handover.Kind.DELEGATED, str(person), reason)
    return branch


@verb("approvals.co_handle", permission=handles, need=NEED_DEPARTMENT, subject="branch")
def co_handle(actor: Actor, branch: Branch, departments: Iterable[str], question: str) -> Consultation:
    """Ask other departments about a branch (会办): a consultation of casework about this item. Raises ``BadInput`` without question."""
    row = locked(branch)
    if not question.strip():
        raise BadInput(_("会办须写明问题。"), where=str(row), how=_("请补填。"))
    title = _("会办：%(item)s") % {"item": papers.items_text(row.application, [row])}
    number = row.handovers.filter(kind=Handover.Kind.CO_HANDLED).count() + 1
    codes = list(departments)
    made = ask(actor, row.application, f"co-handle/{row.pk}/{number}", title, codes, question=question.strip())
    _hand(actor, row, Handover.Kind.CO_HANDLED, "、".join(codes), question)
    return made


def _hand(actor: Actor, row: Branch, kind: Handover.Kind, to: str, reason: str) -> None:
    Handover.objects.create(
        branch=row,
        kind=kind,
        to=to[:200],
        reason=reason.strip()[:500],
        by_id=actor.user_id,
        by_name=actor.name,
        by_department=actor.department,
    )
    remark(kind=kind.value, to=to, reason=reason)


@verb("approvals.tick", permission=handles, need=NEED_DEPARTMENT, subject="branch")
def tick(
    actor: Actor,
    branch: Branch,
    key: str,
    title: str,
    verdict: str,
    *,
    evidence: str,
    limit: str = "",
    measured: str = "",
    file: StoredFile | None = None,
    filename: str = "",
) -> Tick:
    """Tick one line of a technical review (专业审查). Raises ``BadInput`` without evidence, ``Conflict`` unless in work."""
    row = locked(branch)
    if verdict not in Tick.Verdict.values or not evidence.strip():
        raise BadInput(_("须选结论并写明证据。"), where=title, how=_("请写出图号、页码或算式。"))
    if case_of(row).state not in (Code.STARTED, Code.SPECIAL_BEGINS, Code.SPECIAL_ENDS):
        raise Conflict(_("部门开始办理之后、办结之前才能核对。"), where=str(row))
    return Tick.objects.create(
        branch=row,
        key=key[:80],
        title=title[:200],
        limit=limit[:100],
        measured=measured[:100],
        verdict=verdict,
        evidence=evidence.strip()[:500],
        file=file,
        filename=filename[:200],
        by_id=actor.user_id,
        by_name=actor.name,
    )


def tick_line(
    actor: Actor,
    branch: Branch,
    key: str,
    verdict: str,
    *,
    evidence: str,
    measured: str = "",
    file: StoredFile | None = None,
    filename: str = "",
) -> Tick:
    """Tick the line of this key as it stands on the review desk: title, limit and, where nothing else is said, the measure are its own.

    Raises ``NotFound`` for a line that there is not, and what ``tick`` raises.
    """
    line = technical.line(branch, key)
    return tick(
        actor,
        branch,
        line.key,
        line.title,
        verdict,
        evidence=evidence,
        limit=line.limit,
        measured=measured.strip() or line.measured,
        file=file,
        filename=filename,
    )


@verb("approvals.meet_condition", permission=handles, need=NEED_DEPARTMENT, subject="branch")
def meet_condition(actor: Actor, branch: Branch, condition: BranchCondition, evidence: str, *, waive: bool = False) -> BranchCondition:
    """Tick a condition of a verdict with its evidence, or say why it no longer holds (条件勾销)."""
    row = locked(branch)
    found = BranchCondition.objects.select_for_update().filter(branch=row, pk=condition.pk).first()
    if found is None or found.state != BranchCondition.State.OPEN:
        raise Conflict(_("这一条已经核对过。"), where=str(condition), how=_("请刷新页面。"))
    if not evidence.strip():
        raise BadInput(_("须写明证据。"), where=found.text, how=_("请写出图号、页码或说明。"))
    found.state = BranchCondition.State.WAIVED if waive else BranchCondition.State.MET
    found.evidence, found.evidence_by_name, found.evidence_at = evidence.strip()[:500], actor.name, timezone.now()
    found.save(update_fields=["state", "evidence", "evidence_by_name", "evidence_at"])
    remark(condition=found.text, state=found.state)
    return found


def read_conditions(text: str) -> list[dict[str, Any]]:
    """Conditions from lines of text; 「容积率 ≤ 0.8」 is read as one that compares."""
    import re

    found: list[dict[str, Any]] = []
    for line in filter(None, (one.strip(" ；;。") for one in text.splitlines())):
        match = re.fullmatch(r"(\S+?)\s*(≤|≥|<|>|=)\s*(\d+(?:\.\d+)?)\s*(\S*)", line)
        row: dict[str, Any] = {"text": line[:500]}
        if match:
            row |= {"item": match[1][:60], "op": match[2], "value": float(match[3]), "unit": match[4][:12]}
        found.append(row)
    return found
