"""Filters of lists: a choice, a search over several fields, a range. Their state stands in the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import or_
from typing import Any, Protocol

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise

from lantu.core import trigrams

Text = str | Promise
Options = Sequence[tuple[Any, Text]] | Callable[[], Sequence[tuple[Any, Text]]]


class Filter(Protocol):
    """What a list asks of a filter. ``template`` draws it; ``names`` are its parameters in the address."""

    label: Text
    template: str

    @property
    def names(self) -> list[str]: ...
    @property
    def active(self) -> bool: ...
    @property
    def words(self) -> str: ...
    def bind(self, query: QueryDict) -> None: ...
    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]: ...


class Choice:
    """One of some values. ``field``: what is compared (``key`` by default); ``where``: a condition per value in its place."""

    template = "ui/parts/filter_choice.html"

    def __init__(self, key: str, label: Text, options: Options, *, field: str = "", where: Callable[[str], Q] | None = None) -> None:
        self.key, self.label, self._options = key, label, options
        self._where = where or (lambda value: Q(**{field or key: value}))
        self.value = ""
        self._found: list[tuple[str, Text]] | None = None

    @property
    def options(self) -> list[tuple[str, Text]]:
        """Looked up once a request (from one ``bind`` to the next)."""
        if self._found is None:
            found = self._options() if callable(self._options) else self._options
            self._found = [(str(value), text) for value, text in found]
        return self._found

    @property
    def names(self) -> list[str]:
        return [self.key]

    @property
    def active(self) -> bool:
        return self.value in dict(self.options)

    @property
    def words(self) -> str:
        return str(dict(self.options).get(self.value, ""))

    def bind(self, query: QueryDict) -> None:
        self.value, self._found = query.get(self.key, ""), None

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(self._where(self.value)) if self.active else rows


class Search:
    """Text that one of several fields contains.

    ``apart``: for long lists of rows that hang on a few others, whose fields have indexes of trigrams (``core.trigrams``). Where these
    serve, the tables with the fields are asked by themselves; else all rows of the list are joined with them, and each is looked at.
    """

    template = "ui/parts/filter_search.html"

    def __init__(self, label: Text, fields: Sequence[str], key: str = "q", *, apart: bool = False) -> None:
        self.key, self.label, self.fields, self.apart = key, label, fields, apart
        self.value = ""

    @property
    def names(self) -> list[str]:
        return [self.key]

    @property
    def active(self) -> bool:
        return bool(self.value)

    @property
    def words(self) -> str:
        return self.value

    def bind(self, query: QueryDict) -> None:
        self.value = query.get(self.key, "").replace("\x00", "").strip()

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for word in self.value.split():
            rows = rows.filter(any_of(rows.model, self.fields, word) if self.apart and trigrams.serve() else _contains(self.fields, word))
        return rows


def _contains(fields: Iterable[str], word: str) -> Q:
    return reduce(or_, (Q(**{f"{name}__icontains": word}) for name in fields))


def any_of(model: type[Model], fields: Iterable[str], word: str) -> Q:
    """One of the fields contains the word; those of each other table that a key leads to (``project__name``) are asked there."""
    conditions, beyond = [], dict[str, list[str]]()
    for name in fields:
        hop, _stroke, rest = name.partition("__")
        if rest:
            beyond.setdefault(hop, []).append(rest)
        else:
            conditions.append(Q(**{f"{name}__icontains": word}))
    return reduce(or_, [*conditions, *(Q(**{f"{hop}__in": _keys(model, hop, names, word)}) for hop, names in beyond.items())])


def _keys(model: type[Model], hop: str, names: list[str], word: str) -> QuerySet[Any, Any]:
    """The keys of the rows beyond ``hop`` of which a field contains the word. One question for each table: a database that is told
    either of both at once looks at every row."""
    there = model._meta.get_field(hop).related_model
    assert isinstance(there, type)
    own, further = [name for name in names if "__" not in name], [name for name in names if "__" in name]
    parts = [any_of(there, part, word) for part in (own, further) if part]
    found = [there._default_manager.filter(part).order_by().values("pk") for part in parts]
    return found[0].union(*found[1:]) if len(found) > 1 else found[0]


class Range:
    """From … to …, both included: of numbers, or of days with ``days=True``. What cannot be read as such does not filter."""

    template = "ui/parts/filter_range.html"

    def __init__(self, key: str, label: Text, *, field: str = "", days: bool = False, unit: Text = "") -> None:
        self.key, self.label, self.field, self.days, self.unit = key, label, field or key, days, unit
        self.low = self.high = ""

    @property
    def names(self) -> list[str]:
        return [f"{self.key}_from", f"{self.key}_to"]

    @property
    def active(self) -> bool:
        return self._read(self.low) is not None or self._read(self.high) is not None

    @property
    def words(self) -> str:
        return f"{self.low or '…'} – {self.high or '…'}"

    def bind(self, query: QueryDict) -> None:
        self.low, self.high = (query.get(name, "").strip() for name in self.names)

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        low, high = self._read(self.low), self._read(self.high)
        if low is not None:
            rows = rows.filter(**{f"{self.field}__gte": low})
        if high is not None:
            rows = rows.filter(**{f"{self.field}__lte": high})
        return rows

    def _read(self, text: str) -> date | Decimal | None:
        try:
            if self.days:
                return date.fromisoformat(text)
            value = Decimal(text)
        except (ValueError, InvalidOperation):
            return None
        return value if value.is_finite() else None
