"""Scanned sheets: placed, traced, checked by a second person, handed over with their provenance."""

from __future__ import annotations

import io
import json
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from lantu.core import jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.geodesy.transform import transform
from lantu.plans.models import Delivery, PlanDataset, PlanPatch, ScanSheet, TracedFeature
from lantu.plans.scans.regions import Settings
from lantu.plans.services import sheets, tracing
from lantu.plans.services.checking import check_delivery, waive
from lantu.plans.services.datasets import create_dataset
from lantu.plans.services.mapping import map_as_said
from lantu.plans.services.releasing import blocking_checks, release_delivery
from lantu.plans.services.sheets import Point
from lantu.plans.tests.conftest import person

EAST, NORTH = 363_000.0, 2_949_000.0
YELLOW, RED = (255, 255, 140), (240, 120, 120)


def scan(fmt: str = "PNG") -> io.BytesIO:
    """A sheet of 800 × 600 pixels, 1 m a pixel: two parcels side by side with a black border between them."""
    image = Image.new("RGB", (800, 600), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 100, 399, 499), fill=YELLOW, outline="black", width=3)
    draw.rectangle((400, 100, 699, 499), fill=RED, outline="black", width=3)
    buffer = io.BytesIO()
    image.save(buffer, fmt)
    buffer.seek(0)
    return buffer


def corners() -> list[Point]:
    return [Point(px, py, EAST + px, NORTH - py) for px, py in ((0, 0), (800, 0), (800, 600), (0, 600))]


@pytest.fixture
def dataset(city: object, planner: Actor) -> PlanDataset:
    return create_dataset(planner, "C0101", "纸图上的城规", scale=2000)


