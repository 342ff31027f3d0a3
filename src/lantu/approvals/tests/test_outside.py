"""Real-name service and virus scanner, played by separate programs with their faults: nothing is lost, people see what was not done."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lantu.approvals import services
from lantu.approvals.clients import HttpRealNames
from lantu.approvals.factories import kept, make_definition, make_draft, pdf
from lantu.approvals.models import Draft, Material, Membership
from lantu.approvals.ports import real_names, scanners
from lantu.approvals.scanning import Clamd
from lantu.casework.factories import make_actor, make_calendar
from lantu.core.actor import Actor, system
from lantu.core.errors import BadInput
from simulators.clamd import EICAR
from simulators.playing import played

pytestmark = pytest.mark.django_db
PERSON = {"full_name": "王某", "identity": "11010519491231002X", "phone": "13800000000", "password": "a-Long-pass-77"}


@pytest.fixture
def builder() -> Actor:
    make_calendar()
    make_definition()
    return make_actor("builder")


@pytest.fixture
def draft(builder: Actor) -> Draft:
    return make_draft(builder)


@contextmanager
def scanned_by(engine: Clamd) -> Iterator[None]:
    scanners.register("clamav", engine)
    try:
        yield
    finally:
        scanners.unregister("clamav")


def give(builder: Actor, draft: Draft, data: bytes) -> Material:
    return services.hand_in(builder, draft, "scheme_text", kept(data), "方案.pdf")


def test_a_clean_file_is_marked_by_its_engine_and_an_infected_one_is_not_taken(builder: Actor, draft: Draft) -> None:
    with played("clamd") as address, scanned_by(Clamd(address, 10)):
        clean = give(builder, draft, pdf("a") + bytes(600_000))
        assert (clean.scan, clean.scan_by) == ("clean", "ClamAV")
        with pytest.raises(BadInput, match="Eicar-Test-Signature"):
            give(builder, draft, pdf("b") + EICAR)
    assert list(Material.objects.filter(draft=draft)) == [clean]


@pytest.mark.parametrize(
    ("options", "words"), [(("--delay", "5"), "timed out"), (("--silent",), "no answer"), (("--limit", "1000"), "size limit exceeded")]
)
def test_a_scanner_that_is_slow_silent_or_refuses_leaves_the_file_taken_and_not_scanned(
    builder: Actor, draft: Draft, options: tuple[str, ...], words: str
) -> None:
    with played("clamd", *options) as address, scanned_by(Clamd(address, 0.5)):
        taken = give(builder, draft, pdf("a") + bytes(3_000_000))
    assert taken.scan == "unscanned" and taken.stored is not None and "ClamAV 没有回答" in taken.scan_by and words in taken.scan_by


def test_a_scanner_that_is_down_or_has_no_address_leaves_the_file_taken_and_not_scanned(builder: Actor, draft: Draft) -> None:
    for number, address in enumerate(("127.0.0.1:1", "/nowhere/clamd.sock", "nonsense")):
        with scanned_by(Clamd(address, 0.5)):
            taken = give(builder, draft, pdf(str(number)))
        assert taken.scan == "unscanned" and "ClamAV 没有回答" in taken.scan_by


def test_a_scanner_is_asked_by_its_socket_too(builder: Actor, draft: Draft, tmp_path: Path) -> None:
    path = tmp_path / "clamd.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen(1)

        def answer() -> None:
            line, _address = server.accept()
            with line:
                seen = b""
                while not seen.endswith(bytes(4)):
                    seen += line.recv(65536)
                line.sendall(b"stream: OK\0")

        thread = threading.Thread(target=answer)
        thread.start()
        with scanned_by(Clamd(str(path), 5)):
            assert give(builder, draft, pdf("s")).scan == "clean"
        thread.join()


@contextmanager
def real_names_by(*options: str, timeout: float = 5) -> Iterator[None]:
    with played("real_names", "--token", "t", *options) as address:
        real_names.register("city", HttpRealNames(address, token="t", timeout=timeout))
        try:
            yield
        finally:
            real_names.unregister("city")


def register(number: int, **changes: str) -> Membership:
    facts = {**PERSON, "uscc": "91350100M000100Y43", "unit_name": "某公司", "username": f"unit-{number}", **changes}
    return services.register_unit(system(), **facts)  # type: ignore[arg-type]


def test_a_name_that_fits_its_document_is_verified_and_one_that_does_not_is_refused() -> None:
    with real_names_by():
        with pytest.raises(BadInput, match="姓名与身份证件不符"):
            register(1, full_name="张某")
        made = register(2)
    assert made.real_name_by == "city" and made.real_name_reference == "SM-0002"
    assert PERSON["identity"] not in str(vars(made)) and made.identity_tail == "002X"


@pytest.mark.parametrize("options", [("--fail", "9"), ("--wrong", "json"), ("--wrong", "mute"), ("--delay", "3")])
def test_a_service_that_does_not_answer_leaves_the_person_registered_and_not_verified(options: tuple[str, ...]) -> None:
    with real_names_by(*options, timeout=0.5):
        made = register(3)
    assert made.pk and made.real_name_by == ""
