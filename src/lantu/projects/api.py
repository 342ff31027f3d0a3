"""``/api/v1/projects/…``: the library for other systems. Entering is idempotent by ``key``; others' codes are bound beside ours."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
from datetime import date
from decimal import Decimal
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema

from lantu.accounts.models import Department, Region
from lantu.core.access import access
from lantu.core.errors import BadInput
from lantu.projects import coding, services
from lantu.projects.models import Project
from lantu.projects.permissions import READERS
from lantu.projects.selectors.codes import by_any_code

router = Router(tags=["projects"])
MOST = 1000


class ProjectIn(Schema):
    """A project to enter. ``key``: by what the source knows it, the same again gives the same project. Region and department by code."""

    key: str
    name: str
    kind: str
    industry: str
    region: str
    department: str
    sector: str = ""
    process_class: str = ""
    source: str = ""
    source_reference: str = ""
    idea: str = ""
    scale: str = ""
    floor_area_m2: Decimal | None = None
    land_area_m2: Decimal | None = None
    farmland_m2: Decimal | None = None
    investment_wan: Decimal | None = None
    funding: str = ""
    place: str = ""
    planned_from: date | None = None
    planned_to: date | None = None


class ProjectOut(Schema):
    """A project. ``aliases``: issuer → code, the void ones left out. ``sites``: GeoJSON features in EPSG:4490."""

    code: str
    name: str
    library: str
    state: str
    region: str
    department: str
    kind: str
    industry: str
    investment_wan: Decimal | None
    aliases: dict[str, str]
    works: list[dict[str, Any]]
    sites: list[dict[str, Any]]
    version: int


class AliasIn(Schema):
    """A code that another issuer gave. ``issuer`` of the pack's dictionary."""

    issuer: str
    code: str


def _out(row: Project) -> ProjectOut:
    sites = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(site.geometry),
            "properties": {"label": site.label, "chosen": site.chosen, "area_m2": float(site.area_m2)},
        }
        for site in row.sites.all()
        if not site.withdrawn
    ]
    works = [
        {"code": work.code, "name": work.name, "buildings": [{"code": one.code, "name": one.name} for one in work.buildings.all()]}
        for work in row.works.all()
        if not work.voided_reason
    ]
    return ProjectOut(
        code=row.code,
        name=row.name,
        library=row.library,
        state=row.state,
        region=row.region.code,
        department=row.department.code,
        kind=row.kind,
        industry=row.industry,
        investment_wan=row.investment_wan,
        aliases={alias.issuer: alias.code for alias in row.aliases.all() if not alias.voided_reason},
        works=works,
        sites=sites,
        version=row.version,
    )


@router.get("", response=list[ProjectOut])
@access(*READERS)
def projects(request: HttpRequest, library: str = "", state: str = "", limit: int = 100, offset: int = 0) -> list[ProjectOut]:
    """The library, newest first."""
    rows = Project.objects.select_related("region", "department").prefetch_related("sites", "works__buildings", "aliases")
    if library:
        rows = rows.filter(library=library)
    if state:
        rows = rows.filter(state=state)
    first = max(offset, 0)
    return [_out(row) for row in rows[first : first + min(max(limit, 1), MOST)]]


@router.post("", response=ProjectOut)
@access("planner", "reviewer", "exchange")
def enter(request: HttpRequest, data: ProjectIn) -> ProjectOut:
    """Enter a project; answers with its code."""
    facts = data.dict()
    region = Region.objects.filter(code=facts.pop("region")).first()
    department = Department.objects.filter(code=facts.pop("department")).first()
    if region is None or department is None:
        raise BadInput(_("没有这个区县或部门代码。"), where=f"{data.region} {data.department}", how=_("请用区划代码和部门代码。"))
    return _out(services.enter_project(request.actor, region=region, department=department, **facts))  # type: ignore[attr-defined]


@router.get("/{code}", response=ProjectOut)
@access(*READERS)
def project(request: HttpRequest, code: str) -> ProjectOut:
    """One project by our code or by another issuer's."""
    return _out(by_any_code(code))


@router.post("/{code}/aliases", response=ProjectOut)
@access("planner", "exchange")
def bind(request: HttpRequest, code: str, data: AliasIn) -> ProjectOut:
    """Bind the code that another issuer gave."""
    row = by_any_code(code)
    services.bind_alias(request.actor, row, data.issuer, data.code)  # type: ignore[attr-defined]
    return _out(row)


class CodeOut(Schema):
    """A project code taken apart; ``form`` 2018 or 2020."""

    form: str
    year: int
    month: int | None
    region: str
    field: str
    kind: str
    serial: str


@router.get("/codes/{text}", response=CodeOut)
@access("@")
def code(request: HttpRequest, text: str) -> CodeOut:
    """Read a project code of either form; what is none is refused with the reason."""
    found = coding.read(text)
    return CodeOut(**{name: getattr(found, name) for name in CodeOut.model_fields})
