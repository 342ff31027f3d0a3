"""From files to a release: every feature accounted for, errors block, broken files leave nothing."""

from __future__ import annotations

import io
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.conf import settings
from django.db import OperationalError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from lantu.core import files, jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, LantuError, Refused, TooLarge
from lantu.core.models import AuditEvent, Job, StoredFile
from lantu.core.tests.together import at_once, behind, kinds
from lantu.planar.store import read_layer
from lantu.plans.models import Delivery, DeliveryFeature, PlanDataset, PlanPatch, PlanRelease
from lantu.plans.selectors import current_releases
from lantu.plans.services import bulk
from lantu.plans.services.checking import check_delivery, repair_feature, waive
from lantu.plans.services.datasets import create_dataset, save_profile
from lantu.plans.services.intake import abandon_delivery, confirm_reading, receive_delivery, receive_in_background
from lantu.plans.services.mapping import apply_mapping, propose_codes, propose_fields
from lantu.plans.services.releasing import Legal, _begin_release, _finish_release, blocking_checks, release_delivery, snap
from lantu.plans.tests import files as make
from lantu.plans.tests.conftest import person
from lantu.standards import selectors

URBAN = "C0101"
LAYER = "plan.gpkg"
CODES = ["R2", "B1", "R2", "XX"]


@pytest.fixture
def dataset(city: object, planner: Actor) -> PlanDataset:
    return create_dataset(planner, URBAN, "城规 2018", scale=10_000)


def write(folder: Path, codes: list[str], geometries: list[object] | None = None) -> Path:
    """A GeoPackage of squares in a row, with their codes in 地类."""
    return make.write(folder / "plan.gpkg", geometries or make.squares(len(codes)), names=codes)


def bring(actor: Actor, dataset: PlanDataset, path: Path) -> Delivery:
    with path.open("rb") as stream:
        return receive_delivery(actor, dataset, [(path.name, stream)])


def mapped(actor: Actor, dataset: PlanDataset, path: Path, codes: dict[str, str] | None = None, epsg: int = 4545) -> Delivery:
    delivery = bring(actor, dataset, path)
    layer = delivery.detected["layers"][0]
    delivery = confirm_reading(actor, delivery, layer=layer["name"], encoding="", epsg=epsg)
    return apply_mapping(actor, delivery, fields={"id": "编号", "code": "地类", "area": ""}, codes=codes or {})


def released(actor: Actor, dataset: PlanDataset, path: Path) -> PlanRelease:
    delivery = check_delivery(actor, mapped(actor, dataset, path))
    for code in blocking_checks(delivery):
        waive(person("checker", 2), delivery, code, "演示数据，照原样入库")
    return release_delivery(actor, delivery)


