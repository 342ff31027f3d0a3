"""The pages: every number leads to its rows, papers download, publishing keeps two people apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from lantu.blueprints import factories as make
from lantu.blueprints.models import BlueprintRelease, Finding, FusionRun
from lantu.core import jobs
from lantu.core.models import Job

pytestmark = pytest.mark.django_db

As = Callable[..., Client]


@pytest.fixture
def run() -> FusionRun:
    return make.make_run(make.make_releases(make.make_pack()))


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def test_a_planner_starts_a_fusion_and_follows_its_job(client_as: As) -> None:
    releases = make.make_releases(make.make_pack())
    client = client_as("planner")
    page = client.get("/blueprints/runs/start/")
    assert all(str(release) in text(page) for release in releases)
    answer = client.post("/blueprints/runs/start/", {"release": [release.pk for release in releases], "reading": "strict"})
    job = Job.objects.get(kind="blueprints.fuse")
    run = FusionRun.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/?next=/blueprints/runs/{run.pk}/"
    assert "还没有完成" in text(client.get(f"/blueprints/runs/{run.pk}/"))
    jobs.work_off()
    followed = client.get(answer["Location"], headers={"HX-Request": "true"})
    assert followed["HX-Redirect"] == f"/blueprints/runs/{run.pk}/"
    assert run.number in text(client.get(f"/blueprints/runs/{run.pk}/"))


def test_a_single_release_is_refused_with_the_reason_on_the_page(client_as: As) -> None:
    releases = make.make_releases(make.make_pack())
    answer = client_as("planner").post("/blueprints/runs/start/", {"release": [releases[0].pk]})
    assert answer.status_code == 422
    assert "至少要两个" in text(answer)
    assert not FusionRun.objects.exists()


def test_only_planners_start_a_fusion(client_as: As) -> None:
    make.make_releases(make.make_pack())
    assert client_as("reviewer").get("/blueprints/runs/start/").status_code == 403


@pytest.mark.parametrize("by", ["type", "severity", "district", "department", "plans"])
def test_every_statistic_links_to_the_rows_it_counts(client_as: As, run: FusionRun, by: str) -> None:
    client = client_as("reviewer")
    page = client.get(f"/blueprints/runs/{run.pk}/?list=conflict&by={by}")
    for line in page.context["lines"]:
        rows = client.get(f"/blueprints/runs/{run.pk}/conflict/?{line['query']}&where=main")
        assert rows.context["table"].page().paginator.count == line["row"].main.count


def test_the_list_filters_sorts_and_exports_all_rows(client_as: As, run: FusionRun) -> None:
    client = client_as("reviewer")
    address = f"/blueprints/runs/{run.pk}/conflict/"
    page = client.get(address, {"sort": "-area", "severity": "1"})
    areas = [row.area_m2 for row in page.context["table"].page()]
    assert areas == sorted(areas, reverse=True)
    assert {row.severity for row in page.context["table"].page()} == {1}
    export = client.get(address, {"export": "csv"})
    assert text(export).count("\n") - 1 == Finding.objects.filter(run=run, listing="conflict").count()
    alone = client.get(address, headers={"HX-Request": "true", "HX-Target": "table-findings-conflict"})
    assert "<html" not in text(alone)


def test_a_finding_shows_its_sources_with_file_and_row_and_why_this_area(client_as: As, run: FusionRun) -> None:
    row = Finding.objects.filter(run=run, listing="conflict", rule="C01").first()
    assert row is not None
    page = text(client_as("reviewer").get(row.get_absolute_url()))
    for said in ("为什么是这个面积", "命中的规则", "行", row.identity, f"finding={row.pk}", "<svg"):
        assert said in page


def test_a_finding_that_a_decision_made_leads_to_the_decision(client_as: As) -> None:
    releases = make.make_releases(make.make_pack())
    override = make.make_override(make.box(0, 400, 100, 500), ["C0101"], {"classes": {"C0101": "R2"}})
    run = make.make_run(releases)
    row = next(row for row in Finding.objects.filter(run=run, rule="C01") if override.number in str(row.sources))
    page = text(client_as("reviewer").get(row.get_absolute_url()))
    assert f'href="{override.get_absolute_url()}"' in page
    assert override.document_no in page


@pytest.mark.parametrize("form", ["docx", "pdf", "xlsx"])
def test_papers_download(client_as: As, run: FusionRun, form: str) -> None:
    answer = client_as("reviewer").get(f"/blueprints/runs/{run.pk}/conflict/issues.{form}")
    assert answer.status_code == 200
    assert f"-issues-conflict.{form}" in answer["Content-Disposition"]
    assert client_as("reviewer").get(f"/blueprints/runs/{run.pk}/conflict/issues.exe").status_code == 404


def test_publishing_is_another_persons_act_and_verification_stands_on_the_page(client_as: As, run: FusionRun) -> None:
    publish = f"/blueprints/runs/{run.pk}/publish/"
    assert client_as("planner").post(publish, {"number": "0.1"}).status_code == 403
    client_as("publisher", run.started_by_id).post(publish, {"number": "0.1"})
    assert not BlueprintRelease.objects.exists()
    answer = client_as("publisher", 77).post(publish, {"number": "0.1"})
    release = BlueprintRelease.objects.get()
    assert answer["Location"] == f"/blueprints/releases/{release.pk}/"
    assert release.digest in text(client_as("builder", 5).get(answer["Location"]))
    client_as("supervisor", 6).post(f"/blueprints/releases/{release.pk}/verify/")
    jobs.work_off()
    assert "与发布时一致" in text(client_as("supervisor", 6).get(answer["Location"]))
    client_as("publisher", 77).post(f"/blueprints/releases/{release.pk}/withdraw/", {"reason": "测试撤回"})
    assert "测试撤回" in text(client_as("supervisor", 6).get(answer["Location"]))


def test_applicants_see_releases_but_no_findings(client_as: As, run: FusionRun) -> None:
    client = client_as("builder")
    assert client.get("/blueprints/releases/").status_code == 200
    for address in (f"/blueprints/runs/{run.pk}/", f"/blueprints/runs/{run.pk}/conflict/", Finding.objects.first().get_absolute_url()):
        assert client.get(address).status_code == 403


def test_search_finds_a_finding_and_a_place(client_as: As, run: FusionRun) -> None:
    row = Finding.objects.filter(run=run).first()
    assert row is not None
    page = text(client_as("planner").get("/search/", {"q": row.identity}))
    assert row.get_absolute_url() in page
    assert "/map/?at=" in text(client_as("planner").get("/search/", {"q": "云岩"}))
