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
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from lantu.accounts import demo
from lantu.accounts.models import User
from lantu.accounts.roles import ROLES
from lantu.core.actor import system
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


def test_whoever_must_not_is_refused_and_whoever_may_is_not(clients: dict[str, Client]) -> None:
    wrong = []
    for address, view in pages():
        roles: frozenset[str] = view.access
        for role, client in clients.items():
            if address == "/accounts/sign-out/":
                continue  # would sign the client out; open to everybody
            answer = client.get(filled(address))
            may = EVERYBODY in roles or (bool(role) and (SIGNED_IN in roles or role in roles))
            to_sign_in = answer.status_code == 302 and "/accounts/sign-in/" in answer.headers["Location"]
            refused = answer.status_code == 403 or to_sign_in
            if may == refused or answer.status_code >= 500:
                wrong.append((address, role or "nobody", answer.status_code))
    assert wrong == []


def test_the_api_refuses_whoever_must_not(clients: dict[str, Client]) -> None:
    wrong = []
    for method, address, view in endpoints():
        roles: frozenset[str] = view.access
        for role, client in clients.items():
            may = EVERYBODY in roles or (bool(role) and (SIGNED_IN in roles or role in roles))
            answer = client.generic(method, filled(address), "{}", content_type="application/json")
            if answer.status_code >= 500 or (not may and answer.status_code not in (403, 422)) or (may and answer.status_code == 403):
                wrong.append((method, address, role or "nobody", answer.status_code))
    assert wrong == []
