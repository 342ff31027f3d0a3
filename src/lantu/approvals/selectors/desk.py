"""The branches that wait for a department."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from lantu.approvals.events import IN_WORK
from lantu.approvals.models import Branch


def in_work(departments: Collection[str]) -> QuerySet[Branch]:
    """What the departments have to do: accepted and not ended. A newer round begins only when the one before has ended.

    The department is asked of the clock alone, which goes with the branch: its index gives a hundred thousand of them in the order of
    their days, and a database that is told the same of both tables takes them for few, and sorts them all for any page but the first.
    """
    return Branch.objects.filter(state__in=IN_WORK, clock__department__in=departments, clock__ended_on=None)


def to_do(departments: Collection[str]) -> QuerySet[Branch]:
    """The same to be counted: the branches' own index does it without a look at the clocks."""
    return Branch.objects.filter(department__in=departments, state__in=IN_WORK)


def ever(departments: Collection[str]) -> QuerySet[Branch]:
    """All that the departments have or had, each by its newest round; the newest first."""
    newer = Branch.objects.filter(application=OuterRef("application"), item=OuterRef("item"), round__gt=OuterRef("round"))
    return Branch.objects.filter(department__in=departments, state__isnull=False).exclude(Exists(newer)).order_by("-pk")
