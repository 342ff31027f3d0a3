"""Demo approvals, made data (演示数据): the school has its land-use permit and stands in the midst of its second stage, one branch of it in
correction; another project was refused.

Run again it goes on where it stopped. Everything is done by the verbs that people use.
"""

from __future__ import annotations

import io

from shapely.geometry.base import BaseGeometry

from lantu.accounts import demo as demo_people
from lantu.accounts.models import User
from lantu.approvals import demo_before, demo_course, demo_staff, services
from lantu.approvals.events import Code
from lantu.approvals.models import Branch, Draft, StageApplication
from lantu.approvals.selectors.drafts import Prepared
from lantu.core import files
from lantu.core.actor import Actor, system
from lantu.core.models import StoredFile
from lantu.documents.pdf import compile_source
from lantu.projects.demo import SCHOOL
from lantu.projects.models import Project, ProjectUnit
from lantu.projects.services import add_unit, end_unit
from lantu.standards import selectors
from lantu.standards.models import PackPart

USCC, UNIT = "12520115MB0000094A", "观山湖区教育局（演示）"
PAGE = """#import "official.typ": *
#show: official.with(title: data.title, demo: true)
#for line in data.lines [ #par(line) ]
"""
DWG = b"AC1027" + bytes(250)
"""The head of an AutoCAD 2013 drawing, empty."""
LACKING = "地下室平面图没有标注防护单元和出入口，请补正。"
REFUSAL = "建设内容与批复的规划不符，资金来源没有落实，不予批准。"


def load() -> StageApplication | None:
    """What the demo shows, each part once; a city whose pack has no catalogue has none. Gives the school's newest stage."""
    if not PackPart.objects.filter(pack=selectors.pack(), name="approvals").exists():
        return None
    services.publish_definition(demo_people.demo_actor("sysadmin"))
    demo_staff.load()
    project = Project.objects.filter(name=SCHOOL, demo=True).first()
    if project is None:
        return None
    builder = demo_builder()
    take_part(project)
    first = _stage(project, "1") or file_land_stage(builder, project)
    if first.state == StageApplication.State.OPEN and not first.branches.exclude(state__in=(Code.RECEIVED,)).exclude(state=None).exists():
        demo_course.carry_through(first, builder)
    first.refresh_from_db()
    if first.state != StageApplication.State.APPROVED:
        return first
    second = _stage(project, "2") or _works_stage(builder, project)
    _refused(builder)
    demo_before.load(builder, project, second)
    return second


def _stage(project: Project, stage: str) -> StageApplication | None:
    return StageApplication.objects.filter(project=project, stage=stage).order_by("pk").first()


def demo_builder() -> Actor:
    """The demo account of a builder, owner of the school's unit."""
    services.make_owner(system("演示数据"), User.objects.get(username="demo-builder"), uscc=USCC, unit_name=UNIT, demo=True)
    return demo_people.demo_actor("builder")


def take_part(project: Project) -> None:
    """The unit takes part in the project under its code, in place of the name that was typed before."""
    planner = demo_people.demo_actor("planner")
    for typed in ProjectUnit.objects.filter(project=project, kind="1", uscc="", ended=False):
        end_unit(planner, typed)
    add_unit(planner, project, "1", uscc=USCC, name=UNIT)


def file_land_stage(builder: Actor, project: Project, ground: BaseGeometry | None = None, **more: object) -> StageApplication:
    """The first stage (立项用地规划许可), from draft to filed; ``ground``: the site when the project has none, ``more``: answers."""
    answers = {"contact": "演示 王工 13800000000", "place": "观山湖区朱昌镇", "far": 0.8}
    draft = _draft(builder, project, "1", {"site": "allocation", "hits": []}, {**answers, **more})
    if ground is not None:
        services.set_site(builder, draft, ground, "演示")
    hand_in(builder, draft, "feasibility", "可行性研究报告", [project.name, project.idea or project.scale])
    hand_in(builder, draft, "unit_identity", "事业单位法人证书", [UNIT, USCC])
    return services.file_draft(builder, draft)


