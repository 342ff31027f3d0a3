"""Who handles the demo's cases: one reviewer and one decider with a post in each department of the catalogue, and TEST seals for them.

As in a small city one person has several posts; which one they act in is chosen in the head of the page.
"""

from __future__ import annotations

from dataclasses import replace

from lantu.accounts import demo as people
from lantu.accounts.models import Department, User
from lantu.accounts.services import give_post
from lantu.accounts.services.people import current_posts
from lantu.casework.people import answers_for
from lantu.core.actor import Actor, Post, system
from lantu.documents.models import Seal, SealGrant
from lantu.documents.services import grant_seal, register_seal

SEALS = {
    "ZRZY": ("DEMO-SPZYZ", "行政审批专用章（测试）", "approval", "decider"),
    "FGW": ("DEMO-FGW", "发展改革审批专用章（测试）", "approval", "decider"),
    "LY": ("DEMO-LY", "林业审批专用章（测试）", "approval", "decider"),
    "RFB": ("DEMO-RFB", "人防审批专用章（测试）", "approval", "decider"),
    "ZJJ": ("DEMO-ZJJ", "住建审批专用章（测试）", "approval", "decider"),
    "ZWZX": ("DEMO-ZWZX", "政务受理专用章（测试）", "receipt", "window"),
}
"""Department → code, name and kind of its seal, and the demo account that may use it."""
DISTRICT = ("GSH-ZRZY", "GSH-ZJJ")
"""Departments of a district, for joint handling."""
NOTICES = ["suspension"]
"""What a reviewer may seal: the notice of a stopped clock, so that it goes out with the act itself."""


def load() -> None:
    """Posts and seals that are not there yet, for the departments that the city has."""
    today = set(Department.objects.filter(valid_to=None).values_list("code", flat=True))
    for role in ("reviewer", "decider"):
        user = User.objects.get(username=f"demo-{role}", is_demo=True)
        posts = current_posts(user).filter(role=role).select_related("region", "department").order_by("pk")
        held = {post.department.code for post in posts if post.department is not None}
        first = posts.first()
        for code in sorted({*SEALS, *DISTRICT} & today - held - {"ZWZX"}):
            department = Department.objects.get(code=code, valid_to=None)
            give_post(system("演示数据"), user, role, department=department, region=first.region if first else None)
    keeper = people.demo_actor("secadmin")
    for department_code, (code, name, kind, role) in SEALS.items():
        if department_code in today and not Seal.objects.filter(code=code).exists():
            seal = register_seal(keeper, code=code, name=name, kind=kind, department=department_code)
            grant_seal(keeper, seal, User.objects.get(username=f"demo-{role}"))
    reviewer = User.objects.get(username="demo-reviewer", is_demo=True)
    for seal in Seal.objects.filter(kind="approval", code__startswith="DEMO-", department__in=today):
        if not SealGrant.objects.filter(seal=seal, user=reviewer).exists():
            grant_seal(keeper, seal, reviewer, items=NOTICES)


def in_post(role: str, department: str) -> Actor:
    """The demo account of a role, acting in its post in a department, or in the one that took over from it."""
    actor = people.demo_actor(role)
    user = User.objects.get(pk=actor.user_id or 0)
    codes = current_posts(user).filter(role=role).order_by("pk").values_list("department__code", flat=True)
    code = next(one for one in codes if one and department in answers_for(one))
    region = actor.post.region if actor.post else ""
    return replace(actor, post=Post(role, code, region))
