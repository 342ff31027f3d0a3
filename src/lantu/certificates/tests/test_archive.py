"""A case's package proves itself; nothing in it is overwritten; certificates are found instead of asked for."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client

from lantu.accounts.models import Department, User
from lantu.accounts.services import give_post
from lantu.certificates import trail
from lantu.certificates.archiving import verify_package
from lantu.certificates.base_client import BaseDown, HttpBase
from lantu.certificates.cli import archive as command
from lantu.certificates.factories import grant
from lantu.certificates.models import ArchivePackage, Certificate, ExternalCertificate
from lantu.certificates.ports import certificate_bases
from lantu.certificates.selectors import held, library
from lantu.certificates.services import (
    ask_base,
    check_integrity,
    hold_package,
    issue_certificate,
    prepare_certificate,
    release_hold,
    seal_archive,
    set_state,
    transfer_packages,
)
from lantu.core import files, sealing
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.core.models import AuditEvent
from lantu.documents.crypto.findings import Findings
from lantu.documents.factories import person
from lantu.documents.models import Seal
from simulators.playing import played

CASE = {"subject_type": "approvals.stageapplication", "subject_id": "41", "title": "朱昌学校 用地许可"}


def package_of(actor: Actor) -> ArchivePackage:
    return seal_archive(actor, **CASE)


def content(package: ArchivePackage) -> bytes:
    return files.path_of(package.file).read_bytes()


def changed(data: bytes, path: str, body: bytes | None) -> bytes:
    """The package with one file put in another's place, or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            if info.filename != path:
                target.writestr(info.filename, source.read(info))
        if body is not None:
            target.writestr(path, body)
    return out.getvalue()


def test_a_package_holds_everything_and_proves_itself(decider: Actor, certificate: Certificate) -> None:
    set_state(decider, certificate, "suspend", reason="检查", basis="法")
    package = package_of(decider)
    titles = list(package.items.values_list("category", "title"))
    assert ("A2", "建设用地规划许可证") in titles
    assert ("Z1", "暂扣决定书 第 1 版") in titles
    assert {title for category, title in titles if category == "Z9"} == {
        "事件",
        "用印记录",
        "证照变更记录",
        "审计留痕",
        "审计链摘要",
    }
    assert package.retain_until is None
    read = verify_package(content(package))
    assert read.findings.good, [step.text for step in read.findings.failed]
    assert {"manifest", "files", "seals", "audit", "chain"} == {step.key for step in read.findings if step.state == "ok"}


def test_any_change_to_a_package_is_found(decider: Actor, certificate: Certificate) -> None:
    data = content(package_of(decider))
    read = verify_package(data)
    paths = [one["path"] for one in read.manifest["files"]]
    for path in paths:
        assert "files" in {step.key for step in verify_package(changed(data, path, b"x")).findings.failed}
        assert "files" in {step.key for step in verify_package(changed(data, path, None)).findings.failed}
    assert "files" in {step.key for step in verify_package(changed(data, "more.txt", b"x")).findings.failed}
    manifest = json.dumps({**read.manifest, "title": "另一个"}).encode()
    assert "manifest" in {step.key for step in verify_package(changed(data, "manifest.json", manifest)).findings.failed}
    assert "key" in {step.key for step in verify_package(data, public_key="AAAA").findings.failed}
    for broken in (b"", b"PK\x03\x04", changed(data, "manifest.json", None)):
        with pytest.raises(BadInput):
            verify_package(broken)


