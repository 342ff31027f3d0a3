"""Filter Encoding 2.0 (OGC 09-026r2), minimal standard and spatial filters of WFS clients, read into the same filter as CQL2 text."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from django.db.models import Q
from django.utils.translation import gettext as _
from lxml import etree
from shapely.geometry.base import BaseGeometry

from lantu.analysis.ogc import crs
from lantu.analysis.ogc.cql2 import Filter, like
from lantu.core.errors import BadInput

RELATIONS = {
    "PropertyIsEqualTo": "",
    "PropertyIsNotEqualTo": "",
    "PropertyIsLessThan": "__lt",
    "PropertyIsGreaterThan": "__gt",
    "PropertyIsLessThanOrEqualTo": "__lte",
    "PropertyIsGreaterThanOrEqualTo": "__gte",
}
_SPATIAL = ("BBOX", "Intersects")


def xml_of(text: str) -> Any:
    """A document without entities from outside. Raises ``BadInput``."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise BadInput(_("这不是能读的 XML。"), where=str(error), how="<fes:Filter>…</fes:Filter>") from None


def crs_named(text: str) -> str:
    """The URI of a CRS written in any of the usual ways (``EPSG:4490``, ``urn:ogc:def:crs:EPSG::4490``, URI)."""
    if text.startswith("http://www.opengis.net/gml/srs/epsg.xml#"):
        return crs.crs_of(crs.uri(int(text.rpartition("#")[2])))
    tail = text.rpartition(":")[2]
    if "CRS84" in text.upper() or tail == "84":
        return crs.CRS84
    return crs.crs_of(crs.uri(int(tail)) if tail.isdigit() and not text.startswith("http") else text)


def parse(text: str, columns: dict[str, str], usual: str) -> Filter:
    """Read a filter; its shapes come out in degrees, longitude first. ``usual``: the CRS of shapes that name none."""
    top = xml_of(text)
    reader = _Reader(columns, usual)
    parts = list(top) if _name(top) == "Filter" else [top]
    where = Q()
    for part in parts:
        where &= reader.read(part, nested=False)
    return Filter(where, reader.shapes)


def _name(node: Any) -> str:
    return str(etree.QName(node).localname) if isinstance(node.tag, str) else ""


class _Reader:
    def __init__(self, columns: dict[str, str], usual: str) -> None:
        self.columns, self.usual = columns, usual
        self.shapes: list[BaseGeometry] = []

    def read(self, node: Any, *, nested: bool) -> Q:
        name, parts = _name(node), [part for part in node if isinstance(part.tag, str)]
        if name == "And":
            result = Q()
            for part in parts:
                result &= self.read(part, nested=nested)
            return result
        if name == "Or":
            result = self.read(parts[0], nested=True)
            for part in parts[1:]:
                result |= self.read(part, nested=True)
            return result
        if name == "Not":
            return ~self.read(parts[0], nested=True)
        if name in ("ResourceId", "FeatureId"):
            return Q(pk__in=[identity(node.get("rid") or node.get("fid") or "")])
        if name in _SPATIAL:
            if nested:
                raise BadInput(_("空间条件只能用 AND 连接。"), where=name)
            self.shapes.append(self._shape(parts[-1]))
            return Q()
        return self._compare(node, name, parts)

    def _compare(self, node: Any, name: str, parts: list[Any]) -> Q:
        names = [part for part in parts if _name(part) in ("ValueReference", "PropertyName")]
        column = self._column(names[0].text or "" if names else "")
        values = [part.text or "" for part in node.iter() if _name(part) == "Literal"]
        if name == "PropertyIsNull":
            return Q(**{f"{column}__isnull": True})
        if name == "PropertyIsBetween" and len(values) == 2:
            return Q(**{f"{column}__gte": values[0], f"{column}__lte": values[1]})
        if name == "PropertyIsLike" and values:
            return Q(**{f"{column}__iregex": like(values[0], node.get("wildCard", "*"), node.get("singleChar", "?"))})
        if name in RELATIONS and values:
            found = Q(**{column + RELATIONS[name]: values[0]})
            return ~found if name == "PropertyIsNotEqualTo" else found
        raise BadInput(_("不支持的筛选条件 %(name)s。") % {"name": name}, how="、".join((*RELATIONS, "PropertyIsLike", *_SPATIAL)))

    def _column(self, text: str) -> str:
        name = text.rpartition("/")[2].rpartition(":")[2].strip()
        if name not in self.columns:
            raise BadInput(_("没有可筛选的属性「%(name)s」。") % {"name": name}, how="、".join(self.columns))
        return self.columns[name]

    def _shape(self, node: Any) -> BaseGeometry:
        system = next((part.get("srsName") for part in node.iter() if isinstance(part.tag, str) and part.get("srsName")), "")
        target = crs_named(system) if system else self.usual
        try:
            shape = _envelope(node) if _name(node) == "Envelope" else _polygon(node)
        except (ValueError, IndexError, shapely.errors.GEOSException) as error:
            raise BadInput(_("筛选条件里的图形读不懂。"), where=_name(node), how=str(error)) from None
        return crs.back(shape, target)


def identity(text: str) -> int:
    """The key in ``C0101.17``. Raises ``BadInput``."""
    tail = text.rpartition(".")[2]
    if not tail.isdigit():
        raise BadInput(_("没有要素「%(id)s」。") % {"id": text}, how="C0101.17")
    return int(tail)


def _envelope(node: Any) -> BaseGeometry:
    corners = {_name(part): [float(value) for value in (part.text or "").split()] for part in node if isinstance(part.tag, str)}
    return shapely.box(*corners["lowerCorner"][:2], *corners["upperCorner"][:2]) if len(corners) == 2 else shapely.Polygon()


def _polygon(node: Any) -> BaseGeometry:
    rings = [
        np.array([float(value) for value in (part.text or "").split()]).reshape(-1, 2) for part in node.iter() if _name(part) == "posList"
    ]
    if not rings:
        points = [[float(value) for value in (part.text or "").split()] for part in node.iter() if _name(part) == "pos"]
        return shapely.Point(points[0]) if len(points) == 1 else shapely.Polygon(points)
    return shapely.Polygon(rings[0], rings[1:])
