"""The pages, the import and the API of the library, as people use them."""

from __future__ import annotations

import io
import json

import pytest
from django.test import Client
from openpyxl import Workbook, load_workbook

from lantu.accounts import demo as demo_people
from lantu.core.actor import system
from lantu.projects import services
from lantu.projects.factories import make_actor, make_project, square
from lantu.projects.importing import heads
from lantu.projects.models import Programme, Project
from lantu.projects.services.library import FACTS

WKT = square().wkt


@pytest.fixture
def planner(guiyang: None, client: Client) -> Client:
    """Signed in as the demo planner."""
    return _as(client, "planner")


def _as(client: Client, role: str) -> Client:
    from lantu.accounts.models import User

    demo_people.load()
    client.force_login(User.objects.get(username=f"demo-{role}"), backend="django.contrib.auth.backends.ModelBackend")
    return client


FORM = {
    "name": "朱昌第二小学",
    "department": "JYJ",
    "region": "520115",
    "kind": "01",
    "industry": "83",
    "sector": "education",
    "source": "annual",
}


def test_a_project_is_entered_received_and_given_a_site_by_pages(planner: Client) -> None:
    page = planner.post("/projects/new/", {**FORM, "idea": "36 班小学", "key": "k1"}, follow=True)
    project = Project.objects.get()
    assert project.code in page.content.decode()
    planner.post("/projects/new/", {**FORM, "idea": "36 班小学", "key": "k1"})
    assert Project.objects.count() == 1
    planner.post(project.get_absolute_url(), {"act": "receive"})
    planner.post(project.get_absolute_url(), {"act": "site", "site-label": "地块一", "site-coordinates": WKT})
    project.refresh_from_db()
    assert (project.state, project.sites.count()) == ("received", 1)
    page = planner.get(project.get_absolute_url()).content.decode()
    assert "地块一" in page
    assert "以此发起策划" in page


def test_an_error_stands_at_its_form_and_keeps_what_was_typed(planner: Client) -> None:
    project = make_project("a")
    page = planner.post(
        project.get_absolute_url(), {"act": "unit", "unit-kind": "1", "unit-uscc": "91350100M000100Y44", "unit-name": "演示"}
    )
    text = page.content.decode()
    assert "校验位" in text
    assert "91350100M000100Y44" in text


def test_the_second_editor_is_shown_what_changed(planner: Client) -> None:
    project = make_project("a", scale="24 班")
    services.edit_project(system(), project, version=1, scale="36 班")
    data = {**FORM, "name": project.name, "department": project.department.code, "idea": project.idea, "scale": "12 班", "version": "1"}
    page = planner.post(f"/projects/{project.pk}/edit/", data).content.decode()
    assert "已被他人改动" in page
    assert "他人已改为：36 班" in page


def _sheet(rows: list[list[object]]) -> io.BytesIO:
    book = Workbook()
    book.active.append(heads())
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    buffer.name = "projects.xlsx"
    return buffer


def _row(**facts: object) -> list[object]:
    given = {"name": "甲", "kind": "审批", "industry": "83", "region": "观山湖区", "department": "市教育局", "source": "annual", **facts}
    return [given.get(name, "") for name in FACTS]


def test_a_sheet_is_entered_row_by_row_and_faulty_rows_are_named(planner: Client) -> None:
    rows = [
        _row(source_reference="Z1"),
        _row(name="乙", industry="99"),
        _row(name="丙", investment_wan="很多"),
        _row(name="丁", department="没有的局"),
    ]
    page = planner.post("/projects/import/", {"file": _sheet(rows)}).content.decode()
    assert Project.objects.count() == 1
    for word in ("行业没有「99」", "「很多」不是数", "没有「没有的局」"):
        assert word in page
    planner.post("/projects/import/", {"file": _sheet(rows)})
    assert Project.objects.count() == 1


def test_a_broken_sheet_is_refused_and_nothing_is_entered(planner: Client) -> None:
    broken = io.BytesIO(b"PK\x03\x04 not a workbook")
    broken.name = "x.xlsx"
    assert "xlsx" in planner.post("/projects/import/", {"file": broken}).content.decode()
    assert not Project.objects.exists()


def test_the_template_has_the_columns_that_are_read(planner: Client) -> None:
    book = load_workbook(io.BytesIO(planner.get("/projects/import/template.xlsx").content))
    assert [cell.value for cell in book.worksheets[0][1]] == heads()


def test_the_map_shows_what_the_filters_leave_and_htmx_gets_both_anew(planner: Client) -> None:
    near, far = make_project("a"), make_project("b", name="没有地块的项目")
    services.add_site(make_actor("planner", "GH"), near, "甲地块", square())
    page = planner.get("/projects/map/").content.decode()
    assert "2 个项目，1 个有地块" in page and near.get_absolute_url() in page and far.name in page
    asked = planner.get("/projects/map/", {"q": "没有地块"}, headers={"HX-Request": "true", "HX-Target": "table-projects"})
    part = asked.content.decode()
    assert 'hx-swap-oob="true"' in part and "还没有登记地块" in part and "<html" not in part
    assert planner.get("/projects/map/?export=csv").headers["Content-Type"].startswith("text/csv")


def test_the_programme_page_proposes_settles_and_exports(planner: Client) -> None:
    project = make_project("a")
    planner.post("/projects/programmes/", {"year": 2019})
    programme = Programme.objects.get()
    url = programme.get_absolute_url()
    planner.post(url, {"act": "quota", "quota-kind": "land", "quota-amount": "100000"})
    entry = {"code": project.code, "land": "20000", "farmland": "0", "funds": "500", "first_quarter": "1", "last_quarter": "3"}
    planner.post(url, {"act": "propose", **{f"propose-{name}": value for name, value in entry.items()}})
    planner.post(url, {"act": "settle", "settle-code": project.code})
    page = planner.get(url).content.decode()
    assert programme.entries.get().state == "included"
    assert "80,000" in page
    assert planner.get(f"{url}programme.docx").content[:2] == b"PK"


@pytest.mark.parametrize("role", ["builder", "sysadmin"])
def test_who_may_not_look_is_refused(guiyang: None, client: Client, role: str) -> None:
    assert _as(client, role).get("/projects/").status_code == 403


def test_the_api_enters_once_and_finds_by_any_code(planner: Client) -> None:
    data = {"key": "x", "name": "甲", "kind": "01", "industry": "83", "region": "520115", "department": "JYJ"}

    def post(url: str, value: dict[str, object]) -> dict[str, object]:
        return dict(planner.post(url, json.dumps(value), content_type="application/json").json())

    first, second = post("/api/v1/projects", data), post("/api/v1/projects", data)
    assert first["code"] == second["code"]
    post(f"/api/v1/projects/{first['code']}/aliases", {"issuer": "province", "code": "2018-520000-83-01-000777"})
    assert planner.get("/api/v1/projects/2018-520000-83-01-000777").json()["code"] == first["code"]
    assert planner.get("/api/v1/projects/codes/2011-520103-04-01-123456").json()["form"] == "2020"
    assert planner.get("/api/v1/projects/codes/2021-520103-04-01-123456").status_code == 422
