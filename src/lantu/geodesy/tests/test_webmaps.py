"""Internet-map coordinates: some hundred metres off, and back again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantu.geodesy.webmaps import back, to_bd09, to_gcj02


@pytest.mark.parametrize("forward", [to_gcj02, to_bd09])
@given(st.floats(75, 134), st.floats(18, 53))
def test_there_and_back(forward, lon: float, lat: float) -> None:
    point = np.array([[lon, lat]])
    moved = forward(point)
    assert 50 < np.hypot(*((moved - point)[0] * 100_000)) < 3_000
    assert np.abs(back(forward, moved) - point).max() * 111_000 < 0.01


def test_a_known_point() -> None:
    # Tiananmen, as map programs give it in the two systems
    assert to_gcj02(np.array([[116.3912022, 39.9073885]]))[0] == pytest.approx([116.397447, 39.908791], abs=2e-5)
