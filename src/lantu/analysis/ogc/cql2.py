"""CQL2 text, class basic-cql2 with LIKE, IN, BETWEEN and S_INTERSECTS (OGC 21-065): a filter as a ``Q`` and at most a few shapes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.db.models import Q
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.core.errors import BadInput

_TOKEN = re.compile(
    r"""\s*(?:(?P<shape>(?:MULTI)?(?:POLYGON|POINT|LINESTRING)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|BBOX\s*\([^()]*\))
    |(?P<text>'(?:[^']|'')*')|(?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<sign><>|<=|>=|=|<|>|\(|\)|,)
    |(?P<name>"[^"]+"|[^\W\d]\w*))""",
    re.IGNORECASE | re.VERBOSE,
)
_SUFFIX = {"<": "__lt", ">": "__gt", "<=": "__lte", ">=": "__gte"}


@dataclass(slots=True)
class Filter:
    """What a text asks: conditions on columns, and shapes (in the filter's CRS) that features have to meet."""

    where: Q = field(default_factory=Q)
    shapes: list[BaseGeometry] = field(default_factory=list)


def parse(text: str, columns: dict[str, str]) -> Filter:
    """Read a filter. ``columns``: queryable → model field. Raises ``BadInput`` with the place.

    S_INTERSECTS may only stand at the top, joined by AND: spatial tests are made on geometry, not in SQL.
    """
    reader = _Reader(text, columns)
    result = Filter(reader.either())
    if reader.peek() is not None:
        reader.fail()
    if reader.shapes and reader.nested:
        raise BadInput(_("空间条件只能用 AND 连接。"), where=text, how="code = 'A33' AND S_INTERSECTS(geometry, POLYGON((…)))")
    result.shapes = reader.shapes
    return result


class _Reader:
    def __init__(self, text: str, columns: dict[str, str]) -> None:
        self.text, self.columns, self.at = text, columns, 0
        self.shapes: list[BaseGeometry] = []
        self.nested = False
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None:
                self._place(position)
            assert match is not None
            kind = str(match.lastgroup)
            self.tokens.append((kind, match[kind], match.start(kind)))
            position = match.end()

    def _place(self, position: int) -> None:
        raise BadInput(
            _("筛选条件从第 %(n)s 个字符起读不懂。") % {"n": position + 1},
            where=self.text[position : position + 40],
            how="code = 'A33' AND area_m2 > 10000",
        )

    def fail(self) -> None:
        self._place(self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text))

    def peek(self) -> tuple[str, str] | None:
        return self.tokens[self.at][:2] if self.at < len(self.tokens) else None

    def take(self, *words: str) -> bool:
        token = self.peek()
        if token is not None and token[0] in ("name", "sign") and token[1].upper() in words:
            self.at += 1
            return True
        return False

    def need(self, word: str) -> None:
        if not self.take(word):
            self.fail()

    def either(self) -> Q:
        result = self.both()
        while self.take("OR"):
            self.nested = True
            result |= self.both()
        return result

    def both(self) -> Q:
        result = self.one()
        while self.take("AND"):
            result &= self.one()
        return result

    def one(self) -> Q:
        if self.take("NOT"):
            self.nested = True
            return ~self.one()
        if self.take("("):
            result = self.either()
            self.need(")")
            return result
        if self.take("S_INTERSECTS"):
            return self._spatial()
        return self._compare()

    def _spatial(self) -> Q:
        self.need("(")
        if not self.take("GEOMETRY", "GEOM"):
            self.fail()
        self.need(",")
        token = self.peek()
        if token is None or token[0] != "shape":
            self.fail()
        assert token is not None
        self.at += 1
        self.need(")")
        self.shapes.append(_shape(token[1]))
        return Q()

    def _compare(self) -> Q:
        token = self.peek()
        if token is None or token[0] != "name":
            self.fail()
        assert token is not None
        name = token[1].strip('"')
        if name not in self.columns:
            raise BadInput(_("没有可筛选的属性「%(name)s」。") % {"name": name}, how="、".join(self.columns))
        self.at += 1
        column = self.columns[name]
        negated = self.take("NOT")
        if self.take("LIKE"):
            result = Q(**{f"{column}__iregex": like(str(self._value()))})
        elif self.take("IN"):
            result = Q(**{f"{column}__in": self._list()})
        elif self.take("BETWEEN"):
            low = self._value()
            self.need("AND")
            result = Q(**{f"{column}__gte": low, f"{column}__lte": self._value()})
        elif self.take("IS"):
            negated = self.take("NOT") or negated
            self.need("NULL")
            result = Q(**{f"{column}__isnull": True})
        else:
            result = self._relation(column)
        return ~result if negated else result

    def _relation(self, column: str) -> Q:
        for sign in ("=", "<>", "<=", ">=", "<", ">"):
            if self.take(sign):
                value = self._value()
                if sign in ("=", "<>"):
                    return ~Q(**{column: value}) if sign == "<>" else Q(**{column: value})
                return Q(**{column + _SUFFIX[sign]: value})
        self.fail()
        return Q()

    def _list(self) -> list[Any]:
        self.need("(")
        values = [self._value()]
        while self.take(","):
            values.append(self._value())
        self.need(")")
        return values

    def _value(self) -> Any:
        token = self.peek()
        if token is None:
            self.fail()
        assert token is not None
        kind, text = token
        self.at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if re.search(r"[.eE]", text) else int(text)
        if kind == "name" and text.upper() in ("TRUE", "FALSE"):
            return text.upper() == "TRUE"
        self.at -= 1
        self.fail()
        return None


def like(pattern: str, many: str = "%", one: str = "_") -> str:
    """A LIKE pattern as a regular expression: ``many`` any characters, ``one`` one."""
    return "^" + "".join(".*" if c == many else "." if c == one else re.escape(c) for c in pattern) + "$"


def _shape(text: str) -> BaseGeometry:
    try:
        if text.upper().startswith("BBOX"):
            return shapely.box(*(float(part) for part in text[text.index("(") + 1 : -1].split(",")))
        return shapely.from_wkt(text)
    except (ValueError, TypeError, shapely.errors.GEOSException) as error:
        raise BadInput(_("这不是能读的 WKT。"), where=text[:80], how=str(error)) from None
