"""Projects that plans name (five-year plan, annual plan, major projects) taken into the library."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from lantu.accounts.models import Department, Region
from lantu.casework.people import today_of
from lantu.core.actor import Actor
from lantu.core.errors import BadInput
from lantu.core.verbs import verb
from lantu.plans.models import PlanProject
from lantu.projects.models import Project
from lantu.projects.permissions import NEED_ENTER, may_enter
from lantu.projects.services.library import enter_project
from lantu.standards import selectors


def layers() -> dict[str, dict[str, Any]]:
    """``plan_projects`` of the pack's ``pack.yaml``: layer → source, and the fields of the plan where facts of a project stand."""
    return dict(selectors.pack().settings.get("plan_projects", {}))


@verb("projects.enter_from_plan", permission=may_enter, need=NEED_ENTER)
def enter_from_plan(actor: Actor, row: PlanProject, *, on: date | None = None) -> Project:
    """Enter a project that a plan names; the same row again gives the same project.

    Raises ``BadInput`` for a layer that the pack does not know as a source, or a row without a usable region or industry.
    """
    layer = row.release.layer_code
    fields = layers().get(layer)
    if fields is None:
        raise BadInput(_("%(layer)s 不是项目来源。") % {"layer": layer}, how=_("请在城市包 pack.yaml 的 plan_projects 里登记它。"))
    industry = row.sector if row.sector in selectors.dictionary("industry") else str(fields.get("industry", ""))
    return enter_project(
        actor,
        key=f"{fields['source']}:{row.code or f'{row.release_id}-{row.row}'}",
        name=row.name,
        kind=str(fields.get("kind", "01")),
        industry=industry,
        sector=str(selectors.dictionary("industry")[industry].traits.get("sector", "")) if industry else "",
        source=fields["source"],
        source_reference=row.code,
        idea=row.name,
        investment_wan=_amount(row.investment_wan, row.attributes.get(fields.get("investment", ""))),
        region=_region(row, fields),
        department=_owner(layer),
        planned_from=_year(row.attributes.get(fields.get("first_year", "")), 1, 1),
        planned_to=_year(row.attributes.get(fields.get("last_year", "")), 12, 31),
        on=on,
        demo=row.release.dataset.demo,
    )


def _region(row: PlanProject, fields: dict[str, Any]) -> Region:
    code = row.region_code or str(row.attributes.get(fields.get("region", ""), ""))
    found = Region.objects.filter(code=code).first()
    if found is None:
        raise BadInput(_("没有区划代码「%(code)s」。") % {"code": code}, where=row.name, how=_("请核对规划里的区划代码。"))
    return found


def _owner(layer: str) -> Department:
    """Today's department of the layer's owner."""
    owner = selectors.layer(layer).owner
    named = Department.objects.filter(code=owner).first()
    found = Department.objects.filter(code=today_of(named)[0]).first() if named else None
    if found is None:
        raise BadInput(_("没有部门代码「%(code)s」。") % {"code": owner}, where=layer)
    return found


def _amount(*values: Any) -> Decimal | None:
    """The first that is a sum of money, in 万元 with two decimals."""
    for value in values:
        try:
            found = Decimal(str(value).replace(",", ""))
        except InvalidOperation:
            continue
        if found.is_finite() and found >= 0:
            return round(found, 2)
    return None


def _year(value: Any, month: int, day: int) -> date | None:
    text = str(value or "").strip()
    return date(int(text), month, day) if text.isdigit() and 1950 <= int(text) <= 2100 else None
