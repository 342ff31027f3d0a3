"""Projects enter once, keep their code for life, and say what is wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from lantu.accounts.models import Department, Region
from lantu.core.actor import system
from lantu.core.errors import BadInput, Conflict, Refused
from lantu.projects import services
from lantu.projects.factories import make_actor, make_project, square
from lantu.projects.models import Project, ProjectLink
from lantu.projects.ports import LegalPerson, legal_persons
from lantu.projects.selectors.likeness import likely_duplicates
from lantu.standards import selectors
from lantu.standards.services import load_pack

UNIT = "91350100M000100Y43"


def test_a_project_of_2018_has_the_old_form_and_one_of_today_the_new(guiyang: None) -> None:
    assert make_project("a").code == "2018-520115-83-01-000001"
    assert make_project("b").code == "2018-520115-83-01-000002"
    new = make_project("c", on=date(2026, 11, 26)).code
    assert new.startswith("2611-520115-04-01-")


def test_the_same_key_gives_the_same_project(guiyang: None) -> None:
    first = make_project("a")
    assert make_project("a", name="另一个名字").pk == first.pk
    assert Project.objects.count() == 1


def test_no_code_repeats_under_fifty_threads(transactional_db: None) -> None:
    selectors.clear()
    load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")

    def enter(number: int) -> str:
        try:
            return make_project(f"k{number % 40}").code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(enter, range(50)))
    assert len(set(codes)) == 40
    assert Project.objects.count() == 40
    assert codes[0] == codes[40]
    connection.close()


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"name": "  "}, "项目名称"),
        ({"kind": "09"}, "审批类型"),
        ({"industry": "99"}, "行业"),
        ({"investment_wan": Decimal(-1)}, "总投资"),
        ({"planned_from": date(2020, 1, 1), "planned_to": date(2019, 1, 1)}, "计划竣工"),
    ],
)
def test_wrong_facts_are_named(guiyang: None, facts: dict[str, object], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        make_project("a", **facts)
    assert not Project.objects.exists()


def test_who_may_not_enter_is_refused(guiyang: None) -> None:
    for role in ("builder", "viewer", "window", "sysadmin"):
        with pytest.raises(Refused):
            make_project("a", actor=make_actor(role))


def test_a_department_edits_its_own_projects_only(guiyang: None) -> None:
    project = make_project("a")
    other = Department.objects.exclude(pk=project.department_id).first()
    assert other is not None
    with pytest.raises(Refused):
        services.edit_project(make_actor("reviewer", other.code), project, version=1, scale="24 班")
    services.edit_project(make_actor("reviewer", project.department.code), project, version=1, scale="24 班")
    assert project.scale == "24 班"


def test_the_second_of_two_editors_sees_what_the_first_changed(guiyang: None) -> None:
    project = make_project("a")
    services.edit_project(system(), project, version=1, scale="24 班")
    with pytest.raises(Conflict) as caught:
        services.edit_project(system(), Project.objects.get(), version=1, scale="36 班")
    assert caught.value.values["theirs"] == {"scale": "24 班"}


def test_a_project_is_received_only_when_complete(guiyang: None) -> None:
    project = make_project("a", idea="")
    with pytest.raises(BadInput, match="建设内容"):
        services.receive(make_actor("planner"), project)
    services.return_project(make_actor("planner"), project, "请补建设内容")
    services.edit_project(system(), project, version=project.version, idea="小学")
    assert services.receive(make_actor("planner"), project).state == Project.State.RECEIVED


def test_the_number_of_the_province_is_bound_beside_ours(guiyang: None) -> None:
    one, other = make_project("a"), make_project("b")
    services.bind_alias(system(), one, "province", "2018-520000-83-01-000777")
    services.bind_alias(system(), one, "province", "2018-520000-83-01-000777")
    assert (one.aliases.count(), one.code) == (1, "2018-520115-83-01-000001")
    with pytest.raises(Conflict, match="已绑定"):
        services.bind_alias(system(), other, "province", "2018-520000-83-01-000777")
    with pytest.raises(BadInput, match="不是统一项目代码"):
        services.bind_alias(system(), other, "province", "2018-520000-83-01-00077")
    services.void_alias(system(), one.aliases.get(), "抄错")
    assert services.bind_alias(system(), other, "province", "2018-520000-83-01-000777").project == other


def test_a_voided_code_is_never_given_again(guiyang: None) -> None:
    services.void_project(system(), make_project("a"), "不再建设")
    assert make_project("b").serial == 2


class _Base:
    def __init__(self, found: LegalPerson | Exception | None) -> None:
        self.found = found

    def find(self, uscc: str) -> LegalPerson | None:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def base() -> object:
    yield legal_persons.register
    legal_persons.unregister("test")


def test_a_unit_takes_its_name_from_the_legal_person_base(guiyang: None, base: object) -> None:
    project = make_project("a")
    base("test", _Base(LegalPerson(UNIT, "演示建设公司", "存续")))  # type: ignore[operator]
    unit = services.add_unit(system(), project, "1", uscc=UNIT, name="随便写的")
    assert (unit.name, unit.verified) == ("演示建设公司", True)


def test_a_typed_unit_is_marked_unverified_when_the_base_is_silent(guiyang: None, base: object) -> None:
    project = make_project("a")
    base("test", _Base(ConnectionError("down")))  # type: ignore[operator]
    assert not services.add_unit(system(), project, "1", uscc=UNIT, name="演示建设公司").verified
    with pytest.raises(BadInput, match="校验位"):
        services.add_unit(system(), project, "1", uscc=UNIT[:-1] + "4", name="演示建设公司")


def test_a_unit_that_was_struck_off_is_refused(guiyang: None, base: object) -> None:
    base("test", _Base(LegalPerson(UNIT, "演示建设公司", "注销")))  # type: ignore[operator]
    with pytest.raises(BadInput, match="注销"):
        services.add_unit(system(), make_project("a"), "1", uscc=UNIT)


def test_likely_duplicates_say_why(guiyang: None) -> None:
    one = make_project("a", source_reference="Z-1")
    services.add_site(system(), one, "地块", square())
    two = make_project("b", name="朱昌镇第二小学工程", source_reference="Z-1")
    services.add_site(system(), two, "地块", square(106.551))
    make_project("c", name="花溪大道改造")
    (found,) = likely_duplicates(two)
    assert found.project == one
    assert len(found.reasons) == 3


def test_a_parent_cannot_stand_below_its_child(guiyang: None) -> None:
    one, two, three = (make_project(key, name=key) for key in "abc")
    services.link_projects(system(), two, one, ProjectLink.Kind.PARENT)
    services.link_projects(system(), three, two, ProjectLink.Kind.PARENT)
    with pytest.raises(BadInput):
        services.link_projects(system(), one, three, ProjectLink.Kind.PARENT)


def test_works_and_buildings_are_numbered_within_their_project(guiyang: None) -> None:
    project = make_project("a")
    work = services.add_work(system(), project, "教学楼工程")
    assert services.add_work(system(), project, "教学楼工程").pk == work.pk
    assert services.add_building(system(), work, "1 号楼").code == "2018-520115-83-01-000001-01-001"
    services.void_work(system(), work, "合并")
    with pytest.raises(Conflict):
        services.add_building(system(), work, "2 号楼")
    assert services.add_work(system(), project, "操场").code.endswith("-02")


def test_region_of_the_code_is_the_county_even_for_streets(guiyang: None) -> None:
    street = Region.objects.filter(kind=Region.Kind.STREET, code__startswith="520115").first()
    if street is None:
        raise AssertionError("the pack of Guiyang has streets")
    assert make_project("a", region=street).code.startswith("2018-520115-")
