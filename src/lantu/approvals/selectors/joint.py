"""Who may be asked to handle a branch jointly (市区联办)."""

from __future__ import annotations

from collections.abc import Iterable

from lantu.accounts.models import Department, Region
from lantu.approvals.models import Branch, JointPart

DISTRICT = (Region.Kind.COUNTY, Region.Kind.FUNCTIONAL)


def is_district(department: Department) -> bool:
    """Whether a department is a district's; one without a region belongs to the city."""
    return department.region is not None and department.region.kind in DISTRICT


def counterparts(branch: Branch) -> list[Department]:
    """The departments of the other level that the branch may be handled with: those of the project's district where the city handles, those
    of the city where a district does."""
    own = Department.objects.select_related("region").filter(code=branch.department).first()
    rows = Department.objects.select_related("region").filter(valid_to=None).exclude(code=branch.department).order_by("code")
    if own is not None and is_district(own):
        return [one for one in rows if not is_district(one)]
    return [one for one in rows if is_district(one) and one.region_id == branch.application.project.region_id]


def parts_of(branches: Iterable[Branch]) -> dict[int, list[str]]:
    """Branch → the departments that have a part in it, given or still to come."""
    found: dict[int, list[str]] = {}
    states = (JointPart.State.OPEN, JointPart.State.GIVEN)
    for branch, code in JointPart.objects.filter(branch__in=list(branches), state__in=states).values_list("branch", "department"):
        found.setdefault(branch, []).append(code)
    return found
