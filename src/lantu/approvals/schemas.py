"""What the API of the approvals room takes and gives. Days are local dates; shapes are GeoJSON in EPSG:4490."""

# Annotations stay objects here: ninja cannot resolve strings.
from datetime import date, datetime
from typing import Any, Literal

from ninja import Schema


class ReleaseOut(Schema):
    """A release of the item catalogue. ``cases``: how many stage applications it judges."""

    number: int
    version: str
    state: str
    pack: str
    digest: str
    published_by: str
    published_at: datetime
    cases: int
    warnings: list[str]


class FindingOut(Schema):
    """A finding of the validator. ``line`` of approvals.yaml, 0 for the whole file."""

    level: str
    line: int
    message: str
    place: list[str]


class DefinitionOut(Schema):
    """A release with its content as in approvals.yaml, and what the validator says of it now."""

    release: ReleaseOut
    content: dict[str, Any]
    findings: list[FindingOut]


class DifferenceOut(Schema):
    """A value that differs between two releases."""

    group: str
    code: str
    key: str
    what: Literal["added", "removed", "changed"]
    old: Any = None
    new: Any = None


class ItemNeedOut(Schema):
    """An item and whether the project needs it, with the reason."""

    code: str
    name: str
    department: str
    applies: bool
    days: int
    statutory: int
    unit: str
    after: list[str]
    why: str


class MaterialNeedOut(Schema):
    """A material that a stage needs. ``held``: the platform takes it from a source of its own."""

    code: str
    title: str
    asked_by: list[str]
    deferrable: bool
    held: bool


class StageNeedOut(Schema):
    """What a stage needs. ``days``: of the longest chain of items, ``schema``: the one form as JSON Schema 2020-12."""

    stage: str
    name: str
    lead: str
    limit: int | None
    days: int
    chain: list[str]
    items: list[ItemNeedOut]
    materials: list[MaterialNeedOut]
    form: dict[str, Any]


class GuideOut(Schema):
    """The guide for a situation. ``open``: facts that rules ask and nobody gave; they count as not holding."""

    release: int
    version: str
    project_class: str
    total: int
    open: list[str]
    stages: list[StageNeedOut]


class DraftIn(Schema):
    """Begin a draft. ``project``: its code."""

    project: str
    stage: str
    project_class: str


class DraftChange(Schema):
    """What to keep: facts of the situation, answers by field, a site (GeoJSON polygon). ``version``: what was seen, to notice others."""

    situation: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    site: dict[str, Any] | None = None
    version: int | None = None


class GapOut(Schema):
    """What keeps a draft from being filed."""

    step: str
    code: str
    message: str


class DraftOut(Schema):
    """A draft: what people answered, what the platform filled in with its source, how ready it is."""

    id: int
    project: str
    stage: str
    project_class: str
    state: str
    release: int
    version: int
    situation: dict[str, Any]
    answers: dict[str, Any]
    derived: dict[str, Any]
    items: list[str]
    score: int
    gaps: list[GapOut]
    case: str | None


class MaterialOut(Schema):
    """A material that was handed in. ``facts``: what its content says."""

    id: int
    code: str
    part: int
    version: int
    filename: str
    source: str
    scan: str
    facts: dict[str, Any]


class FileIn(Schema):
    """File a stage for a project by another system. The same again gives the case that there is."""

    project: str
    stage: str
    project_class: str
    facts: dict[str, Any] = {}


class ClockBrief(Schema):
    """A clock as it stands today; the whole ledger is at /api/v1/work/clocks/{id}."""

    id: int
    limit: int | None
    used: int
    remaining: int | None
    unit: str
    due_on: date | None
    light: str
    phase: str


class CaseEventOut(Schema):
    """An event of a branch, codes 1 to 15."""

    number: int
    code: int
    word: str
    on: date
    opinion: str
    automatic: bool
    by: str


class BranchOut(Schema):
    """A branch: item × department × round. ``state``: code of its last event, none while it waits for prerequisites."""

    id: int
    case: str
    item: str
    name: str
    department: str
    round: int
    state: int | None
    word: str
    clock: ClockBrief | None


class FullBranchOut(BranchOut):
    """A branch with its events and conditions."""

    events: list[CaseEventOut]
    conditions: list[dict[str, Any]]


class CaseOut(Schema):
    """A stage application."""

    number: str
    project: str
    project_name: str
    stage: str
    project_class: str
    state: str
    lead: str
    release: int
    received_on: date
    filed_at: datetime
    concluded_at: datetime | None
    due_on: date | None


class CasesOut(Schema):
    """A page of cases and how many the filter gives in all."""

    total: int
    rows: list[CaseOut]


class FullCaseOut(CaseOut):
    """A case with its branches, clock, form, and why it is still open."""

    facts: dict[str, Any]
    clock: ClockBrief | None
    head: str
    reasons: list[str]
    branches: list[FullBranchOut]
    form: dict[str, Any]
    results: list["ResultOut"]


class BranchesOut(Schema):
    """A page of branches and how many there are in all."""

    total: int
    rows: list[BranchOut]


class ResultOut(Schema):
    """What comes out of a branch."""

    id: int
    item: str
    kind: str
    title: str
    number: str
    state: str
    out_at: datetime | None
    manner: str
    receiver: str


class TrackItem(Schema):
    """An item as everybody may know it."""

    item: str
    department: str
    state: str
    due_on: date | None


class TrackOut(Schema):
    """A case as everybody may know it by its number: no names, no opinions, no materials."""

    number: str
    project_code: str
    stage: str
    lead: str
    state: str
    received_on: date
    due_on: date | None
    light: str
    items: list[TrackItem]


class PointIn(Schema):
    """What must be mended."""

    text: str
    material: str = ""
    basis: str = ""


class AnswerIn(Schema):
    """What the window answers for a branch; see ``approvals.answer_filing`` for what each kind needs."""

    branch: int
    kind: Literal["accept", "defer", "commit", "correct", "not_required", "refuse"]
    reason: str = ""
    basis: str = ""
    organ: str = ""
    points: list[PointIn] = []
    materials: list[str] = []
    text: str = ""
    signed_by: str = ""
    due_on: date | None = None


class AnswersIn(Schema):
    """The answers for a filing, by branch."""

    answers: list[AnswerIn]


class ReviewIn(Schema):
    """A reviewer's proposal: 11 approved, 12 approved with materials to come, 13 rejected."""

    proposal: int
    opinion: str
    basis: str = ""
    conditions: list[dict[str, Any]] = []


class DecideIn(Schema):
    """A decider's verdict: 11, 12 or 13."""

    code: int
    opinion: str = ""


class TextIn(Schema):
    """A text: a reason, an opinion, an answer."""

    text: str = ""


class SpecialIn(Schema):
    """Begin a special procedure of a kind of the city pack, or another with its ``basis`` and ``maximum``; ``unit``: working, calendar."""

    kind: str
    maximum: int | None = None
    basis: str = ""
    unit: Literal["", "working", "calendar"] = ""


class SpecialOut(Schema):
    """The key by which the special procedure is ended."""

    pause: str


class SpecialEndIn(Schema):
    """End a special procedure."""

    pause: str
    result: str = ""


class DeliverIn(Schema):
    """Hand a result over at the counter or by post; who downloads signs for it (``results/receive``)."""

    manner: Literal["counter", "post"]
    receiver: str
    receipt_no: str = ""


FullCaseOut.model_rebuild()
