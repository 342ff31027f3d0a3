"""Every page and endpoint against the role table: who may, who must not. A new address that is not in the table fails here.

``role_table.csv`` is the table; write it anew with ``LANTU_WRITE_ROLE_TABLE=1 pytest tests/test_role_table.py`` and read the difference.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from lantu.accounts import demo
from lantu.accounts.models import User
from lantu.accounts.roles import ROLES
from lantu.core import access as guards
from lantu.core.actor import ANONYMOUS, Actor, Post, system
from lantu.core.errors import Refused
from lantu.standards.services import load_pack
from lantu.web.api import api

TABLE = Path(__file__).parent / "role_table.csv"
SAMPLES = {"int": "999999", "uuid": "00000000-0000-0000-0000-000000000000", "str": "x", "slug": "x", "path": "x"}
EVERYBODY, SIGNED_IN = "*", "@"


def pages() -> Iterator[tuple[str, Any]]:
    """(address pattern, view) of the whole URL tree, without the API."""

    def walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, prefix + str(entry.pattern))
            elif isinstance(entry, URLPattern):
                yield "/" + prefix + str(entry.pattern), entry.callback

    for address, view in walk(get_resolver().url_patterns, ""):
        if not address.startswith("/api/v1/"):
            yield address, view


def endpoints() -> Iterator[tuple[str, str, Any]]:
    """(method, address pattern, view) of the API."""
    for prefix, router in api._routers:
        for path, operations in router.path_operations.items():
            assert isinstance(operations, PathView)
            for operation in operations.operations:
                for method in operation.methods:
                    yield method, "/api/v1" + re.sub("//+", "/", f"{prefix}/{path}".rstrip("/")), operation.view_func


def addresses() -> list[tuple[str, str, frozenset[str] | None]]:
    found = [("PAGE", address, getattr(view, "access", None)) for address, view in pages()]
    found += [(method, address, getattr(view, "access", None)) for method, address, view in endpoints()]
    return sorted(found)


def rows() -> list[list[str]]:
    return [[kind, address, " ".join(sorted(roles or ()))] for kind, address, roles in addresses()]


def test_every_address_says_who_may_open_it() -> None:
    assert [address for _kind, address, roles in addresses() if not roles] == []


def test_every_role_in_the_table_exists() -> None:
    known = {*ROLES, EVERYBODY, SIGNED_IN}
    assert {role for _kind, _address, roles in addresses() for role in roles or ()} <= known


def test_the_table_is_the_one_that_was_agreed() -> None:
    if os.environ.get("LANTU_WRITE_ROLE_TABLE"):
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([["kind", "address", "roles"], *rows()])
    with TABLE.open(encoding="utf-8", newline="") as file:
        agreed = list(csv.reader(file))[1:]
    assert rows() == agreed


def filled(pattern: str) -> str:
    """An address that matches the pattern, of things that are not there."""
    return re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES[match[1] or "str"], re.sub(r"\{(?:(\w+):)?\w+\}", "999999", pattern))


class Passed(Exception):
    """The guard has let somebody in."""


def actor(role: str) -> Actor:
    return Actor(1, "甲", Post(role), "page") if role else ANONYMOUS


def admits(view: Any, address: str, role: str) -> bool:
    """Whether the guard before a view lets a role in; what is behind the guard is not reached."""
    for method in ("GET", "POST"):
        request = RequestFactory().generic(method, filled(address))
        request.actor = actor(role)  # type: ignore[attr-defined]
        try:
            answer = view(request)
        except Passed:
            return True
        except Refused:
            return False
        if answer.status_code != 405:
            assert answer.status_code == 302 and "/accounts/sign-in/" in answer.headers["Location"], (address, role)
            return False
    raise AssertionError(f"{address} takes neither GET nor POST")


def may(view: Any, role: str) -> bool:
    roles: frozenset[str] = view.access
    return EVERYBODY in roles or (bool(role) and (SIGNED_IN in roles or role in roles))


def test_every_guard_lets_in_who_may_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = guards.require

    def stop_behind(request: Any, allowed: frozenset[str]) -> None:
        judged(request, allowed)
        raise Passed

    monkeypatch.setattr(guards, "require", stop_behind)
    every = [*pages(), *((address, view) for _method, address, view in endpoints())]
    wrong = [
        (address, role or "nobody") for address, view in every for role in ("", *ROLES) if admits(view, address, role) != may(view, role)
    ]
    assert wrong == []


@pytest.fixture
def clients(db: None) -> dict[str, Client]:
    """A signed-in client per role, and one of nobody (empty name)."""
    load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")
    demo.load()
    made = {"": Client(raise_request_exception=False)}
    for role in ROLES:
        made[role] = Client(raise_request_exception=False)
        made[role].force_login(User.objects.get(username=f"demo-{role}"), backend="django.contrib.auth.backends.ModelBackend")
    return made


def samples(view: Any, address: str) -> list[str]:
    """The roles to ask an address as, through everything that stands before it: one that must not, one that may; a page that needs
    no number of a thing, and so comes to show something, is asked as three of those that may."""
    allowed, refused = ([role for role in ("", *ROLES) if may(view, role) == wanted] for wanted in (True, False))
    if connection.vendor != "sqlite":  # the walk on the other database goes to its questions: once each, by who may ask
        return allowed[-1:]
    some = [*allowed[:1], *allowed[len(allowed) // 2 :][:1], *allowed[-1:]] if "<" not in address and "{" not in address else allowed[-1:]
    return [*dict.fromkeys(some), *refused[-1:]]


@pytest.mark.slow
def test_pages_open_for_who_may_and_refuse_who_must_not(clients: dict[str, Client]) -> None:
    wrong = []
    for address, view in pages():
        if address == "/accounts/sign-out/":
            continue  # would sign the client out; open to everybody
        for role in samples(view, address):
            answer = clients[role].get(filled(address))
            to_sign_in = answer.status_code == 302 and "/accounts/sign-in/" in answer.headers["Location"]
            refused = answer.status_code == 403 or to_sign_in
            if may(view, role) == refused or answer.status_code >= 500:
                wrong.append((address, role or "nobody", answer.status_code))
    assert wrong == []


def test_the_api_refuses_whoever_must_not(clients: dict[str, Client]) -> None:
    wrong = []
    for method, address, view in endpoints():
        for role in samples(view, address):
            answer = clients[role].generic(method, filled(address), "{}", content_type="application/json")
            wanted = may(view, role)
            if answer.status_code >= 500 or (not wanted and answer.status_code not in (403, 422)) or (wanted and answer.status_code == 403):
                wrong.append((method, address, role or "nobody", answer.status_code))
    assert wrong == []
