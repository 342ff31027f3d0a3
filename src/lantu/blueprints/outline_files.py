"""The ground of a decision out of an uploaded file: any format that plans are read from, one layer, all its polygons together."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.core.errors import BadInput
from lantu.geodesy.transform import transform
from lantu.plans import readers
from lantu.standards import selectors as standards

MOST = 200
"""A decision is about a piece of ground, not a layer."""


def read_outline(name: str, stream: BinaryIO) -> BaseGeometry:
    """The polygons of a file (Shapefile in a zip, GeoPackage, GeoJSON, boundary-point text) as one geometry in degrees.

    Raises ``ReaderError`` or ``BadInput`` for what cannot be read, is no area, or lies in no frame that may be trusted.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outline"
        with path.open("wb") as out:
            shutil.copyfileobj(stream, out)
        source = readers.NamedFile(path, name)
        layers = [
            layer
            for layer in readers.inspect(source, city=standards.city_extent(), allowed=standards.accepted_frames())
            if layer.geometry_kind.endswith("polygon")
        ]
        if len(layers) != 1:
            raise BadInput(_("文件里有 %(n)s 个面图层，须正好一个。") % {"n": len(layers)}, where=name, how=_("请只留要上传的那个图层。"))
        layer = layers[0]
        if layer.count > MOST:
            raise BadInput(
                _("文件里有 %(n)s 个面，超过 %(most)s 个。") % {"n": layer.count, "most": MOST}, where=name, how=_("请只留本决定的范围。")
            )
        if layer.frame is None or layer.frame.frame is None:
            raise BadInput(_("认不出文件的坐标系。"), where=name, how=_("请用 CGCS2000 经纬度或城市的工作坐标系保存后重新上传。"))
        features = [feature for chunk in readers.read(source, layer.name) for feature in chunk]
    wrong = [feature for feature in features if feature.problem is not None or feature.geometry is None]
    if wrong:
        reason = str(wrong[0].problem) if wrong[0].problem else _("没有图形")
        raise BadInput(
            _("文件第 %(row)s 行的图形用不了。") % {"row": wrong[0].row}, where=f"{name}　{reason}", how=_("请在源文件中改正后重新上传。")
        )
    way = transform(layer.frame.frame.epsg, standards.working_grid().statutory_epsg)
    shapes = way.geometries(np.array([feature.geometry for feature in features], dtype=object))
    parts = shapely.get_parts(shapes)
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))
