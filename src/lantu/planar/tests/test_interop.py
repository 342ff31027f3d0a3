from __future__ import annotations

import numpy as np
import pytest
import shapely

from lantu.planar.interop import from_geopandas, overlay
from lantu.planar.oracle import ShapelyEngine

geopandas = pytest.importorskip("geopandas")


def test_frames_come_back_as_faces_with_the_columns_of_both() -> None:
    land = geopandas.GeoDataFrame({"code": ["a", "b"]}, geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], crs=4523)
    town = geopandas.GeoDataFrame({"use": [7, 8]}, geometry=[shapely.box(5, 0, 15, 10), shapely.box(5, 0, 7, 10)], crs=4523)
    faces = overlay([land, town], engine=ShapelyEngine())
    assert faces.crs == land.crs and faces.area.sum() == pytest.approx(200)
    rows = sorted(zip(faces.A_code, faces.A_rows, faces.B_rows, np.nan_to_num(faces.B_use), faces.area, strict=True))
    assert rows == [("a", "0", "", 0, 50), ("a", "0", "0", 7, 30), ("a", "0", "0;1", 7, 20), ("b", "1", "", 0, 50), ("b", "1", "0", 7, 50)]


def test_degrees_and_mixed_frames_are_refused() -> None:
    degrees = geopandas.GeoDataFrame(geometry=[shapely.box(106, 26, 107, 27)], crs=4490)
    with pytest.raises(ValueError, match="counts in degrees"):
        from_geopandas(degrees)
    with pytest.raises(ValueError, match="different CRS"):
        overlay([degrees, degrees.to_crs(4523)])
