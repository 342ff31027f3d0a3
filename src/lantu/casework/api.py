"""``/api/v1/work/…``: worklist, clocks, consultations, comments, notices; the verbs are those of the pages."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Status

from lantu.casework.models import Clock, Comment, Consultation, Notification, Request, Task
from lantu.casework.ports import OFFICE
from lantu.casework.schemas import (
    AskIn,
    ClockOut,
    CommentIn,
    CommentOut,
    ConsultationOut,
    EntryOut,
    ExtendIn,
    HappeningOut,
    LineOut,
    NoteIn,
    NoticeOut,
    ReplyIn,
    ReplyOut,
    RequestOut,
    ResumeIn,
    StopIn,
    TaskOut,
    TasksOut,
)
from lantu.casework.selectors import consultations as asking
from lantu.casework.selectors import tasks
from lantu.casework.selectors.clocks import light_condition, state
from lantu.casework.selectors.timeline import comments_of, timeline
from lantu.casework.services import (
    ask,
    close_task,
    comment,
    extend_clock,
    read_notices,
    reply,
    resume_clock,
    return_task,
    stop_clock,
    take_task,
)
from lantu.casework.subjects import find_seen
from lantu.core.access import access
from lantu.core.errors import BadInput, NotFound

router = Router(tags=["casework"])
MOST = 200
WORKERS = sorted(OFFICE)


def _task(row: Task, time: tasks.TimeWords) -> TaskOut:
    names = (
        "id",
        "kind",
        "title",
        "number",
        "subject_type",
        "subject_id",
        "subject_title",
        "department",
        "role",
        "state",
        "received_on",
        "due_on",
    )
    values = {name: getattr(row, name) for name in names}
    return TaskOut(**values, person=row.person_name, light=time.light(row).value, days=time.days(row), tags=row.tags, url=row.url)


@router.get("tasks", response=TasksOut, url_name="work-tasks")
@access("@")
def worklist(request: HttpRequest, of: str = "mine", light: str = "", offset: int = 0, limit: int = 50) -> TasksOut:
    """The open tasks of the one who asks (``of=mine``) or of their department (``of=department``), most urgent first."""
    actor, today = request.actor, timezone.localdate()  # type: ignore[attr-defined]
    rows = tasks.of_department(actor) if of == "department" else tasks.mine(actor)
    counts = tasks.counted(actor, of, today)
    if light and light not in "gyrpn":
        raise BadInput(_("没有灯「%(light)s」。") % {"light": light}, how=_("可用 g、y、r、p、n。"))
    found = rows.filter(light_condition(light, today)) if light else rows
    time = tasks.TimeWords(today)
    page = tasks.in_order(found.select_related("clock"), today, counts["all"])[offset : offset + min(max(limit, 1), MOST)]
    lights = {key: counts[key] for key in "gyrpn"}
    return TasksOut(total=lights[light] if light else counts["all"], lights=lights, rows=[_task(row, time) for row in page])


def _find_task(request: HttpRequest, pk: int) -> Task:
    row = Task.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(_("没有第 %(id)s 号待办。") % {"id": pk}, how="/api/v1/work/tasks")
    return row


@router.post("tasks/{task}/take", response=TaskOut, url_name="work-task-take")
@access(*WORKERS)
def take(request: HttpRequest, task: int) -> TaskOut:
    """Take a task of one's post."""
    return _task(take_task(request.actor, _find_task(request, task)), tasks.TimeWords())  # type: ignore[attr-defined]


@router.post("tasks/{task}/close", response=TaskOut, url_name="work-task-close")
@access(*WORKERS)
def close(request: HttpRequest, task: int, given: NoteIn) -> TaskOut:
    """Mark a task as done."""
    return _task(close_task(request.actor, _find_task(request, task), given.note), tasks.TimeWords())  # type: ignore[attr-defined]


@router.post("tasks/{task}/return", response=TaskOut, url_name="work-task-return")
@access(*WORKERS)
def give_back(request: HttpRequest, task: int, given: NoteIn) -> TaskOut:
    """Give a task back to who opened it; ``note`` is the reason."""
    return _task(return_task(request.actor, _find_task(request, task), given.note), tasks.TimeWords())  # type: ignore[attr-defined]


