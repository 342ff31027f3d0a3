"""Casework to look at in the demo city: the demo reviewer in several departments, a consultation half answered, a meeting to come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from lantu.accounts.demo import demo_actor
from lantu.accounts.models import Department, User
from lantu.accounts.services import give_post
from lantu.accounts.services.people import current_posts
from lantu.casework.models import Consultation, Meeting
from lantu.casework.services import ask, call_meeting, comment, put_on_agenda, reply
from lantu.core.actor import Actor, Post, system

REVIEWING = 5
"""In how many departments the demo reviewer works, so that one person can play them all."""


def load(subject: models.Model) -> None:
    """Make it over a subject of a room above, once; passed over without departments to ask."""
    departments = _reviewing()
    if len(departments) < 3 or Consultation.objects.exists():
        return
    planner, today = demo_actor("planner"), timezone.localdate()
    question = "请核对本部门职责范围内的内容，说明有无异议；需要调整的写明位置、依据和处理方向。（演示）"
    asked = ask(planner, subject, "check", "征求对规划成果的意见", [one.code for one in departments], question=question)
    first, second, *_others = asked.requests.select_related("department")
    height: list[str | Mapping[str, Any]] = [
        {"item": "建筑高度", "op": "≤", "value": 24, "unit": "m"},
        "保留文物本体及控制地带",
    ]
    reply(_reviewer(first.department), first, "conditions", conditions=height, reason="涉及文物建设控制地带（演示）")
    reply(_reviewer(second.department), second, "agree", reason="无异议（演示）")
    comment(planner, subject, "各部门意见回齐后开会定处理方向。（演示）")
    if not Meeting.objects.exists():
        at = timezone.localtime().replace(hour=9, minute=30, second=0, microsecond=0) + timedelta(days=7)
        meeting = call_meeting(
            planner,
            "协调会",
            f"{today.year} 年第一次多规协调会（演示）",
            at,
            place="市规划局三楼会议室",
            chair="规划局副局长",
            departments=departments,
        )
        put_on_agenda(planner, meeting, subject)


def _reviewing() -> list[Department]:
    """The departments in which the demo reviewer holds a post, given now where they lack it."""
    user = User.objects.get(username="demo-reviewer", is_demo=True)
    held = {post.department_id: post.department for post in current_posts(user).select_related("department") if post.department}
    others = Department.objects.filter(valid_to=None, region__kind="city").exclude(code__in=["GOV", "ZRZY", "DCZ", "ZWZX"]).order_by("code")
    for department in others:
        if len(held) >= REVIEWING:
            break
        if department.pk not in held:
            give_post(system("演示数据"), user, "reviewer", department=department, region=department.region)
            held[department.pk] = department
    return list(held.values())


def _reviewer(department: Department) -> Actor:
    user = User.objects.get(username="demo-reviewer", is_demo=True)
    return Actor(user.pk, str(user), Post("reviewer", department.code), "cli")
