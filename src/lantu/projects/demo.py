"""Demo projects: the major projects of the economic plan in the reserve library, one school planned up to its conditions, a programme.

Run again it does nothing. Everything is done by the verbs that people use; what other departments say is said in their name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import shapely
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from lantu.accounts import demo as demo_people
from lantu.accounts.models import Department, Region
from lantu.blueprints.models import BlueprintRelease, Finding
from lantu.casework.models import Request
from lantu.casework.selectors.consultations import latest
from lantu.casework.services import conclude, minute, reply
from lantu.core.actor import Actor, Post
from lantu.geodesy.area import polygon_area
from lantu.geodesy.transform import transform
from lantu.plans.models import PlanPatch, PlanProject, PlanRelease
from lantu.projects import services
from lantu.projects.models import Generation, Programme, Project
from lantu.projects.selectors.replies import MATTER
from lantu.standards import selectors

SCHOOL = "朱昌片区九年一贯制学校新建工程"
ENTERED = date(2018, 8, 6)
MOST = 24
EXPERTS = (
    ("演示·周一鸣", "planning", "演示规划设计院", "教授级高工"),
    ("演示·吴筑", "architecture", "演示建筑设计院", "高级建筑师"),
    ("演示·郑核", "economy", "演示工程咨询公司", "注册咨询工程师"),
    ("演示·王清", "environment", "演示环境科学院", "研究员"),
    ("演示·冯岩", "geology", "演示地质勘察院", "高级工程师"),
)
PLOT_M = 265.0
"""Side of the school's ground: 7 ha, on which its floor area keeps to the plot ratio that planning asks for."""
SITED = 12
"""The newest projects get a site, so that the programme has a map."""


def load() -> None:
    """Enter, plan and programme, once; a city whose pack knows no projects has none."""
    if Project.objects.filter(demo=True).exists() or "project_kind" not in selectors.catalogue().dictionaries:
        return
    planner = demo_people.demo_actor("planner")
    projects = [
        _enter(planner, row) for row in PlanProject.objects.filter(release__state=PlanRelease.State.RELEASED).order_by("row")[:MOST]
    ]
    _experts(planner)
    _sites(planner, projects)
    school = _school(planner)
    if school is not None:
        projects.append(school.project)
    _programme(planner, projects)


def _department(*codes: str) -> Department:
    rows = {row.code: row for row in Department.objects.filter(code__in=codes, valid_to=None)}
    return next((rows[code] for code in codes if code in rows), None) or Department.objects.filter(valid_to=None).order_by("code")[0]


def _county(code: str) -> Region:
    counties = Region.objects.counties()
    return counties.filter(code=code).first() or counties[0]


def _experts(planner: Actor) -> None:
    for name, field, unit, title in EXPERTS:
        services.add_expert(planner, name, field, unit, title=title, demo=True)


def _sites(planner: Actor, projects: list[Project]) -> None:
    """A candidate site for the last projects: ground of the urban plan that may be built on, each its own."""
    rows = PlanPatch.objects.filter(release__layer_code="C0101", release__state=PlanRelease.State.RELEASED, construction="yes")
    patches = rows.filter(control_area_m2__gte=10_000, control_area_m2__lte=200_000).order_by("pk")
    for project, patch in zip(projects[-SITED:], patches[3 : 3 + SITED * 7 : 7], strict=False):
        services.add_site(planner, project, "地块一", shapely.make_valid(patch.geometry), source="城规用地（演示）")


def _assessment(planner: Actor, ground: BaseGeometry) -> None:
    """A geological assessment of the area around a site, so that the school need not make its own."""
    west, south, east, north = ground.bounds
    wide = 0.25 * max(east - west, north - south)
    services.register_assessment(
        planner,
        "geology",
        "朱昌片区地质灾害危险性区域评估（演示）",
        shapely.box(west - wide, south - wide, east + wide, north + wide),
        document_no="演示地评〔2018〕3号",
        approved_on=date(2018, 5, 10),
        conclusion="地质灾害危险性小，适宜建设。",
        demo=True,
    )


def _enter(planner: Actor, row: PlanProject) -> Project:
    project = services.enter_from_plan(planner, row, on=ENTERED)
    facts = {"sector": project.sector or "other", "funding": "finance"}
    return services.receive(planner, services.edit_project(planner, project, version=project.version, **facts))


