"""A small city whose conflicts can be settled: a fused run, principles, a chain, people in their departments."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from lantu.accounts.models import Department, User
from lantu.blueprints import factories as blueprints
from lantu.blueprints.models import FusionRun
from lantu.casework.factories import make_calendar
from lantu.conflicts.models import ConflictCase
from lantu.core import jobs
from lantu.core.actor import Actor, Post
from lantu.plans.models import PlanRelease
from lantu.standards.models import PackPart, PackVersion

CHAIN = [
    {"code": "fusion", "name_zh": "多规融合工作组", "department": "GH", "role": "planner", "may": ["submit"], "needs": []},
    {
        "code": "coordination",
        "name_zh": "部门协调组",
        "department": "GH",
        "role": "checker",
        "may": ["submit", "return", "defer"],
        "needs": ["minutes"],
    },
    {
        "code": "leading",
        "name_zh": "领导小组",
        "department": "GOV",
        "role": "decider",
        "may": ["submit", "return", "defer"],
        "needs": ["minutes"],
    },
    {
        "code": "government",
        "name_zh": "市人民政府",
        "department": "GOV",
        "role": "decider",
        "may": ["approve", "return", "defer"],
        "needs": ["document_no", "document_date"],
    },
]

RESOLUTION: dict[str, Any] = {
    "version": "1",
    "ranking": ["1", "3", "8"],
    "balance": {"construction": ["C0101", "C0401"], "farmland": ["C0404"]},
    "slivers": {"rules": ["C14"], "above_severity": 1},
    "options": {
        "keep-farmland": {
            "principle": "1",
            "title_zh": "保留农田，城规退出",
            "title_en": "Keep the farmland",
            "reason_zh": "刚性控制线优先",
            "when": {"hit": ["C01"]},
            "classes": {"C0101": "E2"},
            "clears": ["C01", "C06"],
            "amend": ["C0101"],
            "months": 6,
        },
        "swap": {
            "principle": "3",
            "title_zh": "占一补一，调出农田",
            "reason_zh": "总量平衡",
            "when": {"all": [{"hit": ["C01"]}, {"layer": "C0404", "present": True}]},
            "classes": {"C0404": ""},
            "clears": ["C01"],
            "amend": ["C0404"],
            "remark_zh": "须国务院批准",
            "remark_kind": "err",
        },
        "withdraw": {
            "principle": "3",
            "title_zh": "城规退出",
            "reason_zh": "建设用地总规模不得增加",
            "when": {"hit": ["C06"]},
            "classes": {"C0101": "E2"},
            "clears": ["C06"],
            "amend": ["C0101"],
        },
        "rights": {
            "principle": "8",
            "title_zh": "尊重已供",
            "reason_zh": "已有合法审批",
            "when": {"all": [{"living": ["D0102"]}, {"not": {"severity": 1}}]},
            "accepts": ["C06"],
            "clears": ["C06"],
        },
    },
}


def make_pack() -> PackVersion:
    """The pack of the little city with principles, chain, dictionary, calendar and the government."""
    pack = blueprints.make_pack()
    principles = {"items": [{"code": code, "name_zh": f"原则 {code}"} for code in ("1", "3", "8")]}
    for name, content in (
        ("resolution", RESOLUTION),
        ("approval_chain", {"chain": CHAIN}),
        ("dictionaries", {"resolution_principles": principles}),
    ):
        PackPart.objects.create(pack=pack, name=name, content=content)
    Department.objects.get_or_create(code="GOV", defaults={"name_zh": "市政府", "short_zh": "市政府"})
    make_calendar()
    for key, actor in _people.items():
        User.objects.get_or_create(pk=key, defaults={"username": f"person-{key}", "full_name": actor.name})
    return pack


_people: dict[int, Actor] = {}


def person(role: str, department: str = "GH", user_id: int | None = None) -> Actor:
    """Somebody in a post; the same role in the same department is the same person unless ``user_id`` says otherwise. ``make_pack`` gives
    those known by then an account."""
    key = user_id or crc32(f"{role}/{department}".encode()) % 100_000 + 1000
    return _people.setdefault(key, Actor(user_id=key, name=f"{department} {role}", post=Post(role, department), channel="page"))


def make_run(releases: list[PlanRelease] | None = None, by: Actor | None = None) -> FusionRun:
    """A run carried out and taken in."""
    run = blueprints.make_run(releases or list(PlanRelease.objects.filter(state=PlanRelease.State.RELEASED)), by or person("planner"))
    jobs.work_off()
    return run


def make_cases() -> list[ConflictCase]:
    """The cases of the little city: one critical (farmland built over), two major."""
    blueprints.make_releases(make_pack())
    make_run()
    return list(ConflictCase.objects.order_by("severity", "pk"))
