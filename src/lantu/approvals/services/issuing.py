"""The results of a stage: planned by the join, made by each department, gone out together (同步出件), delivered against a receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.approvals.events import Code
from lantu.approvals.models import Branch, BranchCondition, LeadOpinion, StageApplication, StageResult
from lantu.approvals.permissions import NEED_DECIDER, NEED_WINDOW, can_receive
from lantu.approvals.permits import Permit, PermitOrder, permit_office
from lantu.approvals.rights import NEED_APPLICANT, is_member
from lantu.approvals.selectors.filed import site_of, suggested
from lantu.approvals.services import papers
from lantu.approvals.services.window import lock
from lantu.approvals.words import definition_of
from lantu.casework.people import answers_for
from lantu.core.actor import Actor, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.events import emit
from lantu.core.locking import lock_row
from lantu.core.permissions import has_role, is_system
from lantu.core.verbs import verb
from lantu.documents.models import Paper, Seal
from lantu.documents.services import is_sealed, seal_for, seal_paper, withdraw_paper
from lantu.documents.templates import template

Kind, State, Manner = StageResult.Kind, StageResult.State, StageResult.Manner
Data = Mapping[int, Mapping[str, str]]
is_decider = has_role("decider")


@verb("approvals.plan_results", permission=is_system, need=gettext_lazy("由系统在阶段办结时办理。"), subject="application")
def plan_results(actor: Actor, application: StageApplication) -> list[StageResult]:
    """What must be made for each branch that was decided (待制作), once the stage has its result; again, only what is new. A round that was
    refused gets its letter also when the item was filed again since."""
    content = application.definition.content["items"]
    made = []
    for branch in _decided(application):
        type_code = str(content[branch.item].get("certificate") or "")
        refused = branch.state == Code.REJECTED
        kind = Kind.REFUSAL if refused else Kind.CERTIFICATE if type_code else Kind.DECISION
        name = papers.items_text(application, [branch])
        facts = {"application": application, "kind": kind, "type": type_code if kind == Kind.CERTIFICATE else "", "title": name}
        row, new = StageResult.objects.get_or_create(branch=branch, defaults=facts)
        if new:
            made.append(row)
    remark(results=[row.title for row in made])
    return made


def _decided(application: StageApplication) -> list[Branch]:
    """The branches of which something goes out: of each item the latest round when it was decided, and every round that was refused."""
    rows = list(application.branches.order_by("round", "pk"))
    latest = {(row.item, row.department): row for row in rows}
    granted = (Code.APPROVED, Code.APPROVED_DEFERRED)
    return [row for row in rows if row.state == Code.REJECTED or (row.state in granted and latest[row.item, row.department] is row)]


def results_for(actor: Actor, application: StageApplication) -> list[StageResult]:
    """The results that the actor's department has yet to make."""
    rows = application.results.filter(state=State.DUE, branch__department__in=answers_for(actor.department))
    return list(rows.select_related("branch", "application__project"))


def make_results(actor: Actor, application: StageApplication, data: Data | None = None) -> list[StageResult]:
    """Make all results of the actor's department (制作结果): certificates prepared, sealed and issued all or none, decisions and
    refusals written and sealed. Call it outside of transactions; what was held stays for the next try. When the last is ready and the
    lead has concluded, everything goes out together.

    ``data``: result → fields of the certificate, in place of what the case suggests. Raises ``Conflict`` when nothing is to be made or a
    condition is not ticked or there is no seal that the actor may use, ``BadInput`` for missing fields.
    """
    rows = hold_results(actor, application, data or {})
    seals = [(row.paper, _seal(actor, row.paper)) for row in rows if row.paper is not None]
    references = [row.reference for row in rows if row.kind == Kind.CERTIFICATE]
    if references:
        permit_office().issue_together(actor, references)
    for paper, seal in seals:
        if seal is not None:
            seal_paper(actor, paper, seal)
    return record_results(actor, application, [row.pk for row in rows])


