"""The lists of the room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.selectors.findings import Words
from lantu.conflicts.models import Batch, ConflictCase, Submission
from lantu.conflicts.states import CLOSED, State
from lantu.conflicts.words import conflict_rules, words
from lantu.core.errors import BadInput
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import BulkAct, Column, Table

STATE_KINDS = {
    State.RETURNED: "err", State.DEFERRED: "warn", State.APPROVED: "ok", State.APPLIED: "ok", State.VERIFIED: "ok", State.ARCHIVED: "ok",
    State.DUPLICATE: "line", State.FALSE_POSITIVE: "line", State.SETTLED: "line",
}  # fmt: skip
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "open": (gettext_lazy("未结"), ()),
    "triage": (gettext_lazy("待甄别"), (State.DETECTED,)),
    "listing": (gettext_lazy("待列清单"), (State.TRIAGED,)),
    "consulting": (gettext_lazy("征求意见"), (State.LISTED, State.CONSULTING)),
    "proposing": (gettext_lazy("方案与协调"), (State.PROPOSED, State.MEETING, State.RETURNED)),
    "approval": (gettext_lazy("报审"), (State.SUBMITTED,)),
    "applying": (gettext_lazy("落图与复核"), (State.APPROVED, State.APPLIED)),
    "deferred": (gettext_lazy("遗留"), (State.DEFERRED,)),
    "closed": (gettext_lazy("已结"), tuple(sorted(CLOSED))),
}
"""Tabs of the list: key → label and states; ``open`` are all that are not closed."""


def in_group(key: str) -> Q:
    """The condition of a tab; an unknown one gives the open cases, none all."""
    if not key:
        return Q()
    states = GROUPS.get(key, GROUPS["open"])[1]
    return Q(state__in=states) if states else Q(open=True)


def state_tag(case: ConflictCase) -> str:
    """The state as a small label, with the round while departments are asked."""
    text = str(case.get_state_display())
    if case.state == State.CONSULTING:
        text = _("%(state)s · 第 %(round)s 轮") % {"state": text, "round": case.round}
    if case.in_doubt:
        text = _("%(state)s · 报误判") % {"state": text}
    return marks.tag(text, STATE_KINDS.get(State(case.state), "info"))


def filtered(query: QueryDict) -> QuerySet[ConflictCase]:
    """The cases that a list's query string gives, in no order."""
    rows = ConflictCase.objects.filter(in_group(query.get("group", "open")))
    for one in case_filters(words()):
        one.bind(query)
        rows = one.apply(rows)
    return rows.order_by()


def cases_in(batch: Batch, state: State) -> str:
    """The query string of the cases of an issue list that stand in a state."""
    return urlencode({"group": "", "state": state.value, "batch": batch.pk})


def check_filters(query: QueryDict) -> None:
    """Raise ``BadInput`` for what a list would pass over: an act must not take more cases than its filter names."""
    filters = case_filters(words())
    for one in filters:
        one.bind(query)
    taken = {"sort", "page", "size", *(name for one in filters if one.active for name in one.names)}
    wrong = [f"{name}={value}" for name, value in query.items() if value and name not in taken and name != "group"]
    if query.get("group") not in (None, "", *GROUPS):
        wrong.append(f"group={query['group']}")
    if wrong:
        raise BadInput(_("不认识筛选「%(wrong)s」。") % {"wrong": "&".join(wrong)}, how=_("请从案件列表的地址里取筛选。"))


def case_table(group: str = "open", rows: QuerySet[ConflictCase] | None = None, *, bulk: Sequence[BulkAct] = (), here: str = "") -> Table:
    """The list of cases. ``rows``: those of a batch or submission; ``bulk``: what may be done with ticked ones; ``here``: the list's query
    string, so that a case's page can go on to the next one."""
    named = words()
    found = ConflictCase.objects.filter(in_group(group)) if rows is None else rows

    def address(case: ConflictCase) -> str:
        return f"{case.get_absolute_url()}?{urlencode({'in': here})}" if here else case.get_absolute_url()

    return Table(
        key="cases",
        title=gettext_lazy("冲突案件"),
        rows=found.select_related("batch"),
        columns=(
            Column("severity", gettext_lazy("等级"), kind="severity", sort="severity"),
            Column("number", gettext_lazy("编号"), kind="code", sort="pk", link=address),
            Column("rule", gettext_lazy("类型"), lambda case: f"{case.rule} {named.rule(case.rule)}", sort="rule"),
            Column("state", gettext_lazy("状态"), lambda case: str(case.get_state_display()), sort="state", render=state_tag),
            Column("district", gettext_lazy("区县"), lambda case: named.district(case.district), sort="district"),
            Column("area", gettext_lazy("面积（公顷）"), "area_m2", kind="hectares", sort="area_m2"),
            Column("departments", gettext_lazy("责任部门"), lambda case: "、".join(map(named.department, case.departments)), minor=True),
            Column("answers", gettext_lazy("答复"), lambda case: f"{case.answered} / {case.asked}" if case.asked else "", minor=True),
            Column("due", gettext_lazy("期限"), kind="day", sort="due", minor=True),
            Column("batch", gettext_lazy("问题清单"), lambda case: case.batch.number if case.batch else "", minor=True),
            Column("moved", gettext_lazy("变更"), "moved_at", kind="moment", sort="moved_at", minor=True),
        ),
        filters=case_filters(named),
        bulk=bulk,
        bulk_note=gettext_lazy("审批须逐件或按报批件办理，不提供批量通过。"),
        sort="severity",
        empty=gettext_lazy("还没有冲突案件。融合完成后自动立案；也可以在融合批次里手工立案。"),
        empty_url=reverse("blueprints:runs"),
        empty_label=gettext_lazy("看融合批次"),
    )


