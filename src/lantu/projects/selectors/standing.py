"""Where a project stands: who has it now and until when, and its way over the libraries and stages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.casework.models import AgendaItem, Meeting, Request
from lantu.casework.people import today_of
from lantu.casework.selectors import clocks as clock_reads
from lantu.casework.selectors import consultations as opinions
from lantu.casework.subjects import key_of
from lantu.projects import settings
from lantu.projects.models import Generation, Project
from lantu.projects.ports import StageStep, project_stages
from lantu.projects.selectors.replies import MATTER
from lantu.ui import formats

STAGES = {
    "1": gettext_lazy("立项用地规划许可"),
    "2": gettext_lazy("工程建设许可"),
    "3": gettext_lazy("施工许可"),
    "4": gettext_lazy("竣工验收"),
}
"""The four stages, the same in the whole country (国办发〔2019〕11 号)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has a project now, for what, until when; ``url`` is where it is done. ``who`` empty: nobody, it rests."""

    who: tuple[str, ...]
    what: str
    due: date | None = None
    url: str = ""
    note: str = ""

    @property
    def light(self) -> str:
        """``r`` overdue, ``y`` due today or tomorrow, ``g`` otherwise, ``n`` when nobody has it."""
        if not self.who:
            return "n"
        left = (self.due - timezone.localdate()).days if self.due else 99
        return "r" if left < 0 else "y" if left <= 1 else "g"

    @property
    def left(self) -> str:
        """The days left, in words; blank without a due day."""
        if self.due is None:
            return ""
        days = (self.due - timezone.localdate()).days
        return _("还有 %(n)s 天") % {"n": days} if days >= 0 else _("超期 %(n)s 天") % {"n": -days}


@dataclass(frozen=True, slots=True)
class Step:
    """A step on the way of a project: ``state`` done, now or empty; ``lines`` under its name; ``url`` opens it."""

    label: str
    state: str
    lines: tuple[str, ...] = ()
    url: str = ""


def standing(project: Project, generation: Generation | None, steps: Iterable[StageStep] = ()) -> Standing:
    """Who has the project now. ``generation``: its newest planning; ``steps``: how its stages stand."""
    state, own = project.State(project.state), (str(project.department),)
    if state in (project.State.SUSPENDED, project.State.TERMINATED):
        return Standing((), str(state.label), note=project.state_reason)
    if generation is not None and generation.state not in (Generation.State.ENDED, Generation.State.GENERATED):
        return _planning(generation)
    if project.library in (project.Library.RESERVE, project.Library.PLANNING):
        if state == project.State.RECEIVED:
            return Standing(own, _("登记地块，发起策划"))
        if state == project.State.RETURNED:
            return Standing(own, _("补正后再报"), note=project.state_reason)
        return Standing(_names([settings.planning_department()]), _("收入储备库"))
    now = next((step for step in steps if not step.ended), None)
    if now is not None:
        what = _("办理第 %(n)s 阶段（%(stage)s）") % {"n": now.stage, "stage": STAGES[now.stage]}
        return Standing(_names(now.holders), what, now.due, now.url)
    if project.library == project.Library.COMPLETED:
        return Standing((), _("已竣工"))
    return Standing(own, _("申报下一阶段"))


def _planning(row: Generation) -> Standing:
    """Who has a planning now."""
    planners, url, state = _names([settings.planning_department()]), row.get_absolute_url(), row.State(row.state)
    if state == row.State.INITIATED:
        due = next((one.clock.due_on for one in clock_reads.clocks_of(row) if one.clock.ended_on is None), None)
        return Standing(planners, _("形式审查"), due, url)
    if state == row.State.RETURNED:
        return Standing((str(row.lead),), _("补正后再报"), None, url, row.note)
    if state == row.State.CONSULTING:
        latest = opinions.latest(row, MATTER)
        waiting = list(latest.requests.filter(state=Request.State.ASKED).select_related("department")) if latest else []
        due = min((one.due_on for one in waiting), default=None)
        return Standing(tuple(str(one.department) for one in waiting), _("回复征求意见"), due, url)
    if (meeting := _called(row)) is not None:
        what = _("开%(kind)s，%(at)s") % {"kind": meeting.kind, "at": formats.moment(meeting.at)}
        return Standing(planners, what, timezone.localtime(meeting.at).date(), reverse("casework:meeting", args=[meeting.pk]), row.note)
    words = {
        row.State.COORDINATING: _("再征求意见或召集协调会"),
        row.State.SETTLED: _("形成建设条件清单"),
        row.State.CONDITIONED: _("召集联评联审"),
        row.State.REVIEWED: _("生成项目（审定人）"),
    }
    return Standing(planners, words[state], None, url, row.note)


def _called(row: Generation) -> Meeting | None:
    """The meeting that is still to decide about a planning."""
    rows = AgendaItem.objects.filter(**key_of(row), meeting__state=Meeting.State.CALLED).select_related("meeting")
    found = rows.order_by("meeting__at").first()
    return found.meeting if found else None


def _names(codes: Iterable[str]) -> tuple[str, ...]:
    """The departments of today for these codes, by name."""
    found: dict[str, None] = {}
    for department in Department.objects.filter(code__in=list(codes)).order_by("code"):
        found |= dict.fromkeys(today_of(department))
    return tuple(str(row) for row in Department.objects.filter(code__in=found).order_by("code"))


def stage_steps(project: Project) -> list[StageStep]:
    """How the stages of approval stand, of every room that carries projects on; the newest of each stage, in order."""
    found = {step.stage: step for room in project_stages.all() for step in room.steps(project) if step.stage in STAGES}
    return [found[stage] for stage in sorted(found)]


def way(project: Project, generation: Generation | None, steps: Iterable[StageStep]) -> list[Step]:
    """The way from the reserve to acceptance: entered, planned, the four stages."""
    library = project.Library(project.library)
    reserve = library == project.Library.RESERVE
    found = [
        Step(_("储备"), "now" if reserve else "done", (_("%(day)s 入库") % {"day": formats.day(project.entered_at)},)),
        Step(_("策划生成"), _planned(project, generation), _span(generation), generation.get_absolute_url() if generation else ""),
    ]
    known = {step.stage: step for step in steps}
    for stage, label in STAGES.items():
        step = known.get(stage)
        state = "" if step is None else "done" if step.ended else "now"
        found.append(Step(str(label), state, _lines(step), step.url if step else ""))
    return found


def _planned(project: Project, generation: Generation | None) -> str:
    if project.library == project.Library.RESERVE or generation is None:
        return "" if project.library == project.Library.RESERVE else "done"
    return "done" if generation.state == Generation.State.GENERATED else "now"


def _span(generation: Generation | None) -> tuple[str, ...]:
    if generation is None:
        return ()
    if generation.generated_at:
        return (_dates(generation.initiated_at, generation.generated_at), generation.number)
    return (_("%(day)s 发起") % {"day": formats.day(generation.initiated_at)}, str(generation.get_state_display()))


def _dates(first: datetime, last: datetime) -> str:
    return _("%(first)s 至 %(last)s") % {"first": formats.day(first), "last": formats.day(last)}


def _lines(step: StageStep | None) -> tuple[str, ...]:
    if step is None:
        return ()
    parts = []
    if step.began_on:
        parts.append(_("%(day)s 受理") % {"day": formats.day(step.began_on)})
    if step.ended_on:
        parts.append(_("%(day)s 办结") % {"day": formats.day(step.ended_on)})
    return (*parts, step.words) if step.words else tuple(parts)