def _seal(actor: Actor, paper: Paper) -> Seal | None:
    """The seal for a decision, none for one that wants none or has it. Raises ``Conflict`` when the actor may use none: a decision without
    its seal is none."""
    if not template(paper.template).seal or is_sealed(paper):
        return None
    seal = seal_for(actor, paper)
    if seal is None:
        raise Conflict(_("您没有可用于「%(paper)s」的印章。") % {"paper": paper}, how=_("请安全保密管理员登记印章并授权。"))
    return seal


@verb("approvals.hold_results", permission=is_decider, need=NEED_DECIDER, subject="application")
def hold_results(actor: Actor, application: StageApplication, data: Data) -> list[StageResult]:
    """Hold numbers for the certificates and write the decisions of the actor's department."""
    row = lock(application)
    results = results_for(actor, row)
    if not results:
        raise Conflict(_("没有本部门待制作的结果。"), where=row.number, how=_("请刷新页面。"))
    open_conditions = BranchCondition.objects.filter(
        branch__in=[one.branch_id for one in results if one.kind != Kind.REFUSAL], state=BranchCondition.State.OPEN
    )
    if waiting := [one.text for one in open_conditions]:
        raise Conflict(_("还有 %(n)s 条条件没有核对：%(texts)s") % {"n": len(waiting), "texts": "；".join(waiting[:5])}, where=row.number,
                       how=_("请先逐条核对并写明证据。"))  # fmt: skip
    for result in results:
        result.application = result.branch.application = row
        if result.kind == Kind.CERTIFICATE:
            _hold_certificate(actor, row, result, data.get(result.pk, {}))
        elif result.paper is None:
            result.paper = _write_decision(actor, row, result)
        result.save(update_fields=["data", "number", "reference", "title", "paper"])
    remark(results=[one.title for one in results])
    return results


def _hold_certificate(actor: Actor, row: StageApplication, result: StageResult, given: Mapping[str, str]) -> None:
    fields = permit_office().fields(result.type)
    values = {**suggested(row, fields), **result.data, **{name: value for name, value in given.items() if value.strip()}}
    order = PermitOrder(
        type=result.type,
        key=f"approvals/{result.branch_id}",
        application=row,
        item=definition_of(row).items[result.branch.item].name_zh,
        holder_name=papers.unit_of(row),
        holder_code=row.applicant.uscc if row.applicant is not None else "",
        data=values,
        geometry=site_of(row),
    )
    permit = permit_office().prepare(actor, order)
    result.data, result.number, result.reference, result.title = values, permit.number, permit.reference, permit.title


def _write_decision(actor: Actor, row: StageApplication, result: StageResult) -> Paper:
    branch = result.branch
    event = branch.events.filter(code=branch.state or 0).order_by("-number").first()
    data = {
        "project": row.project.name,
        "item": papers.items_text(row, [branch]),
        "basis": (event.basis if event else "") or f"{papers.LAW}第三十八条",
    }
    if result.kind == Kind.REFUSAL:
        data["reason"] = event.opinion if event else ""
        return papers.send(actor, row, "refusal", f"refusal/{branch.pk}", data)
    conditions = list(branch.conditions.exclude(state=BranchCondition.State.WAIVED).values_list("text", flat=True))
    return papers.send(actor, row, "decision", f"decision/{branch.pk}", {**data, "conditions": conditions})


@verb("approvals.record_results", permission=is_decider, need=NEED_DECIDER, subject="application")
def record_results(actor: Actor, application: StageApplication, results: list[int]) -> list[StageResult]:
    """Write down that results are made; the last of the stage lets all go out."""
    row = lock(application)
    rows = list(row.results.select_for_update().filter(pk__in=results, state=State.DUE))
    mine = {one.pk for one in results_for(actor, row)}
    rows = [one for one in rows if one.pk in mine]
    for one in rows:
        if one.kind == Kind.CERTIFICATE:
            permit = permit_office().permit(one.reference)
            if not permit.issued:
                raise Conflict(_("%(title)s 还没有发出。") % {"title": one}, where=row.number)
            one.number = permit.number
        elif one.paper is not None:
            one.number = one.paper.number
        one.state, one.made_by_name, one.made_at = State.READY, actor.name, timezone.now()
        one.save(update_fields=["state", "number", "made_by_name", "made_at"])
    remark(numbers=[one.number for one in rows])
    release_if_ready(actor, row)
    return list(StageResult.objects.filter(pk__in=results))


