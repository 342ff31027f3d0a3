"""Positions (部门意见): what a department says to a case, with reason, law, file and a geometry of its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from lantu.casework.models import Clock, Consultation, Reply, Request
from lantu.casework.people import answers_for
from lantu.casework.services import reply
from lantu.casework.subjects import key_of
from lantu.conflicts.geometry import clean_area
from lantu.conflicts.models import ConflictCase, Position
from lantu.conflicts.pack import Stance, stances
from lantu.conflicts.services.moves import MATTER, lock, write
from lantu.conflicts.states import ANSWERABLE
from lantu.core import audit, events
from lantu.core.actor import Actor, Post
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import OutboxEvent, StoredFile
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.geodesy.area import polygon_area

SPEAKERS = has_role("reviewer", "decider", "planner", "checker")
NEED = gettext_lazy("部门意见须由被征求部门的审查人或审定人提出。")


def open_request(case: ConflictCase, department: str) -> Request | None:
    """The request of the newest round to a department, or to one that it took over; none when it was not asked."""
    last = Consultation.objects.filter(**key_of(case), matter=MATTER).order_by("-round").first()
    if last is None:
        return None
    mine = answers_for(department)
    rows = last.requests.exclude(state=Request.State.WITHDRAWN).select_related("department", "consultation")
    return next((row for row in rows if row.department.code in mine), None)


@verb("conflicts.take_position", permission=SPEAKERS, need=NEED, subject="case")
def take_position(
    actor: Actor,
    case: ConflictCase,
    stance: str,
    reason: str = "",
    law: str = "",
    *,
    department: str = "",
    file: StoredFile | None = None,
    file_name: str = "",
    geometry: BaseGeometry | None = None,
    version: int | None = None,
) -> Position:
    """Say what one's department thinks of a case; while the round is open it may be revised.

    ``department``: another department's position, entered by a planner from its paper (then ``file`` is needed). Raises ``BadInput`` for an
    unknown stance, objections without reason and law, a geometry that is no clean area; ``Refused`` for a department that was not asked.
    """
    chosen = stances().get(stance)
    if chosen is None:
        raise BadInput(_("没有意见「%(stance)s」。") % {"stance": stance}, how=_("可选：%(all)s。") % {"all": "、".join(stances())})
    lock(case, version)
    if case.state not in ANSWERABLE:
        raise Conflict(
            _("%(number)s 现在是「%(state)s」，不在征求意见。") % {"number": case.number, "state": case.get_state_display()},
            where=case.number,
        )
    speaker = department or actor.department
    if department and department not in answers_for(actor.department):
        _check_entering(actor, department, file)
        acting = replace(actor, post=Post("system", department, actor.region))
    else:
        acting = actor
    request = open_request(case, speaker)
    if request is None:
        raise Refused(_("%(number)s 没有征求您所在部门的意见。") % {"number": case.number}, where=speaker, how=_("请由被征求的部门答复。"))
    if chosen.code == "geometry" and geometry is None:
        raise BadInput(_("提出图形须附图形。"), how=_("请上传界址点 TXT 或 GeoJSON。"))
    shape = clean_area(geometry) if geometry is not None else None
    words = {"reason": reason.strip(), "law": law.strip()}
    return _record(acting, actor, case, request, chosen, file=file, file_name=file_name, geometry=shape, **words)


def _check_entering(actor: Actor, department: str, file: StoredFile | None) -> None:
    if actor.role not in ("planner", "system"):
        raise Refused(_("不能代其他部门提出意见。"), where=department, how=_("请由该部门办理，或由规划经办人凭其回函代录。"))
    if file is None:
        raise BadInput(_("代录部门意见须附其回函。"), where=department, how=_("请上传回函或填好的表格。"))


def _record(
    acting: Actor,
    actor: Actor,
    case: ConflictCase,
    request: Request,
    stance: Stance,
    *,
    reason: str,
    law: str,
    file: StoredFile | None,
    file_name: str,
    geometry: BaseGeometry | None,
) -> Position:
    conditions = [reason or stance.name] if stance.verdict == "conditions" else []
    files = [(file, file_name)] if file else []
    answer = reply(acting, request, stance.verdict, reason=reason, law=law, conditions=conditions, files=files)
    code, round_ = request.department.code, request.consultation.round
    # the plain position that the reply's event made becomes this one
    position = Position.objects.get(case=case, department=code, round=round_, current=True)
    position.stance, position.file, position.file_name, position.geometry = stance.code, file, file_name, geometry
    position.area_m2 = Decimal(str(round(polygon_area(geometry), 2))) if geometry is not None else None
    if acting is not actor:
        position.by_name = _("%(name)s（代录）") % {"name": actor.name}
    position.save()
    case.refresh_from_db()
    audit.remark(department=code, stance=stance.code, revision=answer.revision)
    return position


@events.subscribe("casework.replied")
def _replied(event: OutboxEvent, actor: Actor) -> None:
    """Each reply over a case is a position, by whichever page it was given."""
    request = Request.objects.select_related("consultation", "department").get(pk=event.subject_id)
    consultation = request.consultation
    if (consultation.subject_type, consultation.matter) != (ConflictCase._meta.label_lower, MATTER):
        return
    case = lock(ConflictCase.objects.get(pk=consultation.subject_id))
    answer = Reply.objects.get(request=request, revision=event.payload["revision"])
    same = {"case": case, "department": request.department.code, "round": consultation.round}
    Position.objects.filter(**same, current=True).update(current=False)
    position = Position.objects.create(
        **same,
        revision=answer.revision,
        stance=_stance_of(answer.verdict),
        verdict=answer.verdict,
        reason=answer.reason or "；".join(one["text"] for one in answer.conditions),
        law=answer.law,
        by_id=actor.user_id,
        by_name=actor.name,
    )
    answered = consultation.requests.exclude(state__in=[Request.State.ASKED, Request.State.WITHDRAWN]).count()
    facts = {"department": position.department, "stance": position.stance, "round": position.round}
    write(actor, case, "position", note=position.reason[:500], facts=facts, answered=answered)


@events.subscribe("casework.clock_stopped")
@events.subscribe("casework.clock_resumed")
@events.subscribe("casework.clock_extended")
@events.subscribe("casework.clock_moved")
def _time_moved(event: OutboxEvent, actor: Actor) -> None:
    """The time to answer was stopped, went on, was extended or counted by another calendar: the case's day moves with it."""
    clock = Clock.objects.filter(pk=event.subject_id, subject_type=ConflictCase._meta.label_lower).first()
    if clock is None or clock.ended_on is not None or clock.due_on is None:
        return
    case = lock(ConflictCase.objects.get(pk=clock.subject_id))
    if case.due != clock.due_on:
        write(actor, case, "due_moved", facts={"from": case.due, "to": clock.due_on}, due=clock.due_on)


def _stance_of(verdict: str) -> str:
    """The first stance of a verdict that needs nothing more than words."""
    return next((one.code for one in stances().values() if one.verdict == verdict and one.code != "geometry"), verdict)
