"""Collection rounds: asked, reminded, handed in, receipted, checked, received or returned; the empty files to fill."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pyogrio
import pytest
from django.utils import timezone

from lantu.accounts.models import Department
from lantu.core import jobs
from lantu.core.actor import Actor, Post
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.plans import blank
from lantu.plans.models import CollectionRequest, CollectionRound, Delivery
from lantu.plans.services import collecting
from lantu.plans.tests import files as make
from lantu.plans.views.templates import blank_of
from lantu.standards import selectors


def reviewer(department: str, user_id: int = 7) -> Actor:
    return Actor(user_id, f"{department} 审查人", Post("reviewer", department), "page")


@pytest.fixture
def round_(city: object, planner: Actor) -> CollectionRound:
    due = timezone.localdate() + timedelta(days=10)
    wanted = [collecting.Wanted(Department.objects.get(code=code), layer) for code, layer in (("STW", "C0501"), ("JYJ", "C0711"))]
    return collecting.open_round(planner, "2018 年规划成果汇交", due, wanted)


def plan(folder: Path) -> io.BytesIO:
    folder.mkdir(exist_ok=True)
    return io.BytesIO(make.write(folder / "C0501.gpkg", make.squares(3)).read_bytes())


def handed_in(request: CollectionRequest, actor: Actor, folder: Path) -> collecting.CollectionSubmission:
    done = collecting.submit(actor, request, [("生态红线.gpkg", plan(folder))], "第一稿")
    jobs.work_off()
    done.refresh_from_db()
    return done


def test_a_department_hands_in_is_receipted_and_checked_and_the_planner_returns_then_receives(
    round_: CollectionRound, planner: Actor, tmp_path: Path
) -> None:
    request = round_.requests.get(layer_code="C0501")
    with pytest.raises(Refused):
        collecting.submit(reviewer("JYJ"), request, [("x.gpkg", plan(tmp_path / "a"))])
    first = handed_in(request, reviewer("STHJ"), tmp_path / "a")  # today's department, that took over from the one that is asked
    assert first.receipt_no == f"HJ{timezone.localdate().year}-00001"
    assert [one["name"] for one in first.files] == ["生态红线.gpkg"]
    assert (first.problem, first.checked) == ("", True)
    assert first.delivery is not None
    assert first.delivery.state == Delivery.State.CHECKED
    assert first.delivery.score is not None
    assert first.delivery.uploaded_by_id == 7
    assert collecting.check_submission(planner, first).problem == ""  # a job may run again
    with pytest.raises(BadInput, match="退回理由"):
        collecting.decide(planner, first, accept=False)
    collecting.decide(planner, first, accept=False, reasons="缺红线级别")
    request.refresh_from_db()
    assert request.state == CollectionRequest.State.RETURNED
    assert Delivery.objects.get(pk=first.delivery_id).state == Delivery.State.ABANDONED
    second = handed_in(request, reviewer("STHJ"), tmp_path / "b")
    with pytest.raises(Refused):
        collecting.decide(reviewer("STHJ"), second, accept=True)
    collecting.decide(planner, second, accept=True)
    request.refresh_from_db()
    assert request.state == CollectionRequest.State.ACCEPTED
    with pytest.raises(Conflict):
        collecting.submit(reviewer("STHJ"), request, [("x.gpkg", plan(tmp_path / "c"))])


def test_what_cannot_be_read_says_why_to_both_sides(round_: CollectionRound, planner: Actor, tmp_path: Path) -> None:
    request = round_.requests.get(layer_code="C0501")
    done = collecting.submit(reviewer("STHJ"), request, [("坏.gpkg", io.BytesIO(b"nothing at all"))])
    jobs.work_off()
    done.refresh_from_db()
    assert done.problem
    assert done.delivery is None
    assert done.files[0]["sha256"]
    with pytest.raises(Conflict, match="不能接收"):
        collecting.decide(planner, done, accept=True)
    newer = handed_in(request, reviewer("STHJ"), tmp_path / "a")  # takes the place of the one that waits
    done.refresh_from_db()
    assert done.verdict == "returned"
    assert newer.number == 2
    with pytest.raises(Conflict, match="没有接收或退回"):
        collecting.close_round(planner, round_)


def test_reminders_go_out_on_their_days_once_a_day_and_never_for_what_is_done(round_: CollectionRound, planner: Actor) -> None:
    assert collecting.remind_due() == 0  # ten days are left
    round_.requests.update(due=timezone.localdate() + timedelta(days=3))
    round_.requests.filter(layer_code="C0711").update(state=CollectionRequest.State.ACCEPTED)
    assert collecting.remind_due() == 1
    assert collecting.remind_due() == 0
    request = round_.requests.get(layer_code="C0501")
    assert request.reminders == 1
    with pytest.raises(Conflict, match="今天已经催办"):
        collecting.remind(planner, request)
    collecting.withdraw(planner, request)
    assert collecting.close_round(planner, round_).state == CollectionRound.State.CLOSED
    with pytest.raises(BadInput, match="已经过了"):
        collecting.open_round(planner, "晚了", timezone.localdate() - timedelta(days=1), [])


def test_empty_files_have_the_fields_domains_and_styles_of_the_catalogue(city: object, tmp_path: Path) -> None:
    layer = selectors.layer("C0101")
    made = blank_of(layer)
    path = tmp_path / "C0101.gpkg"
    path.write_bytes(blank.geopackage(made))
    with zipfile.ZipFile(io.BytesIO(blank.geodatabase_zip(made))) as archive:
        archive.extractall(tmp_path)
        assert {"C0101.qml", "C0101.sld"} <= set(archive.namelist())
    names = [item["name"] for item in layer.schema]
    for file in (path, tmp_path / "C0101.gdb"):
        info = pyogrio.read_info(file, layer="C0101")
        assert list(info["fields"]) == names
        assert (info["crs"], info["features"]) == ("EPSG:4545", 0)
        assert blank.domains_of(file, "C0101")[layer.code_field]["R2"] == selectors.catalogue().table_of(layer).entries["R2"].name_zh
    style = pyogrio.raw.read(path, layer="layer_styles")
    assert any("categorizedSymbol" in str(value) for column in style[3] for value in column)
    for other in ("C0301", "C0711"):  # lines and points
        (tmp_path / f"{other}.gpkg").write_bytes(blank.geopackage(blank_of(selectors.layer(other))))
        assert pyogrio.read_info(tmp_path / f"{other}.gpkg", layer=other)["features"] == 0


def test_the_pages_show_the_board_and_the_departments_own_page(round_: CollectionRound, client: object, tmp_path: Path) -> None:
    from lantu.accounts import demo
    from lantu.accounts.models import User

    demo.load()
    user = User.objects.get(username="demo-reviewer")
    user.posts.update(department=Department.objects.get(code="STHJ"))
    request = round_.requests.get(layer_code="C0501")
    done = handed_in(request, reviewer("STHJ", user.pk), tmp_path / "a")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    own = client.get("/plans/rounds/").content.decode()
    assert "生态" in own
    assert f"/plans/rounds/requests/{round_.requests.get(layer_code='C0711').pk}/" not in own
    page = client.get(f"/plans/rounds/requests/{request.pk}/").content.decode()
    assert done.receipt_no in page
    assert "得分" in page
    assert client.get(f"/plans/rounds/requests/{round_.requests.get(layer_code='C0711').pk}/").status_code == 404
    assert client.get(f"/plans/rounds/submissions/{done.pk}/receipt.pdf").content.startswith(b"%PDF")
    assert client.get("/plans/templates/C0501.gpkg").content.startswith(b"SQLite")
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    assert "待接收" in client.get(f"/plans/rounds/{round_.pk}/").content.decode()
    assert client.get("/plans/rounds/new/").status_code == 200
    due = str(timezone.localdate() + timedelta(days=5))
    made = client.post("/plans/rounds/new/", {"title": "再来一次", "due": due, "layer": ["STHJ:C0501", "JYJ:C0711"]})
    assert made.status_code == 302
    assert CollectionRound.objects.get(title="再来一次").requests.count() == 2
