"""Seals: who may use them, that every use is logged, what verification finds, and the remote service's faults."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from django.utils import timezone
from fontTools.ttLib import TTFont
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from lantu.accounts.models import User
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import AuditEvent
from lantu.core.tests.together import behind
from lantu.documents.checking import verify_content, verify_detached
from lantu.documents.crypto import ofd, ses, sm
from lantu.documents.crypto.authority import SM2_MAKER, Authority
from lantu.documents.crypto.keystore import KeyStore, KeyUnreadable
from lantu.documents.crypto.pades import MAX_PAGES, Box
from lantu.documents.factories import person
from lantu.documents.letters import subset
from lantu.documents.models import Seal, SealRequest, SealUse
from lantu.documents.pdf import render_pdf
from lantu.documents.ports import seal_providers
from lantu.documents.providers import RemoteSeals, SealServiceDown
from lantu.documents.services import (
    apply_for_seal,
    decide_request,
    grant_seal,
    register_seal,
    revoke_key,
    rotate_key,
    set_seal_state,
    use_seal,
)
from lantu.documents.services.seal_use import Purpose, Sealed, use_seal_on_ofd

ROOT = Path(__file__).parents[4]
BOX = Box(x=130, y=30)


@pytest.fixture(scope="session")
def plain() -> bytes:
    return render_pdf("documents/list.typ", {"title": "许可证", "parts": [{"heads": ["项"], "rows": [["值"]]}]})


@pytest.fixture
def sealed(seal: Seal, decider: Actor, plain: bytes) -> Sealed:
    return use_seal(decider, seal, plain, Purpose("permit", "许可证", data=b"{}"), box=BOX)


def failed(content: bytes) -> set[str]:
    return {step.key for step in verify_content(content).findings.failed}


def test_a_sealed_pdf_is_whole_trusted_and_time_stamped(sealed: Sealed) -> None:
    read = verify_content(sealed.content)
    assert read.findings.good
    assert {step.key for step in read.findings} == {"whole", "chain", "time"}
    assert read.test
    assert "TEST" in read.signers[0]
    assert read.signed_at is not None


def test_an_ordinary_reader_sees_the_signature(sealed: Sealed, tmp_path: Path) -> None:
    pdfsig = shutil.which("pdfsig")
    if pdfsig is None:
        pytest.skip("no pdfsig here; tools/check.py installs it or says so")
    path = tmp_path / "permit.pdf"
    path.write_bytes(sealed.content)
    said = subprocess.run([pdfsig, "-nocert", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    path.write_bytes(sealed.content[:2000] + bytes([sealed.content[2000] ^ 1]) + sealed.content[2001:])
    said = subprocess.run([pdfsig, "-nocert", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" not in said


def test_any_flipped_bit_is_found(sealed: Sealed) -> None:
    dice = random.Random(7)
    places = [dice.randrange(len(sealed.content)) for _ in range(60)]
    contents = sealed.content.index(b"/Contents <")
    places += [contents + 12, contents + 15_000, contents + 24_000]
    for place in places:
        bent = bytearray(sealed.content)
        bent[place] ^= 1 << dice.randrange(8)
        try:
            good = verify_content(bytes(bent)).findings.good
        except BadInput:
            good = False
        assert not good, place


def test_something_added_after_the_seal_is_found(sealed: Sealed) -> None:
    assert "whole" in failed(sealed.content + b"\n% one more line\n")
    writer = pypdf.PdfWriter(io.BytesIO(sealed.content), incremental=True)
    writer.pages[0].merge_page(pypdf.PdfReader(io.BytesIO(sealed.content)).pages[0])
    out = io.BytesIO()
    writer.write(out)
    assert "whole" in failed(out.getvalue())


def test_a_chain_under_another_root_is_not_trusted(sealed: Sealed, tmp_path: Path) -> None:
    other = KeyStore(tmp_path / "other")
    Authority(other).ensure()
    read = verify_content(sealed.content, roots=other.trusted())
    assert {step.key for step in read.findings.failed} == {"chain", "time"}


def test_two_seals_on_one_file_both_hold(seal: Seal, decider: Actor, sealed: Sealed) -> None:
    twice = use_seal(decider, seal, sealed.content, Purpose("permit", "许可证"), box=Box(x=40, y=30), field_name="Seal2")
    read = verify_content(twice.content)
    assert read.findings.good
    assert len(read.signers) == 2


def test_the_sm2_signature_covers_file_and_data(sealed: Sealed) -> None:
    read = verify_detached(sealed.content, sealed.signature)
    assert read.findings.good
    assert read.property_info == f"file;data-sm3={sm.sm3(b'{}').hex()}"
    assert [step.key for step in verify_detached(sealed.content + b" ", sealed.signature).findings.failed] == ["digest"]
    bent = bytearray(sealed.signature)
    bent[len(bent) // 2] ^= 1
    assert verify_detached(sealed.content, bytes(bent)).findings.failed
    assert [step.key for step in verify_detached(sealed.content, b"junk").findings.failed] == ["format"]


def test_a_seal_used_with_a_key_that_is_not_in_its_list_is_found(store: KeyStore, seal: Seal, sealed: Sealed) -> None:
    eseal = files.path_of(sealed.key.eseal).read_bytes()  # type: ignore[arg-type]
    _rsa, other = Authority(store).seal_certificates(f"keys/other-{seal.pk}-{seal.code}", "别的单位")
    signature = ses.make_signature(eseal, sm.key_of(store.load(other.name)), other.certificate, sm.sm3(sealed.content), "file")
    assert "signer" in {step.key for step in verify_detached(sealed.content, signature).findings.failed}


def test_a_seal_that_the_maker_did_not_make_is_found(store: KeyStore, sealed: Sealed) -> None:
    eseal = ses.read_seal(files.path_of(sealed.key.eseal).read_bytes())  # type: ignore[arg-type]
    facts = eseal["info"]["property"]
    forged = ses.make_seal(
        ses.SealFacts("F", "假章", 1, tuple(item.native for item in facts["cert_list"]), b"x", 40, 40, *_span()),
        sm.generate(),
        store.certificate(SM2_MAKER),
    )
    name = f"{sealed.key.name}.sm2"
    signature = ses.make_signature(forged, sm.key_of(store.load(name)), store.certificate(name), sm.sm3(sealed.content), "file")
    assert "seal" in {step.key for step in verify_detached(sealed.content, signature).findings.failed}


def _span():
    now = timezone.now()
    return now - timedelta(days=1), now + timedelta(days=1)


def test_an_ofd_is_signed_and_every_protected_file_counts(seal: Seal, decider: Actor) -> None:
    page = ofd.Page([ofd.Text("建设用地规划许可证", 20, 30, 9, 170, "center"), ofd.Rule(15, 15, 180, 267)])
    parts = ofd.build([page], title="许可证", data=b'{"number":"1"}', doc_id="ab12", font=subset("建设用地规划许可证"))
    made = use_seal_on_ofd(decider, seal, parts, Purpose("permit", "许可证"), stamp=ofd.Stamp(1, 130, 220, 40, 40))
    read = verify_content(made.content)
    assert read.kind == "ofd"
    assert read.findings.good
    assert read.data == {"number": "1"}
    whole = ofd.unpack(made.content)
    font = TTFont(io.BytesIO(whole["Doc_0/Res/font.otf"]))
    assert {chr(code) for code in font.getBestCmap()} == set(" 建设用地规划许可证")
    for name in whole:
        bent = ofd.pack({**whole, name: whole[name] + b" "})
        try:
            assert not verify_content(bent).findings.good, name
        except BadInput:
            continue
    assert "parts" in failed(ofd.pack({**whole, "Doc_0/more.xml": b"<x/>"}))
    assert "parts" in failed(ofd.pack({name: body for name, body in whole.items() if "PublicRes" not in name}))
    for name in ("OFD.xml", ofd.SIGNATURE):
        with pytest.raises(BadInput, match="OFD"):
            verify_content(ofd.pack({key: body for key, body in whole.items() if key != name}))


def test_bad_files_are_refused_clearly(plain: bytes) -> None:
    def made(change) -> bytes:
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(plain))
        change(writer)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    def add_script(writer: pypdf.PdfWriter) -> None:
        action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)

    cases = {
        "unknown-format": b"GIF89a",
        "pdf-broken": b"%PDF-1.7\njunk",
        "ofd-broken": b"PK\x03\x04junk",
        "pdf-encrypted": made(lambda writer: writer.encrypt("geheim")),
        "pdf-script": made(add_script),
        "pdf-too-long": made(lambda writer: [writer.add_blank_page(10, 10) for _ in range(MAX_PAGES)]),
    }
    for code, content in cases.items():
        with pytest.raises(BadInput) as refused:
            verify_content(content)
        assert refused.value.code == code
        assert refused.value.what


def test_an_unsigned_pdf_is_not_good(plain: bytes, store: KeyStore) -> None:
    assert failed(plain) == {"signature"}


def test_whoever_has_no_grant_is_refused_and_it_is_logged(seal: Seal, plain: bytes) -> None:
    stranger = person("reviewer")
    with pytest.raises(Refused, match="没有印章"):
        use_seal(stranger, seal, plain, Purpose("permit", "许可证"), box=BOX)
    row = SealUse.objects.get()
    assert (row.outcome, row.user_id, row.title) == ("refused", stranger.user_id, "许可证")
    assert AuditEvent.objects.filter(verb="documents.use_seal", outcome="refused").count() == 1


def test_a_grant_for_one_item_is_for_that_item_only(store: KeyStore, keeper: Actor, seal: Seal, plain: bytes) -> None:
    clerk = person("window")
    grant_seal(keeper, seal, User.objects.get(pk=clerk.user_id), items=["receipt"])
    with pytest.raises(Refused, match="不含"):
        use_seal(clerk, seal, plain, Purpose("permit", "许可证"), box=BOX)
    assert use_seal(clerk, seal, plain, Purpose("receipt", "收件凭证"), box=BOX).content


def test_a_suspended_seal_is_not_used_and_only_the_keeper_changes_it(seal: Seal, keeper: Actor, decider: Actor, plain: bytes) -> None:
    with pytest.raises(Refused):
        set_seal_state(decider, seal, "suspended", reason="x")
    in_hand = Seal.objects.get(pk=seal.pk)  # as a batch has it that began before
    set_seal_state(keeper, seal, "suspended", reason="印章遗失")
    with pytest.raises(Refused, match="停用"):
        use_seal(decider, in_hand, plain, Purpose("permit", "许可证"), box=BOX)
    set_seal_state(keeper, seal, "retired", reason="x")
    with pytest.raises(Conflict):
        set_seal_state(keeper, seal, "active", reason="x")


def test_rotated_keys_sign_anew_and_old_signatures_hold_until_revoked(seal: Seal, keeper: Actor, decider: Actor, sealed: Sealed) -> None:
    new = rotate_key(keeper, seal)
    assert new.name != sealed.key.name
    again = use_seal(decider, seal, sealed.content, Purpose("permit", "许可证"), box=Box(x=40, y=30), field_name="Seal2")
    assert again.key.pk == new.pk
    assert verify_content(sealed.content).findings.good
    revoke_key(keeper, sealed.key, reason="密钥可能泄露")
    assert "chain" in failed(sealed.content)
    assert "chain" in {step.key for step in verify_detached(sealed.content, sealed.signature).findings.failed}


def test_keys_are_encrypted_and_open_only_with_the_passphrase(store: KeyStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = KeyStore(tmp_path / "keys")
    monkeypatch.setenv("LANTU_SEAL_PASSPHRASE", "first")
    one.save("a", b"secret-secret")
    assert b"secret" not in (tmp_path / "keys" / "a.key").read_bytes()
    assert (tmp_path / "keys" / "a.key").stat().st_mode & 0o077 == 0
    assert one.load("a") == b"secret-secret"
    with pytest.raises(FileExistsError):
        one.save("a", b"other")
    from lantu.documents.crypto.keystore import load_key

    load_key.cache_clear()
    monkeypatch.setenv("LANTU_SEAL_PASSPHRASE", "second")
    with pytest.raises(KeyUnreadable):
        one.load("a")


def test_a_two_step_seal_needs_another_persons_approval(store: KeyStore, keeper: Actor, decider: Actor, plain: bytes) -> None:
    seal = register_seal(keeper, code=f"TWO-{random.getrandbits(24)}", name="公章", kind="statutory", department="GH", two_steps=True)
    clerk = person("reviewer")
    grant_seal(keeper, seal, User.objects.get(pk=clerk.user_id))
    purpose = Purpose("permit", "许可证", "certificates.certificate", "5")
    with pytest.raises(Refused, match="先申请"):
        use_seal(clerk, seal, plain, purpose, box=BOX)
    request = apply_for_seal(clerk, seal, purpose)
    with pytest.raises(Refused):
        decide_request(Actor(clerk.user_id, clerk.name, decider.post, "page"), request, approve=True)
    with pytest.raises(BadInput):
        decide_request(decider, request, approve=False)
    decide_request(decider, request, approve=True)
    assert use_seal(clerk, seal, plain, purpose, box=BOX).content
    request.refresh_from_db()
    assert request.state == SealRequest.State.USED
    with pytest.raises(Refused):
        use_seal(clerk, seal, plain, purpose, box=BOX)


@pytest.mark.django_db(transaction=True)
def test_two_who_apply_at_once_for_one_document_have_one_application(seal: Seal) -> None:
    Seal.objects.update(two_steps=True)
    clerk, purpose = person("reviewer"), Purpose("permit", "许可证", "certificates.certificate", "5")
    found = behind(*[lambda: apply_for_seal(clerk, Seal.objects.get(pk=seal.pk), purpose)] * 2)
    assert found[0] == found[1] == SealRequest.objects.get()


def test_an_uploaded_picture_must_be_one(keeper: Actor, store: KeyStore) -> None:
    with pytest.raises(BadInput, match="不是图片"):
        register_seal(keeper, code="PICTURE", name="章", kind="approval", department="GH", picture=b"<svg onload='x'/>")


@pytest.fixture
def service() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.terminate()
        process.wait(10)


def start(started: list[subprocess.Popen[str]], folder: Path, *options: str) -> str:
    """The played seal service as a process of its own; its address."""
    command = [sys.executable, "-m", "simulators.seal_service", "--port", "0", "--folder", str(folder), "--token", "t", *options]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "LANTU_VAR": str(folder.parent / "var")}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    started.append(process)
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_remote_service_seals_and_its_faults_are_borne(
    service: list[subprocess.Popen[str]], store: KeyStore, keeper: Actor, decider: Actor, plain: bytes
) -> None:
    address = start(service, store.folder, "--fail", "2")
    seal_providers.register("remote", RemoteSeals(address, token="t", pause=0.05))
    try:
        seal = register_seal(keeper, code=f"R-{random.getrandbits(24)}", name="远程章", kind="approval", department="GH", provider="remote")
        grant_seal(keeper, seal, User.objects.get(pk=decider.user_id))
        made = use_seal(decider, seal, plain, Purpose("permit", "许可证"), box=BOX)
        assert verify_content(made.content).findings.good
        assert verify_detached(made.content, made.signature).findings.good
        with urllib.request.urlopen(f"{address}/v1/calls") as answer:
            assert json.load(answer)["calls"].count("/v1/keys") == 3  # two played failures, then one that counts
        service[0].terminate()
        service[0].wait(10)
        with pytest.raises(SealServiceDown):
            use_seal(decider, seal, plain, Purpose("permit", "许可证"), box=BOX)
        assert SealUse.objects.filter(outcome="failed").count() == 1
    finally:
        seal_providers.unregister("remote")