@router.get("clocks/{clock}", response=ClockOut, url_name="work-clock")
@access("@")
def one_clock(request: HttpRequest, clock: int) -> ClockOut:
    """A clock with its ledger and the answer why it is due on its day."""
    return _clock(_find_clock(request, clock))


@router.post("clocks/{clock}/stop", response=ClockOut, url_name="work-clock-stop")
@access(*WORKERS)
def stop(request: HttpRequest, clock: int, given: StopIn) -> ClockOut:
    """Stop a clock for a special procedure."""
    facts = given.dict(exclude={"kind"})
    stop_clock(request.actor, _find_clock(request, clock), given.kind, **facts)  # type: ignore[attr-defined]
    return _clock(_find_clock(request, clock))


@router.post("clocks/{clock}/resume", response=ClockOut, url_name="work-clock-resume")
@access(*WORKERS)
def resume(request: HttpRequest, clock: int, given: ResumeIn) -> ClockOut:
    """Let a clock go on."""
    resume_clock(request.actor, _find_clock(request, clock), given.pause, result=given.result)  # type: ignore[attr-defined]
    return _clock(_find_clock(request, clock))


@router.post("clocks/{clock}/extend", response=ClockOut, url_name="work-clock-extend")
@access(*WORKERS)
def extend(request: HttpRequest, clock: int, given: ExtendIn) -> ClockOut:
    """Extend a clock; whoever calls approves it."""
    actor = request.actor  # type: ignore[attr-defined]
    extend_clock(actor, _find_clock(request, clock), given.days, approver=actor.name, reason=given.reason, basis=given.basis)
    return _clock(_find_clock(request, clock))


def _find_clock(request: HttpRequest, pk: int) -> Clock:
    row = Clock.objects.prefetch_related("entries", "parts").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("没有第 %(id)s 号时限。") % {"id": pk})
    find_seen(request.actor, row.subject_type, row.subject_id)  # type: ignore[attr-defined]
    return row


def _clock(row: Clock) -> ClockOut:
    reading = state(row)
    now, course = reading.state, reading.course
    names = (
        "id",
        "kind",
        "title",
        "subject_type",
        "subject_id",
        "limit",
        "total",
        "unit",
        "started_on",
        "ended_on",
        "due_on",
        "provisional",
    )
    figures = ("used", "remaining", "overdue", "stopped", "span")
    entry_names = (
        "number",
        "kind",
        "on",
        "pause",
        "label",
        "basis",
        "maximum",
        "unit",
        "days",
        "automatic",
        "due_before",
        "due_after",
        "at",
    )
    assert course.started is not None
    return ClockOut(
        **{name: getattr(row, name) for name in names},
        **{name: getattr(now, name) for name in figures},
        phase=now.phase.value,
        light=now.light.value,
        why=[LineOut(**{name: getattr(line, name) for name in LineOut.model_fields}) for line in reading.why],
        ledger=[EntryOut(**{name: getattr(one, name) for name in entry_names}, by=one.by_name) for one in row.entries.all()],
    )


def _reply(request_row: Request) -> ReplyOut | None:
    found = asking.answer(request_row)
    if found is None:
        return None
    names = ("verdict", "reason", "law", "conditions", "revision", "late", "at")
    return ReplyOut(**{name: getattr(found, name) for name in names}, by=found.by_name)


def _request(row: Request) -> RequestOut:
    return RequestOut(id=row.pk, department=row.department.code, due_on=row.due_on, state=row.state, reply=_reply(row))


def _consultation(row: Consultation) -> ConsultationOut:
    names = ("id", "subject_type", "subject_id", "matter", "title", "round", "question", "due_on", "silence", "state")
    return ConsultationOut(
        **{name: getattr(row, name) for name in names},
        requests=[_request(one) for one in row.requests.select_related("department").prefetch_related("replies")],
        contradictions=[one.text for one in asking.contradictions(row)],
    )


@router.get("requests", response=list[RequestOut], url_name="work-requests")
@access(*WORKERS)
def inbox(request: HttpRequest) -> list[RequestOut]:
    """What the department of the one who asks still has to answer."""
    rows = asking.waiting_for(request.actor).prefetch_related("replies").order_by("due_on")  # type: ignore[attr-defined]
    return [_request(row) for row in rows[:MOST]]


