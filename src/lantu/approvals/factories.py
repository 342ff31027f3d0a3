"""For tests: a published catalogue, a project, people of the departments of its second stage."""

from __future__ import annotations

import io
from datetime import date, timedelta
from itertools import count
from typing import Any

import time_machine
from django.utils import timezone

from lantu.accounts.models import Region, User
from lantu.approvals.events import Code
from lantu.approvals.models import Applicant, Branch, DefinitionRelease, Draft, Membership, Promise, StageApplication
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.services import (
    accept,
    answer_situation,
    commit_later,
    decide,
    file_stage,
    hand_in,
    make_owner,
    review,
    save_answers,
    start_draft,
    start_work,
)
from lantu.casework.factories import make_actor, make_calendar, make_department
from lantu.core import files
from lantu.core.actor import Actor, system
from lantu.core.models import StoredFile
from lantu.projects.identifiers.uscc import check_character, organisation_check
from lantu.projects.models import Project, ProjectUnit
from lantu.standards.factories import pack_yaml
from lantu.standards.models import PackVersion

_serial = count(1)
SCHOOL = {"basement": True, "heritage": False, "site": "allocation", "hits": []}


def make_definition(**changes: Any) -> DefinitionRelease:
    """The catalogue of the Guiyang pack as a release in force."""
    number = next(_serial)
    content = pack_yaml("approvals.yaml")
    pack = PackVersion.objects.create(city="test", name_zh="试城", version=str(number), digest=f"{number:064d}")
    for code in ("FGW", "GH", "ZJJ", "RFB", "WWJ", "GT", "STW", "CGJ", "CJDA"):
        make_department(code)
    return DefinitionRelease.objects.create(number=number, version="t", pack=pack, digest=f"{number:064d}", content={**content, **changes})


def make_project() -> Project:
    """A school."""
    number = next(_serial)
    region = Region.objects.create(code=f"P{number:05d}", name_zh="观山湖区", kind=Region.Kind.COUNTY)
    return Project.objects.create(
        code=f"2018-520115-83-01-{number:06d}",
        series="t",
        serial=number,
        entry_key=f"t{number}",
        name="朱昌片区九年一贯制学校",
        kind="01",
        industry="83",
        region=region,
        department=make_department("GH"),
    )


def make_uscc() -> str:
    """A unified social credit code whose check characters are right."""
    organisation = f"{next(_serial):08d}"
    body = "12520115" + organisation + organisation_check(organisation)
    return body + check_character(body)


def make_applicant(builder: Actor, project: Project | None = None) -> Applicant:
    """The unit that the builder owns, made when they own none; the building unit of the project from then on."""
    member = Membership.objects.filter(user_id=builder.user_id, ended_at=None).first()
    if member is None:
        user = User.objects.get(pk=builder.user_id)
        member = make_owner(system(), user, uscc=make_uscc(), unit_name="观山湖区教育局")
    if project is not None:
        ProjectUnit.objects.get_or_create(project=project, kind="1", uscc=member.applicant.uscc, name=member.applicant.name)
    return member.applicant


def make_stage(builder: Actor, stage: str = "2", project_class: str = "gov_building", **facts: Any) -> StageApplication:
    """A stage filed for a school."""
    make_calendar()
    make_definition()
    project = make_project()
    make_applicant(builder, project)
    return file_stage(builder, project, stage, project_class, {**SCHOOL, **facts})


def branch(application: StageApplication, item: str) -> Branch:
    """The latest round of an item."""
    found = application.branches.filter(item=item).order_by("-round").first()
    assert found is not None
    return found


def people() -> dict[str, Actor]:
    """Builder, window, and a reviewer and a decider for each department."""
    found = {"builder": make_actor("builder"), "window": make_actor("window", "ZWZX")}
    for code in ("GH", "RFB", "FGW", "WWJ"):
        found[f"{code}.reviewer"] = make_actor("reviewer", code)
        found[f"{code}.decider"] = make_actor("decider", code)
    return found


def at(day: str) -> time_machine.travel:
    """Ten in the morning of a day, standing still."""
    return time_machine.travel(f"{day}T10:00:00+08:00", tick=False)


def codes(row: Branch) -> list[int]:
    """The events of a branch in their order."""
    return list(row.events.order_by("number").values_list("code", flat=True))


def approve(who: dict[str, Actor], application: StageApplication, item: str, code: Code = Code.APPROVED, **more: Any) -> None:
    """The whole way of one item to its verdict, from where it stands; ``more``: for the review."""
    row = branch(application, item)
    if row.state == Code.RECEIVED:
        accept(who["window"], row)
    if code == Code.APPROVED_DEFERRED:
        make_deferral(row)
    if row.state == Code.ACCEPTED:
        start_work(who[f"{row.department}.reviewer"], row)
    review(who[f"{row.department}.reviewer"], row, code, "审核意见", **more)
    decide(who[f"{row.department}.decider"], row, code)


def make_deferral(row: Branch, due_on: date | None = None) -> Promise:
    """A promise to bring materials later."""
    today = timezone.localdate()
    facts = {"kind": Promise.Kind.DEFERRAL, "materials": ["defence_form"], "text": "承诺补齐", "signed_by_name": "张三", "signed_on": today}
    return Promise.objects.create(branch=row, due_on=due_on or today + timedelta(days=5), **facts)


def make_draft(builder: Actor, stage: str = "2", project_class: str = "gov_building") -> Draft:
    """A draft for a school of the builder's unit, just begun."""
    project = make_project()
    make_applicant(builder, project)
    return start_draft(builder, project, stage, project_class)


def pdf(text: str = "x") -> bytes:
    """A PDF of one page."""
    head = b"%PDF-1.4\n"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
    ]
    body, places = head + f"% {text}\n".encode(), []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj" % number + one + b"endobj\n"
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + table + b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)


def kept(data: bytes) -> StoredFile:
    """Bytes as a stored file."""
    return files.store(io.BytesIO(data))


ANSWERS = {
    "contact": "王工 13800000000",
    "floor_area_m2": 50294,
    "far": 0.8,
    "height_m": 23.6,
    "basement_use": "build",
    "basement_m2": 2460,
    "investment_wan": 23600,
    "land_area_m2": 62868,
    "place": "观山湖区",
}
DWG = b"AC1027" + bytes(200)


def fill(builder: Actor, draft: Draft) -> Draft:
    """Everything that a draft of the second stage needs, so that it may be filed."""
    answer_situation(builder, draft, {"basement": True, "heritage": False, "floor_area_m2": 50294.0})
    form = {one.code for one in Prepared(draft).form}
    save_answers(builder, draft, {code: value for code, value in ANSWERS.items() if code in form})
    hand_in(builder, draft, "scheme_text", kept(pdf("scheme")), "方案.pdf")
    hand_in(builder, draft, "scheme_drawing", kept(DWG), "总平面.dwg")
    hand_in(builder, draft, "land_permit", kept(pdf("permit")), "用地许可.pdf")
    commit_later(builder, draft, "defence_form")
    return draft
