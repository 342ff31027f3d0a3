"""SM2 and SM3 give the standards' values, and every implementation at hand agrees."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantu.documents.crypto import curve, sm

# GM/T 0003.5-2012 annex A.2 (recommended curve, "message digest", default user id)
PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
K = int("59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21", 16)
R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
E = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
KEY = sm.key_of(PRIVATE)


def test_sm3_gives_the_values_of_the_standard() -> None:
    assert sm.sm3(b"abc").hex().upper() == "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0"
    assert sm.sm3(b"abcd" * 16).hex().upper() == "DEBE9FF92275B8A138604889C18E5A4D6FDB70E5387E5765293DCBA39C0C5732"


def test_sm2_gives_the_signature_of_the_standard() -> None:
    assert KEY.public.hex().upper() == PUBLIC
    assert sm.message_digest(KEY.public, b"message digest").hex().upper() == E
    signature = sm.sign_plain(KEY, b"message digest", K)
    assert R in signature.hex().upper()
    assert S in signature.hex().upper()
    assert sm.verify(KEY.public, b"message digest", signature)


@given(st.binary(max_size=200))
def test_plain_and_c_implementations_accept_each_other(message: bytes) -> None:
    key = sm.generate()
    for signature in (sm.sign(key, message), sm.sign_plain(key, message)):
        assert sm.verify(key.public, message, signature)
        assert sm.verify_plain(key.public, message, signature)
        assert not sm.verify_plain(key.public, message + b"x", signature)


@pytest.mark.skipif(sm.C is None, reason="no wheel of the C library for this machine")
def test_the_c_library_digests_alike() -> None:
    assert sm.C is not None
    assert sm.C.sm3_hash(b"lantu") == sm.sm3(b"lantu")


@pytest.mark.parametrize("broken", [b"", b"\x30\x00", b"\x30\x06\x02\x01\x00\x02\x01\x01", b"junk"])
def test_what_is_no_signature_is_refused(broken: bytes) -> None:
    assert not sm.verify(KEY.public, b"m", broken)
    assert not sm.verify_plain(KEY.public, b"m", broken)


def test_a_public_key_off_the_curve_is_refused() -> None:
    bent = KEY.public[:-1] + bytes([KEY.public[-1] ^ 1])
    assert not curve.on_curve((int.from_bytes(bent[:32], "big"), int.from_bytes(bent[32:], "big")))
    assert not sm.verify(bent, b"m", sm.sign(KEY, b"m"))


def test_openssl_agrees(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here; tools/check.py installs it or says so")
    from asn1crypto.keys import ECDomainParameters, ECPointBitString, PublicKeyInfo

    import lantu.documents.crypto.authority  # noqa: F401 - registers the curve's name

    algorithm = {"algorithm": "ec", "parameters": ECDomainParameters(name="named", value="sm2p256v1")}
    info = PublicKeyInfo({"algorithm": algorithm, "public_key": ECPointBitString(b"\x04" + KEY.public)})
    (tmp_path / "key.der").write_bytes(info.dump())
    (tmp_path / "message").write_bytes(b"message")
    (tmp_path / "signature").write_bytes(sm.sign(KEY, b"message"))
    options = ["-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
    command = [openssl, "pkeyutl", "-verify", *options, "-in", "message", "-sigfile", "signature"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verified Successfully" in done.stdout, done.stderr
    (tmp_path / "message").write_bytes(b"massage")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verified Successfully" not in done.stdout
    digest = subprocess.run([openssl, "dgst", "-sm3"], input=b"lantu", capture_output=True, check=True).stdout.decode()
    assert sm.sm3(b"lantu").hex() in digest
