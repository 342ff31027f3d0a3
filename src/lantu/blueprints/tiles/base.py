"""Base maps from files: tiles of MBTiles, byte ranges of GeoTIFF."""

from __future__ import annotations

import re
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from lantu.blueprints.basemaps import file_of, read_tile
from lantu.core.access import access
from lantu.core.errors import NotFound

A_DAY = 86_400
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def _file(name: str, suffix: str) -> Path:
    path = file_of(name, suffix)
    if path is None:
        raise NotFound(_("没有「%(name)s」这个底图。") % {"name": name}, how=_("请管理员核对数据目录下的 basemaps 文件夹。"))
    return path


@access("@")
def tile(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """A tile of an MBTiles file in Web Mercator; 204 where the file has none."""
    found = read_tile(_file(name, "mbtiles"), z, x, y)
    response = HttpResponse(found[0], content_type=found[1]) if found else HttpResponse(status=204)
    response["Cache-Control"] = f"private, max-age={A_DAY}"
    return response


@access("@")
def geotiff(request: HttpRequest, name: str) -> HttpResponseBase:
    """A GeoTIFF, whole or the asked range of bytes (RFC 9110, 14.2; one range, others are answered whole)."""
    path = _file(name, "tif")
    size = path.stat().st_size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None:
        whole = FileResponse(path.open("rb"), content_type="image/tiff")
        whole["Accept-Ranges"] = "bytes"
        return whole
    first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    with path.open("rb") as file:
        file.seek(first)
        part = file.read(last - first + 1)
    headers = {"Content-Range": f"bytes {first}-{last}/{size}", "Accept-Ranges": "bytes"}
    return HttpResponse(part, status=206, content_type="image/tiff", headers=headers)
