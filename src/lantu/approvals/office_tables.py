"""Lists of the office: cases, branches of a department, filings to answer, results to hand over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Region
from lantu.approvals.models import Branch, Membership, StageApplication, StageResult
from lantu.approvals.selectors.cases import tag_of
from lantu.approvals.words import CODES, Words
from lantu.casework.clock import Light
from lantu.casework.ledger import with_entries
from lantu.casework.models import Clock
from lantu.casework.people import all_departments, name_of
from lantu.casework.selectors.clocks import columns, light_condition, light_of, moving, used_days
from lantu.core.reading import kept
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

LIGHTS = [
    (Light.RED.value, _("超期")),
    (Light.YELLOW.value, _("临期")),
    (Light.PAUSED.value, _("停计")),
    (Light.GREEN.value, _("正常")),
    (Light.NONE.value, _("未启动")),
]
COUNTED_TO = 10_000
"""Longer lists say that there is more and ask for a filter: counting a million rows takes longer than the page."""
BY_DAY = "clock__due_on,clock_id"
"""As the index of a department's clocks has them, so that thousands of one day need no sorting."""
_SHOWN = ("item", "department", "state", "application__number", "application__definition", "application__project__name")
"""Columns that the lists read of a branch: a list of everything costs more than its rows."""
STAGES = [("1", _("立项用地规划许可")), ("2", _("工程建设许可")), ("3", _("施工许可")), ("4", _("竣工验收"))]


class PhoneSearch(Search):
    """By the telephone of somebody who acts for the applicant; ``field``: the way to the applicant."""

    def __init__(self, field: str) -> None:
        super().__init__(_("办事人手机"), [field], key="phone")

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value:
            return rows
        found = Membership.objects.filter(phone__contains=self.value, ended_at=None)
        return rows.filter(**{f"{self.fields[0]}__in": found.values("applicant")})


def clock_light(clock: Clock | None, *, ended: bool = False) -> SafeString:
    """The light of a list's row: from the columns while it runs, without reading the ledger."""
    if clock is None:
        return marks.light("n", _("未启动"))
    if ended or clock.ended_on is not None:
        return marks.light("n", _("已停止"))
    light = light_of(clock.due_on, clock.near_from, clock.paused_until, timezone.localdate())
    return marks.light(light.value, dict(LIGHTS)[light.value])


def clock_words(clock: Clock | None) -> str:
    """Used and limit of a clock, for the few rows of a page."""
    if clock is None:
        return ""
    used = used_days(clock)
    return f"{used} / {clock.total}" if clock.total is not None else str(used)


def _read_stopped(rows: Sequence[Branch]) -> None:
    """The ledgers of a page's clocks that stand still or have ended; the others are told by their columns."""
    today = timezone.localdate()
    with_entries(row.clock for row in rows if row.clock is not None and not moving(row.clock, today))


def by_light(field: str) -> Callable[[str], Q]:
    """The condition of a light over a clock's columns behind ``field``; a case that has ended shows none."""

    def where(value: str) -> Q:
        found = light_condition(value, timezone.localdate())
        return _behind(found, field) & Q(**{f"{field}__ended_on": None})

    return where


def _behind(condition: Q, field: str) -> Q:
    """The same condition over columns of a related row."""
    made = Q(_connector=condition.connector, _negated=condition.negated)
    for child in condition.children:
        made.children.append(_behind(child, field) if isinstance(child, Q) else (f"{field}__{child[0]}", child[1]))  # type: ignore[index]
    return made


def _departments() -> list[tuple[str, str]]:
    return [(row.code, name_of(row)) for row in all_departments()]


@kept
def _counties() -> list[tuple[str, str]]:
    rows = Region.objects.counties()
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name_zh")]


