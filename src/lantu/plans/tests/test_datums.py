"""Datum parameter sets: sealed, confirmed by a second person, recorded with what they transform. All parameters are made."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.test import Client
from openpyxl import load_workbook

from lantu.accounts import demo
from lantu.accounts.models import User
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, LantuError, Refused
from lantu.core.models import AuditEvent
from lantu.geodesy.datums import ControlPoint, Recipe
from lantu.plans import previews
from lantu.plans.datum_papers import report_docx, report_pdf, write_conversion
from lantu.plans.models import DatumSet, PlanDataset
from lantu.plans.services import datums as verbs
from lantu.plans.services.archive_conversion import convert_archive
from lantu.plans.services.bulk import Choices, DatasetSpec, import_file
from lantu.plans.services.control_points import read_points
from lantu.plans.services.datasets import create_dataset
from lantu.plans.services.intake import confirm_reading, receive_delivery
from lantu.plans.services.mapping import map_as_said
from lantu.plans.tests import files as make
from lantu.plans.tests.conftest import person

MADE = (58.3, 112.7, 1.9, 3.1)
"""Made four parameters, no real ones."""
XIAN80 = 2381


def control_points(checks: int = 3, spoil: bool = False) -> list[ControlPoint]:
    """Ten points over the city, with three centimetres of noise at most; one may be spoilt."""
    rng = np.random.default_rng(5)
    source = np.column_stack((rng.uniform(340_000, 400_000, 10), rng.uniform(2_920_000, 2_990_000, 10)))
    target = Recipe("four", XIAN80, 4545, MADE).apply(source) + rng.uniform(-0.01, 0.01, source.shape)
    if spoil:
        target[2] += (0.9, 0.4)
    return [
        ControlPoint(f"KZ{i}", tuple(s), tuple(t), i >= 10 - checks)
        for i, (s, t) in enumerate(zip(source.tolist(), target.tolist(), strict=True))
    ]


def fitted(planner: Actor, name: str = "演示 西安80", **options: object) -> DatumSet:
    return verbs.fit_datum(planner, name, "four", control_points(**options), source_epsg=XIAN80, demo=True)  # type: ignore[arg-type]


def confirmed(planner: Actor, checker: Actor) -> DatumSet:
    return verbs.confirm_datum(checker, fitted(planner))


def old_shapefile(folder: Path, codes: list[str], name: str = "xian80") -> tuple[Path, list[object]]:
    """Squares of the national system as somebody has them in Xi'an 1980: the inverse of the made parameters."""
    from lantu.geodesy.transform import transform

    squares = make.squares(len(codes))
    a = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    moved = Recipe("four", XIAN80, 4545, MADE).apply(a)
    matrix = np.column_stack((moved[1] - moved[0], moved[2] - moved[0]))
    back = [shapely.transform(one, lambda xy: np.linalg.solve(matrix, (xy - moved[0]).T).T) for one in squares]
    degrees = transform(4545, 4490).geometries(np.array(squares, dtype=object))
    return make.write(folder / f"{name}.shp", back, crs=f"EPSG:{XIAN80}", names=codes, encoding="GBK"), list(degrees)


@pytest.fixture
def dataset(city: object, planner: Actor) -> PlanDataset:
    return create_dataset(planner, "C0101", "老规划", scale=2000)


def test_the_numbers_are_sealed_and_only_custodians_see_them(city: object, planner: Actor, checker: Actor) -> None:
    demo.load()
    datum = fitted(planner)
    stored = bytes(DatumSet.objects.get(pk=datum.pk).sealed)
    numbers = [f"{value:.3f}"[:6].encode() for value in datum.secret()["values"]]
    assert not any(number in stored for number in numbers)
    audited = json.dumps(list(AuditEvent.objects.values_list("before", "after", "detail")), default=str)
    assert not any(number.decode() in audited for number in numbers[:2])
    assert str(control_points()[0].source[0])[:9] not in audited
    assert verbs.reveal_datum(planner, datum, "检查")["values"] == pytest.approx(MADE, abs=0.5)
    with pytest.raises(BadInput, match="理由"):
        verbs.reveal_datum(planner, datum, " ")
    other = User.objects.get(username="demo-reviewer")
    stranger = person("reviewer", other.pk)
    with pytest.raises(Refused):
        verbs.reveal_datum(stranger, datum, "好奇")
    with pytest.raises(Refused):
        verbs.grant_datum(planner, datum, other.username)
    verbs.grant_datum(person("secadmin", 77), datum, other.username)
    assert verbs.reveal_datum(stranger, datum, "换带")["points"]
    verbs.grant_datum(person("secadmin", 77), datum, other.username, revoke=True)
    with pytest.raises(Refused):
        verbs.reveal_datum(stranger, datum, "再看")
    assert AuditEvent.objects.filter(verb="plans.reveal_datum", outcome="refused").count() == 2


