"""The list of experts, and assessments made for whole areas."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from lantu.core import audit
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.geodesy.area import polygon_area
from lantu.projects.models import Expert, RegionalAssessment
from lantu.projects.permissions import NEED_PLANNER, is_planner
from lantu.projects.services.library import need_reason
from lantu.projects.services.sites import check_site
from lantu.standards import selectors

NEED_ASSESSOR = gettext_lazy("须由规划经办人或部门审查人登记。")


def _of_dictionary(name: str, code: str) -> None:
    """Raise ``BadInput`` for a code that the dictionary does not have."""
    if code not in (known := selectors.dictionary(name)):
        names = "、".join(f"{key} {item}" for key, item in known.items())
        raise BadInput(_("没有「%(code)s」这一项。") % {"code": code}, how=_("可用：%(names)s。") % {"names": names})


@verb("projects.add_expert", permission=is_planner, need=NEED_PLANNER)
def add_expert(actor: Actor, name: str, field: str, unit: str, *, title: str = "", demo: bool = False) -> Expert:
    """Put somebody on the list of experts. Raises ``BadInput``; ``Conflict`` for the same name of the same unit."""
    _of_dictionary("expert_field", field)
    if not name.strip() or not unit.strip():
        raise BadInput(_("姓名和工作单位都要填。"), how=_("工作单位用来判断回避。"))
    try:
        with transaction.atomic():
            return Expert.objects.create(
                name=name.strip(), field=field, unit=unit.strip(), title=title.strip(), added_by_name=actor.name, demo=demo
            )
    except IntegrityError:
        raise Conflict(_("「%(unit)s」的%(name)s已在专家库。") % {"unit": unit.strip(), "name": name.strip()}) from None


@verb("projects.retire_expert", permission=is_planner, need=NEED_PLANNER, subject="expert")
def retire_expert(actor: Actor, expert: Expert, reason: str) -> Expert:
    """Take somebody off the list; old reviews keep the name."""
    need_reason(reason)
    expert.left_reason = reason.strip()
    expert.save(update_fields=["left_reason"])
    return expert


@verb("projects.register_assessment", permission=has_role("planner", "reviewer"), need=NEED_ASSESSOR)
def register_assessment(
    actor: Actor,
    kind: str,
    title: str,
    geometry: BaseGeometry,
    *,
    document_no: str,
    approved_on: date,
    valid_to: date | None = None,
    conclusion: str = "",
    demo: bool = False,
) -> RegionalAssessment:
    """Register an approved assessment of an area (polygons in EPSG:4490), to be used by the projects inside it.

    Raises ``BadInput`` for an unknown kind, no document, dates that cannot be, or an area that is none.
    """
    _of_dictionary("regional_assessment", kind)
    check_site(geometry)
    if not title.strip() or not document_no.strip():
        raise BadInput(_("名称和批复文号都要填。"), how=_("没有批复的评估不能代替项目的评估。"))
    if approved_on > timezone.localdate() or (valid_to is not None and valid_to <= approved_on):
        raise BadInput(_("批复日期在今天之后，或有效期早于批复。"), how=_("请改正日期。"))
    area = polygon_area(geometry, selectors.working_grid().ellipsoid)
    return RegionalAssessment.objects.create(
        kind=kind,
        title=title.strip(),
        document_no=document_no.strip(),
        approved_on=approved_on,
        valid_to=valid_to,
        conclusion=conclusion.strip(),
        geometry=geometry,
        area_m2=Decimal(f"{area:.2f}"),
        added_by_name=actor.name,
        demo=demo,
    )


@verb("projects.end_assessment", permission=is_planner, need=NEED_PLANNER, subject="assessment")
def end_assessment(actor: Actor, assessment: RegionalAssessment, reason: str) -> RegionalAssessment:
    """Use an assessment no longer; conditions that were drawn up with it keep it."""
    need_reason(reason)
    assessment.ended_reason = reason.strip()
    assessment.save(update_fields=["ended_reason"])
    audit.remark(reason=reason.strip())
    return assessment
