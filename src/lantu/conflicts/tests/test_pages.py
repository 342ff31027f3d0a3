"""Pages: every one opens for whom it is for, every act has its form, and who saves over another's change is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from lantu.blueprints.ports import indicator_sources
from lantu.conflicts import factories as make
from lantu.conflicts import services
from lantu.conflicts.models import Batch, BulkAct, ConflictCase
from lantu.conflicts.states import State
from lantu.conflicts.tests.test_order import PLANNER, approved, to_approval, to_consultation, to_meeting
from lantu.conflicts.views.acts import ACTS
from lantu.core import jobs
from lantu.core.actor import Actor

pytestmark = pytest.mark.django_db
As = Callable[[Actor | None], Client]


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


@pytest.fixture
def cases() -> list[ConflictCase]:
    return make.make_cases()


def test_the_list_shows_its_tabs_filters_and_exports(client_as: As, cases: list[ConflictCase]) -> None:
    client = client_as(PLANNER)
    page = client.get("/conflicts/")
    assert cases[0].number in text(page)
    assert "待甄别" in text(page)
    only = client.get("/conflicts/", {"rule": "C01"})
    assert {row.rule for row in only.context["table"].page()} == {"C01"}
    assert client.get("/conflicts/", {"export": "xlsx"})["Content-Type"].endswith("sheet")


def test_the_indicators_of_open_conflicts_lead_to_the_rows_that_they_count(client_as: As, cases: list[ConflictCase]) -> None:
    today = timezone.localdate()
    cases[1].open = False
    cases[1].save(update_fields=["open"])
    number, severe, area = (indicator_sources.get(f"conflicts.{key}") for key in ("open", "open_severe", "open_ha"))
    shown = client_as(PLANNER).get(number.rows(today)).context["table"].page()
    left = [row for row in cases if row.pk != cases[1].pk and not row.sliver]
    assert number.value(None, today) == len(left) and severe.value(None, today) == sum(row.severity == 1 for row in left)
    assert area.value(None, today) == pytest.approx(float(sum(row.area_m2 for row in left)) / 10_000, abs=1e-4)
    assert {row.pk for row in shown} == {row.pk for row in left} and number.value(None, today - timedelta(days=1)) == 0


def test_a_case_shows_both_plans_options_and_what_may_be_done(client_as: As, cases: list[ConflictCase]) -> None:
    to_consultation(cases[0])
    page = text(client_as(PLANNER).get(cases[0].get_absolute_url()))
    for said in ("两规对照", "方案 A", "保留农田，城规退出", "须国务院批准", "提出方案", "部门意见", "经过", 'class="dif"', "<svg"):
        assert said in page
    assert page.count('<svg class="map-svg"') == 2
    assert "提出本部门意见" in text(client_as(make.person("reviewer", "GT")).get(cases[0].get_absolute_url()))
    assert client_as(make.person("builder")).get(cases[0].get_absolute_url()).status_code == 403


def test_next_and_previous_walk_the_list_one_came_from(client_as: As, cases: list[ConflictCase]) -> None:
    client = client_as(PLANNER)
    order = list(ConflictCase.objects.order_by("severity", "pk"))
    page = client.get(order[0].get_absolute_url(), {"in": "group=open"})
    assert page.context["place"].position == 1
    assert page.context["previous"] == ""
    assert f"/cases/{order[1].pk}/" in page.context["next"]
    down = client.get(order[-1].get_absolute_url(), {"in": "group=open&sort=-severity"})
    assert down.context["place"].position == 1


@pytest.mark.parametrize("key", list(ACTS))
def test_every_act_has_a_form(client_as: As, cases: list[ConflictCase], key: str) -> None:
    answer = client_as(PLANNER).get(f"/conflicts/cases/{cases[0].pk}/{key}/")
    assert answer.status_code == 200
    assert str(ACTS[key].title) in text(answer)


def test_triage_by_page_and_a_second_planner_is_told_what_changed(client_as: As, cases: list[ConflictCase]) -> None:
    case = cases[0]
    url = f"/conflicts/cases/{case.pk}/triage/"
    given = {"version": case.version, "severity": 1, "departments": ["GH", "GT"], "note": "属实"}
    assert client_as(PLANNER).post(url, given).status_code == 302
    other = client_as(make.person("planner", "GH", 77)).post(url, given | {"note": "我也看了"})
    assert other.status_code == 409
    for said in ("在您打开之后被改动", "GH planner", "甄别", "属实", "我也看了", "仍按我的办理"):
        assert said in text(other)
    case.refresh_from_db()
    assert case.events.filter(act="triaged").count() == 1
    again = client_as(make.person("planner", "GH", 77)).post(url, given | {"version": case.version})
    assert again.status_code == 302


def test_what_is_missing_is_said_at_the_form(client_as: As, cases: list[ConflictCase]) -> None:
    answer = client_as(PLANNER).post(f"/conflicts/cases/{cases[0].pk}/triage/", {"severity": 3, "departments": ["GH"]})
    assert answer.status_code == 422
    assert "不能降级" in text(answer)


def test_bulk_triage_and_listing_from_the_list(client_as: As, cases: list[ConflictCase]) -> None:
    client = client_as(PLANNER)
    answer = client.post("/conflicts/?group=triage", {"act": "triage", "all": "1"})
    row = BulkAct.objects.get()
    assert answer["Location"] == row.get_absolute_url()
    assert (row.done, row.refused) == (len(cases), 0)
    batch = services.create_batch(PLANNER, "清单", timezone.localdate() + timedelta(days=5))
    client.post("/conflicts/", {"act": "list", "list_value": batch.pk, "row": [cases[0].pk]})
    assert list(batch.cases.all()) == [cases[0]]
    again = client.post("/conflicts/", {"act": "triage", "row": [cases[0].pk, cases[1].pk]}, follow=True)
    assert "未办 1 件" in text(again)


def test_batch_pages_send_and_export(client_as: As, cases: list[ConflictCase]) -> None:
    client = client_as(PLANNER)
    assert client.post("/conflicts/batches/new/", {"title": "第一批", "deadline": timezone.localdate().isoformat()}).status_code == 302
    assert "第一批" in text(client.get("/conflicts/batches/"))
    services.triage(PLANNER, cases[0])
    client.post(f"/conflicts/cases/{cases[0].pk}/list/", {"batch": Batch.objects.get().pk, "version": cases[0].version})
    cases[0].refresh_from_db()
    page = f"/conflicts/batches/{cases[0].batch_id}/"
    assert "下发征求意见" in text(client.get(page))
    client.post(f"{page}send/")
    cases[0].refresh_from_db()
    assert cases[0].state == State.CONSULTING
    assert "部门答复" in text(client.get(page))
    for form in ("docx", "xlsx"):
        assert client.get(f"{page}list.{form}").content[:2] == b"PK"
    assert client.get(f"{page}list.exe").status_code == 404


def test_submission_pages_lead_to_approval_and_application(client_as: As, cases: list[ConflictCase]) -> None:
    to_meeting(cases[0])
    checker, leader, mayor = make.person("checker"), make.person("decider", "GOV", 901), make.person("decider", "GOV", 902)
    assert cases[0].number in text(client_as(checker).get("/conflicts/submissions/new/"))
    answer = client_as(checker).post("/conflicts/submissions/new/", {"title": "第一批", "case": [cases[0].pk]})
    page = answer["Location"]
    assert "增减平衡" in text(client_as(leader).get(page))
    client_as(leader).post(f"{page}pass/", {"minutes": "纪要 3 号", "version": 1})
    assert "批复文号" in text(client_as(mayor).get(page))
    assert client_as(mayor).get(f"{page}list.docx").content[:2] == b"PK"
    client_as(mayor).post(
        f"{page}approve/", {"document_no": "筑府函 1 号", "document_date": timezone.localdate().isoformat(), "version": 2}
    )
    answer = client_as(PLANNER).post(f"{page}apply/", follow=True)
    assert "完成 1 件" in text(answer)
    cases[0].refresh_from_db()
    assert cases[0].state == State.APPLIED
    assert "已写入蓝图" in text(client_as(PLANNER).get(cases[0].get_absolute_url()))


def test_the_balance_sheet_adds_up(client_as: As, cases: list[ConflictCase]) -> None:
    to_approval(cases[0])
    page = client_as(PLANNER).get("/conflicts/balance/")
    sheet = page.context["sheet"]
    assert sheet.total.cells[0].loss == -cases[0].area_m2
    assert sheet.balanced


def test_panels_on_run_finding_release_and_home(client_as: As, cases: list[ConflictCase]) -> None:
    from lantu.blueprints.services import publish_release

    approved(cases[0], "defer")
    run = cases[0].first_run
    release = publish_release(make.person("publisher"), run, "0.1")
    client = client_as(PLANNER)
    assert "新立" in text(client.get(f"/blueprints/runs/{run.pk}/"))
    assert cases[0].number in text(client.get(cases[0].finding.get_absolute_url()))
    assert "遗留" in text(client.get(f"/blueprints/releases/{release.pk}/"))
    assert "未结案件" in text(client.get("/"))
    assert cases[0].number in text(client.get("/search/", {"q": cases[0].number}))


def test_two_versions_show_their_cases_by_page_and_api(client_as: As, cases: list[ConflictCase]) -> None:
    from lantu.blueprints.services import compare

    first = cases[0].first_run
    services.report_false_positive(PLANNER, cases[0], "图上无此地物")
    services.confirm_false_positive(make.person("checker"), cases[0])
    row, _job = compare(PLANNER, first, make.make_run())
    jobs.work_off()
    client = client_as(PLANNER)
    page = text(client.get(row.get_absolute_url()))
    assert "冲突案件的变化" in page
    assert f"/conflicts/comparisons/{row.pk}/remaining/" in page
    assert cases[1].number in text(client.get(f"/conflicts/comparisons/{row.pk}/remaining/"))
    assert client.get(f"/conflicts/comparisons/{row.pk}/lost/").status_code == 404
    said = client.get(f"/api/v1/conflicts/comparisons/{row.pk}", {"what": "remaining"}).json()
    assert said["counts"] == {"opened": 0, "closed": 1, "remaining": 1}
    assert [one["number"] for one in said["cases"]["rows"]] == [cases[1].number]
    assert client_as(make.person("builder")).get(f"/conflicts/comparisons/{row.pk}/closed/").status_code == 403


def test_a_part_of_the_patch_is_drawn_on_the_page_and_refused_with_its_place(client_as: As, cases: list[ConflictCase]) -> None:
    case = cases[0]
    to_consultation(case)
    url, client = f"/conflicts/cases/{case.pk}/propose/", client_as(PLANNER)
    page = text(client.get(url))
    assert 'id="amap"' in page
    assert '"around": true' in page  # the patches beside it, to snap to
    assert 'id="amap"' not in text(client.get(url, headers={"HX-Target": "dialog-body"}))
    west, south, east, north = case.finding.geometry.bounds
    away = shapely.box(west, south, east + (east - west), north)
    answer = client.post(url, {"option": "A", "drawn": shapely.to_geojson(away), "version": case.version})
    assert answer.status_code == 422
    assert "图形超出本案图斑" in text(answer)
    assert len(answer.context["places"][0]) == 2
    part = shapely.box(west, south, (west + east) / 2, north).intersection(case.finding.geometry)
    assert client.post(url, {"option": "A", "drawn": shapely.to_geojson(part), "version": case.version}).status_code == 302
    assert case.proposals.get(current=True).drawn
    assert client.post(url, {"option": "A", "drawn": "{"}).status_code == 422
