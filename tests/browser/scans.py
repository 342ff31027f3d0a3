"""A scanned plan sheet for the browser: three parcels of the urban plan near Guanshanhu, drawn, turned and made noisy."""

from __future__ import annotations

from pathlib import Path

import shapely

from lantu.plans.demo.scan import Patch, Scan, make_scan

WEST, SOUTH, EAST, NORTH = 363_100.0, 2_948_900.0, 365_100.0, 2_950_300.0
"""The window of the sheet, metres of EPSG:4545."""
PATCHES = (
    Patch(shapely.box(363_300, 2_949_100, 364_000, 2_950_000), "R2", "二类居住用地", "#FFFF8C"),
    Patch(shapely.box(364_000, 2_949_100, 364_800, 2_949_600), "B1", "商业用地", "#F27878"),
    Patch(shapely.box(364_000, 2_949_600, 364_800, 2_950_000), "G1", "公园绿地", "#78E682"),
)


def sheet(folder: Path) -> tuple[Path, Scan]:
    """The scan as a JPEG, and what is true of it."""
    scan = make_scan(PATCHES, (WEST, SOUTH, EAST, NORTH), title="演示 观山湖区控制性详细规划（扫描件）")
    path = folder / "控规扫描图.jpg"
    path.write_bytes(scan.jpeg())
    return path, scan