def release_if_ready(actor: Actor, row: StageApplication) -> bool:
    """Let all results of a stage go out at the same moment (同步出件), once every one is made and the lead has concluded."""
    waiting = row.results.filter(state=State.READY)
    if not waiting.exists() or row.results.filter(state=State.DUE).exists():
        return False
    if not row.lead_opinions.filter(kind=LeadOpinion.Kind.CONCLUSION).exists():
        return False
    numbers = [str(one) for one in waiting]
    waiting.update(state=State.OUT, out_at=timezone.now())
    emit(actor, "approvals.results_out", row, results=numbers)
    return True


@verb("approvals.deliver", permission=can_receive, need=NEED_WINDOW, subject="result")
def deliver(actor: Actor, result: StageResult, manner: str, receiver: str, receipt_no: str = "") -> StageResult:
    """Hand over at the counter or post a result against a signed receipt (送达). Raises ``Conflict`` unless it is out, ``BadInput`` without
    a receiver, or without the consignment number of what was posted."""
    row = _out(result)
    if manner not in (Manner.COUNTER, Manner.POST) or not receiver.strip() or (manner == Manner.POST and not receipt_no.strip()):
        raise BadInput(_("须选送达方式并填签收人，邮寄须填单号。"), where=str(row), how=_("请补填。"))
    return _delivered(actor, row, manner, receiver, receipt_no)


@verb("approvals.receive_results", permission=is_member, need=NEED_APPLICANT, subject="application")
def receive_results(actor: Actor, application: StageApplication, signature: str) -> list[StageResult]:
    """The applicant signs for all results that are out and may download them from then on (网上签收): a receipt for each.

    Raises ``Conflict`` when nothing is out, ``BadInput`` without a signature.
    """
    if not signature.strip():
        raise BadInput(_("签收须填签收人姓名。"), where=application.number, how=_("请补填。"))
    row = lock(application)
    rows = list(row.results.select_for_update().filter(state=State.OUT).order_by("pk"))
    if not rows:
        raise Conflict(_("没有待领取的结果。"), where=row.number, how=_("请刷新页面。"))
    for one in rows:
        one.application = row
        _delivered(actor, one, Manner.DOWNLOAD, signature, "")
    return rows


def _locked(result: StageResult) -> StageResult:
    return lock_row(StageResult.objects.select_related("branch", "application__project", "application__definition"), result.pk)


def _out(result: StageResult) -> StageResult:
    row = _locked(result)
    if row.state != State.OUT:
        raise Conflict(
            _("%(title)s 现在是「%(state)s」，不能送达。") % {"title": row, "state": row.get_state_display()}, how=_("请刷新页面。")
        )
    return row


def _delivered(actor: Actor, row: StageResult, manner: str, receiver: str, receipt_no: str) -> StageResult:
    now = timezone.now()
    row.manner, row.receiver, row.receipt_no = manner, receiver.strip()[:100], receipt_no.strip()[:100]
    row.state, row.delivered_at, row.delivered_by_name = State.DELIVERED, now, actor.name
    data = {
        "document": row.title,
        "document_no": row.number or "—",
        "manner": str(Manner(manner).label),
        "delivered": timezone.localtime(now).strftime("%Y-%m-%d %H:%M"),
        "addressee": f"{papers.unit_of(row.application)}（{row.receiver}）",
    }
    sender = system(actor.name) if manner == Manner.DOWNLOAD else actor  # who downloads signs, the platform writes
    row.receipt = papers.send(sender, row.application, "delivery", f"delivery/{row.pk}/{row.number}", data)
    row.save()
    remark(manner=manner, receiver=row.receiver)
    emit(actor, "approvals.delivered", row.application, result=row.pk, manner=manner)
    return row


