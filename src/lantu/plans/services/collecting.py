"""Collection rounds (汇交): asked by a day, reminded, handed in by the department itself, checked at once, received or returned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.accounts.models import Department
from lantu.casework.services.notices import notify
from lantu.core import jobs, numbers
from lantu.core.actor import Actor, Post, system
from lantu.core.audit import remark
from lantu.core.errors import BadInput, Conflict, LantuError
from lantu.core.events import emit
from lantu.core.jobs import JobContext, job_kind
from lantu.core.locking import lock_row
from lantu.core.ticks import every
from lantu.core.verbs import verb
from lantu.plans.models import CollectionRequest, CollectionRound, CollectionSubmission, Delivery, PlanDataset
from lantu.plans.permissions import NEED_DEPARTMENT, NEED_PLANNER, may_bring, may_hand_in
from lantu.plans.services.checking import check_delivery
from lantu.plans.services.datasets import create_dataset
from lantu.plans.services.intake import NamedStream, abandon_delivery, confirm_reading, inspect_delivery, store_delivery
from lantu.plans.services.mapping import map_as_said
from lantu.plans.services.states import State, step
from lantu.standards import selectors

Request = CollectionRequest
REMIND_DAYS = (7, 3, 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A layer of a department."""

    department: Department
    layer_code: str


def wanted(text: str) -> Wanted:
    """``department:layer`` as forms and callers write it. Raises ``BadInput`` for a department that is not there."""
    code, _mark, layer = text.partition(":")
    department = Department.objects.filter(code=code).first()
    if department is None:
        raise BadInput(_("没有部门 %(code)s。") % {"code": code}, how=_("请核对部门代码。"))
    return Wanted(department, layer)


def counts_of(rows: QuerySet[CollectionRequest]) -> dict[str, int]:
    """How many requests are in which state; every state is named."""
    return dict.fromkeys(Request.State.values, 0) | dict(rows.order_by().values_list("state").annotate(Count("pk")))


@verb("plans.open_round", permission=may_bring, need=NEED_PLANNER)
def open_round(actor: Actor, title: str, due: date, wanted: Sequence[Wanted], *, note: str = "", demo: bool = False) -> CollectionRound:
    """Ask departments for layers by a day. Raises ``BadInput`` for a day that is past or when nothing is asked for."""
    if not title.strip():
        raise BadInput(_("没有填汇交的名称。"), how=_("请填写，如「2018 年度规划成果汇交」。"))
    if due < timezone.localdate():
        raise BadInput(_("截止日 %(day)s 已经过了。") % {"day": due}, how=_("请选今天或以后的日子。"))
    if not wanted:
        raise BadInput(_("没有选图层。"), how=_("请至少选一个要汇交的图层。"))
    if len(set(wanted)) < len(wanted):
        raise BadInput(_("同一部门的同一图层选了两次。"), how=_("每个部门的每个图层只选一次。"))
    made = CollectionRound.objects.create(title=title.strip(), due=due, note=note.strip(), demo=demo, opened_by_name=actor.name)
    for one in wanted:
        layer = selectors.layer(one.layer_code)
        request = Request.objects.create(round=made, department=one.department, layer_code=layer.code, due=due)
        _tell(actor, request, _("请于 %(day)s 前汇交 %(layer)s") % {"day": request.due, "layer": layer}, "asked")
    remark(requests=len(wanted), due=str(due))
    return made


def _tell(actor: Actor, request: Request, title: str, key: str) -> int:
    """Leave a notice for the reviewers of the department that is asked (and of its successors)."""
    posts = [Post("reviewer", code) for code in sorted(_heirs(request.department))]
    return notify(actor, posts, title, reverse("plans:request", args=[request.pk]), subject=request, key=f"collection-{request.pk}-{key}")


def _heirs(department: Department) -> set[str]:
    """Codes of a department and of all that took over from it."""
    found: set[str] = set()
    waiting = [department]
    while waiting:
        one = waiting.pop()
        if one.code not in found:
            found.add(one.code)
            waiting += list(one.successors.all())
    return found


def submit(actor: Actor, request: Request, uploads: Sequence[NamedStream], note: str = "") -> CollectionSubmission:
    """Hand files in: stored, receipted, and checked by a job at once. Raises ``BadInput``, ``TooLarge``, ``Conflict``."""
    return _submit(actor, request, uploads=uploads, note=note)


