"""Empty files of a catalogue layer, to be filled by departments (空库模板)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from lantu.core.access import access
from lantu.core.errors import NotFound
from lantu.plans import blank
from lantu.standards import selectors
from lantu.standards.models import LayerDefinition
from lantu.ui.answers import download


@access("@")
def template(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """An empty GeoPackage or file geodatabase of a catalogue layer."""
    layer = selectors.catalogue().layers.get(code)
    if layer is None or layer.geometry_kind not in blank.KINDS:
        raise NotFound(_("图层目录里没有 %(code)s，或它没有图形。") % {"code": code}, how=_("请核对图层代码。"))
    made = blank_of(layer)
    body = blank.geopackage(made) if kind == "gpkg" else blank.geodatabase_zip(made)
    return download(body, f"{code}-{layer.name_zh}.{'gpkg' if kind == 'gpkg' else 'gdb.zip'}")


def blank_of(layer: LayerDefinition) -> blank.BlankLayer:
    """What a catalogue layer asks of a file: fields, the code system as a domain, colours."""
    table = selectors.catalogue().table_of(layer)
    codes = tuple((one.code, one.name_zh) for one in table.entries.values()) if table else ()
    fields = tuple(
        blank.BlankField(
            item["name"],
            item.get("title", ""),
            {"text": "text", "integer": "integer", "real": "real", "date": "date"}.get(str(item.get("type", "text")), "text"),
            int(item.get("length") or 0),
            int(item.get("precision") or 0),
            bool(item.get("required")),
            codes if item["name"] == layer.code_field else (),
        )
        for item in layer.schema
    )
    colors = tuple((one.code, one.name_zh, one.color) for one in table.entries.values() if one.color) if table else ()
    grid = selectors.working_grid()
    return blank.BlankLayer(layer.code, layer.name_zh, layer.geometry_kind, grid.epsg, fields, layer.code_field or "", colors)
