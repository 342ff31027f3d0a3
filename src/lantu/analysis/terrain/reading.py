"""Rasters of heights from GeoTIFF files: what the file holds and where it lies. Bad files are refused, never mended silently."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from lantu.core.errors import BadInput, TooLarge
from lantu.plans.scans.rasters import Placed, geotags

HeightArray = NDArray[np.float32]
LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""What can be a height on land."""
_NODATA = 42113
"""TIFF tag GDAL_NODATA: the value of cells without height, as text."""
_PICTURES = ("1", "L", "P")


@dataclass(frozen=True, slots=True, eq=False)
class HeightFile:
    """One file: ``heights`` (rows, columns) in metres, NaN where there is none; ``placed``: cell corners to coordinates of ``epsg``."""

    name: str
    heights: HeightArray
    placed: Placed
    epsg: int

    def corners(self) -> NDArray[np.float64]:
        """(4, 2) coordinates of the outer corners."""
        rows, columns = self.heights.shape
        return np.array([self.placed.at(x, y) for x, y in ((0, 0), (columns, 0), (columns, rows), (0, rows))])


def read_heights(path: Path, name: str, *, epsg: int | None = None, nodata: float | None = None, most_cells: int) -> HeightFile:
    """Read a GeoTIFF of one band of heights in metres.

    ``epsg`` is only needed where the file does not say it; ``nodata`` beside what the file itself calls so. Raises ``BadInput`` for a file
    that is no height raster or cannot be placed, ``TooLarge`` beyond ``most_cells``.
    """
    heights, placed, declared = _decoded(path, name, most_cells)
    if placed is None:
        raise BadInput(_("文件没有坐标信息，不是 GeoTIFF。"), where=name, how=_("请从来源处要带坐标的 GeoTIFF。"), code="no-place")
    scale = max(abs(placed.a), abs(placed.e))
    if not placed.a or not placed.e or max(abs(placed.b), abs(placed.d)) > 1e-9 * scale:
        raise BadInput(
            _("栅格是旋转或倾斜的，不能直接使用。"), where=name, how=_("请先重采样成上北、行列与坐标轴平行的栅格。"), code="rotated"
        )
    if placed.epsg and epsg and placed.epsg != epsg:
        values = {"own": placed.epsg, "given": epsg}
        raise BadInput(_("文件写明坐标系是 EPSG:%(own)s，与所填的 EPSG:%(given)s 不一致。") % values, where=name, how=_("请核对后再传。"))
    frame = placed.epsg or epsg
    if not frame:
        raise BadInput(_("文件没有写明坐标系（EPSG 代码）。"), where=name, how=_("请填坐标系，如 4490、4326 或 4524。"), code="no-crs")
    return HeightFile(name, _checked(heights, name, declared, nodata), placed, frame)


def _decoded(path: Path, name: str, most_cells: int) -> tuple[HeightArray, Placed | None, float | None]:
    """The cells as they are stored, their place, and the value that stands for no height."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is stricter
            with Image.open(path, formats=["TIFF"]) as image:
                tags: Any = image.tag_v2  # type: ignore[attr-defined]
                cells = image.width * image.height
                if cells > most_cells:
                    _too_large(cells, most_cells, name)
                if len(image.getbands()) != 1 or image.mode in _PICTURES:
                    raise BadInput(
                        _("这是一幅图片（%(mode)s），不是高程栅格。") % {"mode": image.mode},
                        where=name,
                        how=_("高程栅格应为单波段的整数（16 位以上）或浮点数，单位米。"),
                        code="a-picture",
                    )
                return np.asarray(image).astype(np.float32), geotags(image), _number(str(tags.get(_NODATA, "")))
    except Image.DecompressionBombError:
        _too_large(2 * (Image.MAX_IMAGE_PIXELS or 0), most_cells, name)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError) as error:
        raise BadInput(
            _("不是能读的 TIFF 文件。"),
            where=f"{name}　{error}",
            how=_("请上传 GeoTIFF（.tif），16 或 32 位整数、32 位浮点；双精度和 LERC 压缩的请先转换。"),
            code="no-tiff",
        ) from error


def _too_large(cells: int, most: int, name: str) -> NoReturn:
    raise TooLarge(
        _("栅格有 %(n)s 个格子以上，超过上限 %(most)s。") % {"n": f"{cells:,}", "most": f"{most:,}"},
        where=name,
        how=_("请裁到本市范围或降低分辨率；上限在城市包 analysis.yaml 的 limits.raster_cells。"),
    )


def _number(text: str) -> float | None:
    try:
        return float(text.strip("\0 "))
    except ValueError:
        return None


def _checked(heights: HeightArray, name: str, declared: float | None, nodata: float | None) -> HeightArray:
    """The heights with NaN for none; refused when there is nothing in it or nothing that can be a height."""
    for value in (declared, nodata):
        if value is not None and math.isfinite(value):
            heights[heights == np.float32(value)] = np.nan
    heights[~np.isfinite(heights)] = np.nan
    some = heights[~np.isnan(heights)]
    if not len(some):
        raise BadInput(_("栅格里全是无值，没有一个高程。"), where=name, how=_("请核对裁剪范围和无值的设定。"), code="no-heights")
    low, high = float(some.min()), float(some.max())
    if low < LOWEST_M or high > HIGHEST_M:
        raise BadInput(
            _("最低 %(low)s、最高 %(high)s，不是以米计的地面高程。") % {"low": f"{low:g}", "high": f"{high:g}"},
            where=name,
            how=_("如有特定的数表示无值（如 -9999），请在「无值」里填上；单位不是米的请先换算。"),
            code="no-height-values",
        )
    return heights