@verb("plans.submit_collection", permission=may_hand_in, need=NEED_DEPARTMENT, subject="request")
def _submit(actor: Actor, request: Request, *, uploads: Sequence[NamedStream], note: str) -> CollectionSubmission:
    current = _locked(request, Request.State.ASKED, Request.State.RETURNED, Request.State.SUBMITTED)
    _need_open(current.round)
    if current.state == Request.State.SUBMITTED:
        _replace(actor, current)
    dataset = current.dataset or _dataset(actor, current)
    office = system(actor.name, actor.channel)  # the department may hand in, but not otherwise bring plans
    delivery = store_delivery(office, dataset, uploads)
    Delivery.objects.filter(pk=delivery.pk).update(uploaded_by_id=actor.user_id)
    today = timezone.localdate()
    serial = numbers.reserve(f"collection-{today.year}", f"{delivery.pk}")
    submission = CollectionSubmission.objects.create(
        request=current,
        number=current.submissions.count() + 1,
        receipt_no=f"HJ{today.year}-{serial:05d}",
        delivery=delivery,
        files=[
            {"name": one.name, "size": one.stored.size, "sha256": one.stored.sha256}
            for one in delivery.files.select_related("stored").order_by("pk")
        ],
        note=note.strip()[:400],
        submitted_by_id=actor.user_id,
        submitted_by_name=actor.name,
    )
    current.dataset = dataset
    step(current, Request.State.SUBMITTED, "dataset")
    remark(receipt=submission.receipt_no, files=[one["name"] for one in submission.files])
    jobs.enqueue(actor, "plans.check_submission", _("自动质检 %(no)s") % {"no": submission.receipt_no}, submission=submission.pk)
    emit(actor, "plans.collected", submission, receipt=submission.receipt_no)
    return submission


def _replace(actor: Actor, request: Request) -> None:
    """A new hand-over takes the place of one that nobody has decided on."""
    for older in request.submissions.filter(verdict=""):
        older.verdict, older.reasons = CollectionSubmission.Verdict.RETURNED, str(_("部门重新汇交，以新的为准。"))
        older.decided_by_name, older.decided_at = actor.name, timezone.now()
        older.save()
        _give_up(older, older.reasons)


def _give_up(submission: CollectionSubmission, reason: str) -> None:
    delivery = submission.delivery
    if delivery is not None and delivery.state not in (State.RELEASED, State.ABANDONED):
        abandon_delivery(system(str(_("汇交"))), delivery, reason)


def _dataset(actor: Actor, request: Request) -> PlanDataset:
    found = PlanDataset.objects.filter(layer_code=request.layer_code, owner__code__in=_heirs(request.department)).order_by("-pk").first()
    if found is not None:
        return found
    layer = selectors.layer(request.layer_code)
    name = f"{request.department.name_zh} {layer.name_zh}"
    demo = request.round.demo
    return create_dataset(system(actor.name, actor.channel), request.layer_code, name, owner=request.department, demo=demo)


def check_submission(actor: Actor, submission: CollectionSubmission) -> CollectionSubmission:
    """Read, map and check what was handed in, as far as it goes by itself; where it stops, the reason is kept for both sides."""
    office = system(str(_("汇交自动质检")), actor.channel)
    problem = ""
    delivery = Delivery.objects.filter(pk=submission.delivery_id or 0).first()
    if delivery is None or delivery.state not in (State.UPLOADED, State.INSPECTED, State.MAPPED):
        return submission  # done already: a job may run again, or a person has gone on
    try:
        _work_through(office, delivery, submission.request.layer_code)
    except LantuError as error:
        problem = str(error)
    CollectionSubmission.objects.filter(pk=submission.pk).update(problem=problem[:600], checked=True)
    submission.refresh_from_db()
    return submission


def _work_through(office: Actor, delivery: Delivery, layer_code: str) -> None:
    """The steps that a person would take, as proposed; raises ``LantuError`` where only a person can go on."""
    if delivery.state == State.UPLOADED:
        delivery = inspect_delivery(office, delivery)
    if delivery.state == State.INSPECTED:
        layers = delivery.detected["layers"]
        best = next((one for one in layers if one["name"].lower().startswith(layer_code.lower())), layers[0])
        epsg = best["frame"]["epsg"]
        if epsg is None:
            raise Conflict(_("认不出坐标系。"), where="；".join(best["frame"]["evidence"]), how=_("请在文件里写明坐标系后重新汇交。"))
        encoding = (best["encoding"] or {}).get("name", "")
        delivery = confirm_reading(office, delivery, layer=best["name"], encoding=encoding, epsg=int(epsg))
        delivery = map_as_said(office, delivery)
    check_delivery(office, delivery)


@job_kind("plans.check_submission")
def _job(context: JobContext, submission: int) -> dict[str, Any]:
    done = check_submission(context.actor, CollectionSubmission.objects.select_related("request").get(pk=submission))
    return {"submission": done.pk, "problem": done.problem}


