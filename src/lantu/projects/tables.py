"""The lists of the projects room."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department, Region
from lantu.projects.models import Condition, Generation, Programme, ProgrammeEntry, Project
from lantu.standards import selectors
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

_STATES = {"draft": "y", "received": "g", "returned": "r", "suspended": "p", "terminated": "n"}
_GENERATION = {
    "initiated": "y", "returned": "r", "consulting": "y", "coordinating": "r", "settled": "g", "conditioned": "g", "reviewed": "g",
    "generated": "g", "ended": "n",
}  # fmt: skip


def word(dictionary: str, code: str) -> str:
    """The word for a code; the code itself where the pack has none."""
    if not code:
        return ""
    found = selectors.catalogue().dictionaries.get(dictionary, {}).get(code)
    return str(found) if found else code


def _choices(dictionary: str) -> list[tuple[str, str]]:
    return [(code, str(item)) for code, item in selectors.catalogue().dictionaries.get(dictionary, {}).items()]


def projects(rows: QuerySet[Project], *, may_enter: bool) -> Table:
    """The library."""
    found = rows.select_related("department", "region").annotate(site_count=Count("sites", filter=Q(sites__withdrawn=False)))
    return Table(
        key="projects",
        title=gettext_lazy("统一项目库"),
        rows=found,
        columns=(
            Column("name", gettext_lazy("项目"), sort="name", link=lambda row: row.get_absolute_url()),
            Column("code", gettext_lazy("项目代码"), kind="code", sort="code"),
            Column("library", gettext_lazy("所在库"), lambda row: row.get_library_display(), sort="library"),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_project_state),
            Column("sector", gettext_lazy("领域"), lambda row: word("project_sector", row.sector), sort="sector", minor=True),
            Column("department", gettext_lazy("主管部门"), lambda row: str(row.department), sort="department__code"),
            Column("region", gettext_lazy("区县"), lambda row: str(row.region), sort="region__code"),
            Column("investment", gettext_lazy("总投资（万元）"), "investment_wan", kind="number", sort="investment_wan"),
            Column("land", gettext_lazy("用地（公顷）"), "land_area_m2", kind="hectares", sort="land_area_m2", minor=True),
            Column("sites", gettext_lazy("地块"), "site_count", kind="number", sort="site_count"),
            Column("entered_at", gettext_lazy("入库"), kind="day", sort="entered_at"),
            Column("demo", gettext_lazy("演示"), kind="yes", render=lambda row: marks.tag(_("演示数据"), "demo") if row.demo else ""),
        ),
        filters=(
            Search(gettext_lazy("名称、代码、单位、来源编号"), ["name", "code", "source_reference", "units__name", "aliases__code"]),
            Choice("library", gettext_lazy("所在库"), Project.Library.choices),
            Choice("state", gettext_lazy("状态"), Project.State.choices),
            Choice("sector", gettext_lazy("领域"), lambda: _choices("project_sector")),
            Choice("region", gettext_lazy("区县"), _regions, field="region__code"),
            Choice("department", gettext_lazy("主管部门"), _departments, field="department__code"),
            Range("investment", gettext_lazy("总投资"), field="investment_wan", unit=gettext_lazy("万元")),
            Range("entered", gettext_lazy("入库日期"), field="entered_at__date", days=True),
        ),
        sort="-entered_at",
        empty=gettext_lazy("项目库里还没有项目。登记第一个，或从 Excel 导入。"),
        empty_url=reverse("projects:new") if may_enter else "",
        empty_label=gettext_lazy("登记项目"),
    )


def _project_state(row: Any) -> SafeString:
    return marks.light(_STATES.get(row.state, "n"), row.get_state_display())


def _regions() -> list[tuple[str, str]]:
    return [(row.code, str(row)) for row in Region.objects.filter(kind=Region.Kind.COUNTY, valid_to=None).order_by("code")]


def _departments() -> list[tuple[str, str]]:
    return [(row.code, str(row)) for row in Department.objects.filter(pk__in=Project.objects.values("department")).order_by("code")]


def generations(rows: QuerySet[Generation]) -> Table:
    """All plannings."""
    return Table(
        key="generations",
        title=gettext_lazy("策划生成"),
        rows=rows.select_related("project", "lead", "site"),
        columns=(
            Column("number", gettext_lazy("策划编号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("project", gettext_lazy("项目"), "project.name", sort="project__name", link=lambda row: row.project.get_absolute_url()),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_generation_state),
            Column("lead", gettext_lazy("发起部门"), lambda row: str(row.lead), sort="lead__code"),
            Column("site", gettext_lazy("地块"), "site.label", minor=True),
            Column("release", gettext_lazy("依据蓝图"), "release_number", sort="release_number"),
            Column("note", gettext_lazy("说明"), "note", minor=True),
            Column("initiated_at", gettext_lazy("发起"), kind="day", sort="initiated_at"),
        ),
        filters=(
            Search(gettext_lazy("项目、编号"), ["project__name", "project__code", "number"]),
            Choice("state", gettext_lazy("状态"), Generation.State.choices),
            Choice("lead", gettext_lazy("发起部门"), _departments, field="lead__code"),
        ),
        sort="-initiated_at",
        empty=gettext_lazy("还没有策划。打开一个已入库的项目，登记地块后发起策划。"),
        empty_url=reverse("projects:library"),
        empty_label=gettext_lazy("去项目库"),
    )


def _generation_state(row: Any) -> SafeString:
    return marks.light(_GENERATION.get(row.state, "n"), row.get_state_display())


def conditions(generation: Generation) -> Table:
    """The conditions sheet."""
    departments = {row.code: str(row) for row in Department.objects.all()}
    return Table(
        key="conditions",
        title=gettext_lazy("建设条件清单"),
        rows=generation.conditions.all(),
        columns=(
            Column("order", gettext_lazy("序号"), kind="number", sort="order"),
            Column("topic", gettext_lazy("类别"), lambda row: word("condition_topic", row.topic), sort="topic"),
            Column("text", gettext_lazy("条件"), sort="text"),
            Column("departments", gettext_lazy("提出"), lambda row: "、".join(departments.get(code, code) for code in row.departments)),
            Column("law", gettext_lazy("依据"), minor=True),
            Column("stage", gettext_lazy("核对阶段"), kind="number", sort="stage"),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_condition_state),
            Column("evidence", gettext_lazy("落实依据"), minor=True),
        ),
        filters=(
            Choice("state", gettext_lazy("状态"), Condition.State.choices),
            Choice("stage", gettext_lazy("核对阶段"), [(str(n), str(n)) for n in range(1, 5)]),
        ),
        sort="order",
        empty=gettext_lazy("还没有形成建设条件清单；意见齐了就可以形成。"),
    )


def _condition_state(row: Any) -> SafeString:
    return marks.light({"open": "y", "met": "g", "waived": "n"}[row.state], row.get_state_display())


def programmes() -> Table:
    """All versions of all years."""
    return Table(
        key="programmes",
        title=gettext_lazy("年度实施计划"),
        rows=Programme.objects.annotate(included=Count("entries", filter=Q(entries__state=ProgrammeEntry.State.INCLUDED))),
        columns=(
            Column("year", gettext_lazy("年度"), kind="code", sort="year", link=lambda row: row.get_absolute_url()),
            Column("version", gettext_lazy("版本"), kind="number", sort="version"),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state"),
            Column("included", gettext_lazy("列入项目"), kind="number", sort="included", link=lambda row: row.get_absolute_url()),
            Column("document_no", gettext_lazy("批复文号")),
            Column("published_at", gettext_lazy("公布"), kind="day", sort="published_at"),
        ),
        filters=(Choice("state", gettext_lazy("状态"), Programme.State.choices),),
        sort="-year",
        empty=gettext_lazy("还没有年度计划。规划经办人可在右上角开始编制。"),
    )


def entries(programme: Programme) -> Table:
    """The projects of a programme."""
    return Table(
        key="entries",
        title=gettext_lazy("计划项目"),
        rows=programme.entries.select_related("project", "department").prefetch_related("reports"),
        columns=(
            Column("project", gettext_lazy("项目"), "project.name", sort="project__name", link=lambda row: row.project.get_absolute_url()),
            Column("code", gettext_lazy("项目代码"), "project.code", kind="code", sort="project__code"),
            Column("department", gettext_lazy("申报部门"), lambda row: str(row.department), sort="department__code"),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_entry_state),
            Column("land", gettext_lazy("建设用地（公顷）"), kind="hectares", sort="land"),
            Column("farmland", gettext_lazy("占用耕地（公顷）"), kind="hectares", sort="farmland"),
            Column("funds", gettext_lazy("年度投资（万元）"), kind="number", sort="funds"),
            Column("quarters", gettext_lazy("季度"), lambda row: f"{row.first_quarter}—{row.last_quarter}", sort="first_quarter"),
            Column("done", gettext_lazy("累计完成（万元）"), _invested, kind="number"),
            Column("reason", gettext_lazy("说明"), minor=True),
        ),
        filters=(
            Search(gettext_lazy("项目、代码"), ["project__name", "project__code"]),
            Choice("state", gettext_lazy("状态"), ProgrammeEntry.State.choices),
        ),
        sort="department__code",
        empty=gettext_lazy("还没有申报的项目。"),
    )


def _entry_state(row: Any) -> SafeString:
    return marks.light({"proposed": "y", "included": "g", "declined": "n"}[row.state], row.get_state_display())


def _invested(row: Any) -> Any:
    reports = list(row.reports.all())
    return reports[-1].invested if reports else None
