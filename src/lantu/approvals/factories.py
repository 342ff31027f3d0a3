"""For tests: a published catalogue, a project, people of the departments of its second stage."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils import timezone

from lantu.accounts.models import Region
from lantu.approvals.models import Branch, DefinitionRelease, Promise, StageApplication
from lantu.approvals.services import file_stage
from lantu.casework.factories import make_actor, make_calendar, make_department
from lantu.core.actor import Actor
from lantu.projects.models import Project
from lantu.standards.models import PackVersion

_serial = count(1)
SCHOOL = {"basement": True, "heritage": False, "site": "allocation", "hits": []}


def make_definition(**changes: Any) -> DefinitionRelease:
    """The catalogue of the Guiyang pack as a release in force."""
    number = next(_serial)
    content = yaml.safe_load((Path(settings.CITIES_DIR) / "guiyang" / "approvals.yaml").read_text(encoding="utf-8"))
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


def make_stage(builder: Actor, stage: str = "2", project_class: str = "gov_building", **facts: Any) -> StageApplication:
    """A stage filed for a school."""
    make_calendar()
    make_definition()
    return file_stage(builder, make_project(), stage, project_class, {**SCHOOL, **facts})


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


def make_deferral(row: Branch, due_on: date | None = None) -> Promise:
    """A promise to bring materials later."""
    today = timezone.localdate()
    facts = {"kind": Promise.Kind.DEFERRAL, "materials": ["defence_form"], "text": "承诺补齐", "signed_by_name": "张三", "signed_on": today}
    return Promise.objects.create(branch=row, due_on=due_on or today + timedelta(days=5), **facts)
