"""Makers of made data for tests and the demo."""

from __future__ import annotations

from datetime import date
from typing import Any

from shapely.geometry import Polygon, box

from lantu.accounts.models import Department, Region
from lantu.analysis import factories as analysis
from lantu.casework.factories import make_calendar, make_department
from lantu.core.actor import Actor, Post, system
from lantu.projects.models import Project
from lantu.projects.services import enter_project
from lantu.standards import selectors
from lantu.standards.factories import pack_yaml
from lantu.standards.models import LayerDefinition, PackPart

SCHOOL = {"idea": "36 班小学，含运动场", "source": "annual", "sector": "education", "kind": "01", "industry": "83"}


def make_actor(role: str, department: str = "", user_id: int = 1) -> Actor:
    """A person in a post."""
    return Actor(user_id, f"{role}-{department or user_id}", Post(role, department), "page")


def make_project(key: str = "school", *, actor: Actor | None = None, on: date = date(2018, 10, 16), **facts: Any) -> Project:
    """A school of 2018 in 观山湖区, unless said otherwise."""
    given = {
        "name": "朱昌镇第二小学建设项目",
        "region": Region.objects.get(code="520115"),
        "department": Department.objects.order_by("code").first(),
        **SCHOOL,
        **facts,
    }
    return enter_project(actor or system(), key=key, on=on, **given)


def square(lon: float = 106.55, lat: float = 26.68, side: float = 0.004) -> Polygon:
    """A square in degrees, lower left corner given."""
    return box(lon, lat, lon + side, lat + side)


def make_planned_city() -> None:
    """A small published city (``analysis.factories``) with the dictionaries of Guiyang and rules of generation."""
    pack, _run, _release = analysis.make_city()
    words = pack_yaml("dictionaries.yaml")
    PackPart.objects.create(pack=pack, name="dictionaries", content=words)
    LayerDefinition.objects.create(pack=pack, code="D0201", name_zh="项目红线", plan="approvals", owner="GH", is_living=True, order=99)
    pack.settings["generation"] = {
        "formal_check_days": 2,
        "rounds": 3,
        "planning": "GH",
        "always": ["FGW", "GH"],
        "sectors": {"education": ["JYJ"]},
    }
    pack.save()
    selectors.clear()
    make_calendar(known=("2018-01-01", "2030-12-31"))
    for code in ("FGW", "GH", "GT", "JYJ"):
        make_department(code)
    Region.objects.get_or_create(code="520115", defaults={"name_zh": "观山湖区", "kind": Region.Kind.COUNTY})
