"""Identifiers and their check character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantu.certificates.identifiers import ALPHABET, Identifier, check_character, parse
from lantu.core.errors import BadInput

REAL = (  # real certificates, domain.md 12
    ("11100000000013338W011", "11430000006122244L", "20230000403", 1, "U"),
    ("11100000000013338W032", "11220000013544541J", "2430599", 1, "F"),
)


@pytest.mark.parametrize(("type_code", "issuer", "serial", "version", "check"), REAL)
def test_real_certificates_have_the_check_character_computed_here(
    type_code: str, issuer: str, serial: str, version: int, check: str
) -> None:
    identifier = Identifier(type_code, issuer, serial, version)
    assert identifier.check == check
    assert parse(str(identifier)) == (identifier, check)


@given(st.text(ALPHABET, min_size=1, max_size=60), st.data())
def test_any_single_wrong_character_changes_the_check(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda letter: letter != text[place]))
    assert check_character(text) != check_character(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("text", ["", "1.2.156.3005.2", "a.b.c.d.e", "1.2.156.3005.2.X.Y.Z.001.A", "地字第 1 号"])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse(text)
