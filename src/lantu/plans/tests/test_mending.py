"""Mending a delivery: gaps, overlaps, slivers, spikes; one by one and by rule; logged, accounted for, compared."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from lantu.core import jobs
from lantu.core.actor import Actor
from lantu.core.errors import Conflict, Refused
from lantu.plans import comparing
from lantu.plans.models import Delivery, PlanDataset, RepairLog
from lantu.plans.selectors import open_findings
from lantu.plans.services import mending
from lantu.plans.services.checking import check_delivery, waive
from lantu.plans.services.datasets import create_dataset
from lantu.plans.services.intake import confirm_reading, receive_delivery
from lantu.plans.services.mapping import apply_mapping
from lantu.plans.services.releasing import blocking_checks, release_delivery
from lantu.plans.tests import files as make
from lantu.plans.tests.conftest import person

X, Y = 363_000.0, 2_949_000.0


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


FAULTY = [
    box(0, 0, 300, 300),
    box(300, 0, 600, 300),
    box(595, 0, 900, 300),  # overlaps the second by 5 m
    box(0, 300, 300, 600),
    shapely.difference(box(300, 300, 900, 600), box(500, 400, 510, 410)),  # a hole of 100 m² is a gap
    box(900, 0, 901, 300),  # a sliver beside the third
    shapely.Polygon(
        [(X, Y + 600), (X + 450, Y + 600), (X + 450, Y + 900), (X + 900, Y + 900.5), (X + 450, Y + 901), (X, Y + 900)]
    ),  # a spike
]


@pytest.fixture
def dataset(city: object, planner: Actor) -> PlanDataset:
    return create_dataset(planner, "C0101", "有错的城规", scale=10_000)


def brought(actor: Actor, dataset: PlanDataset, folder: Path, shapes: list[shapely.Polygon], codes: list[str]) -> Delivery:
    path = make.write(folder / "plan.gpkg", shapes, names=codes)
    with path.open("rb") as stream:
        delivery = receive_delivery(actor, dataset, [(path.name, stream)])
    delivery = confirm_reading(actor, delivery, layer=delivery.detected["layers"][0]["name"], encoding="", epsg=4545)
    delivery = apply_mapping(actor, delivery, fields={"id": "编号", "code": "地类", "area": ""}, codes={})
    return check_delivery(actor, delivery)


def summary(delivery: Delivery) -> dict[str, int]:
    """Open findings by what was found."""
    found: dict[str, int] = {}
    for code in open_findings(delivery).values_list("message_code", flat=True):
        found[code] = found.get(code, 0) + 1
    return found


def test_each_fault_is_mended_with_its_area_and_the_rest_stays(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    delivery = brought(planner, dataset, tmp_path, FAULTY, ["R2", "B1", "G1", "R2", "B1", "R2", "S1"])
    before = delivery.score
    assert {"overlap": 1, "gap": 1, "spike": 1}.items() <= summary(delivery).items()
    with pytest.raises(Refused):
        mending.mend_finding(person("checker", 2), open_findings(delivery).get(message_code="gap"), "fill-gap")

    gap = open_findings(delivery).get(message_code="gap")
    (offer,) = mending.offers(gap)
    assert [(one.row, round(one.difference_m2)) for one in offer.changes] == [(5, 100)]
    assert RepairLog.objects.count() == 0  # an offer changes nothing
    mending.mend_finding(planner, gap, "fill-gap")
    delivery = check_delivery(planner, delivery)
    assert "gap" not in summary(delivery)

    overlap = open_findings(delivery).get(message_code="overlap")
    first, second = mending.offers(overlap)
    assert first.changes[0].row == 2
    assert second.changes[0].row == 3
    mending.mend_finding(planner, overlap, "cut-second")
    delivery = check_delivery(planner, delivery)
    assert "overlap" not in summary(delivery)

    mending.mend_finding(planner, open_findings(delivery).get(message_code="spike"), "remove-spike")
    job = jobs.enqueue(planner, "plans.mend_by_rule", "并碎斑", delivery=delivery.pk, rule="merge-sliver")
    jobs.work_off()
    job.refresh_from_db()
    assert job.state == "done", job.error
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.CHECKED
    assert {"spike", "overlap", "gap"}.isdisjoint(summary(delivery))
    assert delivery.score > before
    logs = {(log.method, log.row): log.area_after_m2 - log.area_before_m2 for log in RepairLog.objects.all()}
    assert logs["fill-gap", 5] == pytest.approx(100, rel=1e-3)
    assert logs["cut-second", 3] == pytest.approx(-1500, rel=1e-3)
    assert 0 < -logs["remove-spike", 7] < 400
    assert not RepairLog.objects.filter(row__in=[1, 4]).exists()


def test_slivers_are_merged_by_rule_after_a_preview_and_accounted_for(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    shapes = [box(0, 0, 300, 300), box(300, 0, 301, 300), box(301, 0, 600, 300), box(5000, 0, 5300, 300), box(6000, 0, 6001, 300)]
    delivery = brought(planner, dataset, tmp_path, shapes, ["R2", "R2", "B1", "G1", "G1"])
    seen = mending.preview(delivery, "merge-sliver")
    assert [len(one.changes) for one in seen.good] == [2]
    assert [one.refused for one in seen.refused] == ["旁边没有相邻的图斑可并。"]
    assert seen.moved_m2 == pytest.approx(300, rel=1e-3)
    assert delivery.features.filter(run=delivery.current_run, status="in").count() == 5
    with pytest.raises(Conflict, match="别人改过"):
        mending.mend_by_rule(planner, delivery, "merge-sliver", version=delivery.version - 1)
    done = mending.mend_by_rule(planner, delivery, "merge-sliver", version=delivery.version)
    assert (done.account["source"], done.account["in"], done.account["rejected"]) == (5, 4, 1)
    merged = done.features.get(run=done.current_run, row=2)
    assert (merged.status, merged.reason_code) == ("rejected", "merged")
    assert "并入第" in merged.reason
    kept = [row.geometry for row in done.features.filter(run=done.current_run, row__in=[1, 3])]
    assert shapely.union_all(kept).geom_type == "Polygon"  # no crack is left
    assert done.repairs.values("batch").distinct().count() == 1
    with pytest.raises(Conflict, match="没有可以这样修"):
        mending.mend_by_rule(planner, done, "fill-gap")


def test_gaps_too_large_to_be_crumbs_are_refused(dataset: PlanDataset, planner: Actor, tmp_path: Path) -> None:
    ring = shapely.difference(box(0, 0, 900, 900), box(300, 300, 600, 600))
    delivery = brought(planner, dataset, tmp_path, [ring], ["R2"])
    gap = open_findings(delivery).get(message_code="gap")
    (offer,) = mending.offers(gap)
    assert "不是碎缝" in offer.refused
    with pytest.raises(Conflict, match="不是碎缝"):
        mending.mend_finding(planner, gap, "fill-gap")


def test_a_delivery_is_compared_with_the_release_before_it(dataset: PlanDataset, planner: Actor, checker: Actor, tmp_path: Path) -> None:
    old = [box(0, 0, 300, 300), box(300, 0, 600, 300), box(600, 0, 900, 300)]
    first = brought(planner, dataset, tmp_path, old, ["R2", "B1", "G1"])
    assert comparing.previous_of(first) is None
    for code in blocking_checks(first):
        waive(checker, first, code, "演示")
    release = release_delivery(planner, first)
    (tmp_path / "plan.gpkg").unlink()
    new = [box(0, 0, 300, 300), box(300, 0, 500, 300), box(500, 0, 600, 300)]
    second = brought(planner, dataset, tmp_path, new, ["R2", "B1", "R2"])
    assert comparing.previous_of(second) == release
    found = comparing.compare(second, release)
    assert (found.same, found.added, found.removed, found.changed) == (1, [], [], ["1", "2"])
    assert [(one.before, one.after, round(one.area_m2, -2)) for one in found.moved] == [("G1", "", 90000), ("B1", "R2", 30000)]
    differences = {one["code"]: round(one["difference_m2"], -2) for one in found.classes}
    assert differences == {"R2": 30000, "B1": -30000, "G1": -90000}


def test_the_pages_offer_mend_preview_compare_and_report(dataset: PlanDataset, client: object, tmp_path: Path) -> None:
    from lantu.accounts import demo
    from lantu.accounts.models import User

    demo.load()
    user = User.objects.get(username="demo-planner")
    actor = person("planner", user.pk)
    delivery = brought(actor, dataset, tmp_path, FAULTY, ["R2", "B1", "G1", "R2", "B1", "R2", "S1"])
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    gap = open_findings(delivery).get(message_code="gap")
    address = f"/plans/deliveries/{delivery.pk}/quality/"
    page = client.get(f"{address}?focus={gap.pk}").content.decode()
    assert "补缝" in page
    assert "得分" in page
    assert "可修 1 处" in client.get(f"{address}mend/cut-smaller/").content.decode()
    answer = client.post(f"{address}mend/", {"finding": gap.pk, "method": "fill-gap"})
    assert answer.status_code == 302
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.CHECKED
    assert client.post(f"{address}mend/cut-smaller/", {"version": delivery.version}).status_code == 302
    assert "overlap" not in summary(delivery)
    assert client.get(f"{address}report.pdf").content.startswith(b"%PDF")
    assert client.get(f"{address}report.docx").content.startswith(b"PK")
    assert client.get(f"/plans/deliveries/{delivery.pk}/compare/").status_code == 302  # there is no release before
