"""Georeferencing, warping, colour regions: the maths, by properties."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, TiffImagePlugin

from lantu.plans.scans import georef, rasters, regions, warp

WIDTH, HEIGHT = 1600, 1200
seeds = st.integers(0, 10_000)


def places(random: np.random.Generator, count: int) -> np.ndarray:
    """Control points spread over the sheet: one near each place of a grid, so that none are on a line."""
    grid = np.array([[x, y] for y in (0.1, 0.37, 0.63, 0.9) for x in (0.1, 0.37, 0.63, 0.9)])
    chosen = grid[random.permutation(16)[: count - 3]]
    corners = np.array([[0.03, 0.04], [0.97, 0.06], [0.05, 0.95]])
    return (np.concatenate((corners, chosen)) + random.uniform(-0.02, 0.02, (count, 2))) * [WIDTH, HEIGHT]


def truth(method: str, random: np.random.Generator) -> georef.Function:
    """A way of the kind: turned, scaled and (where the kind can) bent."""
    angle, scale = random.uniform(-3.1, 3.1), random.uniform(0.05, 5)
    bend = random.uniform(-0.04, 0.04, 4)

    def run(xy: np.ndarray) -> np.ndarray:
        u, v = xy[:, 0] / WIDTH - 0.5, -(xy[:, 1] / HEIGHT - 0.5)
        if method == "projective":
            depth = 1 + bend[0] * u + bend[1] * v
            u, v = u / depth, v / depth
        elif method != "affine":
            u, v = u + bend[0] * u * v + bend[1] * v * v, v + bend[2] * u * u + bend[3] * u * v
        east, north = u * WIDTH * scale, v * HEIGHT * scale
        return np.column_stack(
            (east * np.cos(angle) - north * np.sin(angle) + 363_000, east * np.sin(angle) + north * np.cos(angle) + 2_949_000)
        )

    return run


@pytest.mark.parametrize("method", list(georef.METHODS))
@given(seed=seeds)
@settings(max_examples=25)
def test_a_way_that_is_of_the_kind_is_found_again_and_runs_back(method: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    pixels = places(random, 14)
    way = truth(method, random)
    fitted = georef.fit(method, pixels, way(pixels))
    assert fitted.rms < 1e-5
    somewhere = random.uniform([0, 0], [WIDTH, HEIGHT], (40, 2))
    metres = fitted.forward(somewhere)
    if method != "spline":  # a spline goes through its points, but is not the truth between them
        assert np.abs(metres - way(somewhere)).max() < 1e-4
    back = fitted.inverse(metres, georef.affine_inverse(fitted, WIDTH, HEIGHT)(metres))
    assert np.abs(back - somewhere).max() < 1e-3


@given(seed=seeds, method=st.sampled_from(["affine", "projective", "polynomial2"]))
@settings(max_examples=25)
def test_no_other_numbers_of_the_kind_leave_less_than_least_squares(seed: int, method: str) -> None:
    random = np.random.default_rng(seed)
    pixels = places(random, 10)
    noisy = truth(method, random)(pixels) + random.normal(0, 1.0, (10, 2))
    fitted = georef.fit(method, pixels, noisy)
    moved = fitted.forward(pixels) + random.normal(0, 0.2, 2)  # shifted by anything, it is worse
    assert ((moved - noisy) ** 2).sum() >= (fitted.residuals**2).sum() - 1e-3 * (method == "projective")
    if method != "projective":
        assert np.abs(fitted.residuals.mean(axis=0)).max() < 1e-6


def test_a_wrong_point_stands_out_among_those_left_out() -> None:
    random = np.random.default_rng(5)
    pixels = places(random, 12)
    metres = truth("affine", random)(pixels)
    metres[4] += [60.0, -20.0]
    for method in ("affine", "projective"):
        assert int(np.nanargmax(georef.fit(method, pixels, metres).left_out)) == 4


@pytest.mark.parametrize(("method", "needed"), georef.METHODS.items())
def test_too_few_points_and_points_on_a_line_are_refused(method: str, needed: int) -> None:
    pixels = places(np.random.default_rng(1), 14)[: needed - 1]
    with pytest.raises(georef.NotEnough) as refused:
        georef.fit(method, pixels, pixels)
    assert refused.value.needed == needed
    line = np.column_stack((np.arange(12.0), 2 * np.arange(12.0))) * 10
    with pytest.raises(georef.Degenerate):
        georef.fit(method, line, line)


def test_the_picture_is_drawn_where_the_points_say() -> None:
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 190, 109, 209), fill="red")
    pixels = np.array([[0.0, 0], [400, 0], [400, 300], [0, 300]])
    fitted = georef.fit("affine", pixels, np.array([[106.0, 27.0], [106.4, 27.1], [106.325, 26.8], [105.925, 26.7]]))  # turned
    drawn = warp.warp(image, fitted, lambda xy: xy, lambda xy: xy)
    lon, lat = fitted.forward(np.array([[100.0, 200.0]]))[0]
    west, south, east, north = drawn.bounds
    x, y = (lon - west) / (east - west) * drawn.image.width, (north - lat) / (north - south) * drawn.image.height
    assert drawn.image.getpixel((int(x), int(y)))[:3] == (255, 0, 0)
    assert drawn.image.getpixel((0, 0))[3] == 0  # beside the turned sheet it is clear


def test_a_geotiff_and_a_world_file_say_where_they_are(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[33550], tags[33922] = (0.5, 0.5, 0.0), (0.0, 0.0, 0.0, 363_000.0, 2_949_000.0, 0.0)
    tags.tagtype[33550] = tags.tagtype[33922] = 12
    tags[34735] = (1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 4545)
    tags.tagtype[34735] = 3
    path = tmp_path / "sheet.tif"
    Image.new("RGB", (40, 30), "white").save(path, tiffinfo=tags)
    placed = rasters.read_page(path).placed
    assert placed is not None
    assert (placed.epsg, placed.at(40, 30)) == (4545, (363_020.0, 2_948_985.0))
    plain = tmp_path / "sheet.png"
    Image.new("RGB", (40, 30), "white").save(plain)
    world = rasters.read_page(plain, world="0.5\n0\n0\n-0.5\n363000.25\n2948999.75\n").placed
    assert world is not None
    assert (world.epsg, world.at(0, 0)) == (None, (363_000.0, 2_949_000.0))


def test_pages_of_a_pdf_and_of_a_tiff_are_read_and_rubbish_is_refused(tmp_path: Path) -> None:
    for name in ("two.pdf", "two.tif"):
        sheets = [Image.new("RGB", (200, 100), color) for color in ("red", "lime")]
        sheets[0].save(tmp_path / name, save_all=True, append_images=sheets[1:])
        assert rasters.page_count(tmp_path / name) == 2
        middle = rasters.read_page(tmp_path / name, 2).image
        red, green, blue = middle.getpixel((middle.width // 2, middle.height // 2))
        assert green > 200
        assert max(red, blue) < 60
    broken = tmp_path / "broken.pdf"
    broken.write_bytes((tmp_path / "two.pdf").read_bytes()[:60])
    (tmp_path / "not.png").write_bytes(b"hello")
    for path in (broken, tmp_path / "not.png"):
        with pytest.raises(rasters.Unreadable):
            rasters.page_count(path)
    with pytest.raises(rasters.Unreadable):
        rasters.read_page(tmp_path / "two.pdf", 3)


YELLOW, RED, GREEN = (255, 255, 140), (240, 120, 120), (120, 230, 130)


def plan() -> Image.Image:
    """Three parcels with black borders, a name, a hole, scanner noise and JPEG blocks."""
    image = Image.new("RGB", (600, 420), (252, 251, 247))
    draw = ImageDraw.Draw(image)
    draw.polygon([(60, 60), (300, 50), (310, 360), (50, 350)], fill=YELLOW)
    draw.polygon([(300, 50), (540, 60), (550, 200), (305, 205)], fill=RED)
    draw.polygon([(305, 205), (550, 200), (545, 350), (310, 360)], fill=GREEN)
    draw.rectangle((120, 120, 200, 190), fill=GREEN)
    for line in (
        [(300, 50), (305, 205), (310, 360)],
        [(305, 205), (550, 200)],
        [(60, 60), (300, 50), (540, 60), (550, 200), (545, 350), (310, 360), (50, 350), (60, 60)],
    ):
        draw.line(line, fill="black", width=3)
    draw.text((150, 260), "R2 residential", fill="black")
    noise = np.random.default_rng(3).normal(0, 6, (420, 600, 3))
    noisy = Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    noisy.save(buffer, "JPEG", quality=80)
    return Image.open(buffer)


def test_colour_regions_of_a_noisy_scan_become_the_parcels() -> None:
    image = plan()
    legend = [regions.color_at(image, *at) for at in ((90, 300), (420, 120), (420, 300))]
    found = regions.extract(image, legend)
    kinds = sorted(found.labels.tolist())
    assert kinds == [1, 2, 3, 3]
    red = found.polygons[list(found.labels).index(2)]
    expected = shapely.Polygon([(300, 50), (540, 60), (550, 200), (305, 205)])
    assert shapely.intersection(red, expected).area / shapely.union(red, expected).area > 0.97
    assert shapely.get_num_coordinates(red) < 40  # lines, not stairs
    yellow = found.polygons[list(found.labels).index(1)]
    assert len(yellow.interiors) == 1
    assert shapely.coverage_is_valid(found.polygons)  # neighbours share their border to the last node


@given(seed=seeds)
@settings(max_examples=20)
def test_traced_regions_cover_every_pixel_once(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, (12, 15)).astype(np.int32)
    parts, kinds = regions.components(labels)
    assert (kinds[parts] == labels).all()
    polygons, which = regions.trace(parts)
    areas = np.zeros(len(kinds))
    np.add.at(areas, which, shapely.area(polygons))
    assert (areas == np.bincount(parts.ravel(), minlength=len(kinds))).all()
    merged, left = regions.absorb(parts, kinds, regions.Settings(smallest_px=6, narrowest_px=0))
    sizes = np.bincount(merged.ravel(), minlength=len(left))
    assert sizes.sum() == labels.size
    assert sizes.min() >= 6 or len(left) == 1
