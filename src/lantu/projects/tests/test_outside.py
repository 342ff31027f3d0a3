"""Other people's systems, played by separate programs with their faults: late, silent, wrong, refusing. Nothing is lost, people see why."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from lantu.accounts import demo as demo_people
from lantu.accounts.models import User
from lantu.casework.models import Notification
from lantu.core import jobs
from lantu.core.actor import system
from lantu.core.errors import BadInput, Conflict
from lantu.projects import services
from lantu.projects.clients import HttpIssuer, HttpLegalPersons
from lantu.projects.factories import make_project
from lantu.projects.models import CodeApplication, Project, ProjectUnit
from lantu.projects.ports import code_issuers, legal_persons
from lantu.projects.services.codes import try_due
from simulators.playing import played

State = CodeApplication.State
OWNER, STRUCK_OFF = "12520115MB0000094A", "91520115MA6DEM022G"


@contextmanager
def province(*options: str, timeout: float = 5) -> Iterator[str]:
    with played("investment_platform", "--token", "t", *options) as address:
        code_issuers.register("province", HttpIssuer("province", address, token="t", timeout=timeout))
        try:
            yield address
        finally:
            code_issuers.unregister("province")


@contextmanager
def register_of_persons(*options: str) -> Iterator[None]:
    with played("legal_person_base", "--token", "t", *options) as address:
        legal_persons.register("city", HttpLegalPersons(address, token="t"))
        try:
            yield
        finally:
            legal_persons.unregister("city")


def _received(key: str = "a", **facts: object) -> Project:
    return services.receive(system(), make_project(key, **facts))


def _try(row: CodeApplication) -> CodeApplication:
    """Its time has come; try it."""
    CodeApplication.objects.filter(pk=row.pk).update(next_at=timezone.now())
    return services.try_code(row)


def test_the_provinces_number_comes_after_failures_and_stands_beside_ours(guiyang: None) -> None:
    with province("--fail", "2", "--deciding", "3"):
        project = _received()
        row = project.code_applications.get()
        assert (row.state, row.tries) == (State.PENDING, 0)
        waits = []
        for _n in range(3):
            row = _try(row)
            assert row.tried_at is not None
            assert row.next_at is not None
            waits.append(round((row.next_at - row.tried_at) / timedelta(minutes=1)))
        assert (row.state, row.tries, row.said) == (State.PENDING, 3, "对方正在办理。")
        assert waits == [1, 5, 15]
        row = _try(row)
        assert (row.state, row.tries, row.next_at) == (State.GIVEN, 4, None)
    before = project.code
    project.refresh_from_db()
    assert project.code == before
    assert project.aliases.get().code == row.code
    assert row.code.split("-")[1] == "520000"


def test_what_is_due_is_tried_by_the_clock_and_what_is_not_is_left(guiyang: None) -> None:
    with province():
        one, other = _received("a").code_applications.get(), _received("b", name="另一个").code_applications.get()
        CodeApplication.objects.filter(pk=other.pk).update(next_at=timezone.now() + timedelta(minutes=5))
        assert try_due() == 1
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, other.state) == (State.GIVEN, State.PENDING)


@pytest.mark.parametrize(
    ("options", "state", "words"),
    [
        (("--wrong", "json"), State.PENDING, "回答读不懂"),
        (("--wrong", "form"), State.DOUBTED, "5200-1"),
        (("--refuse", "小学"), State.REFUSED, "played refusal"),
        (("--delay", "2"), State.PENDING, "没有应答"),
    ],
)
def test_a_wrong_answer_binds_nothing_and_is_told(guiyang: None, options: tuple[str, ...], state: str, words: str) -> None:
    demo_people.load()
    with province(*options, timeout=0.5):
        project = _received()
        row = _try(project.code_applications.get())
    assert (row.state, row.tries) == (state, 1)
    assert words in row.said
    assert not project.aliases.exists()
    assert Notification.objects.filter(key__startswith="code:").exists() == (state in (State.DOUBTED, State.REFUSED))


def test_a_code_that_belongs_to_another_project_is_doubted_and_the_other_keeps_it(guiyang: None) -> None:
    with province("--wrong", "same"):
        first, second = _received("a"), _received("b", name="另一个")
        assert _try(first.code_applications.get()).state == State.GIVEN
        row = _try(second.code_applications.get())
    assert row.state == State.DOUBTED
    assert first.name in row.said
    assert first.aliases.count() == 1
    assert not second.aliases.exists()


def test_two_workers_ask_once(transactional_db: None) -> None:
    from django.conf import settings

    from lantu.standards import selectors
    from lantu.standards.services import load_pack

    selectors.clear()
    load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")
    with province("--delay", "0.5") as address:
        row = _received().code_applications.get()

        def work() -> None:
            try:
                services.try_code(row)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with urllib.request.urlopen(address) as answer:
            assert len(json.load(answer)["asked"]) == 1
    row.refresh_from_db()
    assert (row.state, row.tries) == (State.GIVEN, 1)


def test_the_page_says_how_often_it_was_tried_and_a_planner_tries_again(guiyang: None, client: Client) -> None:
    demo_people.load()
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    with province("--fail", "1"):
        project = _received()
        row = _try(project.code_applications.get())
        page = client.get(project.get_absolute_url()).content.decode()
        assert "已试 1 次" in page
        assert "played failure" in page
        answer = client.post(project.get_absolute_url(), {"act": "retry_code", "retry_code-application": row.pk})
        assert "/jobs/" in answer["Location"]
        jobs.work_off()
    row.refresh_from_db()
    assert row.state == State.GIVEN
    assert row.code in client.get(project.get_absolute_url()).content.decode()
    with pytest.raises(Conflict, match="已经赋码"):
        services.retry_code(system(), row)


def test_an_issuer_that_is_not_connected_is_named(guiyang: None) -> None:
    with pytest.raises(BadInput, match="LANTU_PROVINCE"):
        services.apply_for_code(system(), make_project("a"), "province")
    assert not _received("b").code_applications.exists()


def test_name_and_state_of_a_unit_come_from_the_register(guiyang: None) -> None:
    with register_of_persons():
        unit = services.add_unit(system(), make_project("a"), "1", uscc=OWNER, name="随便写的")
        with pytest.raises(BadInput, match="已注销"):
            services.add_unit(system(), make_project("a"), "2", uscc=STRUCK_OFF, name="演示")
        with pytest.raises(BadInput, match="法人库里没有"):
            services.add_unit(system(), make_project("a"), "2", uscc="91350100M000100Y43", name="演示")
    assert (unit.name, unit.verified, unit.register_state) == ("观山湖区教育局（演示）", True, "存续")
    assert ProjectUnit.objects.count() == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--fail", "1"), "没有应答"), (("--wrong", "json"), "读不懂"), (("--wrong", "other"), "读不懂"), (("--wrong", "nameless"), "读不懂")],
)
def test_a_typed_unit_is_unverified_while_the_register_is_silent_or_wrong(guiyang: None, options: tuple[str, ...], words: str) -> None:
    with register_of_persons(*options):
        unit = services.add_unit(system(), make_project("a"), "1", uscc=OWNER, name="教育局")
    assert (unit.name, unit.verified) == ("教育局", False)
    assert words in unit.register_note


def test_a_typed_unit_is_verified_later(guiyang: None) -> None:
    unit = services.add_unit(system(), make_project("a"), "1", uscc=OWNER, name="教育局")
    with pytest.raises(Conflict, match="查不到"):
        services.verify_unit(system(), unit)
    with register_of_persons():
        unit = services.verify_unit(system(), unit)
    assert (unit.name, unit.verified, unit.register_note) == ("观山湖区教育局（演示）", True, "")
    assert ProjectUnit.objects.count() == 1