def _works_stage(builder: Actor, project: Project) -> StageApplication:
    """The second stage (工程建设许可): the scheme is with experts, the shelter is to be mended, the preliminary design is reviewed."""
    answers = {"contact": "演示 王工 13800000000", "far": 0.8, "height_m": 23.6, "basement_m2": 2460, "basement_use": "build"}
    draft = _draft(builder, project, "2", {"basement": True}, answers)
    hand_in(builder, draft, "scheme_text", "设计方案文本", ["教学楼五层，容积率 0.8，建筑高度 23.6 米。"])
    services.hand_in(builder, draft, "scheme_drawing", files.store(io.BytesIO(DWG)), "演示 总平面图.dwg")
    hand_in(builder, draft, "defence_form", "人防工程设计要求表", ["甲类，核六级，2,460 平方米。"])
    application = services.file_draft(builder, draft)
    demo_course.window_answers(application, defence=demo_course.correction(LACKING, "defence_form"))
    scheme, preliminary = _branch(application, "scheme"), _branch(application, "preliminary")
    reviewer = demo_staff.in_post("reviewer", scheme.department)
    services.start_work(reviewer, scheme)
    services.order_special(reviewer, scheme, "expert")
    reviewer = demo_staff.in_post("reviewer", preliminary.department)
    services.start_work(reviewer, preliminary)
    services.review(reviewer, preliminary, Code.APPROVED, "初步设计深度符合要求，概算 23,600 万元。", basis="政府投资条例第十一条")
    return application


def _refused(builder: Actor) -> None:
    """Another project of the unit, whose feasibility was refused with reasons: its first stage ends with that."""
    sited = Project.objects.filter(demo=True, sites__withdrawn=False).exclude(name=SCHOOL).order_by("-pk").distinct()
    project = sited.filter(sector="education").first() or sited.first()
    if project is None or _stage(project, "1") is not None:
        return
    take_part(project)
    ground = project.sites.filter(withdrawn=False).order_by("pk")[0].geometry
    application = file_land_stage(builder, project, ground=ground, floor_area_m2=18_000, investment_wan=9_800)
    demo_course.window_answers(application)
    for row in application.branches.filter(state=Code.ACCEPTED).order_by("pk"):
        row.application = application
        refused = row.item == "feasibility"
        demo_course.conclude(row, *((Code.REJECTED, REFUSAL) if refused else ()))
    application.refresh_from_db()
    demo_course.hand_out(application, builder)


def _branch(application: StageApplication, item: str) -> Branch:
    return application.branches.get(item=item)


def _draft(builder: Actor, project: Project, stage: str, situation: dict[str, object], answers: dict[str, object]) -> Draft:
    """A draft with the situation and the answers that its form asks for."""
    draft = services.start_draft(builder, project, stage, "gov_building")
    services.answer_situation(builder, draft, situation)
    asked = {one.code for one in Prepared(draft).form}
    services.save_answers(builder, draft, {code: value for code, value in answers.items() if code in asked})
    return draft


def new_school(name: str, ground: BaseGeometry) -> Project:
    """Another school of the demo's unit, with its ground and nothing filed: to play with."""
    from lantu.projects import demo as demo_projects
    from lantu.projects.services import add_site, enter_project

    planner = demo_people.demo_actor("planner")
    facts = {
        "kind": "01",
        "industry": "83",
        "sector": "education",
        "process_class": "1",
        "source": "annual",
        "source_reference": "演示教函〔2018〕1号",
    }
    project = enter_project(
        planner,
        key=f"demo:{name}",
        name=name,
        idea="三十六班小学",
        region=demo_projects._county("520115"),
        department=demo_projects._department("JYJ"),
        on=demo_projects.ENTERED,
        demo=True,
        floor_area_m2=30_000,
        investment_wan=12_000,
        funding="finance",
        **facts,
    )
    add_site(planner, project, "地块一", ground, source="演示")
    take_part(project)
    return project


def hand_in(builder: Actor, holder: Draft | StageApplication, code: str, title: str, lines: list[str]) -> None:
    """A made PDF of a material."""
    services.hand_in(builder, holder, code, made_pdf(title, lines), f"演示 {title}.pdf")


def made_pdf(title: str, lines: list[str]) -> StoredFile:
    """A PDF of one page that says that it is demo data."""
    return files.store(io.BytesIO(compile_source(PAGE, {"title": title, "lines": lines})))
