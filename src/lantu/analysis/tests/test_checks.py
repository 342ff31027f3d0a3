"""What a check finds, that it adds up, that it is frozen, dismissed and verified."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import numpy as np
import pypdf
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantu.analysis.conformity import papers, wording
from lantu.analysis.conformity.found import by_number
from lantu.analysis.conformity.parts import cut, widths
from lantu.analysis.conformity.sites import Site
from lantu.analysis.factories import actor, box, make_living
from lantu.analysis.models import Check
from lantu.analysis.partition import basis
from lantu.analysis.services import dismiss, run_check, verify_check, withdraw_dismissal
from lantu.blueprints.models import Finding
from lantu.core.errors import BadInput, Conflict, NotFound, Refused
from lantu.core.models import AuditEvent
from lantu.geodesy.area import polygon_area
from lantu.plans.models import LivingFeature

PLANNER = actor("planner")


def check(shape: shapely.Geometry, by=PLANNER, **options) -> Check:
    return run_check(by, Site(shape, "text"), **options)


def line(row: Check, item: str) -> dict:
    return next(one for one in row.result["lines"] if one["item"] == item)


def test_a_hit_has_its_area_share_and_widths_and_decides_the_verdict(release) -> None:
    row = check(box(0, 200, 100, 400))
    hit = line(row, "K01")
    assert (hit["state"], row.verdict) == ("hit", "fail")
    assert abs(float(hit["area_m2"]) - polygon_area(box(0, 300, 100, 400))) < 0.05
    assert abs(hit["share"] - 0.5) < 1e-3 and abs(hit["max_width_m"] - 100) < 1 and abs(hit["width_m"] - 50) < 1
    assert hit["patches"][0]["feature_id"] == "C0404-0"
    assert row.release == release and row.asked["basis"]["digest"] == release.digest


def test_what_is_not_hit_is_a_fact_with_its_distance(release) -> None:
    row = check(box(0, 0, 100, 100))
    clear = line(row, "K01")
    assert clear["state"] == "clear" and abs(clear["distance_m"] - 200) < 1
    assert "最近 200 m" in wording.line_of(clear).detail


def test_a_shared_border_is_no_hit(release) -> None:
    row = check(box(100, 300, 150, 400))
    assert line(row, "K01")["state"] in ("edge", "clear") and line(row, "K01")["verdict"] == "pass"
    touching = check(box(0, 100, 100, 300))
    assert line(touching, "K01")["state"] in ("edge", "clear")


def test_a_layer_that_is_not_in_the_release_was_not_checked_and_says_so(release) -> None:
    row = check(box(0, 0, 100, 100))
    assert line(row, "K09")["state"] == "absent"
    assert "没有核对" in "".join(wording.shown(row).reasons)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(x=st.integers(-50, 700), y=st.integers(-50, 700), w=st.integers(5, 400), h=st.integers(5, 400))
def test_the_classes_of_every_layer_add_up_to_the_site(release, x, y, w, h) -> None:
    row = check(box(x, y, x + w, y + h))
    site = Decimal(row.result["site"]["area_m2"])
    assert site == row.area_m2 == Decimal(str(round(polygon_area(row.geometry), 2)))
    for part in row.result["composition"]:
        assert sum(Decimal(one["area_m2"]) for one in part["rows"]) == site, part["layer"]
    districts = sum(Decimal(one["area_m2"]) for one in row.result["site"]["districts"])
    assert districts + Decimal(row.result["site"]["outside_m2"]) == site


def test_living_features_overlap_and_are_counted(release) -> None:
    make_living("D0102", (0, 0, 50, 100), name="某供地")
    row = check(box(0, 0, 100, 100))
    assert (line(row, "K30")["state"], row.verdict) == ("hit", "conditional")
    assert row.result["living"][0]["rows"][0]["name"] == "某供地"
    assert {need["department"] or need["text_zh"] for need in row.result["needs"]} == {"GT", "权属核查"}
    beside = check(box(50, 0, 100, 100))
    assert line(beside, "K30")["state"] == "clear" and line(beside, "K30")["checked"] == 1


def test_the_intended_use_is_compared_with_the_planned_one(release) -> None:
    assert check(box(0, 0, 100, 100), use="R2").result["use"]["verdict"] == "pass"
    assert check(box(0, 0, 100, 100), use="R").result["use"]["verdict"] == "pass"
    assert check(box(0, 0, 100, 100), use="G1").result["use"]["verdict"] == "conditional"
    assert check(box(0, 500, 100, 600), use="R2").verdict == "fail"
    with pytest.raises(BadInput, match="X9"):
        check(box(0, 0, 100, 100), use="X9")


def test_ground_outside_of_every_plan_is_told(release) -> None:
    row = check(box(-300, -300, -200, -200))
    assert {one["code"] for one in row.result["composition"][0]["rows"]} == {"(gap)"}
    far = check(box(-5000, -5000, -4800, -4800))
    assert far.result["site"]["outside_m2"] == far.result["site"]["area_m2"] and far.verdict == "conditional"


def test_a_dismissal_leaves_the_original_and_needs_a_reason(release) -> None:
    row = check(box(0, 200, 100, 400))
    with pytest.raises(BadInput):
        dismiss(PLANNER, row, "K01", "")
    with pytest.raises(BadInput):
        dismiss(PLANNER, row, "K07", "不是本项")
    with pytest.raises(Refused):
        dismiss(actor("viewer"), row, "K01", "经核查已调出")
    dismiss(PLANNER, row, "K01", "国务院批复已调出基本农田")
    row.refresh_from_db()
    assert (row.verdict, row.standing) == ("fail", "pass")
    assert "批复" in papers.dismissals(row)[0]
    with pytest.raises(Conflict):
        dismiss(PLANNER, row, "K01", "再改一次看看")
    withdraw_dismissal(PLANNER, row, "K01", "批复不含此地块")
    row.refresh_from_db()
    assert row.standing == "fail"
    assert AuditEvent.objects.filter(verb__startswith="analysis.dismiss", outcome="refused").exists()


def test_a_record_verifies_and_a_forged_one_does_not(release) -> None:
    row = check(box(0, 200, 100, 400))
    report = verify_check(PLANNER, row)
    assert report["intact"] and report["same"] and not report["living_changed"]
    row.result["lines"][0]["area_m2"] = "1.00"
    assert not verify_check(PLANNER, row)["intact"]


def test_later_registrations_do_not_make_a_record_false(release) -> None:
    row = check(box(0, 0, 100, 100))
    make_living("D0102", (0, 0, 50, 100))
    report = verify_check(PLANNER, row)
    assert report["same"] and report["living_changed"] == ["K30"]
    LivingFeature.objects.all().delete()


def test_layers_that_a_post_may_not_see_are_silent(release) -> None:
    row = check(box(0, 200, 100, 400), by=actor("window", 5))
    assert line(row, "K01")["state"] == "unseen" and row.verdict == "pass"
    assert "没有核对" in "".join(wording.shown(row).reasons)


def test_a_site_is_found_by_its_number(release) -> None:
    found = basis()
    assert by_number(found, "C0101-0", PLANNER).name == "C0101 C0101-0"
    assert by_number(found, "C0404 C0404-0", PLANNER).geometry.area > 0
    feature = make_living("D0102", (0, 0, 50, 100))
    assert by_number(found, feature.feature_id, PLANNER).geometry.equals(feature.geometry)
    assert by_number(found, "#1", PLANNER).geometry.equals(Finding.objects.get(run=release.run, number=1).geometry)
    with pytest.raises(NotFound):
        by_number(found, "C0404 C0404-0", actor("window", 5))
    with pytest.raises(NotFound):
        by_number(found, "没有的", PLANNER)


def test_papers_say_what_the_record_says(release) -> None:
    row = check(box(0, 200, 100, 400), use="R2", title="某学校")
    pdf, docx, xlsx = (papers.FORMS[form][0](row, PLANNER) for form in ("pdf", "docx", "xlsx"))
    assert pdf.startswith(b"%PDF") and docx.startswith(b"PK") and xlsx.startswith(b"PK")
    record = json.loads(papers.as_json(row, PLANNER))
    assert record["digest"] == row.digest and record["result"]["verdict"] == "fail"
    assert shapely.from_wkb(record["site_wkb"]).equals(row.geometry)


def test_parts_joined_by_their_borders_are_as_wide_as_their_union(release) -> None:
    row = check(box(-50, -20, 390, 410))
    parts = cut(basis().partition, row.geometry)
    assert len(parts.shape) > 3
    assert widths(parts.shape, 0.0001) == pytest.approx(widths(np.array([shapely.union_all(parts.shape)]), 0.0001), abs=1e-3)
    apart = np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10)])  # no coverage: they overlap
    assert widths(apart, 0.0001)[0] == pytest.approx(2 * 150 / 50)


@pytest.mark.parametrize(("sentences", "pages"), [(0, 1), (18, 1), (150, 2)])
def test_a_report_is_drawn_smaller_before_it_takes_a_second_page(release, monkeypatch, sentences: int, pages: int) -> None:
    row = check(box(0, 200, 100, 400), use="R2")
    monkeypatch.setattr(papers, "dismissals", lambda _: [f"第 {number} 条改判" for number in range(sentences)])
    assert min(len(pypdf.PdfReader(io.BytesIO(papers.as_pdf(row, PLANNER))).pages), 2) == pages


def test_without_a_release_there_is_nothing_to_check_against(db) -> None:
    with pytest.raises(Conflict, match="蓝图"):
        check(box(0, 0, 100, 100))


@pytest.mark.parametrize("role", ["builder", "sysadmin", ""])
def test_who_may_not_ask_is_refused(release, role) -> None:
    with pytest.raises(Refused):
        check(box(0, 0, 100, 100), by=actor(role, 7))