def test_a_second_person_confirms_and_doubts_need_a_reason(city: object, planner: Actor, checker: Actor) -> None:
    good, doubtful = fitted(planner), fitted(planner, "可疑", spoil=True)
    assert verbs.doubts_of(good) == []
    assert any("KZ2" in doubt for doubt in verbs.doubts_of(doubtful))
    with pytest.raises(Conflict, match="待复核"):
        verbs.recipe_of(good)
    for actor in (planner, person("checker", planner.user_id or 0), person("reviewer", 3)):
        with pytest.raises(Refused):
            verbs.confirm_datum(actor, good)
    assert verbs.confirm_datum(checker, good).confirmed_by_name == checker.name
    with pytest.raises(Conflict):
        verbs.confirm_datum(checker, good)
    with pytest.raises(BadInput, match="粗差"):
        verbs.confirm_datum(checker, doubtful)
    assert verbs.confirm_datum(checker, doubtful, "只用于示意图").state == DatumSet.State.CONFIRMED
    verbs.withdraw_datum(planner, good, "有新的参数")
    with pytest.raises(Conflict, match="已停用"):
        verbs.recipe_of(DatumSet.objects.get(pk=good.pk))


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("点名,源X,源Y,目标X\nA,1,2,3", "目标Y"),
        ("点名,源X,源Y,目标X,目标Y\nA,1,2,3,四", "第 2 行"),
        ("点名,源X,源Y,目标X,目标Y\n,1,2,3,4", "没有点名"),
        ("点名,源X,源Y,目标X,目标Y\nA,1,2,3,nan", "不是坐标"),
        ("点名,源X,源Y,目标X,目标Y", "没有点"),
    ],
)
def test_bad_control_points_are_named(table: str, word: str) -> None:
    for data in (table.encode(), table.encode("gb18030"), table.replace(",", "\t").encode()):
        with pytest.raises(BadInput) as caught:
            read_points(data)
        assert word in str(caught.value)


def test_surveyors_write_north_first(city: object) -> None:
    (point,) = read_points("点名,源X,源Y,目标X,目标Y,用途\nA,2949581.591,363594.529,2949582,363595,检核点".encode())
    assert (point.source, point.target, point.check) == ((363594.529, 2949581.591), (363595.0, 2949582.0), True)
    with pytest.raises(BadInput, match="重名"):
        verbs.fitted("four", [point, point], XIAN80)
    with pytest.raises(BadInput, match="至少要 2 个"):
        verbs.fitted("four", [point], XIAN80)


def test_a_xian80_shapefile_comes_to_its_place_and_keeps_the_set(
    dataset: PlanDataset, planner: Actor, checker: Actor, tmp_path: Path
) -> None:
    path, wanted = old_shapefile(tmp_path, ["R2", "B1", "G1"])
    uploads = [(name, io.BytesIO(data)) for name, data in make.parts(path).items()]
    delivery = receive_delivery(planner, dataset, uploads)  # type: ignore[arg-type]
    layer = delivery.detected["layers"][0]["name"]
    assert previews.read_as(delivery).problem is not None
    with pytest.raises(BadInput, match="转换参数"):
        confirm_reading(planner, delivery, layer=layer, encoding="GB18030", epsg=XIAN80)
    draft = fitted(planner)
    with pytest.raises(Conflict, match="待复核"):
        confirm_reading(planner, delivery, layer=layer, encoding="GB18030", epsg=XIAN80, datum=draft.pk)
    datum = verbs.confirm_datum(checker, draft)
    shown = previews.read_as(delivery)
    assert (shown.choice, shown.problem, shown.inside) == (f"{XIAN80}+{datum.pk}", None, True)
    assert previews.frame_choices(shown.layer)[0][0] == shown.choice
    with pytest.raises(BadInput, match="不是从"):
        confirm_reading(planner, delivery, layer=layer, encoding="GB18030", epsg=2433, datum=datum.pk)
    delivery = confirm_reading(planner, delivery, layer=layer, encoding="GB18030", epsg=XIAN80, datum=datum.pk)
    assert delivery.reading["datum"]["name"] == datum.name
    assert delivery.reading["datum"]["rms_m"] == datum.rms_m
    assert not {"values", "proj", "grid"} & set(delivery.reading["datum"])
    done = map_as_said(planner, delivery, {"id": "编号", "code": "地类"})
    assert done.account["in"] == 3
    got = [feature.geometry for feature in done.features.order_by("row")]
    assert all(a.hausdorff_distance(b) * 111_000 < 0.03 for a, b in zip(got, wanted, strict=True))