@router.post("requests/{request_id}/reply", response=RequestOut, url_name="work-reply")
@access(*WORKERS)
def answer(request: HttpRequest, request_id: int, given: ReplyIn) -> RequestOut:
    """Answer a request, or revise the answer while the round is open."""
    row = Request.objects.select_related("department").filter(pk=request_id).first()
    if row is None:
        raise NotFound(_("没有第 %(id)s 号征求意见件。") % {"id": request_id}, how="/api/v1/work/requests")
    reply(request.actor, row, given.verdict, reason=given.reason, law=given.law, conditions=given.conditions)  # type: ignore[attr-defined]
    return _request(Request.objects.select_related("department").get(pk=row.pk))


@router.get("consultations/{consultation}", response=ConsultationOut, url_name="work-consultation")
@access("@")
def one_consultation(request: HttpRequest, consultation: int) -> ConsultationOut:
    """A round with its answers."""
    row = Consultation.objects.filter(pk=consultation).first()
    if row is None:
        raise NotFound(_("没有第 %(id)s 号征求意见。") % {"id": consultation})
    find_seen(request.actor, row.subject_type, row.subject_id)  # type: ignore[attr-defined]
    return _consultation(row)


@router.post("on/{subject_type}/{subject_id}/consultations", response={201: ConsultationOut}, url_name="work-ask")
@access(*WORKERS)
def ask_departments(request: HttpRequest, subject_type: str, subject_id: str, given: AskIn) -> Any:
    """Ask departments about a matter of a subject."""
    subject = find_seen(request.actor, subject_type, subject_id)  # type: ignore[attr-defined]
    facts = given.dict(exclude={"matter", "title", "departments"})
    return Status(201, _consultation(ask(request.actor, subject, given.matter, given.title, given.departments, **facts)))  # type: ignore[attr-defined]


def _comment(row: Comment) -> CommentOut:
    gone = row.withdrawn_at is not None
    return CommentOut(id=row.pk, text="" if gone else row.text, by=row.by_name, department=row.by_department, at=row.at, withdrawn=gone)


@router.get("on/{subject_type}/{subject_id}/comments", response=list[CommentOut], url_name="work-comments")
@access("@")
def comments(request: HttpRequest, subject_type: str, subject_id: str) -> list[CommentOut]:
    """The comments of a subject."""
    return [_comment(row) for row in comments_of(find_seen(request.actor, subject_type, subject_id))]  # type: ignore[attr-defined]


@router.post("on/{subject_type}/{subject_id}/comments", response={201: CommentOut}, url_name="work-comment")
@access("@")
def leave_comment(request: HttpRequest, subject_type: str, subject_id: str, given: CommentIn) -> Any:
    """Comment on a subject."""
    subject = find_seen(request.actor, subject_type, subject_id)  # type: ignore[attr-defined]
    return Status(201, _comment(comment(request.actor, subject, given.text)))  # type: ignore[attr-defined]


@router.get("on/{subject_type}/{subject_id}/timeline", response=list[HappeningOut], url_name="work-timeline")
@access("@")
def what_happened(request: HttpRequest, subject_type: str, subject_id: str) -> list[HappeningOut]:
    """What happened to a subject, newest first."""
    names = list(HappeningOut.model_fields)
    found = timeline(find_seen(request.actor, subject_type, subject_id))  # type: ignore[attr-defined]
    return [HappeningOut(**{name: getattr(one, name) for name in names}) for one in found]


@router.get("notices", response=list[NoticeOut], url_name="work-notices")
@access("@")
def notices(request: HttpRequest, unread: bool = False) -> list[NoticeOut]:
    """The notices of the one who asks, newest first."""
    rows = Notification.objects.filter(user_id=request.actor.user_id or 0)  # type: ignore[attr-defined]
    rows = rows.filter(read_at=None) if unread else rows
    return [
        NoticeOut(id=row.pk, title=row.title, text=row.text, url=row.url, at=row.at, read=row.read_at is not None) for row in rows[:MOST]
    ]


@router.post("notices/read", response=int, url_name="work-notices-read")
@access("@")
def mark_read(request: HttpRequest) -> int:
    """Mark all one's notices as read; gives how many were unread."""
    return read_notices(request.actor)  # type: ignore[attr-defined]
