"""Lists: filter, sort, page and export, with the state in the address."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from lantu.core.actor import Actor, Post
from lantu.core.counting import count_together
from lantu.core.errors import BadInput
from lantu.core.models import AuditEvent, Job
from lantu.core.spreadsheets import safe_text
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows() -> None:
    made = [("融合 甲", "done", 1.0), ("融合 乙", "failed", 0.4), ("=HYPERLINK(1)", "queued", 0.0), ("入库 <丙>", "done", 1.0)]
    for title, state, share in made:
        Job.objects.create(kind="test", title=title, state=state, share=share)


def table() -> Table:
    return Table(
        key="jobs",
        title="任务[1]",
        rows=Job.objects.all(),
        columns=(
            Column("title", "名称", sort="title", link=lambda job: f"/jobs/{job.pk}/"),
            Column("share", "进度", kind="share", sort="share"),
            Column("state", "状态", lambda job: job.get_state_display()),
            Column("hidden", "不导出", "kind", export=False),
        ),
        filters=(Search("名称", ["title", "step"]), Choice("state", "状态", Job.State.choices), Range("share", "进度")),
        sort="title",
        empty="还没有任务。",
        note=lambda: "=演示数据",
    )


def asked(**query: Any) -> Any:
    request = RequestFactory().get("/x/", query)
    request.actor = Actor(1, "甲", Post("planner"), "page")  # type: ignore[attr-defined]
    return request


def titles(**query: Any) -> list[str]:
    return [row.title for row in table().bind(asked(**query)).page()]


def test_each_word_searched_for_must_be_in_a_field(rows: None) -> None:
    assert set(titles(q="融合")) == {"融合 甲", "融合 乙"}
    assert titles(q="合 乙 ") == ["融合 乙"]
    assert titles(q="%") == []
    assert len(titles(q="\x00")) == 4


def test_filters_combine_and_unknown_values_do_not_filter(rows: None) -> None:
    assert titles(q="融合", state="done") == ["融合 甲"]
    assert len(titles(state="nonsense")) == 4
    assert set(titles(share_from="0.4", share_to="0.9")) == {"融合 乙"}
    assert len(titles(share_from="NaN", share_to="x")) == 4
    assert [one.words for one in table().bind(asked(state="done", share_from="1")).active] == ["完成", "1 – …"]


def test_sorting_goes_both_ways_and_only_by_columns_that_allow_it(rows: None) -> None:
    assert titles(sort="-title") == titles()[::-1]
    assert titles(sort="-share")[-1] == "=HYPERLINK(1)"
    assert titles(sort="hidden; drop table") == titles()
    heads = {head["column"].key: (head["state"], head["next"]) for head in table().bind(asked(sort="share")).heads}
    assert (heads["share"], heads["title"]) == (("ascending", "-share"), ("none", "title"))


def test_pages_have_the_size_asked_for_and_odd_numbers_give_the_nearest() -> None:
    Job.objects.bulk_create(Job(kind="test", title=f"{n:03}") for n in range(60))
    assert (len(titles()), len(titles(size=50)), len(titles(size=7))) == (25, 50, 25)
    assert titles(page=3)[0] == "050"
    assert titles(page=99) == titles(page=3)
    assert titles(page="x") == titles()


def test_cells_are_escaped_and_link_to_their_row(rows: None) -> None:
    bound, row = table(), Job.objects.get(title__startswith="入库")
    html = bound.body(Paginator([row], 1).page(1))
    assert "&lt;丙&gt;" in html and f'<td class=""><a href="/jobs/{row.pk}/">' in html


def test_an_export_has_all_rows_of_the_filter_and_no_formula(rows: None) -> None:
    answer = table().response(asked(export="csv", sort="title"), "unused.html")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["'=演示数据"]
    assert lines[1] == ["名称", "进度", "状态"]
    assert lines[2][0] == "'=HYPERLINK(1)"
    assert len(lines) == 6
    event = AuditEvent.objects.get(verb="ui.export")
    assert (event.detail["rows"], event.detail["format"]) == (4, "csv")


def test_an_excel_export_keeps_numbers_as_numbers(rows: None) -> None:
    answer = table().response(asked(export="xlsx", state="failed"), "unused.html")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [["名称", "进度", "状态"], ["融合 乙", 0.4, "未完成"]]
    assert sheet["B3"].number_format == "0.0%"
    assert "attachment" in answer["Content-Disposition"]


def test_a_format_that_is_not_offered_is_refused(rows: None) -> None:
    with pytest.raises(BadInput, match="pdf"):
        table().export(asked(), "pdf")


@given(st.text(max_size=60))
def test_no_text_begins_a_formula_in_a_spreadsheet(text: str) -> None:
    safe = safe_text(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe_text(safe) == safe


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_address_breaks_a_filter(low: str, high: str) -> None:
    query = QueryDict(mutable=True)
    query.update({"day_from": low, "day_to": high, "n_from": low, "n_to": high, "q": low, "state": high})
    for one in (Range("day", "日", days=True), Range("n", "数"), Search("文", ["title"]), Choice("state", "态", [("a", "甲")])):
        one.bind(query)
        assert isinstance(one.words, str) and isinstance(one.active, bool)


def test_a_long_list_is_counted_so_far_and_no_farther(rows: None) -> None:
    def page(counted_to: int | None, **query: Any) -> Any:
        made = table()
        made.counted_to = counted_to
        return made.bind(asked(**query)).page()

    short, exact = page(3), page(4)
    assert (short.paginator.count, short.paginator.more) == (3, True)
    assert (exact.paginator.count, exact.paginator.more) == (4, False)
    assert page(None).paginator.more is False
    assert page(2, state="done").paginator.more is False


def test_what_waits_at_all_entries_is_counted_by_one_statement(rows: None, django_assert_num_queries: Any) -> None:
    lists = [
        Job.objects.all(),
        Job.objects.none(),
        Job.objects.filter(title__contains="%s' 入库"),
        Job.objects.filter(state="done").order_by("title")[:1],
        Job.objects.filter(state="done").distinct(),
        Job.objects.filter(title="融合 甲", share__gte=0.5).select_related(),
    ]
    with django_assert_num_queries(1):
        assert count_together(lists) == [4, 0, 0, 1, 2, 1]
    with django_assert_num_queries(0):
        assert count_together([]) == count_together([Job.objects.none()])[:0]
