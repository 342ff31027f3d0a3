"""The lists of the projects room."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department, Region
from lantu.plans.models import PlanProject, PlanRelease
from lantu.projects.models import CandidateSite, Condition, Expert, Generation, Programme, ProgrammeEntry, Project, RegionalAssessment
from lantu.projects.services.sources import layers
from lantu.standards import selectors
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import BulkAct, Column, Table

_STATES = {"draft": "y", "received": "g", "returned": "r", "suspended": "p", "terminated": "n"}
_GENERATION = {
    "initiated": "y", "returned": "r", "consulting": "y", "coordinating": "r", "settled": "g", "conditioned": "g", "reviewed": "g",
    "generated": "g", "ended": "n",
}  # fmt: skip


EVENTS = {
    "projects.entered": gettext_lazy("登记入库"),
    "projects.changed": gettext_lazy("修改"),
    "projects.received": gettext_lazy("收入储备库"),
    "projects.returned": gettext_lazy("退回"),
    "projects.suspended": gettext_lazy("中止"),
    "projects.resumed": gettext_lazy("恢复"),
    "projects.terminated": gettext_lazy("终止"),
    "projects.linked": gettext_lazy("关联项目"),
    "projects.alias_bound": gettext_lazy("绑定外部代码"),
    "projects.alias_voided": gettext_lazy("作废绑定"),
    "projects.code_asked": gettext_lazy("向外部平台申请代码"),
    "projects.code_answered": gettext_lazy("外部平台答复"),
    "projects.site_added": gettext_lazy("登记地块"),
    "projects.site_chosen": gettext_lazy("选定地块"),
    "projects.site_withdrawn": gettext_lazy("放弃地块"),
    "projects.unit_added": gettext_lazy("登记单位"),
    "projects.unit_ended": gettext_lazy("单位退出"),
    "projects.work_added": gettext_lazy("登记工程"),
    "projects.work_voided": gettext_lazy("作废工程"),
    "projects.building_added": gettext_lazy("登记单体"),
    "projects.building_voided": gettext_lazy("作废单体"),
    "projects.initiated": gettext_lazy("发起策划"),
    "projects.generation_returned": gettext_lazy("形式审查退回"),
    "projects.generation_resubmitted": gettext_lazy("补正后再报"),
    "projects.consulting": gettext_lazy("征求意见"),
    "projects.settled": gettext_lazy("汇总意见"),
    "projects.reopened": gettext_lazy("蓝图变化，重新协调"),
    "projects.conditioned": gettext_lazy("形成建设条件清单"),
    "projects.condition_met": gettext_lazy("条件落实"),
    "projects.review_opened": gettext_lazy("召集联评联审"),
    "projects.reviewed": gettext_lazy("签发评审意见"),
    "projects.generated": gettext_lazy("生成项目"),
    "projects.generation_ended": gettext_lazy("终止策划"),
    "projects.entry_proposed": gettext_lazy("申报年度计划"),
}
"""The room's events in words."""


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
    sites = CandidateSite.objects.filter(project=OuterRef("pk"), withdrawn=False).order_by().values("project")
    counted = Coalesce(Subquery(sites.annotate(n=Count("pk")).values("n")), 0)  # of the rows that are shown; a join would group them all
    found = rows.select_related("department", "region").annotate(site_count=counted)
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
    return [(row.code, str(row)) for row in Region.objects.counties()]


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


def conditions(rows: QuerySet[Condition]) -> Table:
    """The conditions sheet."""
    departments = {row.code: str(row) for row in Department.objects.all()}
    return Table(
        key="conditions",
        title=gettext_lazy("建设条件清单"),
        rows=rows,
        columns=(
            Column("order", gettext_lazy("序号"), kind="number", sort="order"),
            Column("topic", gettext_lazy("类别"), lambda row: word("condition_topic", row.topic), sort="topic"),
            Column("text", gettext_lazy("条件"), sort="text"),
            Column("departments", gettext_lazy("提出"), lambda row: "、".join(departments.get(code, code) for code in row.departments)),
            Column("law", gettext_lazy("依据"), minor=True),
            Column("stage", gettext_lazy("核对阶段"), kind="number", sort="stage"),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_condition_state),
            Column("evidence", gettext_lazy("落实依据"), link=_evidence, minor=True),
        ),
        filters=(
            Choice("state", gettext_lazy("状态"), Condition.State.choices),
            Choice("stage", gettext_lazy("核对阶段"), [(str(n), str(n)) for n in range(1, 5)]),
        ),
        sort="order",
        empty=gettext_lazy("还没有形成建设条件清单；意见齐了就可以形成。"),
    )


def _evidence(row: Any) -> str | None:
    """The file of the evidence, or the regional assessment that is used."""
    if row.attachment_id:
        return reverse("casework:attachment", args=[row.attachment_id])
    return reverse("projects:assessment", args=[row.assessment_id]) if row.assessment_id else None


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


def entries(programme: Programme, *, may_settle: bool = False) -> Table:
    """The projects of a programme; ticked ones are taken in or left out."""
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
        bulk=(BulkAct("include", gettext_lazy("列入")), BulkAct("decline", gettext_lazy("不列入"), ask=gettext_lazy("不列入的原因")))
        if may_settle
        else (),
    )


def _entry_state(row: Any) -> SafeString:
    return marks.light({"proposed": "y", "included": "g", "declined": "n"}[row.state], row.get_state_display())


def _invested(row: Any) -> Any:
    reports = list(row.reports.all())
    return reports[-1].invested if reports else None


