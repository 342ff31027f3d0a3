"""Sites: drawn, uploaded or pasted; refused with the place; the chosen one is a red line; overlaps show at once."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from shapely.geometry import Polygon, mapping

from lantu.accounts import demo as demo_people
from lantu.accounts.models import User
from lantu.analysis.ports import project_sites
from lantu.core.actor import system
from lantu.core.errors import BadInput, Conflict, NotFound, Refused
from lantu.plans.models import LivingFeature
from lantu.plans.services.living import register_living
from lantu.projects import services
from lantu.projects.factories import make_actor, make_project, square
from lantu.projects.models import Project
from lantu.projects.selectors.contention import contentions, overlapping_sites
from lantu.projects.services.sites import RED_LINES
from lantu.standards import selectors

BOWTIE = Polygon([(106.55, 26.68), (106.56, 26.69), (106.56, 26.68), (106.55, 26.69)])


def test_the_chosen_site_is_a_red_line_at_once_and_moves_with_the_choice(guiyang: None) -> None:
    project = make_project("a")
    first = services.add_site(system(), project, "地块一", square())
    second = services.add_site(system(), project, "地块二", square(106.60))
    services.choose_site(system(), first)
    services.choose_site(system(), second)
    standing = LivingFeature.objects.get(layer_code=RED_LINES, valid_to=None)
    assert standing.geometry.equals(square(106.60))
    assert [site.chosen for site in project.sites.all()] == [False, True]
    services.withdraw_site(system(), project.sites.get(chosen=True), "另选")
    assert not LivingFeature.objects.filter(layer_code=RED_LINES, valid_to=None).exists()


@pytest.mark.parametrize(("shape", "word"), [(square(100.0), "不在本市"), (square().boundary, "须是面"), (None, "没有地块")])
def test_a_wrong_site_is_refused_with_the_reason(guiyang: None, shape: object, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        services.add_site(system(), make_project("a"), "地块一", shape)  # type: ignore[arg-type]


def test_overlapping_sites_contend_and_a_shared_border_does_not(guiyang: None) -> None:
    taken, asking = make_project("a"), make_project("b", name="另一个项目")
    services.choose_site(system(), services.add_site(system(), taken, "地块", square()))
    services.add_site(system(), asking, "旁边", square(106.554))
    assert contentions(asking) == []
    services.add_site(system(), asking, "压上", square(106.552))
    (found,) = contentions(asking)
    assert (found.overlap.url, round(found.share, 2)) == (taken.get_absolute_url(), 0.5)


def test_land_already_permitted_shows_at_once(guiyang: None) -> None:
    project = make_project("a")
    services.add_site(system(), project, "地块", square())
    permits = next(code for code, layer in selectors.catalogue().layers.items() if layer.is_living and code != RED_LINES)
    register_living(system(), permits, "许可1", square(), valid_from=date(2018, 1, 1))
    assert [found.overlap.label for found in contentions(project)] == ["许可1"]


def test_an_outline_that_crosses_itself_is_refused_with_the_place(guiyang: None) -> None:
    with pytest.raises(BadInput, match="自相交") as caught:
        services.add_site(system(), make_project("a"), "地块一", BOWTIE)
    assert "106.555" in str(caught.value.where)


def test_two_candidate_sites_on_the_same_ground_contend_before_either_is_chosen(guiyang: None) -> None:
    one, other = make_project("a"), make_project("b", name="另一个项目")
    services.add_site(system(), one, "地块", square())
    services.add_site(system(), other, "同一块", square())
    (found,) = contentions(one)
    assert (found.overlap.label, found.share) == ("另一个项目　同一块", 1.0)
    assert [row.url for row in overlapping_sites(square())] == [one.get_absolute_url(), other.get_absolute_url()]


@pytest.fixture
def planner(guiyang: None, client: Client) -> Client:
    demo_people.load()
    client.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _send(planner: Client, project: Project, **site: object) -> str:
    data = {"act": "site", "site-label": "地块一", **{f"site-{name}": value for name, value in site.items()}}
    return str(planner.post(project.get_absolute_url(), data, follow=True).content.decode())


def _file(shape: Polygon, *more: Polygon) -> BytesIO:
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(one)} for one in (shape, *more)]
    found = BytesIO(json.dumps({"type": "FeatureCollection", "features": features}).encode())
    found.name = "地块.geojson"
    return found


def test_a_site_is_drawn_uploaded_or_pasted(planner: Client) -> None:
    project = make_project("a")
    _send(planner, project, drawn=json.dumps(mapping(square())))
    _send(planner, project, upload=_file(square(106.60)))
    _send(planner, project, coordinates="2949581.591 36363594.529\n2949581.591 36363794.529\n2949381.591 36363794.529")
    sources = [site.source for site in project.sites.all()]
    assert sources[:2] == ["图上画", "文件 地块.geojson"]
    assert len(sources) == 3


@pytest.mark.parametrize(
    ("site", "word"),
    [
        ({"coordinates": "40.0 116.3\n40.0 116.4\n40.1 116.4"}, "不在本市范围"),
        ({"coordinates": "2949581 36363594\n第二点\n2949381 36363794"}, "第 2 行"),
        ({"drawn": json.dumps(mapping(BOWTIE))}, "106.555"),
        ({"drawn": json.dumps(mapping(square())), "coordinates": "1 2"}, "选用其中一种"),
        ({}, "选用其中一种"),
    ],
)
def test_a_wrong_site_stands_at_its_form_with_the_place(planner: Client, site: dict[str, str], word: str) -> None:
    project = make_project("a")
    assert word in _send(planner, project, **site)
    assert not project.sites.exists()


def test_a_file_of_several_sites_is_refused_whole(planner: Client) -> None:
    project = make_project("a")
    assert "文件里有 2 个地块" in _send(planner, project, upload=_file(square(), square(106.60)))
    assert not project.sites.exists()


def test_a_zone_that_a_search_found_is_saved_to_a_project_one_may_edit(guiyang: None) -> None:
    project = make_project("a")
    port = project_sites.get("projects")
    own = make_actor("reviewer", project.department.code)
    assert [choice.key for choice in port.choices(own)] == [project.code]
    assert port.choices(make_actor("reviewer", "XX")) == []
    saved = port.save(own, project.code, square(), title="学校用地 第 1 名", source=project)
    assert saved.url == project.get_absolute_url()
    assert project.sites.get().label == "学校用地 第 1 名"
    with pytest.raises(Refused):
        port.save(make_actor("reviewer", "XX"), project.code, square(), title="x", source=project)
    with pytest.raises(NotFound):
        port.save(own, "2018-0", square(), title="x", source=project)


def test_a_site_that_is_being_planned_on_is_not_given_up(guiyang: None) -> None:
    project = make_project("a")
    services.receive(system(), project)
    site = services.add_site(system(), project, "地块", square())
    services.initiate(system(), project, site)
    with pytest.raises(Conflict, match="正用着"):
        services.withdraw_site(system(), site, "另选")
