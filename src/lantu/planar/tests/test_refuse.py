"""Fusing again after a change gives, to the last integer, what fusing everything gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lantu.planar import refuse as module
from lantu.planar.changes import altered, changes
from lantu.planar.engine import PlanarEngine
from lantu.planar.facts import find_facts
from lantu.planar.kept import kept_edges
from lantu.planar.model import RingLayer
from lantu.planar.refuse import refuse
from lantu.planar.tests.cases import Rings, crooked, layer, near_lines, points, rings, same_faces, square

ENGINE = PlanarEngine(threads=1)
LOW, HIGH = 0, 400


@st.composite
def two_states(draw: st.DrawFn) -> tuple[list[RingLayer], list[RingLayer]]:
    """Layers of small patches here and there, and the same with some patches gone, come, redrawn or put in another place of the list."""

    def ring() -> list[tuple[int, int]]:
        x, y = draw(st.integers(LOW, HIGH)), draw(st.integers(LOW, HIGH))
        scale = draw(st.sampled_from([1, 1, 3, 20]))
        return [(x + scale * u, y + scale * v) for u, v in draw(st.one_of(rings(0, 12), near_lines()))]

    def patch() -> Rings:
        return [ring() for _ in range(draw(st.integers(1, 2)))]

    before, after = [], []
    for _ in range(draw(st.integers(1, 3))):
        patches = [patch() for _ in range(draw(st.integers(0, 8)))]
        before.append(layer(*patches))
        later = [one if draw(st.integers(0, 3)) else patch() for one in patches]
        if draw(st.booleans()) and later:
            later.pop(draw(st.integers(0, len(later) - 1)))
        if draw(st.booleans()):
            later.insert(draw(st.integers(0, len(later))), patch())
        after.append(layer(*later))
    return before, after


def stored(layers: list[RingLayer]) -> list[RingLayer]:
    """As they come from a store: with boxes and names of their patches."""
    return [replace(one, facts=find_facts(one)) for one in layers]


# a patch drawn in the middle of others and one around them, with a neighbour so that faces stay
AROUND = [square(20, 20, 200)], [square(400, 0, 9)], [square(100, 100, 5)], [square(105, 100, 5)]


@settings(max_examples=40, deadline=None)
@given(two_states(), st.booleans(), st.booleans())
@example(([layer([square(0, 0, 100)])], [layer([square(0, 0, 100)], [square(40, 40, 9)])]), True, True)
@example(([layer([square(0, 0, 100)], [square(40, 40, 9)])], [layer([square(0, 0, 100)])]), True, False)
@example(([layer([square(0, 0, 9)], [square(30, 30, 9)])], [layer([square(0, 0, 9)], [square(0, 0, 99)], [square(30, 30, 9)])]), True, True)
@example(([layer(), layer([square(9, 9, 30)])], [layer([square(0, 0, 50)]), layer([square(9, 9, 30)])]), False, False)
@example(([layer(*AROUND)], [layer(*AROUND, [square(50, 50, 99)])]), True, True)
@example(([layer(*AROUND, [square(50, 50, 99)])], [layer(*AROUND)]), False, True)
@example(([layer(*AROUND, [square(100, 100, 5)])], [layer([square(100, 100, 5)], *AROUND)]), True, True)
def test_what_changed_is_all_that_changes(states: tuple[list[RingLayer], list[RingLayer]], known: bool, known_after: bool) -> None:
    before, after = (stored(one) if facts else one for one, facts in zip(states, (known, known_after), strict=True))
    faces = ENGINE.overlay(before)
    with pytest.MonkeyPatch.context() as patch:
        # never the way out of a whole run, however much changed
        patch.setattr(module, "TOO_MUCH", 1e9)
        found = refuse(faces, before, after, threads=1)
    same_faces(found, ENGINE.overlay(after))


def drawn(one: RingLayer, number: list[int]) -> Counter[tuple[int, ...]]:
    """How often each segment of each patch, called by its number, is drawn."""
    found: Counter[tuple[int, ...]] = Counter()
    for patch, name in enumerate(number):
        for ring in range(one.patch_start[patch], one.patch_start[patch + 1]):
            xy = [tuple(point) for point in one.xy[one.ring_start[ring] : one.ring_start[ring + 1]].tolist()]
            for a, b in zip(xy, [*xy[1:], *xy[:1]], strict=True):
                found[(*min(a, b), *max(a, b), name)] += 1
    return found


@settings(max_examples=30, deadline=None)
@given(two_states(), st.lists(points(LOW, HIGH), max_size=12))
def test_what_is_drawn_more_or_less_often_is_found_and_whom_it_lies_around(
    states: tuple[list[RingLayer], list[RingLayer]], places: list[tuple[int, int]]
) -> None:
    found = changes(*states)
    where = np.array(places, dtype=np.int64).reshape(-1, 2)
    inside = [set() for _ in places]
    for number, (before, after, change) in enumerate(zip(*states, found, strict=True)):
        names = [new if new >= 0 else -1 - old for old, new in enumerate(change.renumber.tolist())]
        balance = drawn(before, names)
        balance.subtract(drawn(after, list(range(len(after)))))
        expected = {key: count % 2 != 0 for key, count in balance.items() if count}
        rows = [(*segment, patch) for segment, patch in zip(change.segment.tolist(), change.patch.tolist(), strict=True)]
        assert len(set(rows)) == len(rows)
        assert dict(zip(rows, change.odd.tolist(), strict=True)) == expected
        for k, (x, y) in enumerate(places):
            for (x0, y0, x1, y1, patch), odd in expected.items():
                (ax, ay), (bx, by) = sorted(((x0, y0), (x1, y1)), key=lambda end: end[1])
                if odd and ay <= y < by and (bx - ax) * (y - ay) - (by - ay) * (x - ax) < 0:
                    inside[k] ^= {(number, patch)}
    columns = [np.concatenate([getattr(change, name) for change in found]) for name in ("segment", "patch", "odd")]
    layer_of = np.repeat(np.arange(len(found)), [len(change.patch) for change in found])
    assert altered(where, columns[0], columns[1], layer_of, columns[2]).tolist() == [bool(one) for one in inside]


COARSE, FINE = crooked(7, 1), crooked(7, 2)
INNER = np.unique(FINE.xy[((FINE.xy > 1500) & (FINE.xy < 5500)).all(axis=1)], axis=0)
"""Corners of the second layer that lie among edges of the first."""


@st.composite
def nudged(draw: st.DrawFn) -> RingLayer:
    """The second layer with some corners put, alike in all patches, onto edges and corners of the first or within some pixels of them."""
    xy = FINE.xy.copy()
    for corner in draw(st.lists(st.sampled_from(INNER.tolist()), min_size=1, max_size=3, unique_by=tuple)):
        # edges near by: of the first layer, which nobody changes
        near = np.argsort(np.abs(COARSE.xy - corner).sum(axis=1))[draw(st.integers(0, 6))]
        ring = int(np.searchsorted(COARSE.ring_start, near, side="right")) - 1
        after = near + 1 if near + 1 < COARSE.ring_start[ring + 1] else COARSE.ring_start[ring]
        share = draw(st.sampled_from([0.0, 0.001, 0.02, 0.1, 0.4, 0.5, 1.0]))
        there = COARSE.xy[near] + np.rint(share * (COARSE.xy[after] - COARSE.xy[near])).astype(np.int64)
        beside = [draw(st.integers(-9, 9)) if draw(st.booleans()) else draw(st.integers(-1, 1)) for _ in range(2)]
        xy[(FINE.xy == corner).all(axis=1)] = there + beside
    return RingLayer(xy, FINE.ring_start, FINE.patch_start)


@settings(max_examples=50, deadline=None)
@given(nudged(), st.booleans())
def test_edges_that_nobody_changed_are_kept_or_bent_by_new_hot_pixels_as_a_whole_run_would(later: RingLayer, back: bool) -> None:
    """New corners and crossings lie on edges that stay, or a few pixels off: those bend there, and all beyond is taken as it was."""
    states = [COARSE, FINE], [COARSE, later]
    before, after = states[::-1] if back else states
    kept: list[int] = []

    def counted(*args: Any) -> Any:
        found = kept_edges(*args)
        kept.append(len(found[0]))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TOO_MUCH", 1e9)
        patch.setattr(module, "kept_edges", counted)
        found = refuse(ENGINE.overlay(before), before, after, threads=1)
    same_faces(found, ENGINE.overlay(after))
    assert kept[-1] > 0 or np.array_equal(later.xy, FINE.xy)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_large_partition_is_put_together_again_from_what_stays(threads: int) -> None:
    """So large that vertices and twins go by whole blocks and runs of faces are cut for the threads."""
    before = stored([crooked(40, 1), crooked(40, 2)])
    xy = before[1].xy.copy()
    for x, y in ((4000, 30_000), (11_000, 12_000), (35_000, 9_000)):
        near = np.flatnonzero(np.hypot(xy[:, 0] - x, xy[:, 1] - y) < 1500)
        # alike in all patches that share a vertex
        xy[near] += np.array([70, -40])
    after = stored([before[0], RingLayer(xy, before[1].ring_start, before[1].patch_start)])
    faces = ENGINE.overlay(before)
    same_faces(refuse(faces, before, after, threads=threads), ENGINE.overlay(after))