def _school(planner: Actor) -> Generation | None:
    """The school: on ground reserved for schools, everybody agrees but one, a meeting settles it, the conditions are drawn up."""
    patch = _reserved_ground()
    if patch is None:
        return None
    plot, plot_m2 = _plot(patch.geometry)
    project = services.enter_project(
        planner,
        key="demo:school",
        name=SCHOOL,
        kind="01",
        industry="83",
        sector="education",
        process_class="1",
        source="annual",
        source_reference="JY-2018-07",
        idea="九年一贯制学校 54 班，含运动场和地下停车库",
        scale="建筑面积 50,294 ㎡",
        floor_area_m2=Decimal("50294.00"),
        land_area_m2=plot_m2,
        investment_wan=Decimal("23600.00"),
        funding="finance",
        region=_county("520115"),
        department=_department("JYJ"),
        on=ENTERED,
        demo=True,
    )
    services.receive(planner, project)
    services.add_unit(planner, project, "1", uscc="12520115MB0000094A", name="观山湖区教育局（演示）")
    site = services.add_site(planner, project, "朱昌地块一", plot, source="教育设施布局规划预留用地")
    _assessment(planner, site.geometry)
    row = services.initiate(planner, project, site)
    services.pass_formal_check(planner, row, use="A33")
    _replies(row)
    meeting = services.call_coordination(planner, row, timezone.now() - timedelta(hours=2), place="市政府 302 会议室")
    minute(planner, meeting.items.get(), "发改委说明资金安排，市财政落实年度资金。", "conditions", "投资概算不超过 23,600 万元")
    conclude(planner, meeting)
    row.refresh_from_db()
    services.draw_up_conditions(planner, row)
    services.add_work(planner, project, "教学楼和运动场工程")
    return row


def _reserved_ground() -> PlanPatch | None:
    """The largest ground reserved for schools that no severe finding of the release in force touches, else the largest."""
    rows = PlanPatch.objects.filter(release__layer_code="C0711", release__state=PlanRelease.State.RELEASED).order_by("-control_area_m2")
    release = BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).order_by("-published_at").first()
    severe = Finding.objects.filter(run=release.run, severity=1) if release else Finding.objects.none()
    return next((row for row in rows[:60] if not severe.intersecting(row.geometry)), rows.first())


def _plot(ground: BaseGeometry) -> tuple[BaseGeometry, Decimal]:
    """A square of a school's size in the midst of a patch, and its square metres; a patch that holds none is taken whole."""
    grid = selectors.working_grid()
    plane = shapely.make_valid(shapely.transform(ground, transform(grid.statutory_epsg, grid.epsg).points))
    largest = max(shapely.get_parts(plane).tolist(), key=lambda part: part.area)
    x, y = shapely.maximum_inscribed_circle(largest).coords[0]
    square = shapely.box(x - PLOT_M / 2, y - PLOT_M / 2, x + PLOT_M / 2, y + PLOT_M / 2)
    plot = shapely.transform(square if largest.covers(square) else largest, transform(grid.epsg, grid.statutory_epsg).points)
    return plot, Decimal(f"{polygon_area(plot, grid.ellipsoid):.2f}")


_SAID: dict[str, tuple[str, str, list[str | Mapping[str, Any]]]] = {
    "GH": ("conditions", "城乡规划法第三十八条", [
        {"text": "容积率 ≤ 0.8", "item": "容积率", "op": "≤", "value": 0.8, "unit": ""},
        {"text": "绿地率 ≥ 35 %", "item": "绿地率", "op": "≥", "value": 35, "unit": "%"},
        {"text": "建筑高度 ≤ 24 m", "item": "建筑高度", "op": "≤", "value": 24, "unit": "m"},
    ]),
    "FGW": ("disagree", "政府投资条例", []),
    "JYJ": ("agree", "", []),
    "STW": ("conditions", "环境影响评价法", [{"text": "编制环境影响报告表"}]),
}  # fmt: skip


def _replies(row: Generation) -> None:
    consultation = latest(row, MATTER)
    if consultation is None:
        return
    reviewer = demo_people.demo_actor("reviewer")
    predecessors = {"ZRZY": "GH", "STHJ": "STW"}
    for request in Request.objects.filter(consultation=consultation).select_related("department"):
        code = request.department.code
        verdict, law, conditions = _SAID.get(predecessors.get(code, code), ("agree", "", []))
        by = replace(reviewer, name=f"演示·{request.department}", post=Post("reviewer", code))
        reason = {"agree": "", "conditions": "按下列条件办理", "disagree": "年度资金没有落实"}[verdict]
        reply(by, request, verdict, reason=reason, law=law, conditions=conditions)


def _programme(planner: Actor, projects: list[Project]) -> None:
    """The programme of the year: proposals of which some are taken in; left open, so that a visitor can go on."""
    if Programme.objects.exists() or not projects:
        return
    programme = services.open_programme(planner, 2019, demo=True)
    for kind, amount in (("land", 900_000), ("farmland", 60_000), ("funds", 260_000)):
        services.set_quota(planner, programme, kind, Decimal(amount))
    for number, project in enumerate(projects[-10:]):
        land = project.land_area_m2 or Decimal(20_000 + 4_000 * number)
        funds = (project.investment_wan or Decimal(8_000)) / 4
        entry = services.propose_entry(
            planner,
            project,
            programme,
            land=land,
            farmland=Decimal(2_000),
            funds=funds.quantize(Decimal("0.01")),
            first_quarter=1 + number % 3,
            last_quarter=4,
        )
        if number % 3:
            services.include_entry(planner, entry)
