from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import pytest
import shapely

from lantu.planar.arcs import find_arcs
from lantu.planar.convert import Grid, faces_to_shapely, layer_from_shapely
from lantu.planar.digest import faces_digest
from lantu.planar.errors import PlanarError
from lantu.planar.facts import joined_facts
from lantu.planar.memory import LEAST, give_back, let_go, recycled
from lantu.planar.oracle import ShapelyEngine
from lantu.planar.store import read_arcs, read_faces, read_layer, write_columns, write_faces, write_layer
from lantu.planar.tests.cases import layer, same_faces, square

GRID = Grid(origin=(500_000.0, 2_900_000.0))
ISLANDS = shapely.box(500_000, 2_900_000, 500_010, 2_900_010).difference(shapely.box(500_002, 2_900_002, 500_005.5, 2_900_005))


def test_metres_go_to_tenths_of_a_millimetre_and_back() -> None:
    snapped = layer_from_shapely([ISLANDS, shapely.Polygon(), None, shapely.MultiPolygon([ISLANDS])], GRID)
    assert snapped.patch_start.tolist() == [0, 2, 2, 2, 4]
    assert snapped.xy.max() == 100_000
    faces = ShapelyEngine().overlay([snapped])
    assert shapely.equals(shapely.union_all(faces_to_shapely(faces, GRID, np.flatnonzero(faces.label[:, 0] == -2))), ISLANDS)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_refused_with_its_patch(bad: float) -> None:
    polygon = shapely.Polygon([(0, 0), (1, 0), (bad, 1)])
    with pytest.raises(PlanarError, match="layer 3, patch 1") as caught:
        layer_from_shapely([ISLANDS, polygon], Grid(), layer=3)
    assert caught.value.what == "not_finite"


def test_coordinates_beyond_the_grid_and_lines_are_refused() -> None:
    with pytest.raises(PlanarError, match="patch 0"):
        layer_from_shapely([shapely.box(0, 0, 1e300, 1)], Grid())
    with pytest.raises(PlanarError, match="patch 1: LineString is no area"):
        layer_from_shapely([ISLANDS, shapely.LineString([(0, 0), (1, 1)])], Grid())


def test_the_digest_names_integers_labels_grid_and_facts() -> None:
    faces = ShapelyEngine().overlay([layer([square(0, 0, 9)], [square(3, 3, 9)])])
    other = ShapelyEngine().overlay([layer([square(3, 3, 9)], [square(0, 0, 9)])])
    names = {faces_digest(faces, "a"), faces_digest(faces, "b"), faces_digest(faces, "a", {"rules": "1"}), faces_digest(other, "a")}
    assert len(names) == 4
    assert faces_digest(faces, "a", {"x": "1", "y": "2"}) == faces_digest(faces, "a", {"y": "2", "x": "1"})


def test_a_stored_partition_is_read_back_by_mapping(tmp_path: Path) -> None:
    faces = ShapelyEngine().overlay([layer([square(0, 0, 9)], [square(3, 3, 9)])])
    write_faces(tmp_path / "abc", faces, {"grid": "x"})
    write_faces(tmp_path / "abc", faces, {"grid": "ignored: it is there already"})
    back = read_faces(tmp_path / "abc")
    same_faces(faces, back)
    assert back.label_sets == ((0, 1),)
    kept, made = read_arcs(tmp_path / "abc"), find_arcs(faces)
    (tmp_path / "abc" / "arc_start.npy").unlink()
    for arcs in (kept, read_arcs(tmp_path / "abc")):
        # a store of an older version has none: they are found
        assert all((getattr(arcs, name) == getattr(made, name)).all() for name in ("start", "link", "face", "sum2"))
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]


def test_a_stored_layer_knows_boxes_and_names_of_its_patches(tmp_path: Path) -> None:
    hole = [square(0, 0, 9), square(2, 2, 3)]
    given = layer(hole, [square(0, 0, 9)], [], hole, [hole[0][1:] + hole[0][:1], hole[1]])
    write_layer(tmp_path / "layer", given)
    facts = read_layer(tmp_path / "layer").facts
    assert facts is not None
    assert facts.box.tolist() == [[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 0, 0], [0, 0, 9, 9], [0, 0, 9, 9]]
    assert [len(np.unique(facts.name[rows], axis=0)) for rows in ([0, 3], [0, 1, 2, 4])] == [1, 4]
    joined = joined_facts([read_layer(tmp_path / "layer"), given])
    assert joined is None
    (tmp_path / "layer" / "patch_name.npy").unlink()
    # a store of an older version has none
    assert read_layer(tmp_path / "layer").facts is None


def test_a_layer_without_patches_is_stored_too(tmp_path: Path) -> None:
    write_layer(tmp_path / "none", layer())
    assert len(read_layer(tmp_path / "none")) == 0


def test_a_store_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        write_columns(tmp_path / "broken", {"a": np.zeros(3), "b": np.array([object()])}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanarError, match="no store"):
        read_faces(tmp_path)
    write_layer(tmp_path / "rings", layer([square(0, 0, 2)]))
    with pytest.raises(PlanarError, match="holds rings, not faces"):
        read_faces(tmp_path / "rings")


def test_a_layer_let_go_of_comes_back_from_its_file(tmp_path: Path) -> None:
    given = layer([square(0, 0, 9)], [square(20, 3, 5)])
    write_layer(tmp_path / "layer", given)
    mapped = read_layer(tmp_path / "layer")
    for column in (mapped.xy, mapped.xy[1:], given.xy):
        let_go(column)
    give_back()
    np.testing.assert_array_equal(mapped.xy, given.xy)
    np.testing.assert_array_equal(given.xy[:4], square(0, 0, 9))


def test_memory_of_an_array_that_nobody_has_is_used_again_and_never_of_one_that_somebody_has() -> None:
    give_back()
    first, other = recycled((LEAST, 2), np.int64), recycled((LEAST,), np.float64)
    first[:], other[:] = 7, 1.5
    place, part = first.ctypes.data, first[5:9, 0]
    del first
    # a part of it is still there
    second = recycled((LEAST, 2), np.int64)
    assert second.ctypes.data != place
    second[:] = 8
    assert part.tolist() == [7] * 4
    del part
    if hasattr(mmap, "MADV_FREE"):
        third = recycled((LEAST + 9, 2), np.int64)
        assert third.ctypes.data == place
        third[:] = 9
    np.testing.assert_array_equal(second, 8)
    np.testing.assert_array_equal(other, 1.5)
    assert recycled((3, 2), np.int32).shape == (3, 2)