def test_one_call_and_the_release_name_the_set(city: object, planner: Actor, checker: Actor, tmp_path: Path) -> None:
    datum = confirmed(planner, checker)
    path, _wanted = old_shapefile(tmp_path, ["R2", "B1"])
    choices = Choices(datum=datum.name, fields={"id": "编号", "code": "地类"}, checker=checker, waive_reason="测试")
    with pytest.raises(BadInput, match="没有名为"):
        import_file(planner, DatasetSpec("C0101", "老规划"), sorted(make_parts(path)), Choices(datum="没有"))
    release = import_file(planner, DatasetSpec("C0101", "老规划"), sorted(make_parts(path)), choices)
    assert release.delivery is not None
    assert release.delivery.reading["datum"]["id"] == datum.pk
    assert not release.delivery.quality_findings.filter(check_code="Q02").exists()


def make_parts(path: Path) -> list[Path]:
    return list(path.parent.glob(f"{path.stem}.*"))


def test_swapped_axes_are_put_right_when_a_person_says_so(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    turned = [shapely.transform(one, lambda xy: xy[:, ::-1]) for one in make.squares(3)]
    path = make.write(tmp_path / "a.gpkg", turned)
    with path.open("rb") as stream:
        delivery = receive_delivery(planner, dataset, [(path.name, stream)])
    assert previews.read_as(delivery, choice="4545", swap=True).inside
    done = confirm_reading(planner, delivery, layer="a.gpkg", encoding="", epsg=4545, swap=True)
    done = map_as_said(planner, done, {"id": "编号", "code": "地类"}, dict.fromkeys(make.NAMES, "R2"))
    assert previews.read_as(done).swap
    assert 106 < done.features.first().geometry.centroid.x < 107  # type: ignore[union-attr]


def test_an_old_archive_is_converted_as_a_whole_with_a_report(city: object, planner: Actor, checker: Actor, tmp_path: Path) -> None:
    datum = confirmed(planner, checker)
    folder, out = tmp_path / "资料", tmp_path / "成果"
    (folder / "甲").mkdir(parents=True)
    old_shapefile(folder / "甲", ["R2", "B1"], "用地")
    make.write(folder / "新.gpkg", make.squares(3))
    make.write(folder / "不明.geojson", make.squares(2), crs=None, driver="GeoJSON")
    (folder / "坏.dwg").write_bytes(b"AC1027" + bytes(100))
    (folder / "说明.txt").write_text("无")
    done = convert_archive(planner, folder, out, datum)
    rows = {row.file: row for row in done.rows}
    assert (rows["甲/用地.shp"].converted, rows["甲/用地.shp"].result) == (2, "甲/用地.gpkg")
    assert datum.name in rows["甲/用地.shp"].way
    assert (rows["新.gpkg"].converted, datum.name in rows["新.gpkg"].way) == (3, False)
    assert "没有可靠" in rows["不明.geojson"].reason
    assert "DXF" in rows["坏.dwg"].reason
    assert {row.file for row in done.refused} == {"不明.geojson", "坏.dwg", "说明.txt"}
    (layer,) = __import__("lantu.plans.readers", fromlist=["inspect"]).inspect(out / "甲/用地.gpkg", city=make.GUIYANG)
    assert (layer.count, layer.frame.frame.epsg, layer.bounds[0]) == (2, 4545, pytest.approx(363_000, abs=0.05))
    sheet, paper = write_conversion(done, out)
    book = load_workbook(io.BytesIO(sheet.read_bytes()))
    assert book.worksheets[0].max_row == len(done.rows) + 1
    assert paper.stat().st_size > 1000
    with pytest.raises(BadInput, match="不是空的"):
        convert_archive(planner, folder, out, datum)
    again = convert_archive(planner, folder, tmp_path / "二", datum, epsg=4545)
    assert "不明.geojson" not in {row.file for row in again.refused}


def test_reports_say_quality_and_no_numbers(city: object, planner: Actor, checker: Actor) -> None:
    from pypdf import PdfReader

    datum = confirmed(planner, checker)
    pdf = report_pdf(datum)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "KZ3" in text
    assert datum.fingerprint[:16] in text
    assert f"{datum.secret()['values'][0]:.2f}" not in text
    assert report_docx(datum).startswith(b"PK")


def test_pages_from_points_to_a_confirmed_set(city: object) -> None:
    demo.load()
    planner, checker, secadmin, window = (Client() for _ in range(4))
    for client, role in ((planner, "planner"), (checker, "checker"), (secadmin, "secadmin"), (window, "window")):
        client.force_login(User.objects.get(username=f"demo-{role}"), backend="django.contrib.auth.backends.ModelBackend")
    table = "\n".join(
        ["点名,源X,源Y,目标X,目标Y,用途"]
        + [f"{p.name},{p.source[1]},{p.source[0]},{p.target[1]},{p.target[0]},{'检核' if p.check else ''}" for p in control_points()]
    )
    said = {"name": "演示 四参数", "kind": "four", "source_epsg": XIAN80, "points": table}
    assert planner.get("/plans/datums/").status_code == 200
    tried = planner.post("/plans/datums/new/", {**said, "act": "try"})
    assert "KZ9" in tried.content.decode()
    assert not DatumSet.objects.exists()
    bad = planner.post("/plans/datums/new/", {**said, "points": "点名\nA", "act": "try"})
    assert (bad.status_code, "缺少列" in bad.content.decode()) == (422, True)
    assert planner.post("/plans/datums/new/", {**said, "act": "save"}).status_code == 302
    datum = DatumSet.objects.get()
    page = f"/plans/datums/{datum.pk}/"
    assert planner.post(f"{page}confirm/", {}).status_code == 403
    assert checker.post(f"{page}confirm/", {}).status_code == 302
    assert window.get(page).status_code == 403
    seen = checker.post(f"{page}reveal/", {"reason": "核对"})
    assert ("dx_m" in seen.content.decode(), seen["Cache-Control"]) == (True, "no-store")
    assert secadmin.post(f"{page}reveal/", {"reason": "核对"}).status_code == 403
    assert secadmin.post(f"{page}grant/", {"username": "demo-reviewer", "act": "grant"}).status_code == 302
    assert datum.custodians.count() == 1
    for kind in ("pdf", "docx"):
        assert planner.get(f"{page}report.{kind}").status_code == 200
    given = {"name": "省局七参数", "kind": "seven", "source_epsg": XIAN80, "values": "1，2 3,0.1 0.2 0.3,1.5", "rms_m": "0.03"}
    assert planner.post("/plans/datums/given/", given).status_code == 302
    assert planner.post("/plans/datums/given/", {**given, "name": "少", "values": "1 2"}).status_code == 422
    assert planner.post(f"{page}withdraw/", {"reason": "换新"}).status_code == 302


def test_the_api_fits_and_confirms(city: object) -> None:
    demo.load()
    planner, checker = Client(), Client()
    planner.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    checker.force_login(User.objects.get(username="demo-checker"), backend="django.contrib.auth.backends.ModelBackend")
    points = [
        {
            "name": p.name,
            "source_x": p.source[1],
            "source_y": p.source[0],
            "target_x": p.target[1],
            "target_y": p.target[0],
            "check": p.check,
        }
        for p in control_points()
    ]
    body = {"name": "接口", "kind": "four", "source_epsg": XIAN80, "points": points}
    made = planner.post("/api/v1/plans/datums", json.dumps(body), content_type="application/json")
    assert made.status_code == 200, made.content
    assert (made.json()["check_count"], made.json()["doubts"], "values" in made.json()) == (3, [], False)
    path = f"/api/v1/plans/datums/{made.json()['id']}"
    answer = checker.post(f"{path}/confirm", json.dumps({"reason": ""}), content_type="application/json")
    assert answer.json()["state"] == "confirmed"
    assert planner.post(f"{path}/reveal", json.dumps({"reason": "核对"}), content_type="application/json").json()["values"]
    assert len(planner.get("/api/v1/plans/datums").json()) == 1


def test_without_its_key_a_set_is_useless(city: object, planner: Actor, checker: Actor, data_key: Path) -> None:
    datum = confirmed(planner, checker)
    data_key.unlink()
    with pytest.raises(LantuError, match="密钥"):
        verbs.recipe_of(DatumSet.objects.get(pk=datum.pk))


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09", ""])
def test_internet_map_coordinates_are_suspected_by_known_ground(
    city: object, planner: Actor, checker: Actor, tmp_path: Path, system: str
) -> None:
    from lantu.geodesy.transform import transform
    from lantu.geodesy.webmaps import to_bd09, to_gcj02

    squares = make.squares(6)
    choices = Choices(fields={"id": "编号", "code": "地类"}, checker=checker, waive_reason="测试")
    import_file(planner, DatasetSpec("C0101", "城规"), [make.write(tmp_path / "plan.gpkg", squares, names=["R2"] * 6)], choices)
    degrees = transform(4545, 4490).geometries(np.array(squares, dtype=object))
    forward = {"GCJ-02": to_gcj02, "BD-09": to_bd09, "": lambda xy: xy}[system]
    moved = [shapely.transform(one, forward) for one in degrees]
    path = make.write(tmp_path / "web.geojson", moved, crs="EPSG:4326", driver="GeoJSON")
    dataset = create_dataset(planner, "C0101", "网上来的")
    with path.open("rb") as stream:
        delivery = receive_delivery(planner, dataset, [(path.name, stream)])
    notices = {one["code"]: one["what"] for one in delivery.detected["layers"][0]["notices"]}
    assert ("webmap-likely" in notices) == bool(system)
    assert system in notices.get("webmap-likely", "")
