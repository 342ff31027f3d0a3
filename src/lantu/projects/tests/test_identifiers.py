"""Golden values of domain.md 12 and properties of the two codes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantu.projects.identifiers import project_code, uscc

TODAY = date(2026, 11, 26)
REAL_CODES = [
    ("2020-330327-48-01-167360", "2018"),
    ("2020-451421-88-03-016343", "2018"),
    ("2603-141124-89-05-346948", "2020"),
    ("2411-130202-89-01-637015", "2020"),
    ("2018-520103-47-01-123456", "2018"),
]
REAL_UNITS = [
    "91350100M000100Y43",
    "11100000000013338W",
    "11430000006122244L",
    "11220000013544541J",
    "11110000000021135M",
    "91310110666007217T",
]


@pytest.mark.parametrize(("text", "form"), REAL_CODES)
def test_real_codes_are_told_apart_by_their_date_group(text: str, form: str) -> None:
    assert project_code.parse(text, TODAY).form == form


def test_the_golden_2011_is_november_2020() -> None:
    code = project_code.parse("2011-520103-04-01-123456", TODAY)
    assert (code.form, code.year, code.month) == ("2020", 2020, 11)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2021-520103-04-01-123456", "form"),
        ("2010-520103-04-01-123456", "early"),
        ("2612-520103-04-01-123456", "future"),
        ("2018-520103-47-01-123456\n", "form"),
        ("２０１８-520103-47-01-123456", "form"),
        ("2018-520103-47-01-12345", "form"),
    ],
)
def test_what_is_no_code_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(project_code.CodeError, match=reason):
        project_code.parse(text, TODAY)


@given(st.lists(st.integers(1, 100_000), min_size=2, max_size=200, unique=True), st.dates(date(2013, 1, 1), TODAY))
def test_numbers_of_a_series_give_different_codes_that_parse_back(numbers: list[int], on: date) -> None:
    series = project_code.series_of(on, "520115", "47", "01")
    codes = [project_code.compose(series, number) for number in numbers]
    assert len(set(codes)) == len(codes)
    assert {project_code.parse(code, TODAY).form for code in codes} == {"2018" if on < project_code.SWITCH else "2020"}


def test_a_full_series_says_so() -> None:
    with pytest.raises(project_code.CodeError, match="full"):
        project_code.compose("2018-520115-47-01", 1_000_000)
    with pytest.raises(project_code.CodeError, match="full"):
        project_code.compose("2301-520115-47-01", 100_001)


@pytest.mark.parametrize("text", REAL_UNITS)
def test_real_units_pass(text: str) -> None:
    assert uscc.parse(text).text == text


@given(st.sampled_from(REAL_UNITS), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_any_changed_character_is_noticed(text: str, place: int, character: str) -> None:
    changed = text[:place] + character + text[place + 1 :]
    if changed != text:
        with pytest.raises(uscc.UsccError):
            uscc.parse(changed)


@pytest.mark.parametrize(("body", "check"), [("00612224", "4"), ("01354454", "1"), ("00001333", "8")])
def test_organisation_codes_of_the_golden_table(body: str, check: str) -> None:
    assert uscc.organisation_check(body) == check


@pytest.mark.parametrize("text", ["", "91350100M000100Y4", "91350100m000100y43", "91350100M000100Y43\n", "91350100M000100Y4３"])
def test_other_forms_are_no_codes(text: str) -> None:
    with pytest.raises(uscc.UsccError, match="form"):
        uscc.parse(text)
