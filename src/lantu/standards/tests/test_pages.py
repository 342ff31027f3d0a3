"""The pages and the API of the standards: what the pack says is what one reads."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from lantu.accounts import demo
from lantu.accounts.models import User
from lantu.core.actor import system
from lantu.standards.models import CodeSystem, Crosswalk, PackVersion
from lantu.standards.services import load_pack
from lantu.standards.words import Line, condition

pytestmark = pytest.mark.django_db
ADDRESSES = ("layers/", "layers/C0101/", "codes/", "crosswalks/", "rules/", "rules/C07/", "calendar/", "versions/")


@pytest.fixture
def pack() -> PackVersion:
    return load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")


@pytest.fixture
def reader(pack: PackVersion) -> Client:
    demo.load()
    client = Client()
    client.force_login(User.objects.get(username="demo-viewer"), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_opens_for_who_is_signed_in_and_for_nobody_else(reader: Client, address: str) -> None:
    assert reader.get(f"/standards/{address}").status_code == 200
    assert Client().get(f"/standards/{address}").status_code == 302


def test_a_code_shows_its_official_colour(reader: Client, pack: PackVersion) -> None:
    table = CodeSystem.objects.get(pack=pack, system="gb50137", version="2011")
    page = reader.get(f"/standards/codes/{table.pk}/?q=R2").content.decode()
    assert table.codes.get(code="R2").color in page
    assert "二类居住用地" in page


def test_lists_filter_and_export(reader: Client) -> None:
    listed = reader.get("/standards/layers/?plan=urban&export=csv").content.decode("utf-8-sig").splitlines()
    assert any("C0101" in row for row in listed)
    assert not any("C0401" in row for row in listed)


def test_the_lines_of_a_crosswalk_are_all_there(reader: Client, pack: PackVersion) -> None:
    crosswalk = Crosswalk.objects.filter(pack=pack).first()
    rows = reader.get(f"/standards/crosswalks/{crosswalk.pk}/?export=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) - 1 == crosswalk.rows.count() > 5


def test_a_rule_is_said_in_words(reader: Client) -> None:
    page = reader.get("/standards/rules/C07/").content.decode()
    assert "同时满足" in page
    assert "C0401 建设用地管制区 的代码是 020" in page


def test_conditions_nest() -> None:
    tree = {"all": [{"layer": "A", "present": True}, {"not": {"any": [{"living": "L"}, {"plan": "p", "trait": "construction"}]}}]}
    words = condition(tree, {"A": "甲", "p": "城规", "L": "红线"})
    assert words == Line(
        "同时满足",
        (Line("甲 在此"), Line("不满足", (Line("满足其一", (Line("在活图层之内：红线"), Line("城规 属于 建设"))),))),
    )
    assert condition({}, {}) is None


def test_the_calendar_knows_holidays_and_days_made_up(reader: Client) -> None:
    cells = {
        cell.day: cell
        for _month, weeks in reader.get("/standards/calendar/?year=2018").context["months"]
        for week in weeks
        for cell in week
        if cell
    }
    assert (cells[date(2018, 2, 11)].working, cells[date(2018, 2, 11)].turned) == (True, True)  # a Sunday worked before Spring Festival
    assert (cells[date(2018, 2, 15)].working, cells[date(2018, 2, 15)].name) == (False, "春节")
    assert len(cells) == 365
    assert reader.get("/standards/calendar/?year=2150").context["known"] is False


def test_two_versions_are_compared_row_by_row(reader: Client, pack: PackVersion, tmp_path: Path) -> None:
    copy = tmp_path / "guiyang"
    shutil.copytree(Path(settings.CITIES_DIR) / "guiyang", copy)
    meta, rules = copy / "pack.yaml", copy / "rules.yaml"
    meta.write_text(meta.read_text().replace('version: "2018.5"', 'version: "2018.6"'))
    rules.write_text(rules.read_text().replace("severity: 3", "severity: 4", 1))
    newer = load_pack(system(), copy)
    changes = reader.get(f"/standards/versions/{newer.pk}/").context["changes"]
    assert ("rules.yaml", "rules.C07", "改动") in [(file, key, str(what)) for file, key, what in changes]
    assert {file for file, _key, _what in changes} == {"pack.yaml", "rules.yaml"}


def test_programs_read_the_same(reader: Client, pack: PackVersion) -> None:
    layers = reader.get("/api/v1/standards/layers").json()
    assert len(layers) == pack.layers.count()
    codes = reader.get("/api/v1/standards/systems/gb50137/2011").json()
    assert next(one for one in codes if one["code"] == "R2")["construction"] == "yes"
    assert len(reader.get("/api/v1/standards/rules").json()) == pack.rules.count()
    assert len(reader.get("/api/v1/standards/systems").json()) == pack.code_systems.count()
    crosswalk = Crosswalk.objects.filter(pack=pack).first()
    assert len(reader.get(f"/api/v1/standards/crosswalks/{crosswalk.name}").json()) == crosswalk.rows.count()
    assert reader.get("/api/v1/standards/systems/gb50137/1999").status_code == 404
    assert Client().get("/api/v1/standards/layers").status_code in (401, 403)
