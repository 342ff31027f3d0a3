"""What the platform fills in by itself, each value with its source in words; and the bounds that a project's conditions sheet sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import shapely
from django.utils.translation import gettext as _

from lantu.approvals.catalogue.definition import Definition
from lantu.approvals.catalogue.forms import Limit, is_empty
from lantu.approvals.models import Applicant, FormData, Membership, StageApplication
from lantu.approvals.ports import Holding, holdings
from lantu.geodesy.area import polygon_area
from lantu.projects.models import Condition, Generation, Project
from lantu.standards import selectors as standards

Filled = dict[str, Any]
"""``{"value", "source", "label"}``: a value, whence (``project.floor_area_m2``), and that in words."""
FACT = "fact."
"""Prefix of facts among what was derived, beside fields."""


class Prefill:
    """The sources for one unit, project and stage; each is read once."""

    def __init__(self, applicant: Applicant, project: Project, stage: str, site: dict[str, Any] | None, facts: dict[str, Any]) -> None:
        self.applicant, self.project, self.stage, self.site, self.facts = applicant, project, stage, site, facts
        self._earlier: list[FormData] | None = None
        self._held: dict[str, list[Holding]] = {}
        self.readers: dict[str, Callable[[str], tuple[Any, str] | None]] = {
            "project": self._project,
            "unit": self._unit,
            "member": self._member,
            "site": self._site,
            "earlier": self._earlier_form,
            "certificate": self._certificate,
        }

    def first(self, sources: Iterable[str]) -> Filled | None:
        """The value of the first source that has one."""
        for source in sources:
            kind, _dot, name = source.partition(".")
            found = self.readers[kind](name)
            if found is not None and not is_empty(found[0]):
                return {"value": _json(found[0]), "source": source, "label": found[1]}
        return None

    def held(self, title: str) -> list[Holding]:
        """Certificates of this name that the unit or the project holds."""
        if title not in self._held:
            found: list[Holding] = []
            for port in holdings.all():
                found += port.held(title, self.applicant.uscc, self.project.code)
            self._held[title] = found
        return self._held[title]

    def _project(self, name: str) -> tuple[Any, str] | None:
        value = getattr(self.project, name, None)
        if name == "place" and is_empty(value):
            value = str(self.project.region)
        return value, _("项目库 %(code)s") % {"code": self.project.code}

    def _unit(self, name: str) -> tuple[Any, str] | None:
        label = _("法人库，已核验") if self.applicant.verified else _("单位注册信息")
        return getattr(self.applicant, name, None), label

    def _member(self, name: str) -> tuple[Any, str] | None:
        rows = Membership.objects.filter(applicant=self.applicant, ended_at=None).select_related("user")
        one = rows.filter(project=self.project).first() or rows.filter(project=None).order_by("kind").first()
        if one is None or name != "contact":
            return None
        return f"{one.user} {one.phone}".strip(), _("办事人员登记")

    def _site(self, name: str) -> tuple[Any, str] | None:
        if name == "area_m2":
            if self.site is None:
                return None
            area = polygon_area(shapely.geometry.shape(self.site), standards.working_grid().ellipsoid)
            return round(area, 2), _("用地范围的椭球面积")
        found = self.facts.get(name)
        return None if found is None else (found["value"], found["label"])

    def _earlier_form(self, name: str) -> tuple[Any, str] | None:
        if self._earlier is None:
            self._earlier = earlier_forms(self.project, self.stage)
        for form in self._earlier:
            value = form.values.get(name)
            if not is_empty(value):
                return value, _("前阶段申请 %(number)s") % {"number": form.application.number}
        return None

    def _certificate(self, name: str) -> tuple[Any, str] | None:
        title, _dot, key = name.rpartition(".")
        for one in self.held(title):
            if not is_empty(one.data.get(key)):
                return one.data[key], f"{one.title} {one.number}"
        return None


def earlier_forms(project: Project, stage: str) -> list[FormData]:
    """The forms that count of the project's stages before this one, latest stage first; rejected and withdrawn ones are left out."""
    kept = (StageApplication.State.OPEN, StageApplication.State.APPROVED, StageApplication.State.APPROVED_DEFERRED)
    rows = StageApplication.objects.filter(project=project, stage__lt=stage, state__in=kept).order_by("-stage", "-filed_at")
    found = []
    for application in rows:
        form = application.forms.order_by("-number").first()
        if form is not None:
            found.append(form)
    return found


def limits_of(definition: Definition, project: Project) -> list[Limit]:
    """Bounds that the project's conditions sheet sets on fields of the form (``condition`` of the field names the figure)."""
    wanted = {str(row["condition"]): code for code, row in definition.fields.items() if row.get("condition")}
    generation = Generation.objects.filter(project=project).exclude(state=Generation.State.ENDED).order_by("-pk").first()
    if generation is None or not wanted:
        return []
    found = []
    for row in Condition.objects.filter(generation=generation, item__in=wanted, value__isnull=False).exclude(state=Condition.State.WAIVED):
        bound = {"≤": "maximum", "≥": "minimum"}.get(row.op)
        if bound is not None:
            source = _("建设条件清单 %(number)s") % {"number": generation.number}
            found.append(Limit(wanted[row.item], bound, float(row.value or 0), source))
    return found


def _json(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value.isoformat() if isinstance(value, date) else value
