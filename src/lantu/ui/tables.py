"""Declarative lists: columns, filters, sorting, paging and export, the same everywhere; the state stands in the URL.

A room makes one ``Table`` per list and answers with ``table.response(request, template, context)``. The page includes
``ui/table.html``. With htmx only the list is sent again; without JavaScript the same addresses give whole pages. ``?export=xlsx`` and
``?export=csv`` give all filtered rows, not only the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lantu.core import audit
from lantu.core.errors import BadInput
from lantu.core.spreadsheets import write_csv, write_xlsx
from lantu.ui import formats, marks
from lantu.ui.answers import download
from lantu.ui.filters import Filter

Text = str | Promise
Options = Callable[[], Sequence[tuple[str, Text]]]
_TICK = '<td class="tick"><input type="checkbox" name="row" value="{}" form="bulk-{}" data-tick aria-label="{}"></td>'
PAGE_SIZES = (25, 50, 100)
CHUNK = 2000
"""Rows that an export reads at once."""
FORMATS = ("xlsx", "csv")


@dataclass(frozen=True)
class Kind:
    """How a kind of value is shown (HTML) and exported. ``right``: aligned right."""

    show: Callable[[Any], Any]
    export: Callable[[Any], Any] = lambda value: value
    right: bool = False
    number_format: str | None = None


KINDS: dict[str, Kind] = {
    "text": Kind(lambda value: formats.MISSING if value in (None, "") else value, lambda value: "" if value is None else str(value)),
    "code": Kind(lambda value: format_html('<span class="code">{}</span>', value if value not in (None, "") else formats.MISSING)),
    "number": Kind(formats.number, right=True, number_format="#,##0"),
    "decimal": Kind(lambda value: formats.number(value, 2), right=True, number_format="#,##0.00"),
    "square_metres": Kind(formats.square_metres, right=True, number_format="#,##0.00"),
    "hectares": Kind(
        formats.hectares, lambda value: None if value is None else float(value) / 10_000, right=True, number_format="#,##0.0000"
    ),
    "share": Kind(formats.share, right=True, number_format="0.0%"),
    "day": Kind(formats.day, number_format="yyyy-mm-dd"),
    "moment": Kind(formats.moment, number_format="yyyy-mm-dd hh:mm"),
    "severity": Kind(marks.severity, right=False),
    "yes": Kind(lambda value: _("是") if value else _("否"), lambda value: _("是") if value else _("否")),
    "size": Kind(formats.size, right=True),
}
"""Kinds of values. ``hectares`` takes ㎡."""


@dataclass(frozen=True)
class Column:
    """One column. ``value``: an attribute path (``owner.name_zh``) or a function of the row; ``sort``: the field(s) to order by, none = not
    sortable; ``link``: address a row's cell opens; ``render``: HTML of the cell in place of the kind's; ``minor``: left out on phones."""

    key: str
    label: Text
    value: str | Callable[[Any], Any] = ""
    kind: str = "text"
    sort: str = ""
    link: Callable[[Any], str | None] | None = None
    render: Callable[[Any], SafeString | str] | None = None
    minor: bool = False
    export: bool = True

    @property
    def right(self) -> bool:
        return KINDS[self.kind].right

    @property
    def digits(self) -> bool:
        """Numbers and dates: shown in one line."""
        return self.right or self.kind in ("day", "moment")

    def read(self, row: Any) -> Any:
        """The raw value of a row."""
        if callable(self.value):
            return self.value(row)
        value = row
        for name in (self.value or self.key).split("."):
            value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
            if value is None:
                return None
        return value

    def html(self, row: Any, address: str | None) -> SafeString | str:
        """The cell's content; ``address``: what its link opens."""
        content = self.render(row) if self.render else KINDS[self.kind].show(self.read(row))
        return format_html('<a href="{}">{}</a>', address, content) if address else conditional_escape(content)

    @property
    def classes(self) -> str:
        """Classes of its cells."""
        return " ".join(name for name, wanted in (("r", self.right), ("num", self.digits), ("minor", self.minor)) if wanted)


@dataclass(frozen=True)
class BulkAct:
    """A verb for the ticked rows. ``options`` or ``ask``: a choice, or a text field with that hint, whose value goes with it as
    ``<key>_value``; ``confirm``: the question before it."""

    key: str
    label: Text
    icon: str = ""
    options: Options | None = None
    ask: Text = ""
    confirm: Text = ""

    @property
    def choices(self) -> Sequence[tuple[str, Text]]:
        return self.options() if self.options else ()


