"""What the API of the conflicts room takes and gives."""

# Annotations stay objects here: ninja cannot resolve strings.
from datetime import date, datetime
from typing import Any

from ninja import Schema


class CaseOut(Schema):
    """A conflict case. ``version`` goes back with every act, so that a change made meanwhile is noticed."""

    id: int
    number: str
    state: str
    open: bool
    severity: int
    rule: str
    district: str
    departments: list[str]
    area_m2: float
    center: list[float]
    identity: str
    finding: int
    batch: str | None
    submission: str | None
    due: date | None
    round: int
    asked: int
    answered: int
    document_no: str
    document_date: date | None
    override: str
    still_hit: bool
    version: int
    moved_at: datetime


class CasesOut(Schema):
    """A page of cases and how many the filter gives in all."""

    total: int
    rows: list[CaseOut]


class BetweenOut(Schema):
    """The cases between two versions of the map: how many were opened, closed, remain, and a page of those of one kind."""

    first: str
    last: str
    counts: dict[str, int]
    cases: CasesOut


class OptionOut(Schema):
    """A way to settle a case, A is recommended. ``outcome`` as an override takes it; ``balance`` in m²."""

    letter: str
    key: str
    principle: str
    title: str
    reason: str
    outcome: dict[str, Any]
    amend: list[str]
    months: int
    still_hit: list[str]
    balance: dict[str, Any]
    remark: str


class PositionOut(Schema):
    """A department's position in a round."""

    department: str
    round: int
    stance: str
    verdict: str
    reason: str
    law: str
    area_m2: float | None
    by_name: str
    at: datetime


class EventOut(Schema):
    """Something that happened to a case."""

    at: datetime
    act: str
    before: str
    after: str
    by: str
    note: str
    facts: dict[str, Any]


class FullCaseOut(Schema):
    """A case with its ways out, positions, history, and the acts that the caller may do now."""

    case: CaseOut
    options: list[OptionOut]
    positions: list[PositionOut]
    events: list[EventOut]
    acts: list[str]


class ActIn(Schema):
    """An act on a case; each takes what it needs. ``geometry``: GeoJSON geometry in EPSG:4490. ``file``: base64, with ``file_name``."""

    version: int | None = None
    note: str = ""
    reason: str = ""
    severity: int | None = None
    departments: list[str] | None = None
    batch: int | None = None
    meeting: int | None = None
    due: date | None = None
    question: str = ""
    option: str = ""
    geometry: dict[str, Any] | None = None
    stance: str = ""
    law: str = ""
    department: str = ""
    file: str = ""
    file_name: str = ""
    of: str = ""
    document_no: str = ""
    document_date: date | None = None


class BulkIn(Schema):
    """A bulk act on cases by id, or on all that ``query`` (the query string of the list page) gives."""

    act: str
    cases: list[int] = []
    query: str = ""
    batch: int | None = None
    meeting: int | None = None
    note: str = ""


class BulkOut(Schema):
    """How far a bulk act is: done, refused, the refused with why."""

    id: int
    act: str
    total: int
    done: int
    refused: int
    rows: list[list[str]]
    job: str | None
    finished: bool


class BatchIn(Schema):
    """A new issue list."""

    title: str
    deadline: date
    question: str = ""


class BatchOut(Schema):
    """An issue list."""

    id: int
    number: str
    title: str
    state: str
    deadline: date
    cases: int


class SubmitIn(Schema):
    """Cases to submit together."""

    title: str
    cases: list[int]


class PassIn(Schema):
    """Minutes of the step that passes a submission on."""

    minutes: str = ""
    version: int | None = None


class ApproveIn(Schema):
    """The approving document."""

    document_no: str
    document_date: date
    note: str = ""
    version: int | None = None


class SubmissionOut(Schema):
    """A submission: ``step`` has it now. ``balance``: net construction by layer name and farmland, m²."""

    id: int
    number: str
    title: str
    state: str
    step: str
    cases: int
    document_no: str
    document_date: date | None
    balance: dict[str, float]
    version: int