def case_filters(named: Words) -> tuple[Any, ...]:
    """Filters by what the catalogue knows, not by what a hundred thousand rows happen to hold."""
    return (
        Search(gettext_lazy("编号、图斑标识"), ["number", "identity"]),
        Choice("severity", gettext_lazy("等级"), list(marks.SEVERITIES.items())),
        Choice("rule", gettext_lazy("类型"), [(code, f"{code} {named.rule(code)}") for code in conflict_rules()]),
        Choice("state", gettext_lazy("状态"), State.choices),
        Choice("district", gettext_lazy("区县"), sorted(named.districts.items())),
        Choice(
            "department",
            gettext_lazy("部门"),
            sorted(named.departments.items()),
            where=lambda code: Q(departments_key__contains=f"|{code}|"),
        ),
        Choice("batch", gettext_lazy("问题清单"), lambda: list(Batch.objects.values_list("pk", "number")), field="batch_id"),
        Choice(
            "size",
            gettext_lazy("大小"),
            [("main", gettext_lazy("达到容差")), ("sliver", gettext_lazy("碎小图斑"))],
            where=lambda value: Q(sliver=value == "sliver"),
        ),
        Choice(
            "more",
            gettext_lazy("其他"),
            [
                ("doubt", gettext_lazy("报误判待复核")),
                ("still", gettext_lazy("复核仍命中")),
                ("again", gettext_lazy("重新立案")),
                ("answered", gettext_lazy("意见已齐")),
                ("overdue", gettext_lazy("答复超期")),
            ],
            where=_more,
        ),
        Range("area_m2", gettext_lazy("面积"), unit="㎡"),
    )


def _more(value: str) -> Q:
    overdue = Q(state=State.CONSULTING, due__lt=timezone.localdate(), answered__lt=F("asked"))
    return {
        "doubt": ~Q(doubt_by_name="") & ~Q(state=State.FALSE_POSITIVE),
        "still": Q(still_hit=True),
        "again": Q(reopens__isnull=False),
        "answered": Q(state=State.CONSULTING, asked__gt=0, answered__gte=F("asked")),
        "overdue": overdue,
    }[value]


def batch_table() -> Table:
    """The issue lists."""
    return Table(
        key="batches",
        title=gettext_lazy("问题清单"),
        rows=batch_rows(),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="pk", link=lambda row: row.get_absolute_url()),
            Column("title", gettext_lazy("名称"), sort="title"),
            Column("state", gettext_lazy("状态"), lambda row: str(row.get_state_display()), sort="state"),
            Column("cases", gettext_lazy("案件"), "case_count", kind="number", sort="case_count"),
            Column("deadline", gettext_lazy("答复期限"), kind="day", sort="deadline"),
            Column("asked_at", gettext_lazy("下发"), kind="moment", sort="asked_at", minor=True),
            Column("created_by_name", gettext_lazy("编制人"), minor=True),
        ),
        filters=(Search(gettext_lazy("编号、名称"), ["number", "title"]), Choice("state", gettext_lazy("状态"), Batch.State.choices)),
        sort="-number",
        empty=gettext_lazy("还没有问题清单。先甄别案件，再新编一份清单。"),
    )


def submission_table() -> Table:
    """The submissions."""
    from lantu.conflicts.pack import chain

    steps = {step.code: step.name for step in chain()}
    return Table(
        key="submissions",
        title=gettext_lazy("报批件"),
        rows=submission_rows(),
        columns=(
            Column("number", gettext_lazy("编号"), kind="code", sort="pk", link=lambda row: row.get_absolute_url()),
            Column("title", gettext_lazy("名称"), sort="title"),
            Column("state", gettext_lazy("状态"), lambda row: str(row.get_state_display()), sort="state"),
            Column("step", gettext_lazy("现在环节"), lambda row: steps.get(row.step, ""), sort="step"),
            Column("cases", gettext_lazy("案件"), "case_count", kind="number", sort="case_count"),
            Column("document_no", gettext_lazy("批复文号"), sort="document_no"),
            Column("document_date", gettext_lazy("批复日期"), kind="day", sort="document_date"),
            Column("created_at", gettext_lazy("报出"), kind="moment", sort="created_at", minor=True),
        ),
        filters=(
            Search(gettext_lazy("编号、名称、文号"), ["number", "title", "document_no"]),
            Choice("state", gettext_lazy("状态"), Submission.State.choices),
            Choice("step", gettext_lazy("现在环节"), list(steps.items())),
        ),
        sort="-number",
        empty=gettext_lazy("还没有报批件。协调会结束后，由部门协调组报审。"),
    )


def batch_rows() -> QuerySet[Any]:
    """The issue lists with ``case_count``."""
    return Batch.objects.annotate(case_count=Count("cases"))


def submission_rows() -> QuerySet[Any]:
    """The submissions with ``case_count``."""
    return Submission.objects.annotate(case_count=Count("cases"))


def tab_counts() -> Callable[[str], int]:
    """How many cases each tab has, by one pass over the states."""
    by_state = dict(ConflictCase.objects.order_by().values_list("state").annotate(n=Count("pk")))

    def count(key: str) -> int:
        states = GROUPS[key][1]
        return sum(n for state, n in by_state.items() if (state in states if states else state not in CLOSED))

    return count