class Pages(Paginator):
    """Pages of a list whose rows are counted only up to ``counted_to``."""

    def __init__(self, rows: QuerySet[Any], size: int, *, counted_to: int | None = None) -> None:
        super().__init__(rows, size)
        self.rows = rows
        self.counted_to = counted_to

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most ``counted_to``."""
        if self.counted_to is None:
            return self.rows.count()
        return min(self._reached, self.counted_to)

    @property
    def more(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.counted_to is not None and self._reached > self.counted_to

    @cached_property
    def _reached(self) -> int:
        assert self.counted_to is not None
        return self.rows.order_by()[: self.counted_to + 1].count()


@dataclass
class Table:
    """A list. ``rows``: a query set of all rows the actor may see; ``key``: name in the page and of the exported file;
    ``sort``: column key to order by at first, with ``-`` for descending; ``empty``: what to say, and do, when nothing was stored yet.

    ``total``: how many rows there are without filters, when that is known already. ``counted_to``: rows are counted so far and no
    farther, for lists of a million; the pages end there, filters and export still reach every row. Not for a list with ``bulk``,
    which says how many rows an act would change.

    ``prepare``: is given the rows of the page before they are written, to read in one go what only some of them need.

    ``bulk``: verbs for ticked rows; they are posted to the page's own address with ``act``, and ``chosen`` gives the rows; ``bulk_note``
    says what cannot be done in bulk."""

    key: str
    title: Text
    rows: QuerySet[Any]
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    sort: str = ""
    empty: Text = ""
    empty_url: str = ""
    empty_label: Text = ""
    row_id: Callable[[Any], str] | None = None
    exports: Sequence[tuple[str, Text]] = field(default_factory=lambda: (("xlsx", "Excel"), ("csv", "CSV")))
    note: Callable[[], str] | None = None
    prepare: Callable[[Sequence[Any]], object] | None = None
    total: int | None = None
    counted_to: int | None = None
    bulk: Sequence[BulkAct] = ()
    bulk_note: Text = ""

    # -- what the template reads, set by bind()
    query: QueryDict = field(default_factory=QueryDict, init=False)

    def bind(self, request: HttpRequest) -> Table:
        """Take filters, order and page from the address."""
        self.query = request.GET
        for one in self.filters:
            one.bind(request.GET)
        return self

    @property
    def filtered(self) -> QuerySet[Any]:
        """All rows that pass the filters, in order."""
        rows = self.rows
        for one in self.filters:
            rows = one.apply(rows)
        order = self._order()
        return rows.order_by(*order, "pk") if order else rows

    @property
    def active(self) -> list[Filter]:
        return [one for one in self.filters if one.active]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What else stands in the address (the tab of the page, rows a page): setting or clearing a filter leaves it."""
        own = {"page", "sort", "export", *(name for one in self.filters for name in one.names)}
        return [(key, value) for key, values in self.query.lists() if key not in own for value in values if value]

    @property
    def cleared(self) -> str:
        """The query string without filters."""
        return f"?{urlencode(self.kept)}"

    def page(self) -> Page[Any]:
        """The page asked for; an impossible number gives the nearest."""
        known = None if self.active else self.total
        paginator = Pages(self.filtered, self.page_size, counted_to=self.counted_to if known is None else None)
        if known is not None:
            paginator.count = known  # a cached property: the rows are not counted again
        return paginator.get_page(self.query.get("page"))

    def body(self, page: Page[Any]) -> SafeString:
        """The rows of a page: written here, for a template takes longer over a cell than the database over a row."""
        cells = [(column, f'<td class="{column.classes}">') for column in self.columns]
        links = {column.link for column in self.columns}
        lines = []
        for row in self._prepared(page):
            tick = format_html(_TICK, row.pk, self.key, _("勾选 %(row)s") % {"row": row}) if self.bulk else ""
            opened = {link: link(row) if link else None for link in links}  # several columns open the same page
            text = "".join(f"{start}{column.html(row, opened[column.link])}</td>" for column, start in cells)
            lines.append(f"<tr>{tick}{text}</tr>")
        return mark_safe("".join(lines))  # cells and ticks are escaped

    def _prepared(self, rows: Iterable[Any]) -> Sequence[Any]:
        found = list(rows)
        if self.prepare:
            self.prepare(found)
        return found

    @property
    def page_size(self) -> int:
        wanted = self.query.get("size", "")
        return int(wanted) if wanted.isdigit() and int(wanted) in PAGE_SIZES else PAGE_SIZES[0]

    @property
    def page_sizes(self) -> tuple[int, ...]:
        return PAGE_SIZES

    @property
    def sorted_by(self) -> str:
        wanted = self.query.get("sort", self.sort)
        return wanted if any(column.key == wanted.lstrip("-") and column.sort for column in self.columns) else self.sort

    @property
    def heads(self) -> Iterator[dict[str, Any]]:
        """Column, how it is sorted now (``ascending``, ``descending`` or ``none``), and the sort key that a click asks for."""
        now = self.sorted_by
        for column in self.columns:
            state = {column.key: "ascending", f"-{column.key}": "descending"}.get(now, "none")
            yield {"column": column, "state": state, "next": f"-{column.key}" if state == "ascending" else column.key}

    def _order(self) -> list[str]:
        wanted = self.sorted_by
        column = next((column for column in self.columns if column.sort and column.key == wanted.lstrip("-")), None)
        if column is None:
            return []
        descending = wanted.startswith("-")
        return [_turned(name) if descending else name for name in column.sort.split(",")]

    def chosen(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that were ticked, or all filtered ones when that was chosen. Rows the actor may not see are never among them."""
        self.bind(request)
        if request.POST.get("all") == "1":
            return self.filtered
        keys = [key for key in request.POST.getlist("row") if key.isdigit()]
        return self.rows.filter(pk__in=keys).order_by(*self._order(), "pk")

    # -- answers

    def asked_alone(self, request: HttpRequest) -> bool:
        """Whether htmx asks for the list and not for the page around it."""
        return request.headers.get("HX-Target") == f"table-{self.key}"

    def response(self, request: HttpRequest, template: str, context: dict[str, Any] | None = None) -> HttpResponse:
        """The page, only the list for htmx, or the exported file."""
        self.bind(request)
        if wanted := request.GET.get("export"):
            return self.export(request, wanted)
        return render(request, "ui/table.html" if self.asked_alone(request) else template, {**(context or {}), "table": self})

    def export(self, request: HttpRequest, wanted: str) -> HttpResponse:
        """All filtered rows as a file; leaves an audit event. Raises ``BadInput`` for a format that is not offered."""
        if wanted not in FORMATS or wanted not in dict(self.exports):
            raise BadInput(_("不能导出为「%(format)s」。") % {"format": wanted}, how=_("请选 Excel 或 CSV。"))
        return self.export_rows(request, wanted, self.filtered)

    def export_rows(self, request: HttpRequest, wanted: str, rows: QuerySet[Any]) -> HttpResponse:
        """These rows as a file (the ticked ones); leaves an audit event."""
        columns = [column for column in self.columns if column.export]
        rest = rows.iterator(chunk_size=CHUNK)
        every = (row for chunk in iter(lambda: list(islice(rest, CHUNK)), []) for row in self._prepared(chunk))
        values = ([KINDS[column.kind].export(column.read(row)) for column in columns] for row in every)
        heads, note = [str(column.label) for column in columns], self.note() if self.note else ""
        if wanted == "xlsx":
            number_formats = [KINDS[column.kind].number_format for column in columns]
            body = write_xlsx(heads, values, title=str(self.title), note=note, formats=number_formats)
        else:
            body = write_csv(heads, values, note=note)
        name = f"{self.key}-{timezone.localdate():%Y%m%d}.{wanted}"
        return _exported(request, self.key, wanted, rows.count(), body=body, name=name)


def workbook(request: HttpRequest, key: str, title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> HttpResponse:
    """Lines that are computed, not rows of a ``Table``, as an Excel file; leaves an audit event like any export."""
    return _exported(request, key, "xlsx", len(rows), body=write_xlsx(heads, rows, title=title), name=f"{key}.xlsx")


def _exported(request: HttpRequest, key: str, wanted: str, count: int, *, body: bytes, name: str) -> HttpResponse:
    detail = {"list": key, "format": wanted, "rows": count}
    audit.record(request.actor, "ui.export", None, detail=detail)  # type: ignore[attr-defined]
    return download(body, name)


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
