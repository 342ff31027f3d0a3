"""Code parsing (mixed use, prefixes, names) and working days with make-up days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from lantu.core.actor import system
from lantu.standards import selectors
from lantu.standards.codes import CodeEntry, CodeTable
from lantu.standards.services import load_pack
from lantu.standards.workdays import WorkCalendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def tables() -> dict[str, CodeTable]:
    load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")
    return selectors.catalogue().tables


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("R2", ["R2"]),
        ("B1/R2", ["B1", "R2"]),
        ("R2B1", ["R2", "B1"]),
        ("A33+G1", ["A33", "G1"]),
        ("R2(c)", ["R2"]),
        ("R2（商住）", ["R2"]),
        (" R21 ", ["R21"]),
        ("公园绿地", ["G1"]),
        ("R2、R2", ["R2"]),
        ("Q9", None),
        ("R2/Q9", None),
        ("R2B", ["R2", "B"]),
        ("R29", None),
        ("", None),
    ],
)
def test_urban_codes_are_taken_apart(tables: dict[str, CodeTable], text: str, codes: list[str] | None) -> None:
    found = tables["gb50137"].parse(text)
    assert (found and [code for code, _share in found]) == codes
    assert found is None or sum(share for _code, share in found) == pytest.approx(1)


def test_township_zone_codes_count_as_their_parent(tables: dict[str, CodeTable]) -> None:
    assert tables["tdytqlxdm"].parse("011") == [("010", 1.0)] or tables["tdytqlxdm"].parse("011") == [("011", 1.0)]
    assert "010" in {entry.code[:2] + "0" for entry in [tables["tdytqlxdm"].find("011")] if entry}


def test_mixed_use_is_construction_when_any_part_is(tables: dict[str, CodeTable]) -> None:
    table = tables["gb50137"]
    assert table.construction([("E2", 0.5), ("R2", 0.5)]) == "yes"
    assert table.construction([("E2", 1.0)]) == "no"
    assert table.construction([("Q9", 1.0)]) == "unknown"


@given(st.lists(st.sampled_from(["A1", "B2", "C", "C3"]), min_size=1, max_size=4), st.sampled_from(["/", "+", "、", " / "]))
def test_any_list_of_known_codes_is_read_again(codes: list[str], separator: str) -> None:
    table = CodeTable("t", "1", "t", "exact", {code: CodeEntry(code, "", code, "yes", "") for code in ["A1", "B2", "C", "C3"]})
    assert [code for code, _share in table.parse(separator.join(codes)) or []] == list(dict.fromkeys(codes))


def test_golden_due_date_over_mid_autumn_and_national_day(tables: dict[str, CodeTable]) -> None:
    assert selectors.calendar().add(date(2018, 9, 20), 7) == (date(2018, 9, 30), False)


def test_years_not_announced_are_provisional(tables: dict[str, CodeTable]) -> None:
    _due, provisional = selectors.calendar().add(date(2026, 12, 30), 5)
    assert provisional


CALENDAR = WorkCalendar(
    date(2020, 1, 1),
    date(2020, 12, 31),
    frozenset({6, 7}),
    frozenset({date(2020, 10, n) for n in range(1, 9)}),
    frozenset({date(2020, 10, 10)}),
)


@given(st.dates(date(2020, 1, 1), date(2020, 11, 30)), st.integers(0, 40))
def test_counting_back_gives_the_days_that_were_added(start: date, days: int) -> None:
    due, _provisional = CALENDAR.add(start, days)
    assert CALENDAR.between(start, due) == days
    assert days == 0 or CALENDAR.is_working(due)
