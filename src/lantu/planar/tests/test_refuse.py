"""Fusing again after a change gives, to the last integer, what fusing everything gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lantu.planar import refuse as module
from lantu.planar.engine import PlanarEngine
from lantu.planar.facts import find_facts
from lantu.planar.model import RingLayer
from lantu.planar.refuse import refuse
from lantu.planar.tests.cases import Rings, layer, near_lines, rings, same_faces, square

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
