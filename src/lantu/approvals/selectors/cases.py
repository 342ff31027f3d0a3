"""A case on one page: its branches as a matrix, its clocks, the stages of its project, why it is still open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, QuerySet
from django.utils import timezone

from lantu.approvals.models import Branch, BranchEvent, StageApplication
from lantu.approvals.services.recording import result_of
from lantu.approvals.words import KINDS, STATE_TAGS, Words, definition_of, state_word
from lantu.casework.clock import Light
from lantu.casework.models import Clock
from lantu.casework.selectors.clocks import Reading, light_of


@dataclass(frozen=True, slots=True)
class Cell:
    """One branch in the matrix. ``kind``: class of its look; ``days``: used/limit; ``day``: when it came to this."""

    branch: Branch
    word: str
    kind: str
    icon: str
    days: str
    day: date | None
    light: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Departments down, items across. ``rows``: (name, is the lead, a cell for each item or none)."""

    items: list[tuple[str, str]]
    rows: list[tuple[str, bool, list[Cell | None]]]
    counts: dict[str, int]


def rounds(application: StageApplication) -> list[Branch]:
    """The branches of all rounds with their clocks, by round."""
    rows = list(application.branches.select_related("clock").order_by("round"))
    for row in rows:
        row.application = application
    return rows


def latest_branches(application: StageApplication, branches: Sequence[Branch] | None = None) -> list[Branch]:
    """The branch of the latest round for each item and department, in the order of the catalogue. ``branches``: ``rounds``, if known."""
    order = {code: place for place, code in enumerate(definition_of(application).items)}
    found = {(row.item, row.department): row for row in (rounds(application) if branches is None else branches)}
    return sorted(found.values(), key=lambda row: (order.get(row.item, len(order)), row.department))


def matrix(application: StageApplication, branches: list[Branch], words: Words, readings: Mapping[int, Reading]) -> Matrix:
    """The branches of a case by department and item; ``readings``: their clocks as they stand, by key."""
    days = dict(
        BranchEvent.objects.filter(branch__in=branches).values_list("branch").annotate(last=Max("on")).values_list("branch", "last")
    )
    names = {row.department: words.department(row.department) for row in branches}
    cells = {(names[row.department], row.item): _cell(row, readings.get(row.clock_id or 0), days.get(row.pk)) for row in branches}
    items = list(dict.fromkeys(row.item for row in branches))
    lead = words.department(application.lead)
    departments = sorted(dict.fromkeys(names.values()), key=lambda name: name != lead)
    heads = [(words.item(application, code), _limit(application, code)) for code in items]
    rows = [(name, name == lead, [cells.get((name, item)) for item in items]) for name in departments]
    counts: dict[str, int] = {}
    for cell in cells.values():
        counts[cell.word] = counts.get(cell.word, 0) + 1
    return Matrix(heads, rows, counts)


def _limit(application: StageApplication, code: str) -> str:
    from django.utils.translation import gettext as _

    item = definition_of(application).items.get(code)
    if item is None:
        return ""
    words = _("限 %(n)s 个自然日") if item.unit == "calendar" else _("限 %(n)s 个工作日")
    return words % {"n": item.days}


def _cell(branch: Branch, reading: Reading | None, day: date | None) -> Cell:
    kind, icon = KINDS.get(branch.state, ("act", "clock"))
    used = f"{reading.state.used}/{reading.course.total}" if reading is not None and reading.course.total is not None else ""
    overdue = reading is not None and bool(reading.state.overdue) and reading.course.ended is None
    if overdue and kind == "act":
        kind, icon = "bad", "warning"
    light = reading.state.light.value if reading is not None else Light.NONE.value
    return Cell(branch, state_word(branch.state), kind, icon, used, day, light, overdue)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four stages of a project, as the stepper shows it."""

    code: str
    name: str
    lead: str
    state: str
    application: StageApplication | None
    detail: str


def steps(application: StageApplication, words: Words) -> list[Step]:
    """The stages of the project: done, now, to come, with the application of each."""
    latest: dict[str, StageApplication] = {}
    rows = StageApplication.objects.filter(project_id=application.project_id).only("stage", "state").order_by("filed_at", "pk")
    for row in rows:
        latest[row.stage] = row
    latest[application.stage] = application
    found = []
    for code, stage in definition_of(application).stages.items():
        one = latest.get(code)
        done = one is not None and one.state in (StageApplication.State.APPROVED, StageApplication.State.APPROVED_DEFERRED)
        state = "now" if code == application.stage else "done" if done else ""
        detail = one.get_state_display() if one is not None else ""
        found.append(Step(code, words.stage(application, code), words.department(stage.lead), state, one, detail))
    return found


def why_open(application: StageApplication, words: Words, branches: Sequence[Branch] | None = None) -> tuple[str, list[str]]:
    """The sentence of the join and its reasons; ``branches``: its ``rounds``, if known."""
    return words.verdict(application, result_of(application, branches))


def tag_of(application: StageApplication) -> str:
    """The look of a case's state."""
    return STATE_TAGS.get(StageApplication.State(application.state), "line")


def lights(clocks: Iterable[Clock | None], today: date | None = None) -> dict[int, Light]:
    """The light of each clock by its key."""
    day = today or timezone.localdate()
    return {row.pk: light_of(row.due_on, row.near_from, row.paused_until, day) for row in clocks if row is not None}


def history(branch: Branch) -> QuerySet[BranchEvent]:
    """The events of a branch, the newest first."""
    return branch.events.order_by("-number")
