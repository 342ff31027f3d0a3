"""A project of QGIS (.qgz) for a release: its layers by OGC API Features, grouped by plan, in the colours of the catalogue."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _

from lantu.analysis.ogc.paint import pen_of
from lantu.analysis.ogc.rights import Collection, collections_of
from lantu.analysis.ogc.wms import legend_codes
from lantu.blueprints.models import BlueprintRelease
from lantu.core.actor import Actor
from lantu.core.errors import NotFound
from lantu.standards import selectors as standards

# QGIS looks at the code only where there is a srsid, whichever
_CRS = (
    "<spatialrefsys><srsid>27734</srsid><srid>4490</srid><authid>EPSG:4490</authid>"
    "<description>China Geodetic Coordinate System 2000</description><proj4>+proj=longlat +ellps=GRS80 +no_defs</proj4>"
    "<geographicflag>true</geographicflag></spatialrefsys>"
)


def project(release: BlueprintRelease, actor: Actor, site: str) -> bytes:
    """The .qgz; ``site`` is the address of this one. Raises ``NotFound`` where the actor may read no layer.

    It holds no data and no password: QGIS asks the services, and they ask for the account.
    """
    layers = collections_of(release, actor)
    if not layers:
        raise NotFound(_("没有可放进工程的图层。"), how=_("请换一个岗位，或先发布蓝图。"))
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"lantu-{release.number}.qgs", _qgs(release, layers, site.rstrip("/")))
    return body.getvalue()


def identifier(one: Collection) -> str:
    """The name of a layer inside of the project."""
    return f"lantu_{one.id}".replace(".", "_").replace("-", "_")


def _qgs(release: BlueprintRelease, layers: list[Collection], site: str) -> str:
    west, south, east, north = standards.city_extent()
    title = str(_("蓝图 %(n)s") % {"n": release.number})
    groups: dict[str, list[Collection]] = {}
    for one in layers:
        groups.setdefault(str(_("动态图层")) if one.is_living else one.layer.plan_name_zh or one.layer.plan, []).append(one)
    tree = ""
    for name, found in groups.items():
        inside = "".join(_leaf(one, site) for one in found)
        tree += f'<layer-tree-group name={quoteattr(name)} checked="Qt::Checked" expanded="1">{inside}</layer-tree-group>'
    made = "".join(_layer(one, site) for one in layers)
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.22.0" projectname={quoteattr(title)} saveUser="lantu">'
        f"<title>{escape(title)}</title><projectCrs>{_CRS}</projectCrs>"
        f"<layer-tree-group>{tree}</layer-tree-group>"
        f'<mapcanvas name="theMapCanvas"><units>degrees</units><extent><xmin>{west}</xmin><ymin>{south}</ymin><xmax>{east}</xmax>'
        f"<ymax>{north}</ymax></extent><destinationsrs>{_CRS}</destinationsrs></mapcanvas>"
        '<properties><SpatialRefSys><ProjectionsEnabled type="int">1</ProjectionsEnabled></SpatialRefSys></properties>'
        f"<projectlayers>{made}</projectlayers>"
        f"<projectMetadata><identifier>{escape(release.digest)}</identifier><title>{escape(title)}</title>"
        f"<abstract>{escape(release.note)}</abstract></projectMetadata></qgis>"
    )


def _source(one: Collection, site: str) -> str:
    return (
        f"pagingEnabled='true' preferCoordinatesForWfsT11='false' restrictToRequestBBOX='1' srsname='OGC:CRS84' "
        f"typename='{one.id}' url='{site}/ogc/' version='OGC_API_FEATURES'"
    )


def _leaf(one: Collection, site: str) -> str:
    checked = "Qt::Checked" if one.layer.is_coverage or one.is_living else "Qt::Unchecked"
    return (
        f'<layer-tree-layer id="{identifier(one)}" name={quoteattr(one.title)} checked="{checked}" expanded="0" providerKey="OAPIF" '
        f"source={quoteattr(_source(one, site))}/>"
    )


def _layer(one: Collection, site: str) -> str:
    return (
        '<maplayer type="vector" geometry="Polygon" hasScaleBasedVisibilityFlag="0">'
        f"<id>{identifier(one)}</id><datasource>{escape(_source(one, site))}</datasource><layername>{escape(one.title)}</layername>"
        f'<srs>{_CRS}</srs><provider encoding="UTF-8">OAPIF</provider>{_renderer(one)}'
        f"<layerOpacity>{float(one.layer.style.get('opacity', 0.7))}</layerOpacity></maplayer>"
    )


def _renderer(one: Collection) -> str:
    pen = pen_of(one)
    codes = legend_codes(one)
    if not codes:
        return f'<renderer-v2 type="singleSymbol"><symbols>{_symbol("0", pen.fill(""), pen)}</symbols></renderer-v2>'
    table = standards.catalogue().table_of(one.layer)
    categories, symbols = [], []
    for number, code in enumerate(codes):
        entry = table.find(code) if table else None
        label = f"{code} {entry.name_zh}" if entry else code
        categories.append(f'<category value={quoteattr(code)} label={quoteattr(label)} symbol="{number}" render="true"/>')
        symbols.append(_symbol(str(number), pen.fill(code), pen))
    return (
        f'<renderer-v2 type="categorizedSymbol" attr="code"><categories>{"".join(categories)}</categories>'
        f"<symbols>{''.join(symbols)}</symbols></renderer-v2>"
    )


def _symbol(name: str, fill: str, pen: Any) -> str:
    options = {
        "color": _rgb(fill or "#FFFFFF"),
        "style": "solid" if fill else "no",
        "outline_color": _rgb(pen.stroke),
        "outline_width": str(round(pen.width * 0.2, 2)),
    }
    told = "".join(f'<Option name="{key}" type="QString" value="{value}"/>' for key, value in options.items())
    inside = f'<layer class="SimpleFill" enabled="1"><Option type="Map">{told}</Option></layer>'
    return f'<symbol name="{name}" type="fill" alpha="1">{inside}</symbol>'


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"
