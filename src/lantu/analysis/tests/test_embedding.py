"""Map and check inside of other sites: a signed address, only for the sites allowed, as the department may see it, until withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from lantu.analysis.factories import actor, box
from lantu.analysis.models import Check, Embedding
from lantu.analysis.services import grant_embedding, withdraw_embedding
from lantu.analysis.services.embedding import token_of
from lantu.blueprints.tiles.grid import tile_at
from lantu.casework.factories import make_department
from lantu.core.errors import BadInput, Refused
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition

HOST = "https://dept.example"
SOON = timedelta(days=30)


def grant(kind: str = "map", **more) -> Embedding:
    make_department("JYJ")
    given = {"hosts": [HOST], "department": "JYJ", "expires_on": timezone.localdate() + SOON} | more
    return grant_embedding(actor("publisher"), kind, "教育系统", **given)


def test_the_map_opens_only_for_allowed_sites_and_gives_tiles_without_any_session(release) -> None:
    row, client = grant(), Client()
    address = f"/embed/{token_of(row)}/"
    page = client.get(address, headers={"Referer": f"{HOST}/page"})
    assert page.status_code == 200 and f"frame-ancestors 'self' {HOST}" in page["Content-Security-Policy"]
    assert not page.has_header("X-Frame-Options") and "sessionid" not in page.cookies
    assert "C0101" in page.content.decode() and "C0404" not in page.content.decode()
    tile = tile_at(106.632, 26.652, 14)
    path = f"tiles/C0101/{tile.z}/{tile.y}/{tile.x}"
    assert client.get(address + path).content
    assert client.get(address + path.replace("C0101", "C0404")).status_code == 404
    assert client.get(address, headers={"Referer": "https://elsewhere.example/"}).status_code == 403
    assert Embedding.objects.get().used == 1


def test_forged_expired_and_withdrawn_addresses_are_refused(release) -> None:
    row, client = grant(), Client()
    address = f"/embed/{token_of(row)}/"
    assert client.get(address[:-3] + "xx/").status_code == 404
    withdraw_embedding(actor("publisher"), row, "系统下线")
    assert client.get(address).status_code == 403
    Embedding.objects.update(withdrawn_at=None, expires_on=timezone.localdate() - SOON)
    assert client.get(address).status_code == 403


def test_what_becomes_secret_leaves_the_embedded_map_at_once(release) -> None:
    row = grant(layers=["C0101"])
    LayerDefinition.objects.filter(code="C0101").update(security="restricted")
    standards.clear()
    assert Client().get(f"/embed/{token_of(row)}/tiles/C0101/10/0/0").status_code == 404


def test_an_embedded_check_is_a_record_of_the_department(release) -> None:
    row, client = grant("check"), Client(enforce_csrf_checks=True)
    address = f"/embed/{token_of(row)}/"
    assert client.get(address).status_code == 200
    said = client.post(f"{address}check", {"text": box(10, 10, 100, 100).wkt})
    check = Check.objects.get()
    assert check.number in said.content.decode() and check.department == "JYJ"
    assert client.post(f"{address}check", {"text": "xyz"}).status_code == 422
    assert client.get(f"/embed/{token_of(row)}/tiles/C0101/1/0/0").status_code == 404


def test_grants_name_real_departments_sites_layers_and_days(release) -> None:
    for change in (
        {"hosts": ["*"]}, {"hosts": ["https://a.example/path"]}, {"hosts": ["https://*.example"]}, {"hosts": []},
        {"hosts": ["javascript:1"]},
        {"hosts": ["https://a.example; script-src *"]}, {"department": "NONE"}, {"expires_on": timezone.localdate()}, {"layers": ["C0404"]},
    ):  # fmt: skip
        with pytest.raises(BadInput):
            grant(**change)
    with pytest.raises(Refused):
        grant_embedding(actor("planner"), "map", "a", hosts=[HOST], department="JYJ", expires_on=timezone.localdate() + SOON)


def test_the_page_grants_shows_the_code_and_withdraws(client_as, release) -> None:
    make_department("JYJ")
    client = client_as("publisher")
    given = {
        "kind": "map",
        "title": "教育系统",
        "department": "JYJ",
        "hosts": HOST,
        "expires_on": (timezone.localdate() + SOON).isoformat(),
    }
    assert client.post("/analysis/embeddings/", given | {"expires_on": "x"}).status_code == 422
    assert client.post("/analysis/embeddings/", given).status_code == 302
    row = Embedding.objects.get()
    assert token_of(row) in client.get(f"/analysis/embeddings/{row.pk}/").content.decode()
    client.post(f"/analysis/embeddings/{row.pk}/withdraw/", {"reason": "下线"})
    assert not Embedding.objects.get().holds
