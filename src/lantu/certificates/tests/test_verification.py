"""Verification finds what is wrong and says it in plain words; copies are for one use."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest
import time_machine
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from lantu.certificates import layout
from lantu.certificates.cli import certificate as command
from lantu.certificates.factories import grant
from lantu.certificates.models import Certificate, CertificateCopy, Verification
from lantu.certificates.services import change_certificate, issue_certificate, make_copy, prepare_certificate, set_state
from lantu.certificates.types import certificate_type
from lantu.certificates.verification import INVALID, UNKNOWN, VALID, Report, verify_file, verify_text
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import StoredFile
from lantu.documents.crypto import ofd
from lantu.documents.factories import person
from lantu.documents.models import Seal
from lantu.documents.services.seal_use import Purpose, use_seal


def content(stored: StoredFile | None) -> bytes:
    assert stored is not None
    return files.path_of(stored).read_bytes()


def failed(report: Report) -> set[str]:
    return {step.key for step in report.findings.failed}


def test_number_identifier_and_code_all_lead_to_the_certificate(certificate: Certificate) -> None:
    for text in (certificate.number, certificate.number.replace(" ", ""), certificate.identifier, certificate.token):
        report = verify_text(text)
        assert (report.result, report.certificate) == (VALID, certificate)
        assert {"whole", "chain", "time", "sm2", "state", "identifier"} <= {step.key for step in report.findings if step.state == "ok"}
    assert "今日有效" in report.headline
    assert any(step.key == "force" for step in report.findings.of("none"))


def test_what_is_not_known_is_said_to_be_unknown(certificate: Certificate) -> None:
    assert verify_text("地字第 1 号").result == UNKNOWN
    wrong = certificate.identifier[:-1] + ("0" if certificate.identifier[-1] != "0" else "1")
    assert failed(verify_text(wrong)) == {"identifier"}
    assert verify_text("").result == UNKNOWN


def test_both_files_verify_and_agree_with_the_record(certificate: Certificate) -> None:
    for stored in (certificate.pdf, certificate.ofd):
        report = verify_file(content(stored))
        assert report.result == VALID, report.as_dict()
        assert {"record", "file", "state", "identifier"} <= {step.key for step in report.findings if step.state == "ok"}


def test_one_flipped_byte_is_found_in_either_file(certificate: Certificate) -> None:
    for stored in (certificate.pdf, certificate.ofd):
        bent = bytearray(content(stored))
        bent[len(bent) // 3] ^= 1
        try:
            assert verify_file(bytes(bent)).result == INVALID
        except BadInput:
            assert stored == certificate.ofd  # a zip with a bent byte does not open at all


def test_a_flipped_bit_anywhere_in_the_pdf_is_found_in_words(certificate: Certificate) -> None:
    good = content(certificate.pdf)
    packed = [found.end() + 40 for found in re.finditer(rb"stream\r?\n", good)]  # inside of what is compressed, too
    for at in {*range(0, len(good), len(good) // 16), *packed[:: max(1, len(packed) // 12)]} - {len(good)}:
        bent = bytearray(good)
        bent[min(at, len(good) - 1)] ^= 4
        try:
            report = verify_file(bytes(bent), use_record=False)
        except BadInput as error:
            assert error.how, at
        else:
            assert report.result == INVALID, at
            assert all(step.text for step in report.findings.failed), at


def test_a_forged_increment_is_found(certificate: Certificate) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(content(certificate.pdf)), incremental=True)
    writer.add_metadata({"/Title": "another"})
    out = io.BytesIO()
    writer.write(out)
    assert {"whole", "file"} <= failed(verify_file(out.getvalue()))


def test_a_well_sealed_file_with_other_data_than_the_record_is_found(decider: Actor, seal: Seal, certificate: Certificate) -> None:
    assert certificate.issued_at is not None
    of = certificate_type(certificate.type)
    certificate.holder_name = "冒名单位"
    attached = layout.record_bytes(certificate, certificate.issued_at)
    plain = layout.pdf(of, layout.composed(certificate, of, certificate.issued_at), attached)
    forged = use_seal(decider, seal, plain, Purpose("land_use_permit", "x"), box=layout.SEAL_BOX)
    report = verify_file(forged.content)
    assert failed(report) == {"record", "file"}
    assert "holder_name" in report.findings.failed[0].text


def test_revoked_and_superseded_certificates_fail_today(decider: Actor, seal: Seal, certificate: Certificate) -> None:
    old = content(certificate.pdf)
    renamed = change_certificate(decider, certificate, key="c", reason="更名", basis="法", holder_name="新单位")
    new = issue_certificate(decider, renamed, seal)
    report = verify_file(old)
    assert failed(report) == {"state"}
    assert "第 2 版" in report.findings.failed[0].text
    assert verify_text(new.number).certificate == new
    set_state(decider, new, "revoke", reason="隐瞒事实", basis="《行政许可法》第六十九条")
    assert "撤销" in verify_file(content(new.pdf)).headline


def test_a_lapsed_certificate_fails_though_nobody_wrote_it_down(decider: Actor, seal: Seal) -> None:
    permit = issue_certificate(decider, prepare_certificate(decider, grant("works_permit", geometry=None)), seal)
    assert permit.valid_to is not None
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):
        report = verify_text(permit.number)
        assert failed(report) == {"state"}
        assert "失效" in report.headline


def test_the_file_outlives_the_sealing_certificate(certificate: Certificate) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=365 * 4), tick=False):
        report = verify_file(content(certificate.pdf))
        assert report.result == VALID, report.as_dict()
        assert any("现已到期" in step.text for step in report.findings)


def test_a_copy_is_for_its_purpose_and_its_time(decider: Actor, seal: Seal, certificate: Certificate) -> None:
    today = timezone.localdate()
    with pytest.raises(BadInput):
        make_copy(decider, certificate, seal, purpose="贷款", recipient="银行", expires=today + timedelta(days=999))
    copy = make_copy(decider, certificate, seal, purpose="办理贷款", recipient="贵阳某银行", expires=today + timedelta(days=30))
    data = content(copy.pdf)
    assert "仅用于「办理贷款」" in "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    report = verify_file(data, purpose="办理贷款")
    assert report.result == VALID, report.as_dict()
    assert report.copy == copy
    assert failed(verify_file(data, purpose="投标")) == {"purpose"}
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert failed(verify_file(data)) == {"copy"}
    with pytest.raises(Refused):
        make_copy(person("viewer"), certificate, seal, purpose="x", recipient="y", expires=today)
    set_state(decider, certificate, "suspend", reason="x", basis="y")
    with pytest.raises(Conflict):
        make_copy(decider, certificate, seal, purpose="x", recipient="y", expires=today)
    assert CertificateCopy.objects.count() == 1


def test_the_command_verifies_offline(certificate: Certificate, tmp_path: Path, key_folder: Path) -> None:
    path = tmp_path / "permit.pdf"
    path.write_bytes(content(certificate.pdf))
    run = CliRunner().invoke(command, ["verify", str(path)])
    assert run.exit_code == 0, run.output
    assert "离线核验" in run.output
    root = key_folder / "trust" / "sm2-root.crt"
    assert CliRunner().invoke(command, ["verify", str(path), "--root", str(root)]).exit_code == 1  # the wrong root
    bent = bytearray(path.read_bytes())
    bent[4000] ^= 1
    path.write_bytes(bytes(bent))
    assert CliRunner().invoke(command, ["verify", str(path)]).exit_code == 1
    assert CliRunner().invoke(command, ["check", certificate.number]).exit_code == 0


def test_the_public_page_says_it_in_words_and_gives_a_report(certificate: Certificate) -> None:
    page = Client().get(f"/verify/{certificate.token}/")
    words = page.content.decode()
    assert page.status_code == 200
    assert all(word in words for word in ("证照真实，今日有效", "核验了什么", "没有核验什么", "不具法律效力", certificate.number))
    row = Verification.objects.get()
    assert row.result == VALID
    report = Client().get(f"/verify/report/{row.pk}/")
    assert report.content[:5] == b"%PDF-"
    file = SimpleUploadedFile("permit.pdf", content(certificate.pdf))
    assert "证照真实，今日有效" in Client().post("/verify/", {"file": file}).content.decode()
    bent = bytearray(content(certificate.pdf))
    bent[5000] ^= 1
    answer = Client().post("/verify/", {"file": SimpleUploadedFile("bent.pdf", bytes(bent))})
    assert "没有通过核验" in answer.content.decode()
    assert Client().post("/verify/", {"file": SimpleUploadedFile("x.gif", b"GIF89a")}).status_code == 422
    assert Client().post("/verify/", {"q": certificate.number}).status_code == 200
    assert "没有查到" in Client().post("/verify/", {"q": "地字第 9 号"}).content.decode()
    assert Client().get("/verify/nothing-like-it/").status_code == 404
    assert Client().get(f"/verify/{certificate.token}/pdf/").content == content(certificate.pdf)


def test_a_prepared_certificate_is_not_public(decider: Actor, store: object) -> None:
    prepared = prepare_certificate(decider, grant(valid_from=date(2026, 1, 1)))
    assert verify_text(prepared.number).result == UNKNOWN
    assert Client().get(f"/verify/{prepared.token}/").status_code == 404


def test_an_ofd_with_a_missing_part_is_named(certificate: Certificate) -> None:
    whole = ofd.unpack(content(certificate.ofd))
    for name in ("Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml", ofd.VALUE):
        report = verify_file(ofd.pack({key: body for key, body in whole.items() if key != name}))
        assert "parts" in failed(report), name
