"""Candidate sites, and the chosen one as a red line on the living layer."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.analysis import settings as analysis_settings
from lantu.analysis.conformity.sites import Site, checked
from lantu.core import audit, events
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict
from lantu.core.locking import lock_row
from lantu.core.verbs import verb
from lantu.geodesy.area import polygon_area
from lantu.plans.models import LivingFeature
from lantu.plans.services.living import check_geometry, end_living, register_living, supersede_living
from lantu.projects.models import CandidateSite, Project
from lantu.projects.permissions import NEED_OWN, NEED_PLANNER, is_planner, may_edit
from lantu.standards import selectors

RED_LINES = "D0201"
"""The living layer of project red lines (项目红线) in the layer catalogue."""


@verb("projects.add_site", permission=may_edit, need=NEED_OWN, subject="project")
def add_site(actor: Actor, project: Project, label: str, geometry: BaseGeometry, *, note: str = "", source: str = "") -> CandidateSite:
    """Add a candidate site, polygons in EPSG:4490. Raises ``BadInput`` for no area, a crossing outline, or ground outside of the city."""
    check_site(geometry)
    if not label.strip():
        raise BadInput(_("没有填地块名称。"), how=_("请填能认出它的名称，如「地块一」。"))
    area = polygon_area(geometry, selectors.working_grid().ellipsoid)
    site = CandidateSite.objects.create(
        project=project,
        label=label.strip(),
        geometry=geometry,
        area_m2=Decimal(f"{area:.2f}"),
        note=note.strip(),
        source=source.strip(),
        added_by_name=actor.name,
    )
    events.emit(actor, "projects.site_added", project, site=site.pk)
    return site


def check_site(geometry: BaseGeometry | None) -> None:
    """Raise ``BadInput`` with the place for what is no polygon, crosses itself, is a sliver, or cannot stand on a living layer."""
    if geometry is None or geometry.is_empty:
        raise BadInput(_("没有地块。"), how=_("请画出、上传或粘贴地块的界址点。"))
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        raise BadInput(_("地块须是面，不是%(kind)s。") % {"kind": geometry.geom_type}, how=_("请画成闭合的面。"))
    checked(Site(geometry, "project"), analysis_settings.settings_of())
    check_geometry(geometry)


@verb("projects.choose_site", permission=is_planner, need=NEED_PLANNER)
def choose_site(actor: Actor, site: CandidateSite) -> CandidateSite:
    """Settle on a site: it becomes the project's red line on the living layer at once; a former red line ends the same day."""
    project = lock_row(Project.objects.all(), site.project_id)
    site.refresh_from_db()
    if site.withdrawn:
        raise Conflict(_("地块「%(site)s」已放弃。") % {"site": site}, how=_("请选另一块，或重新登记。"))
    project.sites.filter(chosen=True).exclude(pk=site.pk).update(chosen=False)
    standing = LivingFeature.objects.filter(layer_code=RED_LINES, feature_id=project.code, valid_to=None).first()
    today = timezone.localdate()
    if standing is None:
        feature = register_living(actor, RED_LINES, project.code, site.geometry, name=project.name, valid_from=today, demo=project.demo)
    else:
        feature = supersede_living(actor, standing, site.geometry, valid_from=max(today, standing.valid_from), name=project.name)
    site.chosen, site.living_id = True, feature.pk
    site.save(update_fields=["chosen", "living_id"])
    audit.remark(project=project.code, site=site.label, area_m2=str(site.area_m2))
    events.emit(actor, "projects.site_chosen", project, site=site.pk)
    return site


@verb("projects.withdraw_site", permission=is_planner, need=NEED_PLANNER, subject="site")
def withdraw_site(actor: Actor, site: CandidateSite, reason: str) -> CandidateSite:
    """Give a site up; a red line standing on it ends."""
    if not reason.strip():
        raise BadInput(_("没有写明放弃的原因。"), how=_("请写明原因。"))
    lock_row(Project.objects.all(), site.project_id)  # nobody chooses it or plans on it meanwhile
    site.refresh_from_db()
    if number := site.generations.exclude(state__in=["generated", "ended"]).values_list("number", flat=True).first():
        raise Conflict(_("策划 %(number)s 正用着地块「%(site)s」。") % {"number": number, "site": site}, how=_("请先终止策划。"))
    if site.chosen and site.living_id:
        feature = LivingFeature.objects.get(pk=site.living_id)
        if feature.valid_to is None:
            end_living(actor, feature, on=timezone.localdate(), reason=reason.strip())
    site.chosen, site.withdrawn, site.note = False, True, reason.strip()
    site.save()
    events.emit(actor, "projects.site_withdrawn", site.project, site=site.pk, reason=reason.strip())
    return site
