"""The clock as a calculation: golden days, and properties over any interleaving of what may happen to it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from lantu.casework.clock import Course, Entry, Kind, Light, Phase, Terms, Unit, cells, joint_pauses, lines, replay, union_days
from lantu.casework.selectors.clocks import used_of
from lantu.standards.pack.files import Report, parse_csv
from lantu.standards.workdays import WorkCalendar

DAY = timedelta(days=1)


def guiyang() -> WorkCalendar:
    """The real calendar of the city pack, 2018 to 2026."""
    path = Path(settings.CITIES_DIR) / "guiyang/calendar/2018-2026.csv"
    table = parse_csv(path.name, path.read_text(encoding="utf-8"), Report())
    days = {date.fromisoformat(row["date"]): row for row in table.rows}
    return WorkCalendar(
        date(2018, 1, 1),
        date(2026, 12, 31),
        frozenset({6, 7}),
        frozenset(day for day, row in days.items() if row["kind"] == "off"),
        frozenset(day for day, row in days.items() if row["kind"] == "work"),
        {day: row["name_zh"] for day, row in days.items()},
    )


REAL = guiyang()


def entries(*facts: tuple[Kind, date, dict[str, object]]) -> list[Entry]:
    return [Entry(number + 1, kind, on, **more) for number, (kind, on, more) in enumerate(facts)]  # type: ignore[arg-type]


def run(limit: int | None, *facts: tuple[Kind, date, dict[str, object]], unit: Unit = Unit.WORKING) -> Course:
    return replay(Terms(limit, unit), entries((Kind.STARTED, facts[0][1], {"calendar": 1}), *facts[1:]), {1: REAL})


def started(day: date) -> tuple[Kind, date, dict[str, object]]:
    return (Kind.STARTED, day, {"calendar": 1})


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        (date(2018, 9, 20), 7, date(2018, 9, 30)),  # Mid-Autumn, and the make-up Saturday and Sunday before National Day
        (date(2018, 9, 20), 8, date(2018, 10, 8)),  # … over National Day
        (date(2018, 2, 9), 5, date(2018, 2, 22)),  # Spring Festival 2018: Sunday 11 February is worked, 15–21 are off
        (date(2019, 2, 1), 3, date(2019, 2, 11)),  # Spring Festival 2019: Saturday 2 and Sunday 3 are worked, 4–10 are off
        (date(2020, 1, 22), 2, date(2020, 2, 3)),  # Spring Festival 2020, lengthened to 2 February
        (date(2018, 12, 28), 2, date(2019, 1, 2)),  # New Year: Saturday 29 December is worked
        (date(2025, 1, 24), 3, date(2025, 2, 5)),  # Spring Festival 2025: Sunday 26 is worked, 28 January–4 February off
        (date(2018, 9, 20), 1, date(2018, 9, 21)),
        (date(2018, 9, 20), 0, date(2018, 9, 20)),
    ],
)
def test_due_days_over_holidays_and_new_years(start: date, limit: int, due: date) -> None:
    course = run(limit, started(start))
    assert (course.due, course.provisional) == (due, False)


def test_a_maximum_in_natural_days_ends_on_its_day_even_if_it_is_a_holiday() -> None:
    course = run(10, started(date(2018, 9, 20)), (Kind.STOPPED, date(2018, 9, 21), {"pause": "a", "maximum": 3, "unit": Unit.CALENDAR}))
    (pause,) = course.pauses
    assert (pause.end, pause.closed) == (date(2018, 9, 24), False)
    assert course.on(date(2018, 9, 24)).light == Light.PAUSED
    assert course.on(date(2018, 9, 25)).phase == Phase.RUNNING


def test_natural_day_limits_count_holidays_and_are_never_provisional() -> None:
    course = run(15, started(date(2026, 12, 28)), unit=Unit.CALENDAR)
    assert (course.due, course.provisional) == (date(2027, 1, 12), False)


def test_a_due_day_in_a_year_not_announced_is_provisional() -> None:
    assert run(2, started(date(2026, 12, 29))).provisional is False
    course = run(3, started(date(2026, 12, 29)))
    assert (course.due, course.provisional) == (date(2027, 1, 1), True)
    assert "2027" in lines(course, date(2026, 12, 30))[-1].basis


def test_the_page_of_the_design_tells_its_story() -> None:
    """design 07: accepted 2018-09-20, 25 days, expert review 9–11 October."""
    course = run(
        25,
        started(date(2018, 9, 20)),
        (Kind.STOPPED, date(2018, 10, 8), {"pause": "a", "maximum": 10, "label": "专家评审", "basis": "45 条"}),
        (Kind.RESUMED, date(2018, 10, 11), {"pause": "a"}),
    )
    today = date(2018, 10, 16)
    state = course.on(today)
    assert (state.used, state.remaining, state.stopped, state.span) == (11, 14, 3, 26)
    assert course.due == date(2018, 11, 5)
    story = [(line.first, line.last, line.kind, line.total) for line in lines(course, today)]
    assert story == [
        (date(2018, 9, 20), date(2018, 9, 20), "started", None),
        (date(2018, 9, 21), date(2018, 9, 21), "counted", 1),
        (date(2018, 9, 24), date(2018, 9, 24), "holiday", 1),
        (date(2018, 9, 25), date(2018, 9, 28), "counted", 5),
        (date(2018, 9, 29), date(2018, 9, 30), "make-up", 7),
        (date(2018, 10, 1), date(2018, 10, 7), "holiday", 7),
        (date(2018, 10, 8), date(2018, 10, 8), "counted", 8),
        (date(2018, 10, 9), date(2018, 10, 11), "paused", 8),
        (date(2018, 10, 12), date(2018, 11, 5), "counted", 25),
        (date(2018, 11, 5), date(2018, 11, 5), "due", 25),
    ]
    kinds = [cell.kind for cell in cells(course, today)]
    assert (kinds.count("counted"), kinds.count("left"), kinds.count("paused")) == (11, 14, 3)


def test_what_begins_after_the_due_day_does_not_heal_the_delay() -> None:
    late = (Kind.STOPPED, date(2018, 10, 9), {"pause": "a", "maximum": 10})
    course = run(7, started(date(2018, 9, 20)), late, (Kind.EXTENDED, date(2018, 10, 10), {"days": 5}))
    assert (course.due, course.total) == (date(2018, 9, 30), 7)
    assert course.on(date(2018, 10, 10)).light == Light.RED
    assert course.on(date(2018, 10, 10)).overdue == 3
    assert {"late-pause", "extended"} <= {line.kind for line in lines(course, date(2018, 10, 10))}


def test_a_pause_from_the_very_due_day_leaves_time_until_it_ends() -> None:
    course = run(7, started(date(2018, 9, 20)), (Kind.STOPPED, date(2018, 9, 30), {"pause": "a", "maximum": 2}))
    assert course.due == date(2018, 10, 9)
    assert course.on(date(2018, 10, 9)).overdue == 0
    assert course.on(date(2018, 10, 10)).overdue == 1


@pytest.mark.parametrize(("left", "light"), [(7, Light.GREEN), (6, Light.YELLOW), (0, Light.YELLOW), (-1, Light.RED)])
def test_lights_of_twenty_days(left: int, light: Light) -> None:
    course = run(20, started(date(2018, 3, 1)))
    day = next(day for day in _days(date(2018, 3, 1), 60) if (course.on(day).remaining or 0) - course.on(day).overdue == left)
    assert course.on(day).light == light


def test_a_short_limit_is_yellow_with_two_days_left() -> None:
    course = run(3, started(date(2018, 3, 1)))
    assert [course.on(date(2018, 3, day)).light for day in (1, 2, 5, 6, 7)] == ["g", "y", "y", "y", "r"]


# -- any interleaving

START = date(2018, 1, 10)
CALENDARS = st.builds(
    lambda off, work: WorkCalendar(
        date(2018, 1, 1), date(2018, 12, 31), frozenset({6, 7}), frozenset(off) - frozenset(work), frozenset(work)
    ),
    st.sets(st.dates(START, START + 90 * DAY), max_size=20),
    st.sets(st.dates(START, START + 90 * DAY), max_size=8),
)


@dataclass(frozen=True)
class Stop:
    start: date
    maximum: int
    unit: Unit
    resumed: date | None


STOPS = st.lists(
    st.builds(
        lambda offset, maximum, unit, length: Stop(
            START + offset * DAY, maximum, unit, None if length is None else START + (offset + length) * DAY
        ),
        st.integers(0, 60),
        st.integers(1, 25),
        st.sampled_from(Unit),
        st.one_of(st.none(), st.integers(0, 40)),
    ),
    max_size=4,
)
EXTENSIONS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 15)), max_size=2)
TERMS = st.builds(Terms, st.integers(1, 30), st.sampled_from(Unit))


def ledger(stops: list[Stop], extensions: list[tuple[int, int]], ended: date | None = None) -> list[Entry]:
    facts: list[tuple[Kind, date, dict[str, object]]] = [started(START)]
    for index, stop in enumerate(stops):
        facts.append((Kind.STOPPED, stop.start, {"pause": str(index), "maximum": stop.maximum, "unit": stop.unit}))
        if stop.resumed is not None:
            facts.append((Kind.RESUMED, stop.resumed, {"pause": str(index)}))
    facts += [(Kind.EXTENDED, START + offset * DAY, {"days": days}) for offset, days in extensions]
    if ended is not None:
        facts.append((Kind.ENDED, ended, {}))
    return entries(*facts)


def walked(terms: Terms, calendar: WorkCalendar, stops: list[Stop], extensions: list[tuple[int, int]]) -> tuple[date, int]:
    """The due day and the total, found by walking day by day as an official with a wall calendar would: the slow way, for comparison."""

    def works(day: date) -> bool:
        return terms.unit == Unit.CALENDAR or calendar.is_working(day)

    def end_of(stop: Stop) -> date:
        last = stop.start
        for _n in range(stop.maximum):
            last += DAY
            while stop.unit == Unit.WORKING and not calendar.is_working(last):
                last += DAY
        return last if stop.resumed is None else min(last, stop.resumed)

    total, used, day, open_until = terms.limit or 0, 0, START, START
    due: date | None = None
    for _step in range(1000):
        if due is None or day <= due:  # what begins today begins in time
            total += sum(days for offset, days in extensions if START + offset * DAY == day)
            open_until = max([open_until, *(end_of(stop) for stop in stops if stop.start == day)])
            if used < total:
                due = None
            elif used == total:
                due = max(day, open_until) if due is None else max(due, open_until)
        if due is not None and day > due:
            return due, total
        day += DAY
        if day > open_until and works(day) and used < total:
            used += 1
            due = day if used == total else None
    raise AssertionError("no due day")


@given(TERMS, CALENDARS, STOPS, EXTENSIONS)
def test_the_due_day_is_what_a_walk_through_the_calendar_finds(
    terms: Terms, calendar: WorkCalendar, stops: list[Stop], extensions: list[tuple[int, int]]
) -> None:
    course = replay(terms, ledger(stops, extensions), {1: calendar})
    assert (course.due, course.total) == walked(terms, calendar, stops, extensions)


@given(TERMS, CALENDARS, STOPS, EXTENSIONS, st.randoms(use_true_random=False))
def test_the_order_of_writing_does_not_matter(
    terms: Terms, calendar: WorkCalendar, stops: list[Stop], extensions: list[tuple[int, int]], shuffler: random.Random
) -> None:
    written = ledger(stops, extensions)
    course = replay(terms, written, {1: calendar})
    again = written[1:]
    shuffler.shuffle(again)
    renumbered = [written[0], *(changed(entry, number=number) for number, entry in enumerate(again, 2))]
    other = replay(terms, renumbered, {1: calendar})
    assert (other.due, other.total, other.near_from, other.paused_until()) == (
        course.due,
        course.total,
        course.near_from,
        course.paused_until(),
    )
    assert replay(terms, written, {1: calendar}) == course


@trials(max_examples=50)
@given(TERMS, CALENDARS, STOPS, EXTENSIONS, st.integers(0, 120))
def test_used_and_left_always_add_up(
    terms: Terms, calendar: WorkCalendar, stops: list[Stop], extensions: list[tuple[int, int]], offset: int
) -> None:
    course = replay(terms, ledger(stops, extensions), {1: calendar})
    state = course.on(START + offset * DAY)
    assert state.remaining is not None and course.total is not None and course.due is not None
    assert state.used + state.remaining - state.overdue == course.total
    assert (state.overdue > 0) <= (START + offset * DAY > course.due)
    assert 0 <= state.used <= state.span


@given(TERMS, CALENDARS, STOPS, EXTENSIONS, st.integers(0, 120))
def test_while_nothing_stops_it_the_columns_of_a_clock_say_what_its_ledger_says(
    terms: Terms, calendar: WorkCalendar, stops: list[Stop], extensions: list[tuple[int, int]], offset: int
) -> None:
    course, today = replay(terms, ledger(stops, extensions), {1: calendar}), START + offset * DAY
    ahead = any(pause.effective and pause.end > today for pause in course.pauses)
    late = any(on > today for on, _days, taken, _basis in course.extensions if taken)
    if not ahead and not late and course.total is not None and course.due is not None:
        used = used_of(course.total, course.due, calendar if terms.unit == Unit.WORKING else None, today)
        assert used == course.on(today).used


@trials(max_examples=50)
@given(TERMS, CALENDARS, STOPS, st.integers(0, 100))
def test_overlapping_pauses_take_a_day_once(terms: Terms, calendar: WorkCalendar, stops: list[Stop], offset: int) -> None:
    course = replay(terms, ledger(stops, []), {1: calendar})
    doubled = replay(terms, ledger([*stops, *stops], []), {1: calendar})
    assert (doubled.due, doubled.on(START + offset * DAY)) == (course.due, course.on(START + offset * DAY))


@trials(max_examples=50)
@given(TERMS, CALENDARS, STOPS, STOPS)
def test_another_pause_never_makes_it_due_earlier(terms: Terms, calendar: WorkCalendar, stops: list[Stop], more: list[Stop]) -> None:
    one, other = (replay(terms, ledger(all_stops, []), {1: calendar}) for all_stops in (stops, [*stops, *more]))
    assert one.due is not None and other.due is not None
    assert other.due >= one.due


@trials(max_examples=50)
@given(TERMS, CALENDARS, STOPS, st.integers(0, 120))
def test_a_pause_ends_by_itself_just_as_if_it_had_been_ended_on_its_last_day(
    terms: Terms, calendar: WorkCalendar, stops: list[Stop], offset: int
) -> None:
    open_ones = [changed(stop, resumed=None) for stop in stops]
    course = replay(terms, ledger(open_ones, []), {1: calendar})
    lasts = {int(pause.key): pause.end for pause in course.pauses}
    ended = [changed(stop, resumed=lasts[index]) for index, stop in enumerate(open_ones)]
    by_hand = replay(terms, ledger(ended, []), {1: calendar})
    assert by_hand.due == course.due
    assert by_hand.on(START + offset * DAY).used == course.on(START + offset * DAY).used


@trials(max_examples=30)
@given(TERMS, CALENDARS, STOPS, EXTENSIONS)
def test_the_light_goes_yellow_exactly_when_little_is_left(
    terms: Terms, calendar: WorkCalendar, stops: list[Stop], extensions: list[tuple[int, int]]
) -> None:
    course = replay(terms, ledger(stops, extensions), {1: calendar})
    assert course.total is not None
    for day in _days(START, 150):
        state = course.on(day)
        if state.phase == Phase.PAUSED:
            assert any(pause.effective and pause.start <= day <= pause.end for pause in course.pauses)
            continue
        little = (state.remaining or 0) <= max(2, course.total // 3)
        late = course.due is not None and day > course.due
        assert state.light == (Light.RED if late else Light.YELLOW if little else Light.GREEN)


@trials(max_examples=30)
@given(TERMS, CALENDARS, STOPS, EXTENSIONS, st.integers(0, 100))
def test_the_lines_tell_every_counted_day(
    terms: Terms, calendar: WorkCalendar, stops: list[Stop], extensions: list[tuple[int, int]], offset: int
) -> None:
    course, today = replay(terms, ledger(stops, extensions), {1: calendar}), START + offset * DAY
    story = lines(course, today)
    totals = [line.total for line in story if line.total is not None and line.kind not in ("due", "ended")]
    assert totals == sorted(totals)
    told = {day for line in story if line.kind in ("counted", "make-up") for day in _days(line.first, (line.last - line.first).days + 1)}
    assert course.due is not None
    assert {day for day in course.days(course.due) if course.counts(day)} <= told


@trials(max_examples=30)
@given(CALENDARS, st.lists(STOPS, min_size=1, max_size=3))
def test_a_stage_never_stops_while_a_branch_runs_and_parts_are_counted_once(calendar: WorkCalendar, branches: list[list[Stop]]) -> None:
    parts = [replay(Terms(20), ledger(stops, []), {1: calendar}) for stops in branches]
    stage = replay(Terms(30), ledger([], []), {1: calendar}, joint_pauses(parts))
    for day in _days(START + DAY, 120):
        held = any(pause.holds(day) for pause in joint_pauses(parts))
        assert held == all(part.held(day) is not None for part in parts)
    until = START + 100 * DAY
    used = [part.on(until).used for part in parts]
    assert max(used) <= union_days(parts, until) <= sum(used)
    assert stage.due is not None and stage.due >= replay(Terms(30), ledger([], []), {1: calendar}).due  # type: ignore[operator]


def _days(first: date, count: int) -> list[date]:
    return [first + offset * DAY for offset in range(count)]
