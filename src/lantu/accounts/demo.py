"""Demo accounts: one for every role, marked as demo, made only by ``lantu demo``. Their password is public on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count

from lantu.accounts.models import Department, Region, User
from lantu.accounts.roles import ADMINISTRATORS, ROLES
from lantu.accounts.services import create_user, give_post
from lantu.accounts.services.people import current_posts
from lantu.core.actor import Actor, system

PASSWORD = "lantu-yanshi-2026"
"""Of every demo account; the log-in page shows it while there are any."""

_NAMES = {
    "planner": "演示·规划经办",
    "checker": "演示·规划复核",
    "publisher": "演示·蓝图发布",
    "reviewer": "演示·部门审查",
    "decider": "演示·审定",
    "window": "演示·综合窗口",
    "builder": "演示·建设单位",
    "supervisor": "演示·督查",
    "viewer": "演示·领导",
    "exchange": "演示·数据交换",
    "sysadmin": "演示·系统管理",
    "secadmin": "演示·安全保密",
    "auditadmin": "演示·安全审计",
}
_PLANNING_OFFICE = frozenset({"planner", "checker", "publisher", "decider"})
_DEPARTMENTS = {"reviewer": ("WWJ", "CHC"), "window": ("ZWZX",), "supervisor": ("DCZ",)}
"""Where the others work, the first that the city has."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A demo log-in."""

    username: str
    password: str
    full_name: str
    role: str


def load(actor: Actor | None = None) -> list[DemoAccount]:
    """Open the demo accounts that are not there yet, each with its post in the planning office where that fits; returns them all."""
    acting = actor or system("演示数据")
    office = _office()
    region = Region.objects.filter(kind=Region.Kind.CITY).order_by("code").first()
    with transaction.atomic():
        for code in ROLES:
            user = User.objects.filter(username=f"demo-{code}").first()
            if user is None:
                user = create_user(acting, f"demo-{code}", _NAMES[code], PASSWORD, is_demo=True)
            if not current_posts(user).exists():
                department = office if code in _PLANNING_OFFICE else _first(_DEPARTMENTS.get(code, ()))
                give_post(acting, user, code, department=department, region=None if code in ADMINISTRATORS else region)
    return demo_accounts()


def demo_accounts() -> list[DemoAccount]:
    """The demo accounts that are there, in the order of the roles."""
    there = set(User.objects.filter(is_demo=True, is_active=True).values_list("username", flat=True))
    return [DemoAccount(f"demo-{code}", PASSWORD, _NAMES[code], code) for code in ROLES if f"demo-{code}" in there]


def demo_actor(role: str) -> Actor:
    """The actor of a demo account in its post. Raises ``User.DoesNotExist`` before ``load``."""
    from lantu.accounts.acting import actor_for

    user = User.objects.get(username=f"demo-{role}", is_demo=True)
    return actor_for(user, current_posts(user).filter(role=role).order_by("pk").first(), "cli")


def _first(codes: tuple[str, ...]) -> Department | None:
    known = {row.code: row for row in Department.objects.filter(valid_to=None, code__in=codes)}
    return next((known[code] for code in codes if code in known), None)


def _office() -> Department | None:
    """The department that owns most of the city's plans is where the demo planners work; without any, the first."""
    if (found := Department.objects.filter(valid_to=None, code__in=["ZRZY", "GH", "CDD"]).order_by("-code").first()) is not None:
        return found
    return Department.objects.filter(valid_to=None).annotate(held=Count("posts")).order_by("code").first()