def cases(rows: QuerySet[StageApplication], words: Words) -> Table:
    """Stage applications."""
    return Table(
        key="cases",
        title=_("阶段案卷"),
        rows=rows.select_related("project__region", "clock").only(
            "number", "stage", "lead", "state", "received_on", "project__name", "project__region__name_zh", *columns("clock")
        ),
        columns=(
            Column("light", _("时限"), lambda row: "", render=lambda row: clock_light(row.clock), sort="clock__due_on", export=False),
            Column("number", _("案卷号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("project", _("项目"), "project.name", sort="project__name", link=lambda row: row.get_absolute_url()),
            Column("stage", _("阶段"), lambda row: dict(STAGES).get(row.stage, row.stage), sort="stage"),
            Column("lead", _("牵头部门"), lambda row: words.department(row.lead), sort="lead", minor=True),
            Column("region", _("区县"), "project.region", sort="project__region", minor=True),
            Column(
                "state",
                _("状态"),
                lambda row: row.get_state_display(),
                render=lambda row: marks.tag(row.get_state_display(), tag_of(row)),
                sort="state",
            ),
            Column("received", _("收件"), "received_on", kind="day", sort="received_on"),
            Column("due", _("到期"), lambda row: row.clock.due_on if row.clock else None, kind="day", sort="clock__due_on"),
        ),
        filters=(
            Search(_("案卷号、项目、代码"), ["number", "project__name", "project__code"], apart=True),
            Choice("stage", _("阶段"), STAGES),
            Choice("state", _("状态"), StageApplication.State.choices),
            Choice("light", _("时限"), LIGHTS, where=by_light("clock")),
            Choice("lead", _("牵头部门"), _departments),
            Choice("region", _("区县"), _counties, field="project__region"),
            Range("received", _("收件"), field="received_on", days=True),
        ),
        sort="-received",
        counted_to=COUNTED_TO,
        empty=_("还没有案卷。建设单位申报之后，案卷出现在这里。"),
    )


def branches(rows: QuerySet[Branch], words: Words, link: Callable[[Branch], str], sort: str = "due", total: int | None = None) -> Table:
    """Branches of a department; ``sort`` empty: in the order of ``rows``; ``total``: how many they are."""
    return Table(
        key="branches",
        title=_("本部门事项"),
        rows=rows.select_related("application__project", "clock").only(*_SHOWN, *columns("clock")),
        columns=(
            Column("light", _("时限"), lambda row: "", render=lambda row: clock_light(row.clock), sort=BY_DAY, export=False),
            Column("number", _("案卷号"), "application.number", kind="code", sort="application__number", link=link),
            Column("project", _("项目"), "application.project.name", sort="application__project__name", link=link),
            Column("item", _("事项"), lambda row: words.item(row.application, row.item), sort="item"),
            Column("department", _("部门"), lambda row: words.department(row.department), sort="department", minor=True),
            Column("state", _("办件状态"), lambda row: str(CODES.get(row.state, _("待前置事项"))), sort="state"),
            Column("used", _("已用 / 限"), lambda row: clock_words(row.clock), minor=True),
            Column("due", _("到期"), lambda row: row.clock.due_on if row.clock else None, kind="day", sort=BY_DAY),
        ),
        filters=(
            Search(_("案卷号、项目"), ["application__number", "application__project__name", "application__project__code"], apart=True),
            Choice("state", _("办件状态"), [(int(code), word) for code, word in CODES.items()]),
            Choice("light", _("时限"), LIGHTS, where=by_light("clock")),
            Choice("stage", _("阶段"), STAGES, field="application__stage"),
        ),
        sort=sort,
        total=total,
        prepare=_read_stopped,
        counted_to=COUNTED_TO,
        empty=_("没有本部门的事项。窗口受理之后，事项出现在这里。"),
    )


def filings(rows: QuerySet[StageApplication], words: Words) -> Table:
    """Filings that wait for the window's answer; each by the first of its branches' days."""
    return Table(
        key="filings",
        title=_("待受理"),
        rows=rows,
        columns=(
            Column("light", _("答复期限"), lambda row: "", render=_first_light, sort="answer_by", export=False),
            Column("number", _("案卷号"), kind="code", sort="number", link=_window),
            Column("project", _("项目"), "project.name", sort="project__name", link=_window),
            Column("unit", _("申报单位"), lambda row: row.applicant.name if row.applicant else row.filed_by_name, minor=True),
            Column("stage", _("阶段"), lambda row: dict(STAGES).get(row.stage, row.stage), sort="stage"),
            Column("waiting", _("待受理事项"), kind="number", sort="waiting"),
            Column("received", _("收件"), "received_on", kind="day", sort="received_on"),
            Column("answer_by", _("须在此日前答复"), kind="day", sort="answer_by"),
        ),
        filters=(
            Search(_("案卷号、项目、单位"), ["number", "project__name", "project__code", "applicant__name"]),
            PhoneSearch("applicant"),
            Choice("stage", _("阶段"), STAGES),
        ),
        sort="answer_by",
        empty=_("没有待受理的申报。建设单位申报之后，在收件当日出现在这里；在办的见「全部案卷」，办结的见「出件」。"),
    )


def _window(row: StageApplication) -> str:
    return reverse("approvals:window-case", args=[row.pk])


def _first_light(row: Any) -> SafeString:
    light = light_of(row.answer_by, row.answer_near, None, timezone.localdate())
    return marks.light(light.value, dict(LIGHTS)[light.value])


def results(rows: QuerySet[StageResult]) -> Table:
    """What waits to be handed over, and what was."""
    return Table(
        key="results",
        title=_("出件"),
        rows=rows.select_related("application__project", "application__applicant"),
        columns=(
            Column("title", _("办理结果"), sort="title", link=_issue),
            Column("number", _("编号"), kind="code", sort="number"),
            Column("project", _("项目"), "application.project.name", sort="application__project__name"),
            Column(
                "unit",
                _("申报单位"),
                lambda row: row.application.applicant.name if row.application.applicant else row.application.filed_by_name,
                minor=True,
            ),
            Column("state", _("状态"), _state, sort="state"),
            Column("out", _("出件"), "out_at", kind="moment", sort="out_at"),
            Column("manner", _("送达方式"), lambda row: row.get_manner_display()),
            Column("receiver", _("签收"), "receiver", minor=True),
            Column("delivered", _("送达"), "delivered_at", kind="moment", sort="delivered_at", minor=True),
        ),
        filters=(
            Search(_("编号、名称、项目"), ["number", "title", "application__number", "application__project__name"]),
            PhoneSearch("application__applicant"),
            Choice("state", _("状态"), StageResult.State.choices),
            Choice("manner", _("送达方式"), StageResult.Manner.choices),
            Range("out", _("出件"), field="out_at", days=True),
        ),
        sort="-out",
        empty=_("还没有出件。阶段办结、各部门结果制作完成之后，一起出现在这里。"),
    )


def _issue(row: StageResult) -> str:
    return reverse("approvals:issue-case", args=[row.application_id])


def _state(row: StageApplication | StageResult) -> str:
    return str(row.get_state_display())