def test_the_stretch_of_the_audit_chain_proves_itself_without_showing_what_others_did(
    decider: Actor, seal: Seal, certificate: Certificate
) -> None:
    sealing.seal()
    assert sealing.sign_head() is not None
    issue_certificate(decider, prepare_certificate(decider, grant(key="another", subject_id="99", holder_name="别家单位")), seal)
    set_state(decider, certificate, "suspend", reason="检查", basis="法")
    package = content(package_of(decider))
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    assert "别家单位".encode() not in whole[trail.ROWS] + whole[trail.CHAIN]
    told = json.loads(whole[trail.ROWS])
    assert len(told["heads"]) == 1
    assert told["chain"]["to"] - told["chain"]["from"] + 1 == len(whole[trail.CHAIN]) // trail.SIZE > len(told["rows"])

    def failed(**changes: bytes) -> set[str]:
        found = Findings()
        trail.check_trail(found, {**whole, **{trail.ROWS if key == "rows" else trail.CHAIN: body for key, body in changes.items()}}, trust)
        return {step.key for step in found.failed}

    trust = sealing.trusted_keys()
    assert failed() == set()
    chain = whole[trail.CHAIN]
    for bent in (chain[:-32], chain + chain[-32:], chain[:64] + chain[96:], chain[:40] + bytes([chain[40] ^ 1]) + chain[41:], b""):
        assert failed(chain=bent) == {"chain"}
    row = told["rows"][1]
    assert "audit" in failed(rows=json.dumps({**told, "rows": [{**row, "actor_name": "另一人"}]}).encode())
    forged = sealing.link(row["previous"], "0" * 64)
    assert failed(rows=json.dumps({**told, "rows": [{**row, "content": "0" * 64, "digest": forged}]}).encode()) == {"audit", "chain"}
    head = {**told["heads"][0], "digest": "0" * 64}
    assert failed(rows=json.dumps({**told, "heads": [head]}).encode()) == {"heads"}
    trust = {"another key"}
    assert failed() == {"heads"}


def test_a_package_of_an_earlier_version_still_proves_what_it_can(decider: Actor, certificate: Certificate) -> None:
    with zipfile.ZipFile(io.BytesIO(content(package_of(decider)))) as archive:
        told = json.loads(archive.read(trail.ROWS))
    rows = []
    for row in told["rows"]:
        event = trail._event({**row, "content": ""})
        rows.append({key: value for key, value in row.items() if key != "content"} | {"digest": sealing.digest_of(event, row["previous"])})
    found = Findings()
    trail.check_trail(found, {trail.ROWS: json.dumps({"rows": rows, "heads": [{"day": "2026-01-01"}]}).encode()}, sealing.trusted_keys())
    assert found.good and [step.key for step in found.of("none")] == ["chain"]
    rows[0]["actor_name"] = "另一人"
    found = Findings()
    trail.check_trail(found, {trail.ROWS: json.dumps({"rows": rows, "heads": []}).encode()}, sealing.trusted_keys())
    assert {step.key for step in found.failed} == {"audit"}