@verb("approvals.correct_result", permission=is_decider, need=NEED_DECIDER, subject="application")
def hold_correction(actor: Actor, application: StageApplication, result: StageResult, data: Mapping[str, str], reason: str) -> Permit:
    """Prepare a corrected certificate in place of one that went out (更正): a successor with other data. What went out stays in force until
    ``record_correction``; the same data again gives the same successor."""
    row = _locked(result)
    if row.branch.department not in answers_for(actor.department) or row.application_id != application.pk:
        raise Refused(_("须由承办部门更正。"), where=str(row), how=_("请承办部门的审定人办理。"))
    if row.kind != Kind.CERTIFICATE or row.state not in (State.OUT, State.DELIVERED):
        raise Conflict(_("只有已经出件的证照可以更正。"), where=str(row), how=_("决定书请撤销后另发。"))
    values = _corrected(row, data)
    if values == row.data or not reason.strip():
        raise BadInput(_("更正须改动内容并写明理由。"), where=str(row), how=_("请补填。"))
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    key, basis = f"approvals/{row.branch_id}/{row.reference}/{digest}", f"{papers.LAW}第四十九条"
    permit = permit_office().correct(actor, row.reference, values, key=key, reason=reason, basis=basis)
    remark(reason=reason, number=permit.number)
    return permit


def _corrected(row: StageResult, data: Mapping[str, str]) -> dict[str, str]:
    return {**row.data, **{name: value for name, value in data.items() if value.strip()}}


@verb("approvals.record_correction", permission=is_decider, need=NEED_DECIDER, subject="result")
def record_correction(actor: Actor, result: StageResult, reference: str, data: Mapping[str, str], reason: str) -> StageResult:
    """Write down that the successor is issued and takes the place of what went out; it is to be handed over anew. Raises ``Conflict``
    before it is issued, or when the result was revoked meanwhile; again, it is as it was."""
    row, permit = _locked(result), permit_office().permit(reference)
    if row.reference == reference:
        return row
    if row.state not in (State.OUT, State.DELIVERED):
        raise Conflict(_("%(title)s 现在是「%(state)s」，不能更正。") % {"title": row, "state": row.get_state_display()}, where=str(row))
    if not permit.issued or row.branch.department not in answers_for(actor.department):
        raise Conflict(_("%(title)s 还没有发出。") % {"title": permit.title}, where=str(row))
    row.data, row.reference, row.number = _corrected(row, data), permit.reference, permit.number
    row.state, row.delivered_at, row.made_at = State.OUT, None, timezone.now()
    row.save()
    remark(reason=reason, number=row.number)
    emit(actor, "approvals.result_corrected", row.application, result=row.pk, reason=reason)
    return row


def correct_result(actor: Actor, result: StageResult, data: Mapping[str, str], reason: str) -> StageResult:
    """Correct a certificate after issue (更正): the successor is sealed and takes its place. Call it outside of transactions; when sealing
    fails, what went out stays as it is and the same again goes on from there."""
    permit = hold_correction(actor, result.application, result, data, reason)
    permit_office().issue_together(actor, [permit.reference])
    record_correction(actor, result, permit.reference, data, reason)
    result.refresh_from_db()
    return result


def revoke_result(actor: Actor, branch: Branch, reason: str) -> None:
    """A revoked branch takes its result with it, in the transaction of the revocation. Raises ``Conflict`` while a certificate is being
    sealed: it would be in force afterwards."""
    row = StageResult.objects.select_for_update().filter(branch=branch).first()
    if row is None or row.state == State.REVOKED:
        return
    if row.kind == Kind.CERTIFICATE and row.reference:
        permit_office().revoke(actor, row.reference, reason, f"{papers.LAW}第六十九条")
    elif row.paper is not None and row.paper.state == "issued":
        withdraw_paper(system(actor.name), row.paper, reason=reason[:300])
    row.state = State.REVOKED
    row.save(update_fields=["state"])


def waiting_results(days_ago: object) -> list[StageResult]:
    """Results out since before a moment, not collected and not reminded of yet."""
    rows = StageResult.objects.filter(Q(reminded_on=None), state=State.OUT, out_at__lt=days_ago)
    return list(rows.select_related("application__project"))
