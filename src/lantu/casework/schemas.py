"""What the API of the casework room takes and gives."""

# Annotations stay objects here: ninja cannot resolve strings.
from datetime import date, datetime
from typing import Any

from ninja import Schema


class TaskOut(Schema):
    """A task. ``light``: g, y, r, p (stopped) or n (no limit); ``days`` left, below zero over."""

    id: int
    kind: str
    title: str
    number: str
    subject_type: str
    subject_id: str
    subject_title: str
    department: str
    role: str
    person: str
    state: str
    received_on: date
    due_on: date | None
    light: str
    days: int | None
    tags: list[str]
    url: str


class TasksOut(Schema):
    """A page of the worklist and how many show each light."""

    total: int
    lights: dict[str, int]
    rows: list[TaskOut]


class NoteIn(Schema):
    """A remark, reason or note."""

    note: str = ""


class LineOut(Schema):
    """A line of the answer why a clock is due on its day."""

    first: date
    last: date
    kind: str
    text: str
    total: int | None
    basis: str


class StopIn(Schema):
    """A pause. ``kind``: one of the city pack, whose ground and maximum hold where none are given, or another word with its own."""

    kind: str
    notice: str
    basis: str = ""
    label: str = ""
    maximum: int | None = None
    unit: str = ""


class ResumeIn(Schema):
    """The end of a pause, by its key in the ledger."""

    pause: str
    result: str = ""


class ExtendIn(Schema):
    """An extension; the caller approves it."""

    days: int
    reason: str
    basis: str = ""


class EntryOut(Schema):
    """An entry of the ledger."""

    number: int
    kind: str
    on: date
    pause: str
    label: str
    basis: str
    maximum: int | None
    unit: str
    days: int | None
    automatic: bool
    due_before: date | None
    due_after: date | None
    by: str
    at: datetime


class ClockOut(Schema):
    """A clock as it stands today. Days are in ``unit``."""

    id: int
    kind: str
    title: str
    subject_type: str
    subject_id: str
    limit: int | None
    total: int | None
    unit: str
    phase: str
    light: str
    started_on: date
    ended_on: date | None
    due_on: date | None
    provisional: bool
    used: int
    remaining: int | None
    overdue: int
    stopped: int
    span: int
    why: list[LineOut]
    ledger: list[EntryOut]


class ReplyOut(Schema):
    """The answer that holds."""

    verdict: str
    reason: str
    law: str
    conditions: list[dict[str, Any]]
    revision: int
    late: bool
    by: str
    at: datetime


class RequestOut(Schema):
    """One department's part in a round."""

    id: int
    department: str
    due_on: date
    state: str
    reply: ReplyOut | None


class ConsultationOut(Schema):
    """A round. ``contradictions``: sentences."""

    id: int
    subject_type: str
    subject_id: str
    matter: str
    title: str
    round: int
    question: str
    due_on: date
    silence: str
    state: str
    requests: list[RequestOut]
    contradictions: list[str]


class ReplyIn(Schema):
    """An answer: ``agree``, ``conditions`` or ``disagree``. A condition is a sentence, or {text, item, op, value, unit}."""

    verdict: str
    reason: str = ""
    law: str = ""
    conditions: list[str | dict[str, Any]] = []


class AskIn(Schema):
    """A matter put to departments (codes)."""

    matter: str
    title: str
    departments: list[str]
    due: date | None = None
    question: str = ""
    silence: str = ""


class CommentIn(Schema):
    """A remark."""

    text: str


class CommentOut(Schema):
    """A remark and who made it; the text is empty when it was taken back."""

    id: int
    text: str
    by: str
    department: str
    at: datetime
    withdrawn: bool


class NoticeOut(Schema):
    """A notice to the one who asks."""

    id: int
    title: str
    text: str
    url: str
    at: datetime
    read: bool


class HappeningOut(Schema):
    """One thing that happened to a subject."""

    at: datetime
    kind: str
    text: str
    who: str
    detail: str
    url: str