def test_the_command_proves_a_package_offline(decider: Actor, certificate: Certificate, tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(content(package_of(decider)))
    run = CliRunner().invoke(command, ["verify", str(path)])
    assert run.exit_code == 0, run.output
    path.write_bytes(changed(path.read_bytes(), "more.txt", b"x"))
    assert CliRunner().invoke(command, ["verify", str(path)]).exit_code == 1


def test_what_comes_later_makes_the_next_edition(decider: Actor, certificate: Certificate) -> None:
    first = package_of(decider)
    assert package_of(decider).pk == first.pk
    set_state(decider, certificate, "suspend", reason="检查", basis="法")
    second = package_of(decider)
    assert (second.edition, first.edition) == (2, 1)
    assert content(ArchivePackage.objects.get(pk=first.pk)) != content(second)


def test_a_held_package_is_not_transferred(decider: Actor, certificate: Certificate) -> None:
    package = package_of(decider)
    with pytest.raises(Refused):
        hold_package(person("reviewer"), package, reason="诉讼")
    hold_package(decider, package, reason="行政诉讼")
    with pytest.raises(Conflict):
        transfer_packages(decider, [package], receiver="城建档案馆", key="t1")
    release_hold(decider, package, reason="结案")
    paper = transfer_packages(decider, [package], receiver="城建档案馆", key="t1")
    package.refresh_from_db()
    assert package.state == "transferred"
    assert paper.current.data["items"][0][1] == package.number
    with pytest.raises(Conflict):
        transfer_packages(decider, [package], receiver="城建档案馆", key="t2")


def test_a_case_without_papers_has_no_package(decider: Actor) -> None:
    with pytest.raises(BadInput):
        seal_archive(decider, subject_type="x.y", subject_id="1", title="空")


def test_the_integrity_run_finds_lost_and_changed_files_and_a_broken_trail(decider: Actor, certificate: Certificate) -> None:
    package_of(decider)
    assert check_integrity(decider).problems == []
    assert certificate.pdf is not None
    assert certificate.ofd is not None
    files.path_of(certificate.pdf).write_bytes(b"changed")
    files.path_of(certificate.ofd).unlink()
    AuditEvent.objects.filter(position=1).update(actor_name="somebody else")
    problems = check_integrity(decider).problems
    assert {one["where"] for one in problems if one["what"] == "file"} == {certificate.pdf_id, certificate.ofd_id}
    assert any(one["what"] == "audit" for one in problems)


def test_what_was_issued_is_found_by_holder_and_type(decider: Actor, seal: Seal, certificate: Certificate) -> None:
    code = certificate.holder_code
    assert list(library(holder_code=code, type_code="land_use_permit")) == [certificate]
    assert not library(holder_code=code, type_code="works_permit")
    issue_certificate(decider, prepare_certificate(decider, grant("works_permit", "w", geometry=None, holder_code="OTHER")), seal)
    assert [one.title for one in held(code)] == ["建设用地规划许可证"]
    set_state(decider, certificate, "suspend", reason="x", basis="y")
    assert held(code) == []


@pytest.fixture
def base() -> Iterator[str]:
    """A played base of certificates that fails once; its address."""
    with played("certificate_base", "--token", "t", "--fail", "1") as address:
        yield address
    certificate_bases.unregister("city")


def test_a_certificate_base_is_asked_recorded_and_its_faults_are_borne(decider: Actor, base: str) -> None:
    certificate_bases.register("city", HttpBase(base, token="t", pause=0.02))
    with pytest.raises(BadInput):
        ask_base(decider, holder_code="12520115MB0000094A", reason="")
    rows = ask_base(decider, holder_code="12520115MB0000094A", reason="用地许可收件")
    assert len(rows) == 2
    ask_base(decider, holder_code="12520115MB0000094A", reason="再取一次")
    assert ExternalCertificate.objects.count() == 2
    assert [one.title for one in held("12520115MB0000094A")] == ["营业执照"]  # the other one has lapsed
    with pytest.raises(Refused):
        ask_base(person("viewer"), holder_code="x", reason="y")
    certificate_bases.register("city", HttpBase(base, token="wrong", pause=0.02))
    with pytest.raises(BaseDown, match="证照库"):
        ask_base(decider, holder_code="x", reason="y")


def test_pages_lead_from_the_register_to_the_package(decider: Actor, seal: Seal, certificate: Certificate, client: Client) -> None:
    user = User.objects.get(pk=decider.user_id)
    give_post(system(), user, "decider", department=Department.objects.get(code="GH"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert certificate.number in client.get("/certificates/").content.decode()
    page = client.get(f"/certificates/{certificate.pk}/").content.decode()
    assert certificate.identifier in page
    assert certificate.number in client.get(f"/plans/living/{certificate.living_id}/").content.decode()
    sealed = client.post(f"/certificates/{certificate.pk}/archive/")
    package = ArchivePackage.objects.get()
    assert sealed.headers["Location"] == package.get_absolute_url()
    assert "签章全部正确" in client.get(f"/certificates/archive/{package.pk}/?prove=1").content.decode()
    assert client.get(f"/certificates/archive/{package.pk}/download/").content == content(package)
    assert client.get("/certificates/library/?holder=12520115MB0000094A").status_code == 200
    form = {
        "holder_name": "甲",
        "data-project": "项目",
        "data-place": "地",
        "data-use": "R2",
        "data-area": "1 公顷",
        "seal": seal.pk,
        "key": "k",
    }
    answer = client.post("/certificates/new/land_use_permit/", form)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert Certificate.objects.filter(key="page/k", state="00").count() == 1
    bad = client.post("/certificates/new/land_use_permit/", {**form, "key": "k2", "geojson": "{}"})
    assert "GeoJSON" in bad.content.decode()
    suspended = client.post(f"/certificates/{certificate.pk}/state/", {"operation": "suspend", "reason": "查", "basis": "法"})
    assert suspended.status_code == 302
    certificate.refresh_from_db()
    assert certificate.state == "02"
