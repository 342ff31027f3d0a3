"""Who is meant by a role and a department, and for which departments somebody may answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.accounts.models import Department, Post, User
from lantu.core.errors import BadInput
from lantu.core.reading import kept, once

DepartmentLike = Department | str


def departments_of(given: Iterable[DepartmentLike]) -> list[Department]:
    """Departments by object or code, in the given order, each once. Raises ``BadInput`` for a code that is not known."""
    wanted = list(dict.fromkeys(one.code if isinstance(one, Department) else one for one in given))
    known = {one.code: one for one in Department.objects.filter(code__in=wanted)}
    if missing := [code for code in wanted if code not in known]:
        raise BadInput(_("没有这些部门：%(codes)s。") % {"codes": "、".join(missing)}, how=_("请从部门列表中选择。"))
    return [known[code] for code in wanted]


@kept
def all_departments() -> tuple[Department, ...]:
    """All departments with those that took over from them, by code, for names, choices and successors."""
    return tuple(Department.objects.prefetch_related("successors").order_by("code"))


def department_choices() -> list[tuple[str, str]]:
    """(code, short name) of the departments that have not ended, for a choice."""
    return [(row.code, name_of(row)) for row in all_departments() if row.valid_to is None]


@once
def answers_for(code: str, on: date | None = None) -> frozenset[str]:
    """The departments that one may answer for: itself, and those that it took over and that have ended (机构改革), however far back."""
    if not code:
        return frozenset()
    day = on or timezone.localdate()
    ended = [row for row in all_departments() if row.valid_to is not None and row.valid_to <= day]
    found, fresh = {code}, {code}
    while fresh:
        fresh = {row.code for row in ended if fresh & {successor.code for successor in row.successors.all()}} - found
        found |= fresh
    return frozenset(found)


def today_of(department: Department, on: date | None = None) -> list[str]:
    """The codes of the departments that do a department's work on a day: itself, or those that took over."""
    day, found, fresh = on or timezone.localdate(), [], [department]
    seen = {department.pk}
    while fresh:
        one = fresh.pop()
        successors = list(one.successors.all()) if one.valid_to and one.valid_to <= day else []
        if not successors:
            found.append(one.code)
        fresh += [successor for successor in successors if successor.pk not in seen]
        seen |= {successor.pk for successor in successors}
    return sorted(found)


def people_in(*, roles: Iterable[str] = (), departments: Iterable[str] = (), region: str = "") -> list[User]:
    """The active people who hold one of the roles in one of the departments today; empty means any.

    A post without a region holds everywhere.
    """
    day = timezone.localdate()
    posts = Post.objects.held_on(day).filter(user__is_active=True)
    if roles := tuple(roles):
        posts = posts.filter(role__in=roles)
    if departments := tuple(departments):
        posts = posts.filter(department__code__in=departments)
    if region:
        posts = posts.filter(Q(region=None) | Q(region__code=region) | Q(region__children__code=region))
    return list(User.objects.filter(pk__in=posts.values("user")).order_by("pk"))


def department_name(code: str) -> str:
    """The department's short name in the page's language; the code when it is not known."""
    found = next((row for row in all_departments() if row.code == code), None) if code else None
    return name_of(found) if found else code


def name_of(department: Department) -> str:
    """The department's short name in the page's language."""
    english = (get_language() or "").startswith("en")
    return (department.name_en if english else "") or str(department)


@once
def names_today() -> dict[str, str]:
    """Who does each department's work today, by code: its own name, or the names of those that took over from it (机构改革)."""
    today, rows = timezone.localdate(), all_departments()
    own = {row.code: name_of(row) for row in rows}
    return {row.code: "、".join(own[code] for code in today_of(row, today)) for row in rows}
