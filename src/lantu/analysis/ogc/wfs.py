"""WFS 2.0.0, simple and reading only: capabilities, schema, features as GML 3.2 or GeoJSON, by KVP (OGC 09-025r2)."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import shapely
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.ogc import crs, fes
from lantu.analysis.ogc.answers import kept, keywords, operation, root, run_of, service, whole_number
from lantu.analysis.ogc.cql2 import Filter
from lantu.analysis.ogc.features import columns_of, feature_collection, meeting, properties_of
from lantu.analysis.ogc.rights import Collection, collection, collections
from lantu.core import audit
from lantu.core.errors import BadInput, LantuError
from lantu.standards import selectors as standards

SPACE = "http://lantu.wfs"
GML, JSON = "application/gml+xml; version=3.2", "application/json"
STORED = "urn:ogc:def:query:OGC-WFS::GetFeatureById"
MOST = 100_000
"""Features of one answer at most; the next pages are linked."""
_HEAD = (
    f'xmlns:lantu="{SPACE}" xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_TYPES = {"area_m2": "double", "valid_from": "date"}


@service()
def wfs(request: HttpRequest, actor: Any) -> HttpResponse:
    """``/ogc/wfs``"""
    query = keywords(request)
    try:
        answers = {
            "GETCAPABILITIES": _capabilities,
            "DESCRIBEFEATURETYPE": _schema,
            "GETFEATURE": _features,
            "LISTSTOREDQUERIES": _stored,
            "DESCRIBESTOREDQUERIES": _stored_described,
        }
        return operation(query, "WFS", answers)(request, actor, query)
    except LantuError as error:
        if error.status in (401, 403):
            raise
        code = error.code if error.code[:1].isupper() else "InvalidParameterValue" if error.status != 404 else "NotFound"
        body = (
            f'{_DECLARATION}<ows:ExceptionReport version="2.0.0" xmlns:ows="http://www.opengis.net/ows/1.1">'
            f'<ows:Exception exceptionCode="{escape(code)}"><ows:ExceptionText>{escape(str(error))}</ows:ExceptionText></ows:Exception>'
            "</ows:ExceptionReport>"
        )
        return HttpResponse(body, content_type="text/xml", status=404 if error.status == 404 else 400)


def urn(target: str) -> str:
    """A CRS as WFS names it."""
    return "urn:ogc:def:crs:OGC:1.3:CRS84" if target == crs.CRS84 else f"urn:ogc:def:crs:EPSG::{crs.URIS[target][0]}"


def _types(actor: Any, query: dict[str, str]) -> list[Collection]:
    names = (query.get("TYPENAMES") or query.get("TYPENAME") or "").split(",")
    codes = [name.rpartition(":")[2].strip(" ()") for name in names if name.strip()]
    return [collection(actor, code) for code in codes] if codes else collections(actor)


def _features(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    target = fes.crs_named(query["SRSNAME"]) if query.get("SRSNAME") else crs.uri(crs.STORED)
    if stored := query.get("STOREDQUERY_ID", ""):
        if stored != STORED:
            raise BadInput(_("没有存储查询 %(id)s。") % {"id": stored}, how=STORED)
        query = query | {"RESOURCEID": query.get("ID", "")}
    wanted = _by_identity(actor, query) if query.get("RESOURCEID") else _types(actor, query)
    if len(wanted) != 1:
        raise BadInput(_("一次只查一个图层，请在 TYPENAMES 里写明。"), how="TYPENAMES=lantu:C0101")
    one = wanted[0]
    rows = _selected(one, query)
    total = rows.count()
    if one.run is None or actor.user_id is not None:
        audit.record(actor, "analysis.ogc_items", None, detail={"collection": one.id, "by": "WFS", "matched": total})
    start, count = whole_number(query, "STARTINDEX", 0), min(whole_number(query, "COUNT", whole_number(query, "MAXFEATURES", MOST)), MOST)
    hits = query.get("RESULTTYPE", "").lower() == "hits"

    def make() -> HttpResponse:
        page = [] if hits else list(rows[start : start + count])
        if "json" in query.get("OUTPUTFORMAT", "").lower():
            return feature_collection(one, page, target, total)
        following = ""
        if not hits and start + count < total:
            given = request.GET.copy()
            for name in [key for key in given if key.upper() in ("STARTINDEX", "COUNT")]:
                del given[name]
            following = f"{root(request)}/wfs?{given.urlencode()}&STARTINDEX={start + count}&COUNT={count}"
        return HttpResponse(_gml(one, page, target, total, following), content_type=GML)

    return kept(request, actor, run_of([one]), make)


def _by_identity(actor: Any, query: dict[str, str]) -> list[Collection]:
    return [collection(actor, query["RESOURCEID"].rpartition(".")[0].rpartition(":")[2])]


def _selected(one: Collection, query: dict[str, str]) -> Any:
    rows: Any = one.rows()
    usual = crs.uri(crs.STORED)
    asked = fes.parse(query["FILTER"], columns_of(one), usual) if query.get("FILTER") else Filter()
    try:
        rows = rows.filter(asked.where)
    except (ValueError, ValidationError) as error:
        raise BadInput(_("筛选条件的值不对。"), where=str(error)) from None
    shapes = list(asked.shapes)
    if query.get("RESOURCEID"):
        rows = rows.filter(pk__in=[fes.identity(text) for text in query["RESOURCEID"].split(",")])
    if query.get("BBOX"):
        parts = query["BBOX"].split(",")
        system = fes.crs_named(parts[4]) if len(parts) == 5 else usual
        try:
            x0, y0, x1, y1 = (float(part) for part in parts[:4])
        except ValueError:
            raise BadInput(_("范围「%(text)s」不是四个数。") % {"text": query["BBOX"]}) from None
        shapes.append(crs.back(shapely.box(x0, y0, x1, y1), system))
    return meeting(rows, shapes)


def _gml(one: Collection, rows: list[Any], target: str, total: int, following: str) -> str:
    shapes: Any = crs.out(np.array([row.geometry for row in rows], dtype=object), target) if rows else []
    names = columns_of(one)
    members = []
    for row, shape in zip(rows, shapes, strict=True):
        found = properties_of(one, row)
        fields = "".join(f"<lantu:{name}>{escape(str(found[name]))}</lantu:{name}>" for name in names)
        key = f"{one.id}.{row.pk}"
        members.append(
            f'<wfs:member><lantu:{one.id} gml:id="{key}">{fields}<lantu:geometry>{multi_surface(shape, urn(target), key)}'
            f"</lantu:geometry></lantu:{one.id}></wfs:member>"
        )
    more = f' next="{escape(following)}"' if following else ""
    stamp = timezone.now().isoformat(timespec="seconds")
    return (
        f'{_DECLARATION}<wfs:FeatureCollection {_HEAD} timeStamp="{stamp}" numberMatched="{total}" numberReturned="{len(rows)}"{more}>'
        f"{''.join(members)}</wfs:FeatureCollection>"
    )


def multi_surface(shape: Any, name: str, key: str) -> str:
    """An area as GML 3.2."""
    parts = []
    for number, part in enumerate(shapely.get_parts(shape)):
        if part.geom_type != "Polygon":
            continue
        rings = [_ring("exterior", part.exterior), *(_ring("interior", ring) for ring in part.interiors)]
        parts.append(f'<gml:surfaceMember><gml:Polygon gml:id="{key}.p{number}">{"".join(rings)}</gml:Polygon></gml:surfaceMember>')
    return f'<gml:MultiSurface gml:id="{key}.g" srsName="{name}" srsDimension="2">{"".join(parts)}</gml:MultiSurface>'


def _ring(kind: str, ring: Any) -> str:
    places = " ".join(f"{x!r} {y!r}" for x, y in shapely.get_coordinates(ring).tolist())
    return f"<gml:{kind}><gml:LinearRing><gml:posList>{places}</gml:posList></gml:LinearRing></gml:{kind}>"


def _schema(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    parts = []
    for one in _types(actor, query):
        fields = "".join(f'<xsd:element name="{name}" type="xsd:{_TYPES.get(name, "string")}" minOccurs="0"/>' for name in columns_of(one))
        parts.append(
            f'<xsd:element name="{one.id}" type="lantu:{one.id}Type" substitutionGroup="gml:AbstractFeature"/>'
            f'<xsd:complexType name="{one.id}Type"><xsd:complexContent><xsd:extension base="gml:AbstractFeatureType"><xsd:sequence>{fields}'
            '<xsd:element name="geometry" type="gml:MultiSurfacePropertyType"/>'
            "</xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>"
        )
    body = (
        f'{_DECLARATION}<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:gml="http://www.opengis.net/gml/3.2" '
        f'xmlns:lantu="{SPACE}" targetNamespace="{SPACE}" elementFormDefault="qualified">'
        '<xsd:import namespace="http://www.opengis.net/gml/3.2" schemaLocation="http://schemas.opengis.net/gml/3.2.1/gml.xsd"/>'
        f"{''.join(parts)}</xsd:schema>"
    )
    return HttpResponse(body, content_type=GML)


def _stored(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    found = "".join(f"<wfs:ReturnFeatureType>lantu:{one.id}</wfs:ReturnFeatureType>" for one in collections(actor))
    body = f'<wfs:StoredQuery id="{STORED}"><wfs:Title>GetFeatureById</wfs:Title>{found}</wfs:StoredQuery>'
    return HttpResponse(
        f"{_DECLARATION}<wfs:ListStoredQueriesResponse {_HEAD}>{body}</wfs:ListStoredQueriesResponse>", content_type="text/xml"
    )


def _stored_described(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    body = (
        f'<wfs:StoredQueryDescription id="{STORED}"><wfs:Title>GetFeatureById</wfs:Title>'
        '<wfs:Parameter name="ID" type="xsd:string" xmlns:xsd="http://www.w3.org/2001/XMLSchema"/>'
        '<wfs:QueryExpressionText returnFeatureTypes="" language="urn:ogc:def:queryLanguage:OGC-WFS::WFSQueryExpression" isPrivate="true"/>'
        "</wfs:StoredQueryDescription>"
    )
    return HttpResponse(
        f"{_DECLARATION}<wfs:DescribeStoredQueriesResponse {_HEAD}>{body}</wfs:DescribeStoredQueriesResponse>", content_type="text/xml"
    )


def _capabilities(request: HttpRequest, actor: Any, query: dict[str, str]) -> HttpResponse:
    west, south, east, north = standards.city_extent()
    address = escape(f"{root(request)}/wfs")
    here = f'<ows:DCP><ows:HTTP><ows:Get xlink:href="{address}"/></ows:HTTP></ows:DCP>'
    formats = "".join(f"<ows:Value>{kind}</ows:Value>" for kind in (GML, JSON))
    operations = "".join(
        f'<ows:Operation name="{name}">{here}'
        + (
            f'<ows:Parameter name="outputFormat"><ows:AllowedValues>{formats}</ows:AllowedValues></ows:Parameter>'
            if name == "GetFeature"
            else ""
        )
        + "</ows:Operation>"
        for name in ("GetCapabilities", "DescribeFeatureType", "GetFeature", "ListStoredQueries", "DescribeStoredQueries")
    )
    true = ("ImplementsSimpleWFS", "ImplementsBasicWFS", "KVPEncoding", "ImplementsResultPaging", "ImplementsMinStandardFilter")
    constraints = "".join(
        f'<ows:Constraint name="{name}"><ows:NoValues/><ows:DefaultValue>TRUE</ows:DefaultValue></ows:Constraint>' for name in true
    )
    constraints += f'<ows:Constraint name="CountDefault"><ows:NoValues/><ows:DefaultValue>{MOST}</ows:DefaultValue></ows:Constraint>'
    others = "".join(f"<wfs:OtherCRS>{urn(target)}</wfs:OtherCRS>" for target in crs.URIS if target != crs.uri(crs.STORED))
    types = "".join(
        f"<wfs:FeatureType><wfs:Name>lantu:{one.id}</wfs:Name><wfs:Title>{escape(one.title)}</wfs:Title>"
        f"<wfs:DefaultCRS>{urn(crs.uri(crs.STORED))}</wfs:DefaultCRS>{others}"
        f"<ows:WGS84BoundingBox><ows:LowerCorner>{west} {south}</ows:LowerCorner><ows:UpperCorner>{east} {north}</ows:UpperCorner>"
        "</ows:WGS84BoundingBox></wfs:FeatureType>"
        for one in collections(actor)
    )
    comparisons = "".join(f'<fes:ComparisonOperator name="{name}"/>' for name in (*fes.RELATIONS, "PropertyIsLike", "PropertyIsBetween"))
    filters = (
        '<fes:Filter_Capabilities><fes:Conformance><fes:Constraint name="ImplementsMinStandardFilter"><ows:NoValues/>'
        "<ows:DefaultValue>TRUE</ows:DefaultValue></fes:Constraint></fes:Conformance>"
        '<fes:Id_Capabilities><fes:ResourceIdentifier name="fes:ResourceId"/></fes:Id_Capabilities>'
        f"<fes:Scalar_Capabilities><fes:LogicalOperators/><fes:ComparisonOperators>{comparisons}</fes:ComparisonOperators>"
        "</fes:Scalar_Capabilities><fes:Spatial_Capabilities><fes:GeometryOperands>"
        '<fes:GeometryOperand name="gml:Envelope"/><fes:GeometryOperand name="gml:Polygon"/></fes:GeometryOperands><fes:SpatialOperators>'
        '<fes:SpatialOperator name="BBOX"/><fes:SpatialOperator name="Intersects"/></fes:SpatialOperators></fes:Spatial_Capabilities>'
        "</fes:Filter_Capabilities>"
    )
    title = escape(str(_("%(city)s蓝图服务") % {"city": standards.pack().name_zh}))
    body = (
        f'{_DECLARATION}<wfs:WFS_Capabilities version="2.0.0" {_HEAD} xmlns="http://www.opengis.net/wfs/2.0" '
        'xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:fes="http://www.opengis.net/fes/2.0">'
        f"<ows:ServiceIdentification><ows:Title>{title}</ows:Title><ows:ServiceType>WFS</ows:ServiceType>"
        "<ows:ServiceTypeVersion>2.0.0</ows:ServiceTypeVersion></ows:ServiceIdentification>"
        f"<ows:ServiceProvider><ows:ProviderName>{title}</ows:ProviderName><ows:ServiceContact/></ows:ServiceProvider>"
        f"<ows:OperationsMetadata>{operations}{constraints}</ows:OperationsMetadata>"
        f"<wfs:FeatureTypeList>{types}</wfs:FeatureTypeList>{filters}</wfs:WFS_Capabilities>"
    )
    return HttpResponse(body, content_type="text/xml")