@verb("plans.decide_submission", permission=may_bring, need=NEED_PLANNER, subject="submission")
def decide(actor: Actor, submission: CollectionSubmission, *, accept: bool, reasons: str = "") -> CollectionSubmission:
    """Receive what was handed in, or return it with reasons. Received, its delivery goes on through the five steps.

    Raises ``BadInput`` for a return without reasons, ``Conflict`` when the files could not be read or somebody has decided already.
    """
    request = _locked(submission.request, Request.State.SUBMITTED)
    current = CollectionSubmission.objects.select_for_update().get(pk=submission.pk)
    if current.verdict:
        raise Conflict(_("这一件已经有结论。"), how=_("请刷新页面。"))
    if not accept and not reasons.strip():
        raise BadInput(_("没有填退回理由。"), how=_("请写明要改什么，部门会看到。"))
    if accept and current.delivery_id is None:
        raise Conflict(_("文件读不出来，不能接收。"), where=current.problem, how=_("请退回并说明原因。"))
    current.verdict = CollectionSubmission.Verdict.ACCEPTED if accept else CollectionSubmission.Verdict.RETURNED
    current.reasons = reasons.strip()
    current.decided_by_name, current.decided_at = actor.name, timezone.now()
    current.save()
    if not accept:
        _give_up(current, current.reasons)
    step(request, Request.State.ACCEPTED if accept else Request.State.RETURNED)
    title = _("%(no)s 已接收") if accept else _("%(no)s 已退回，请按理由修改后重新汇交")
    _tell(actor, request, title % {"no": current.receipt_no}, f"decided-{current.pk}")
    remark(verdict=current.verdict, reasons=current.reasons)
    return current


@verb("plans.remind_collection", permission=may_bring, need=NEED_PLANNER, subject="request")
def remind(actor: Actor, request: Request) -> int:
    """Remind a department, at most once a day. Returns how many people were told; raises ``Conflict`` when nothing is open."""
    current = _locked(request, Request.State.ASKED, Request.State.RETURNED)
    _need_open(current.round)
    today = timezone.localdate()
    if current.reminded_on == today:
        raise Conflict(_("今天已经催办过。"), how=_("请明天再催。"))
    current.reminders, current.reminded_on = current.reminders + 1, today
    step(current, current.state, "reminders", "reminded_on")
    left = current.days_left(today)
    when = _("还有 %(n)s 天") % {"n": left} if left >= 0 else _("已超期 %(n)s 天") % {"n": -left}
    layer = selectors.layer(current.layer_code)
    return _tell(actor, current, _("催办：%(layer)s 汇交%(when)s") % {"layer": layer, "when": when}, f"remind-{today}")


@every(6 * 3600, "plans.remind_collections")
def remind_due() -> int:
    """Remind on the days before the due day that the pack names, and once a week after it. Returns how many requests."""
    days = tuple((selectors.catalogue().tolerances.get("collection") or {}).get("remind_days", REMIND_DAYS))
    today = timezone.localdate()
    waiting = Request.objects.filter(state__in=[Request.State.ASKED, Request.State.RETURNED], round__state=CollectionRound.State.OPEN)
    done = 0
    for request in waiting.exclude(reminded_on=today).select_related("round", "department"):
        left = request.days_left(today)
        if left in days or (left < 0 and left % 7 == 0):
            remind(system(str(_("汇交催办"))), request)
            done += 1
    return done


@verb("plans.withdraw_collection", permission=may_bring, need=NEED_PLANNER, subject="request")
def withdraw(actor: Actor, request: Request) -> Request:
    """Ask for a layer no more."""
    return step(_locked(request, Request.State.ASKED, Request.State.RETURNED), Request.State.WITHDRAWN)


@verb("plans.close_round", permission=may_bring, need=NEED_PLANNER, subject="round")
def close_round(actor: Actor, round: CollectionRound) -> CollectionRound:
    """End a round; what is still open can no longer be handed in.

    Raises ``Conflict`` while something waits to be received, or when it is ended already.
    """
    current = CollectionRound.objects.select_for_update().get(pk=round.pk)
    _need_open(current)
    states = list(current.requests.select_for_update().order_by("pk").values_list("state", flat=True))
    if waiting := states.count(Request.State.SUBMITTED):
        raise Conflict(_("还有 %(n)s 件没有接收或退回。") % {"n": waiting}, how=_("请先逐件给出结论。"))
    current.state, current.closed_at = CollectionRound.State.CLOSED, timezone.now()
    current.save()
    return current


def _need_open(round: CollectionRound) -> None:
    if round.state != CollectionRound.State.OPEN:
        raise Conflict(_("这次汇交已经结束。"), how=_("请联系规划经办人。"))


def _locked(request: Request, *allowed: str) -> Request:
    """The request as stored now, locked. Its round is read after that: ending a round waits for this lock."""
    current = lock_row(Request.objects.select_related("department"), request.pk)
    if current.state not in allowed:
        raise Conflict(
            _("这项汇交现在是「%(state)s」，不能办理这一步。") % {"state": Request.State(current.state).label}, how=_("请刷新页面。")
        )
    return current
