"""What was filed with a case: values of the form, the site, materials; and what a certificate can take from it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import shapely
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.approvals.models import Material, StageApplication, StageResult
from lantu.approvals.permits import PermitField, permit_office
from lantu.core import files
from lantu.core.actor import Actor
from lantu.core.errors import Conflict, NotFound
from lantu.ui import formats


def content_of(actor: Actor, result: StageResult) -> bytes:
    """The PDF of a result that is out. Raises ``NotFound`` before that, ``Conflict`` (code ``sign-first``) for its applicant, who signs for
    it first."""
    if result.state not in (StageResult.State.OUT, StageResult.State.DELIVERED):
        raise NotFound(_("这件结果还没有出件。"), where=str(result))
    if actor.role == "builder" and result.state == StageResult.State.OUT:
        number = result.application.number
        raise Conflict(
            _("请先签收，再下载结果。"),
            where=str(result),
            how=f"lantu approvals receive {number}　POST /api/v1/approvals/cases/{number}/results/receive",
            code="sign-first",
        )
    if result.reference:
        return permit_office().content(result.reference)
    assert result.paper is not None
    return files.path_of(result.paper.current.pdf).read_bytes()


def values_of(application: StageApplication) -> dict[str, Any]:
    """Field code → value: the facts of the project, what rules asked, what the form says; the form goes first."""
    project = application.project
    known: dict[str, Any] = {
        "land_area_m2": project.land_area_m2,
        "floor_area_m2": project.floor_area_m2,
        **application.facts,
    }
    form = application.forms.order_by("-number").first()
    return {**{name: value for name, value in known.items() if value is not None}, **(form.values if form is not None else {})}


def number_of(value: Any) -> float | None:
    """A value as a number, none when it is not one."""
    try:
        return None if value is None or isinstance(value, bool) else float(Decimal(str(value).replace(",", "")))
    except InvalidOperation:
        return None


def site_of(application: StageApplication) -> BaseGeometry | None:
    """The site in degrees: what was filed, else the project's chosen one."""
    form = application.forms.exclude(site=None).order_by("-number").first()
    if form is not None and form.site:
        return shapely.geometry.shape(form.site)
    chosen = application.project.sites.filter(withdrawn=False).order_by("-chosen", "-pk").first()
    return chosen.geometry if chosen is not None else None


def materials_of(application: StageApplication) -> dict[str, list[Material]]:
    """Material code → its newest files, those taken back left out."""
    found: dict[tuple[str, int], Material] = {}
    rows = Material.objects.filter(application=application, withdrawn=False).select_related("stored").order_by("version")
    for row in rows:
        found[row.code, row.part] = row
    grouped: dict[str, list[Material]] = {}
    for (code, _part), row in sorted(found.items()):
        grouped.setdefault(code, []).append(row)
    return grouped


def suggested(application: StageApplication, fields: list[PermitField]) -> dict[str, str]:
    """What the fields of a certificate can be filled with, from project, form and earlier results."""
    project, values = application.project, values_of(application)
    land = number_of(values.get("land_area_m2"))
    floor = number_of(values.get("floor_area_m2"))
    earlier = StageResult.objects.filter(application__project=project, state__in=["ready", "out", "delivered"]).exclude(number="")
    numbers = {row.type: row.number for row in earlier.order_by("pk")}
    known: dict[str, str] = {
        "project": project.name,
        "project_code": project.code,
        "place": str(values.get("place") or "") or "　".join(part for part in (str(project.region), project.place) if part),
        "area": f"{formats.hectares(land)} 公顷（椭球面积）" if land else "",
        "scale": f"建筑面积 {formats.square_metres(floor)} ㎡" if floor else project.scale,
        "basis": next((f"{row.title} {row.number}" for row in earlier if row.kind == StageResult.Kind.DECISION), "")
        or project.source_reference,
        "use": str(values.get("use") or project.idea[:60]),
        "permit": numbers.get("works_permit", ""),
        "acquisition": {"allocation": "划拨", "transfer": "出让"}.get(str(values.get("site", "")), ""),
    }
    known |= {name: str(value) for name, value in values.items() if isinstance(value, str | int | float) and name not in known}
    names = {one.name for one in fields}
    return {name: value for name, value in known.items() if name in names and value}
