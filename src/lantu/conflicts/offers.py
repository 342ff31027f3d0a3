"""What an actor may do with a case now: the buttons of its page. The verbs check again; nothing is allowed by being offered."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lantu.casework.models import Request
from lantu.conflicts.models import ConflictCase
from lantu.conflicts.pack import holds_step
from lantu.conflicts.services.approving import step_of_case
from lantu.conflicts.services.positions import open_request
from lantu.conflicts.states import ANSWERABLE, UNDECIDED, State
from lantu.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Offer:
    """A button: the act's key (as in ``views.acts``), its words, the key that presses it."""

    key: str
    label: str | Promise
    shortcut: str = ""


TRIAGE = Offer("triage", _("甄别"))
LIST = Offer("list", _("列入问题清单"))
UNLIST = Offer("unlist", _("移出清单"))
ASK = Offer("ask", _("征求意见"))
ASK_AGAIN = Offer("ask", _("再征求一轮"))
POSITION = Offer("position", _("提出本部门意见"))
ENTER = Offer("position", _("代录部门意见"))
PROPOSE = Offer("propose", _("提出方案"))
MEETING = Offer("meeting", _("上协调会"), "m")
DEFER_PROPOSAL = Offer("propose-deferral", _("暂缓，列为遗留"), "d")
DEFER = Offer("defer", _("暂缓，列为遗留"), "d")
DOUBT = Offer("doubt", _("报误判"), "f")
CONFIRM, REJECT = Offer("confirm-doubt", _("确认误判")), Offer("reject-doubt", _("否定误判"))
DUPLICATE = Offer("duplicate", _("标为重复"))
UNDO = Offer("undo-duplicate", _("撤销重复"))
SUBMIT = Offer("submit", _("报审"))
RETURN = Offer("return", _("退回"))
RESUME = Offer("resume", _("重新办理"))
APPLY = Offer("apply", _("落图"))
REDO = Offer("redo", _("撤销落图，重提方案"))
UNSETTLE = Offer("unsettle", _("撤销自动处理"))

PLANNER_WAY: dict[str, tuple[Offer, ...]] = {
    State.DETECTED: (TRIAGE,),
    State.TRIAGED: (LIST, TRIAGE),
    State.LISTED: (ASK, UNLIST),
    State.CONSULTING: (PROPOSE, DEFER_PROPOSAL, ASK_AGAIN, ENTER),
    State.PROPOSED: (MEETING, PROPOSE, DEFER_PROPOSAL, ASK_AGAIN),
    State.RETURNED: (PROPOSE, DEFER_PROPOSAL, ASK_AGAIN),
    State.APPROVED: (APPLY,),
    State.DEFERRED: (RESUME,),
    State.DUPLICATE: (UNDO,),
    State.SETTLED: (UNSETTLE,),
}


def offers(actor: Actor, case: ConflictCase) -> list[Offer]:
    """The acts for a case, the main one first."""
    if case.in_doubt:
        second = actor.role in ("planner", "checker") and actor.user_id != case.doubt_by_id
        return [CONFIRM, REJECT] if second else []
    found: list[Offer] = []
    if (
        (request := my_request(actor, case)) is not None
        and actor.role in ("reviewer", "decider")
        and request.state != Request.State.WITHDRAWN
    ):
        found.append(POSITION)
    found += _at_step(actor, case)
    if actor.role == "planner":
        found += PLANNER_WAY.get(case.state, ())
        if case.still_hit and case.state == State.APPLIED:
            found.append(REDO)
        if case.state in UNDECIDED:
            found += [DOUBT, DUPLICATE]
    elif actor.role == "checker" and case.state in UNDECIDED:
        found.append(DOUBT)
    return found


def my_request(actor: Actor, case: ConflictCase) -> Request | None:
    """The open request to the actor's department; none when it was not asked in this round."""
    if case.state not in ANSWERABLE or not actor.department:
        return None
    return open_request(case, actor.department)


def _at_step(actor: Actor, case: ConflictCase) -> list[Offer]:
    here = step_of_case(case)
    if here is None or not holds_step(actor.role, actor.department, here):
        return []
    main = [SUBMIT] if case.state == State.MEETING and "submit" in here.may else []
    return [*main, *([RETURN] if "return" in here.may else []), *([DEFER] if "defer" in here.may else [])]