@pytest.fixture
def sheet(dataset: PlanDataset, planner: Actor) -> ScanSheet:
    made = sheets.bring_sheets(planner, dataset, [("图.png", scan())])[0]
    return sheets.reference_sheet(planner, made, method="affine", epsg=4545, points=corners())


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A rectangle of pixels of the sheet, in degrees."""
    return in_degrees(shapely.box(EAST + x0, NORTH - y1, EAST + x1, NORTH - y0))


def in_degrees(shape: object) -> shapely.Polygon:
    return transform(4545, 4490).geometries(np.array([shape], dtype=object))[0]


def numbers(rows: list[TracedFeature]) -> list[int]:
    return [row.number for row in rows]


def coverage(sheet: ScanSheet) -> bool:
    """Whether neighbours share their borders to the last node, and nothing overlaps (on the grid)."""
    desk = tracing.Desk(sheet)
    return bool(shapely.coverage_is_valid(np.array(list(desk.shapes.values()), dtype=object)))


def test_a_sheet_is_placed_with_residuals_and_drawn_north_up(sheet: ScanSheet) -> None:
    assert sheet.state == ScanSheet.State.TRACING
    assert sheet.fit["rms_m"] < 1e-6
    assert len(sheet.fit["points"]) == 4
    west, south, east, north = sheet.bounds
    expected = in_degrees(shapely.box(EAST, NORTH - 600, EAST + 800, NORTH)).bounds
    assert np.allclose((west, south, east, north), expected, atol=1e-7)
    assert sheets.pixel_of(sheet, *box(250, 300, 251, 301).centroid.coords[0]) == pytest.approx((250.5, 300.5), abs=0.01)


def test_points_that_place_nothing_or_beside_the_city_are_refused(dataset: PlanDataset, planner: Actor) -> None:
    made = sheets.bring_sheets(planner, dataset, [("图.png", scan())])[0]
    with pytest.raises(BadInput, match="至少要 4 个"):
        sheets.reference_sheet(planner, made, method="projective", epsg=4545, points=corners()[:3])
    with pytest.raises(BadInput, match="一条线上"):
        sheets.reference_sheet(planner, made, method="affine", epsg=4545, points=[Point(i, i, EAST + i, NORTH - i) for i in range(4)])
    swapped = [Point(one.px, one.py, one.y, one.x) for one in corners()]
    with pytest.raises(BadInput):
        sheets.reference_sheet(planner, made, method="affine", epsg=4545, points=swapped)
    with pytest.raises(Refused):
        sheets.reference_sheet(person("viewer"), made, method="affine", epsg=4545, points=corners())


def test_pages_of_a_pdf_become_sheets_and_rubbish_leaves_nothing(dataset: PlanDataset, planner: Actor) -> None:
    pages = [Image.new("RGB", (200, 100), color) for color in ("white", "red", "blue")]
    pdf = io.BytesIO()
    pages[0].save(pdf, "PDF", save_all=True, append_images=pages[1:])
    pdf.seek(0)
    made = sheets.bring_sheets(planner, dataset, [("图集.pdf", pdf)], pages=[2, 3])
    assert [(one.page, one.pages) for one in made] == [(2, 3), (3, 3)]
    with pytest.raises(BadInput, match="打不开"):
        sheets.bring_sheets(planner, dataset, [("好.png", scan()), ("坏.png", io.BytesIO(b"nothing"))])
    assert ScanSheet.objects.count() == 2


def test_a_world_file_gives_the_control_points(dataset: PlanDataset, planner: Actor) -> None:
    world = f"1\n0\n0\n-1\n{EAST + 0.5}\n{NORTH - 0.5}\n".encode()
    made = sheets.bring_sheets(planner, dataset, [("图.png", scan()), ("图.pgw", io.BytesIO(world))])[0]
    assert [(one["px"], one["py"], one["x"], one["y"]) for one in made.points][2] == (800, 600, EAST + 800, NORTH - 600)


def test_a_new_patch_takes_only_free_ground_and_shares_its_border(sheet: ScanSheet, planner: Actor) -> None:
    first = tracing.draw_feature(planner, sheet, box(100, 100, 400, 500), code="R2")
    second = tracing.draw_feature(planner, sheet, box(390, 150, 700, 450), code="B1", attributes={"BZ": "商业"})
    assert second[0].area_m2 == pytest.approx(300 * 300, rel=1e-3)
    assert coverage(sheet)
    with pytest.raises(BadInput, match="全有图斑"):
        tracing.draw_feature(planner, sheet, box(150, 150, 300, 300), code="R2")
    with pytest.raises(BadInput, match="没有代码"):
        tracing.draw_feature(planner, sheet, box(0, 0, 50, 50), code="ZZ9")
    assert (first[0].author_name, first[0].way) == ("planner 1", "drawn")


def test_split_merge_and_reshape_keep_the_ground_and_log_the_area(sheet: ScanSheet, planner: Actor) -> None:
    one = tracing.draw_feature(planner, sheet, box(100, 100, 400, 500), code="R2")[0]
    tracing.draw_feature(planner, sheet, box(400, 100, 700, 500), code="B1")
    line = in_degrees(shapely.LineString([(EAST + 50, NORTH - 251.3), (EAST + 750, NORTH - 322.7)]))
    cut = tracing.split_features(planner, sheet, line)
    assert len(cut) == 4
    assert coverage(sheet)
    total = sum(row.area_m2 for row in sheet.features.all())
    assert total == pytest.approx(600 * 400, rel=1e-3)
    merged = tracing.merge_features(planner, sheet, [one.number, numbers(cut)[2]])
    assert merged.code == "R2"
    with pytest.raises(BadInput, match="公共边"):
        far = tracing.draw_feature(planner, sheet, box(10, 10, 40, 40), code="R2")[0]
        tracing.merge_features(planner, sheet, [merged.number, far.number])
    entry = sheet.log.filter(act="split").get()
    assert entry.area_before_m2 == pytest.approx(entry.area_after_m2, abs=0.01)


def test_a_common_border_moves_on_both_sides_and_overlap_is_refused(sheet: ScanSheet, planner: Actor) -> None:
    left = tracing.draw_feature(planner, sheet, box(100, 100, 400, 500), code="R2")[0]
    right = tracing.draw_feature(planner, sheet, box(400, 100, 700, 500), code="B1")[0]
    shapes = {left.number: box(100, 100, 450, 500), right.number: box(450, 100, 700, 500)}
    tracing.reshape_features(planner, sheet, shapes)
    assert coverage(sheet)
    with pytest.raises(Conflict, match="会重叠"):
        tracing.reshape_features(planner, sheet, {left.number: box(100, 100, 480, 500)})
    assert sheet.features.get(number=left.number).area_m2 == pytest.approx(350 * 400, rel=1e-3)
    fresh = sheet.features.get(number=left.number)
    assert fresh.changed_by_name == planner.name


def test_colour_regions_become_features_that_leave_traced_ground_alone(sheet: ScanSheet, planner: Actor) -> None:
    kept = tracing.draw_feature(planner, sheet, box(100, 100, 200, 500), code="G1")[0]
    legend = [{"code": "R2", "color": list(YELLOW)}, {"code": "B1", "color": list(RED)}]
    job = jobs.enqueue(planner, "plans.extract_regions", "提取", sheet=sheet.pk, legend=legend, settings={"line_px": 8})
    jobs.work_off()
    job.refresh_from_db()
    assert job.state == "done", job.error
    found = {row.code: row for row in sheet.features.exclude(number=kept.number)}
    assert found["R2"].area_m2 == pytest.approx(200 * 400, rel=0.02)
    assert found["B1"].area_m2 == pytest.approx(300 * 400, rel=0.02)
    assert {row.way for row in found.values()} == {"region"}
    assert tracing.erase_features(planner, sheet, batch=found["R2"].batch) == 2
    with pytest.raises(BadInput, match="图例"):
        tracing.extract_regions(planner, sheet, [], Settings())


def test_a_second_person_checks_before_the_sheet_goes_into_a_release(sheet: ScanSheet, planner: Actor, checker: Actor) -> None:
    with pytest.raises(Conflict, match="还没有要素"):
        sheets.submit_sheet(planner, sheet)
    row = tracing.draw_feature(planner, sheet, box(100, 100, 400, 500))[0]
    with pytest.raises(Conflict, match="没有分类"):
        sheets.submit_sheet(planner, sheet)
    tracing.describe_features(planner, sheet, [row.number], code="R2", attributes={"YDXZ": "居住"})
    sheets.submit_sheet(planner, sheet)
    with pytest.raises(Conflict, match="待复核"):
        tracing.draw_feature(planner, sheet, box(500, 100, 600, 200), code="R2")
    for somebody in (planner, person("checker", 1)):  # the author, also in another post
        with pytest.raises(Refused):
            sheets.check_sheet(somebody, sheet, approve=True)
    with pytest.raises(BadInput, match="退回理由"):
        sheets.check_sheet(checker, sheet, approve=False)
    with pytest.raises(Conflict, match="没有已复核"):
        sheets.deliver_sheets(planner, sheet.dataset)
    sheets.check_sheet(checker, sheet, approve=True)
    delivery = sheets.deliver_sheets(planner, sheet.dataset)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.delivery) == (ScanSheet.State.DELIVERED, delivery)
    delivery = check_delivery(planner, map_as_said(planner, delivery))
    for code in blocking_checks(delivery):
        waive(checker, delivery, code, "演示")
    release = release_delivery(planner, delivery)
    patch = PlanPatch.objects.get(release=release)
    assert (patch.code, patch.feature_id) == ("R2", f"T{sheet.pk}-{row.number}")
    source = patch.attributes
    assert (source["来源文件"], source["来源页"], source["作者"], source["复核人"]) == ("图.png", 1, planner.name, checker.name)
    assert source["绘制日期"]


def test_a_delivery_given_up_lets_the_sheet_go_on(sheet: ScanSheet, planner: Actor, checker: Actor) -> None:
    tracing.draw_feature(planner, sheet, box(100, 100, 400, 500), code="R2")
    sheets.submit_sheet(planner, sheet)
    sheets.check_sheet(checker, sheet, approve=True)
    sheets.deliver_sheets(planner, sheet.dataset)
    again = sheets.reopen_sheet(planner, sheet)
    assert (again.state, again.delivery, again.checked_by_name) == (ScanSheet.State.TRACING, None, "")
    assert Delivery.objects.count() == 1


def test_the_api_draws_and_answers_with_what_there_is(sheet: ScanSheet, client: object, django_user_model: object) -> None:
    from lantu.accounts import demo
    from lantu.accounts.models import User

    demo.load()
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    address = f"/api/v1/plans/sheets/{sheet.pk}"
    shown = client.get(address).json()
    assert shown["editable"]
    assert shown["codes"]
    given = {"geometry": shapely.geometry.mapping(box(100, 100, 400, 500)), "code": "R2", "attributes": {"BZ": "x"}}
    made = client.post(f"{address}/features", json.dumps(given), content_type="application/json")
    assert made.status_code == 201
    assert made.json()["features"][0]["properties"]["code"] == "R2"
    assert len(client.get(f"{address}/features").json()["features"]) == 1
    assert client.get(f"{address}/color?x=200&y=200").json()["color"] == list(YELLOW)
    points = [{"px": one.px, "py": one.py, "x": one.x + (9 if one.px else 0), "y": one.y} for one in corners()]
    fit = client.post(f"{address}/fit", json.dumps({"method": "affine", "epsg": 4545, "points": points}), content_type="application/json")
    assert fit.json()["rms_m"] < 1e-6  # a stretch is no error for an affine way
    few = client.post(f"{address}/fit", json.dumps({"method": "spline", "epsg": 4545, "points": []}), content_type="application/json")
    assert few.status_code == 422
    for page in ("place", "trace"):
        assert client.get(f"/plans/sheets/{sheet.pk}/{page}/").status_code == 200
    assert client.get(f"/plans/sheets/{sheet.pk}/warped.png").headers["Content-Type"] == "image/png"
    form = {
        "method": "affine",
        "epsg": "4545",
        "version": "",
        "px": ["0", "800", "800", ""],
        "py": ["0", "0", "600", ""],
        "label": [""] * 4,
    }
    form |= {"x": [str(EAST), str(EAST + 800), str(EAST + 800), ""], "y": [str(NORTH), str(NORTH), str(NORTH - 600), ""]}
    started = client.post(f"/plans/sheets/{sheet.pk}/place/", form)
    assert started.status_code == 302 and f"next=/plans/sheets/{sheet.pk}/trace/" in started.headers["Location"]
    jobs.work_off()
    sheet.refresh_from_db()
    assert len(sheet.points) == 3
    assert client.post(f"/plans/sheets/{sheet.pk}/place/", {**form, "px": ["0", "0", "0", ""], "py": ["0"] * 4}).status_code == 422
    body = {"method": "affine", "epsg": 4545, "points": points}
    job = client.post(f"{address}/place", json.dumps(body), content_type="application/json").json()
    jobs.work_off()
    assert client.get(f"/api/v1/jobs/{job['id']}").json()["result"]["rms_m"] < 1e-6
    sheet.refresh_from_db()
    assert len(sheet.points) == 4


def test_pages_are_taken_in_as_a_job_by_page_and_api(sheet: ScanSheet, client: object) -> None:
    from lantu.accounts import demo
    from lantu.accounts.models import User

    demo.load()
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    pages = [Image.new("RGB", (60, 40), color) for color in ("white", "yellow", "green")]
    out = io.BytesIO()
    pages[0].save(out, format="PDF", save_all=True, append_images=pages[1:])

    def upload(name: str, content: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile(name, content)

    form = {"dataset": sheet.dataset_id, "pages": "2-3", "files": upload("图册.pdf", out.getvalue())}
    started = client.post("/plans/sheets/new/", form)
    jobs.work_off()
    following = parse_qs(urlsplit(started.headers["Location"]).query)["next"][0]
    assert client.get(following).headers["Location"] == "/plans/sheets/"
    assert list(ScanSheet.objects.filter(file_name="图册.pdf").order_by("page").values_list("page", "pages")) == [(2, 3), (3, 3)]
    assert client.post("/plans/sheets/new/", {**form, "pages": "x", "files": upload("a.pdf", b"x")}).status_code == 422
    assert client.post("/plans/sheets/new/", {**form, "pages": "", "files": upload("a.pgw", b"x")}).status_code == 422
    one = client.post("/api/v1/plans/sheets", {"dataset": sheet.dataset_id, "pages": "1", "files": [upload("册.pdf", out.getvalue())]})
    broken = client.post("/api/v1/plans/sheets", {"dataset": sheet.dataset_id, "files": [upload("坏.pdf", b"%PDF-1.4 cut")]})
    assert (one.status_code, broken.status_code) == (202, 202), one.content
    jobs.work_off()
    (made,) = client.get(f"/api/v1/jobs/{one.json()['id']}").json()["result"]["sheets"]
    assert client.get(f"/plans/sheets/brought/{one.json()['id']}/").headers["Location"] == f"/plans/sheets/{made}/"
    failed = client.get(f"/api/v1/jobs/{broken.json()['id']}").json()
    assert failed["state"] == "failed" and "坏.pdf" in failed["error"]["what"] and failed["error"]["how"]
