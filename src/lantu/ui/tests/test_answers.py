from __future__ import annotations

from urllib.parse import quote

import pytest

from lantu.ui.answers import download


def test_a_chinese_name_reaches_the_browser_whole() -> None:
    answer = download(b"x", "问题清单 1.docx")
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    assert quote("问题清单 1.docx") in answer["Content-Disposition"]


def test_a_name_with_quotes_does_not_end_the_header() -> None:
    assert '"a\\"b.csv"' in download("x", 'a"b.csv')["Content-Disposition"]


def test_an_unknown_ending_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        download(b"", "a.exe")