def test_every_feature_is_in_pending_or_rejected_and_the_sums_agree(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    shapes = [*make.squares(3), make.squares(4)[3], None]
    delivery = mapped(planner, dataset, write(tmp_path, [*CODES, "R2"], shapes))
    account = delivery.account
    assert (account["source"], account["in"], account["pending"], account["rejected"]) == (5, 3, 1, 1)
    assert account["source"] == account["in"] + account["pending"] + account["rejected"] == delivery.features.count()
    pending = delivery.features.get(status="pending")
    assert (pending.row, pending.source_code) == (4, "XX")
    assert "XX" in pending.reason
    assert delivery.features.get(status="rejected").reason


def test_pending_features_block_the_checks_until_they_are_given_a_code(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    path = write(tmp_path, CODES)
    delivery = mapped(planner, dataset, path)
    with pytest.raises(Conflict, match="1 个要素没有归类"):
        check_delivery(planner, delivery)
    again = apply_mapping(planner, delivery, fields=delivery.field_mapping, codes={"XX": "G1"})
    assert again.account["pending"] == 0
    assert again.features.count() == 4
    assert again.features.get(row=4).codes == [["G1", 1.0]]
    assert check_delivery(planner, again).state == Delivery.State.CHECKED


def test_errors_block_release_until_a_second_person_waives(dataset: PlanDataset, planner: Actor, checker: Actor, tmp_path: Path) -> None:
    overlapping = [*make.squares(2), make.squares(1, at=(363_050.0, 2_949_000.0))[0]]
    delivery = check_delivery(planner, mapped(planner, dataset, write(tmp_path, ["R2", "B1", "R2"], overlapping)))
    assert "Q08" in blocking_checks(delivery)
    with pytest.raises(Conflict, match="Q08"):
        release_delivery(planner, delivery)
    with pytest.raises(Refused):
        waive(planner, delivery, "Q08", "自己放行")
    with pytest.raises(Refused):
        waive(person("checker", 1), delivery, "Q08", "换个岗位自己放行")
    with pytest.raises(LantuError, match="理由"):
        waive(checker, delivery, "Q08", "  ")
    for code in blocking_checks(delivery):
        waive(checker, delivery, code, "来源单位确认，下次更新改正")
    release = release_delivery(planner, delivery)
    assert release.state == PlanRelease.State.RELEASED
    assert AuditEvent.objects.filter(verb="plans.waive", outcome="refused").count() == 2


def test_a_release_is_stored_on_the_grid_and_each_patch_knows_file_and_row(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    release = released(planner, dataset, write(tmp_path, ["R2", "B1", "R2/B1"]))
    rings = read_layer(Path(settings.LANTU_STORE) / "plans" / release.store_key)
    assert rings.xy.dtype.kind == "i"
    assert len(rings.patch_start) - 1 == release.patch_count == 3
    patches = list(PlanPatch.objects.filter(release=release).order_by("index"))
    assert [patch.row for patch in patches] == [1, 2, 3]
    assert {patch.file_name for patch in patches} == {"plan.gpkg"}
    assert patches[2].codes == [["R2", 0.5], ["B1", 0.5]]
    assert float(release.control_area_m2) == pytest.approx(30_000, rel=2e-3)
    assert release.delivery.files.count() == 1


def test_a_new_release_ends_the_old_one(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    first = released(planner, dataset, write(tmp_path, ["R2", "B1"]))
    second = released(planner, dataset, make.write(tmp_path / "next.gpkg", make.squares(3), names=["R2", "B1", "G1"]))
    first.refresh_from_db()
    assert (first.state, second.state) == (PlanRelease.State.SUPERSEDED, PlanRelease.State.RELEASED)
    assert first.digest != second.digest
    assert PlanPatch.objects.filter(release=first).count() == 2


def test_a_release_carries_its_document_and_validity(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    delivery = check_delivery(planner, mapped(planner, dataset, write(tmp_path, ["R2"])))
    for code in blocking_checks(delivery):
        waive(person("checker", 2), delivery, code, "测试")
    with pytest.raises(BadInput, match="止日"):
        release_delivery(planner, delivery, legal=Legal(valid_from=date(2018, 6, 1), valid_to=date(2018, 6, 1)))
    legal = Legal("筑府函〔2018〕12号", date(2018, 5, 20), date(2018, 6, 1), date(2020, 12, 31))
    release = release_delivery(planner, delivery, legal=legal)
    assert (release.document_no, release.valid_from, release.valid_to) == (legal.document_no, legal.valid_from, legal.valid_to)
    assert list(current_releases(date(2019, 1, 1))) == [release]
    assert not current_releases(date(2018, 5, 31)).exists()


@hypothesis_settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(5)), start=st.integers(0, 4))
def test_order_of_features_and_of_vertices_do_not_change_the_digest(
    dataset: PlanDataset, planner: Actor, tmp_path: Path, order: list[int], start: int
) -> None:
    """Same features under the same identities give the same digest, however the file lists them."""
    shapes = make.squares(5)
    turned = [shapely.Polygon(np.roll(shapely.get_coordinates(shapes[i])[:-1], start, axis=0)) for i in order]
    feature = [
        DeliveryFeature(feature_id=str(i), row=place, codes=[["R2", 1.0]], status="in", run="r", geometry=_degrees(turned[place]))
        for place, i in enumerate(order)
    ]
    plain = [
        DeliveryFeature(feature_id=str(i), row=i, codes=[["R2", 1.0]], status="in", run="r", geometry=_degrees(shapes[i])) for i in range(5)
    ]
    assert _digest(dataset, feature) == _digest(dataset, plain)


def _degrees(shape: shapely.Polygon) -> shapely.Polygon:
    grid = selectors.working_grid()
    return shapely.transform(shape, lambda xy: grid.to_degrees(np.round(xy / 0.0001).astype(np.int64)))


def _digest(dataset: PlanDataset, features: list[DeliveryFeature]) -> str:
    from lantu.plans.services.releasing import snap

    delivery = Delivery.objects.create(dataset=dataset, number=Delivery.objects.count() + 1, current_run="r")
    for feature in features:
        feature.delivery = delivery
    DeliveryFeature.objects.bulk_create(features)
    return snap(delivery, selectors.pack()).digest


def test_the_next_delivery_proposes_what_was_confirmed_last(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    delivery = mapped(planner, dataset, write(tmp_path, CODES), codes={"XX": "G1"})
    save_profile(planner, delivery, "")
    following = bring(planner, dataset, tmp_path / "plan.gpkg")
    layer = selectors.layer(URBAN)
    assert propose_fields(following, layer, ["编号", "地类", "面积"])["code"] == "地类"
    assert propose_codes(following, selectors.catalogue().table_of(layer), ["XX", "R2", "YY"]) == {"XX": "G1", "R2": "R2", "YY": ""}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.shp", b"\x00\x00\x27\x0a" + b"\x00" * 40),
        ("plan.gpkg", b"SQLite format 3\x00" + b"\x00" * 100),
        ("plan.geojson", b'{"type": "FeatureCollection", "features": []}'),
        ("plan.pdf", b"%PDF-1.4 not a plan"),
        ("plan.zip", b"PK\x03\x04 broken"),
        ("empty.gpkg", b""),
        ("bomb.zip", make.zipped({"a.geojson": b" " * (40 << 20)})),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(dataset: PlanDataset, planner: Actor, name: str, content: bytes) -> None:
    with pytest.raises(LantuError) as caught:
        receive_delivery(planner, dataset, [(name, io.BytesIO(content))])
    assert caught.value.how
    assert not Delivery.objects.exists()
    assert not StoredFile.objects.exists()
    assert not [path for path in Path(settings.LANTU_FILES).rglob("*") if path.is_file()]


def test_ten_gigabytes_are_refused_before_a_byte_is_copied(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    huge = tmp_path / "huge.gpkg"
    with huge.open("wb") as stream:
        stream.truncate(10 << 30)
    with pytest.raises(TooLarge, match="10240 MB"):
        bring(planner, dataset, huge)
    assert not Delivery.objects.exists()
    assert not Path(settings.LANTU_FILES).exists()


def test_a_wrong_extension_is_read_by_its_content_and_said(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    path = write(tmp_path, ["R2"]).rename(tmp_path / "plan.shp")
    notices = bring(planner, dataset, path).detected["layers"][0]["notices"]
    assert "wrong-extension" in [notice["code"] for notice in notices]


def test_broken_bytes_that_something_else_rests_on_are_kept(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    kept = bring(planner, dataset, write(tmp_path, ["R2"])).files.get().stored
    with files.path_of(kept).open("rb") as good, pytest.raises(LantuError):
        receive_delivery(planner, dataset, [("plan.gpkg", good), ("broken.gpkg", io.BytesIO(b"SQLite format 3\x00" + b"\x00" * 100))])
    assert (Delivery.objects.count(), StoredFile.objects.count()) == (1, 1)
    assert files.path_of(kept).exists()


def test_a_large_file_is_looked_into_by_a_job_and_a_broken_one_is_discarded(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    with write(tmp_path, ["R2"]).open("rb") as stream:
        delivery, job = receive_in_background(planner, dataset, [("plan.gpkg", stream)])
    assert delivery.state == Delivery.State.UPLOADED
    _broken, failing = receive_in_background(planner, dataset, [("broken.gpkg", io.BytesIO(b"SQLite format 3\x00" + b"\x00" * 100))])
    jobs.work_off()
    for one in (delivery, job, failing):
        one.refresh_from_db()
    assert (delivery.state, job.state, failing.state) == (Delivery.State.INSPECTED, Job.State.DONE, Job.State.FAILED)
    assert failing.error["how"]
    assert Delivery.objects.get() == delivery
    assert StoredFile.objects.count() == 1


def test_features_of_another_province_are_found_out(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    abroad = make.squares(2, at=(500_000.0, 4_400_000.0))
    delivery = mapped(planner, dataset, write(tmp_path, ["R2", "R2"], list(abroad)))
    checked = check_delivery(planner, delivery)
    assert checked.quality_findings.filter(check_code="Q11", level="error").count() == 2


def test_not_a_number_is_rejected_with_its_row(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    broken = shapely.Polygon([(363_000, 2_949_000), (363_100, 2_949_000), (np.nan, 2_949_100)])
    delivery = mapped(planner, dataset, write(tmp_path, ["R2", "R2"], [make.squares(1)[0], broken]))
    assert (delivery.account["in"], delivery.account["rejected"]) == (1, 1)
    assert delivery.features.get(status="rejected").row == 2


def test_a_self_crossing_ring_is_an_error_and_a_repair_that_moves_ground_is_refused(
    dataset: PlanDataset, planner: Actor, tmp_path: Path
) -> None:
    bow = shapely.Polygon([(363_000, 2_949_000), (363_100, 2_949_100), (363_100, 2_949_000), (363_000, 2_949_100)])
    delivery = check_delivery(planner, mapped(planner, dataset, write(tmp_path, ["R2"], [bow])))
    finding = delivery.quality_findings.get(check_code="Q06")
    assert (finding.level, finding.rows) == ("error", [1])
    with pytest.raises(Conflict, match="面积变化"):
        repair_feature(planner, delivery.features.get())


def test_nobody_but_a_planner_brings_maps_checks_or_releases(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    path = write(tmp_path, ["R2"])
    viewer = person("viewer", 9)
    with pytest.raises(Refused):
        create_dataset(viewer, URBAN, "不该有")
    with pytest.raises(Refused):
        bring(viewer, dataset, path)
    assert not StoredFile.objects.exists()
    delivery = mapped(planner, dataset, path)
    for act in (
        lambda: confirm_reading(viewer, delivery, layer=LAYER, encoding="", epsg=4545),
        lambda: apply_mapping(viewer, delivery, fields={}, codes={}),
        lambda: check_delivery(viewer, delivery),
        lambda: save_profile(viewer, delivery, "x"),
        lambda: abandon_delivery(viewer, delivery),
        lambda: repair_feature(viewer, delivery.features.get()),
    ):
        with pytest.raises(Refused):
            act()
    checked = check_delivery(planner, delivery)
    with pytest.raises(Refused):
        release_delivery(viewer, checked)


def test_steps_out_of_order_are_refused_with_what_to_do(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    delivery = bring(planner, dataset, write(tmp_path, ["R2"]))
    with pytest.raises(LantuError, match="还没有确认怎样读"):
        apply_mapping(planner, delivery, fields={}, codes={})
    with pytest.raises(Conflict):
        check_delivery(planner, mapped(planner, dataset, tmp_path / "plan.gpkg", codes={"R2": ""}))
    with pytest.raises(Conflict):
        release_delivery(planner, delivery)
    abandon_delivery(planner, delivery, "重来")
    with pytest.raises(Conflict):
        confirm_reading(planner, delivery, layer=LAYER, encoding="", epsg=4545)


def test_a_page_that_is_out_of_date_does_not_overwrite(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    delivery = bring(planner, dataset, write(tmp_path, ["R2"]))
    shown = delivery.version
    confirm_reading(planner, delivery, layer=LAYER, encoding="", epsg=4545, version=shown)
    with pytest.raises(Conflict, match="别人改过"):
        confirm_reading(planner, delivery, layer=LAYER, encoding="", epsg=4490, version=shown)


@pytest.mark.django_db(transaction=True)
def test_two_who_release_at_once_make_one_release(planner: Actor, tmp_path: Path) -> None:
    from lantu.core.actor import system
    from lantu.standards.services import load_pack

    load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")
    dataset = create_dataset(planner, URBAN, "城规", scale=10_000)
    delivery = check_delivery(planner, mapped(planner, dataset, write(tmp_path, ["R2", "B1"])))
    for code in blocking_checks(delivery):
        waive(person("checker", 2), delivery, code, "测试")

    def attempt() -> object:
        while True:
            try:
                return release_delivery(planner, delivery)
            except OperationalError:  # an SQLite database in memory does not wait for its lock as one in a file does
                time.sleep(0.02)

    found = at_once(attempt, attempt)
    assert kinds(found) == ["Conflict", "PlanRelease"], found
    assert PlanRelease.objects.filter(state=PlanRelease.State.RELEASED).count() == 1
    assert PlanPatch.objects.filter(release__state=PlanRelease.State.RELEASED).count() == 2

    # two deliveries of one dataset come to their end together: one is in force after the other
    ready = []
    for number in range(2):
        delivery = check_delivery(planner, mapped(planner, dataset, write(tmp_path, ["R2", f"B{number + 1}"])))
        for code in blocking_checks(delivery):
            waive(person("checker", 2), delivery, code, "测试")
        release = _begin_release(planner, delivery, legal=Legal())
        ready.append((release, snap(delivery, release.pack)))
    found = behind(*[lambda one=one: _finish_release(planner, one[0], snapped=one[1]) for one in ready])  # type: ignore[misc]
    assert kinds(found) == ["PlanRelease"] * 2, found
    assert PlanRelease.objects.get(state=PlanRelease.State.RELEASED) == ready[1][0]


def test_one_call_brings_a_file_to_a_release(city: object, planner: Actor, checker: Actor, tmp_path: Path) -> None:
    path = make.write(tmp_path / "guihua.gpkg", make.squares(3), names=["R2", "B1", "??"])
    choices = bulk.Choices(fields={"code": "地类", "id": "编号"}, unclassified=True, checker=checker, waive_reason="演示")
    release = bulk.import_file(planner, bulk.DatasetSpec(URBAN, "城规", demo=True), [path], choices)
    assert (release.patch_count, release.demo) == (3, True)
    assert PlanPatch.objects.filter(release=release, code="").count() == 1
