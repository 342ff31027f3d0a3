"""For tests of this room and those above: a calendar, departments, people, and a subject of a kind that everybody of the office may see."""

from __future__ import annotations

from datetime import date
from itertools import count

from lantu.accounts.models import Department, Post, Region, User
from lantu.casework.ports import SubjectKind, subjects
from lantu.core.actor import Actor
from lantu.core.actor import Post as Seat
from lantu.standards.models import CalendarDay, CalendarRelease

_serial = count(1)

HOLIDAYS_2018 = {
    **{date(2018, 2, day): "春节" for day in range(15, 22)},
    **{date(2018, 9, day): "中秋节" for day in (22, 23, 24)},
    **{date(2018, 10, day): "国庆节" for day in range(1, 8)},
}
MAKE_UP_2018 = {date(2018, 2, 11): "春节", date(2018, 2, 24): "春节", date(2018, 9, 29): "国庆节", date(2018, 9, 30): "国庆节"}


def make_calendar(
    off: dict[date, str] | None = None,
    work: dict[date, str] | None = None,
    known: tuple[str, str] = ("2018-01-01", "2018-12-31"),
) -> CalendarRelease:
    """A calendar release, by default that of 2018's Spring Festival, Mid-Autumn and National Day."""
    last = CalendarRelease.objects.order_by("-number").values_list("number", flat=True).first() or 0
    release = CalendarRelease.objects.create(number=last + 1, years=[*known, "6;7"], digest=f"{next(_serial):064d}", note="测试日历")
    rows = [(day, True, name) for day, name in (HOLIDAYS_2018 if off is None else off).items()]
    rows += [(day, False, name) for day, name in (MAKE_UP_2018 if work is None else work).items()]
    CalendarDay.objects.bulk_create(CalendarDay(release=release, day=day, is_off=is_off, name=name) for day, is_off, name in rows)
    return release


def make_department(code: str, name: str = "", **more: object) -> Department:
    """A department by code."""
    row, _new = Department.objects.get_or_create(code=code, defaults={"name_zh": name or code, "short_zh": name or code, **more})
    return row


def make_person(role: str, department: str = "", region: Region | None = None, name: str = "") -> User:
    """A person who holds a role in a department."""
    number = next(_serial)
    user = User.objects.create(username=f"person-{number}", full_name=name or f"{role} {number}", email=f"p{number}@example.invalid")
    Post.objects.create(user=user, role=role, department=make_department(department) if department else None, region=region)
    return user


def as_actor(user: User, channel: str = "page") -> Actor:
    """The person acting in their first post."""
    post = user.posts.select_related("department", "region").get()
    region = post.region.code if post.region else ""
    return Actor(user.pk, str(user), Seat(post.role, post.department.code if post.department else "", region), channel)


def make_actor(role: str, department: str = "", name: str = "") -> Actor:
    """Somebody new, acting."""
    return as_actor(make_person(role, department, name=name))


def make_subject(title: str = "测试案卷") -> Region:
    """A subject: any model will do, here a region whose name is the title; registered so that everybody signed in may see it."""
    number = next(_serial)
    subjects.register(
        "accounts.region",
        SubjectKind(
            model=Region,
            title=lambda subject: subject.name_zh,
            url=lambda subject: f"/accounts/regions/?q={subject.code}",
            may_see=lambda actor, subject: actor.user_id is not None,
            number=lambda subject: subject.code,
        ),
    )
    return Region.objects.create(code=f"T{number:05d}", name_zh=title, kind=Region.Kind.FUNCTIONAL)