def plan_projects() -> Table:
    """Projects that plans in force name, with the one of the library that came of each."""
    sources = layers()
    known = Project.objects.filter(source_reference=OuterRef("code")).exclude(source_reference="")
    rows = PlanProject.objects.filter(release__state=PlanRelease.State.RELEASED, release__layer_code__in=list(sources))
    words = {row.code: str(row) for row in Region.objects.filter(kind=Region.Kind.COUNTY)}
    return Table(
        key="sources",
        title=gettext_lazy("规划里的项目"),
        rows=rows.select_related("release__dataset").annotate(entered=Exists(known), entered_pk=Subquery(known.values("pk")[:1])),
        columns=(
            Column("code", gettext_lazy("项目编号"), kind="code", sort="code"),
            Column("name", gettext_lazy("项目"), sort="name"),
            Column("source", gettext_lazy("来源"), lambda row: _source(row, sources), sort="release__layer_code"),
            Column("plan", gettext_lazy("规划成果"), lambda row: str(row.release), link=_release, minor=True),
            Column("sector", gettext_lazy("行业"), lambda row: word("industry", row.sector), sort="sector"),
            Column("region", gettext_lazy("区县"), lambda row: words.get(row.region_code, row.attributes.get("区县", row.region_code))),
            Column("entered", gettext_lazy("入库"), kind="yes", sort="entered", link=_entered),
        ),
        filters=(
            Search(gettext_lazy("名称、编号"), ["name", "code"]),
            Choice("sector", gettext_lazy("行业"), lambda: _choices("industry")),
            Choice("entered", gettext_lazy("入库"), [("True", gettext_lazy("已入库")), ("False", gettext_lazy("未入库"))]),
        ),
        sort="code",
        empty=gettext_lazy("现行规划里没有列名的项目。先把五年规划或重大项目库入库。"),
        empty_url=reverse("plans:datasets"),
        empty_label=gettext_lazy("去规划入库"),
        bulk=(BulkAct("enter", gettext_lazy("收进项目库"), "plus"),),
    )


def _source(row: Any, sources: dict[str, Any]) -> str:
    return word("project_source", sources[row.release.layer_code]["source"])


def _release(row: Any) -> str:
    return reverse("plans:release", args=[row.release_id])


def _entered(row: Any) -> str | None:
    return reverse("projects:project", args=[row.entered_pk]) if row.entered_pk else None


def experts(*, may_add: bool) -> Table:
    """The list of experts."""
    return Table(
        key="experts",
        title=gettext_lazy("评审专家"),
        rows=Expert.objects.annotate(asked=Count("reviews")),
        columns=(
            Column("name", gettext_lazy("姓名"), sort="name"),
            Column("field", gettext_lazy("专业"), lambda row: word("expert_field", row.field), sort="field"),
            Column("unit", gettext_lazy("工作单位"), sort="unit"),
            Column("title", gettext_lazy("职称"), sort="title"),
            Column("asked", gettext_lazy("参加评审"), kind="number", sort="asked"),
            Column("left", gettext_lazy("退出原因"), "left_reason", minor=True),
            Column("demo", gettext_lazy("演示"), kind="yes", render=lambda row: marks.tag(_("演示数据"), "demo") if row.demo else ""),
        ),
        filters=(
            Search(gettext_lazy("姓名、单位"), ["name", "unit"]),
            Choice("field", gettext_lazy("专业"), lambda: _choices("expert_field")),
            Choice(
                "state",
                gettext_lazy("状态"),
                [("in", gettext_lazy("在库")), ("left", gettext_lazy("已退出"))],
                where=lambda value: Q(left_reason="") if value == "in" else ~Q(left_reason=""),
            ),
        ),
        sort="field",
        empty=gettext_lazy("专家库还是空的。在右侧登记第一位。"),
        bulk=(BulkAct("retire", gettext_lazy("退出专家库"), ask=gettext_lazy("退出原因")),) if may_add else (),
    )


def assessments(*, may_add: bool) -> Table:
    """Regional assessments."""
    return Table(
        key="assessments",
        title=gettext_lazy("区域评估"),
        rows=RegionalAssessment.objects.annotate(used=Count("conditions")),
        columns=(
            Column("title", gettext_lazy("名称"), sort="title", link=lambda row: reverse("projects:assessment", args=[row.pk])),
            Column("kind", gettext_lazy("类别"), lambda row: word("regional_assessment", row.kind), sort="kind"),
            Column("document_no", gettext_lazy("批复文号"), sort="document_no"),
            Column("approved_on", gettext_lazy("批复日期"), kind="day", sort="approved_on"),
            Column("valid_to", gettext_lazy("有效期至"), kind="day", sort="valid_to"),
            Column("area", gettext_lazy("面积（公顷）"), "area_m2", kind="hectares", sort="area_m2"),
            Column("used", gettext_lazy("采用"), kind="number", sort="used"),
            Column("ended", gettext_lazy("停用原因"), "ended_reason", minor=True),
            Column("demo", gettext_lazy("演示"), kind="yes", render=lambda row: marks.tag(_("演示数据"), "demo") if row.demo else ""),
        ),
        filters=(
            Search(gettext_lazy("名称、文号"), ["title", "document_no"]),
            Choice("kind", gettext_lazy("类别"), lambda: _choices("regional_assessment")),
        ),
        sort="kind",
        empty=gettext_lazy("还没有区域评估。登记后，区内项目的建设条件自动采用。"),
        empty_url=reverse("projects:new-assessment") if may_add else "",
        empty_label=gettext_lazy("登记区域评估"),
    )
