"""Demo approvals: the catalogue published, the school's land stage filled in and filed by its building unit; made data (演示数据).

Run again it does nothing. Everything is done by the verbs that people use.
"""

from __future__ import annotations

import io

from lantu.accounts import demo as demo_people
from lantu.accounts.models import User
from lantu.approvals import services
from lantu.approvals.models import Draft, StageApplication
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


def load() -> StageApplication | None:
    """File the school's first stage, once; a city whose pack has no catalogue has none."""
    if not PackPart.objects.filter(pack=selectors.pack(), name="approvals").exists():
        return None
    services.publish_definition(demo_people.demo_actor("sysadmin"))
    project = Project.objects.filter(name=SCHOOL, demo=True).first()
    if project is None:
        return None
    builder = demo_builder()
    _take_part(project)
    known = StageApplication.objects.filter(project=project, stage="1").first()
    if known is not None:
        return known
    return file_land_stage(builder, project)


def demo_builder() -> Actor:
    """The demo account of a builder, owner of the school's unit."""
    services.make_owner(system("演示数据"), User.objects.get(username="demo-builder"), uscc=USCC, unit_name=UNIT, demo=True)
    return demo_people.demo_actor("builder")


def _take_part(project: Project) -> None:
    """The unit takes part in the project under its code, in place of the name that was typed before."""
    planner = demo_people.demo_actor("planner")
    for typed in ProjectUnit.objects.filter(project=project, kind="1", uscc="", ended=False):
        end_unit(planner, typed)
    add_unit(planner, project, "1", uscc=USCC, name=UNIT)


def file_land_stage(builder: Actor, project: Project) -> StageApplication:
    """The first stage (立项用地规划许可), from draft to filed."""
    draft = services.start_draft(builder, project, "1", "gov_building")
    services.answer_situation(builder, draft, {"site": "allocation", "hits": []})
    answers = {"contact": "演示 王工 13800000000", "place": "观山湖区朱昌镇", "far": 0.8}
    asked = {one.code for one in Prepared(draft).form}
    services.save_answers(builder, draft, {code: value for code, value in answers.items() if code in asked})
    hand_in(builder, draft, "feasibility", "可行性研究报告", ["九年一贯制学校 54 班，建筑面积 50,294 平方米，总投资 23,600 万元。"])
    hand_in(builder, draft, "unit_identity", "事业单位法人证书", [UNIT, USCC])
    return services.file_draft(builder, draft)


def hand_in(builder: Actor, holder: Draft | StageApplication, code: str, title: str, lines: list[str]) -> None:
    """A made PDF of a material."""
    services.hand_in(builder, holder, code, made_pdf(title, lines), f"演示 {title}.pdf")


def made_pdf(title: str, lines: list[str]) -> StoredFile:
    """A PDF of one page that says that it is demo data."""
    return files.store(io.BytesIO(compile_source(PAGE, {"title": title, "lines": lines})))
