"""Sealed data: readable only with the key, in its own place, unchanged."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lantu.core.errors import Conflict
from lantu.core.sealed import fingerprint, seal, unseal


@pytest.fixture(autouse=True)
def key(tmp_path: Path, settings: object) -> Path:
    settings.LANTU_DATA_KEY = tmp_path / "data_key"  # type: ignore[attr-defined]
    return tmp_path / "data_key"


@hypothesis_settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(0, 5000))
def test_any_changed_byte_is_noticed(data: bytes, at: int) -> None:
    sealed = seal(data, "a:1")
    assert unseal(sealed, "a:1") == data
    assert data not in sealed or len(data) < 4
    spoilt = bytearray(sealed)
    spoilt[at % len(spoilt)] ^= 1
    with pytest.raises(Conflict):
        unseal(bytes(spoilt), "a:1")
    with pytest.raises(Conflict, match="改动"):
        unseal(sealed, "a:2")


def test_another_or_no_key_is_said(key: Path) -> None:
    sealed, digest = seal(b"secret", "a:1"), fingerprint(b"secret")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    old = key.read_bytes()
    key.unlink()
    with pytest.raises(Conflict, match="找不到"):
        unseal(sealed, "a:1")
    seal(b"x", "b:1")
    with pytest.raises(Conflict, match="不是用本机的密钥"):
        unseal(sealed, "a:1")
    assert fingerprint(b"secret") != digest
    key.write_bytes(old)
    assert unseal(sealed, "a:1") == b"secret"
    assert fingerprint(b"secret") == digest
