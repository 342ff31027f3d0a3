"""The parts of a project's page: one list for each kind of thing that is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.models import Department
from lantu.casework.models import Request
from lantu.casework.ports import verb_words
from lantu.casework.selectors import consultations as opinions
from lantu.projects import tables
from lantu.projects.models import Project
from lantu.projects.selectors import dossier
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table


@dataclass(frozen=True, slots=True)
class Part:
    """A part: how it is called, its rows, its list, and whether the checklist of the stages or the files to attach stand over it."""

    label: str | Promise
    rows: Callable[[Project], QuerySet[Any]]
    table: Callable[[QuerySet[Any]], Table]
    stages: bool = False
    files: bool = False


def requests(rows: QuerySet[Any]) -> Table:
    """What departments said, round by round."""
    return Table(
        key="opinions",
        title=gettext_lazy("部门意见"),
        rows=rows,
        columns=(
            Column("round", gettext_lazy("轮次"), "consultation.round", kind="number", sort="consultation__round"),
            Column("department", gettext_lazy("部门"), lambda row: str(row.department), sort="department__code", link=_request),
            Column("verdict", gettext_lazy("意见"), opinions.verdict_words, sort="state"),
            Column("reason", gettext_lazy("理由"), lambda row: _said(row, "reason")),
            Column("conditions", gettext_lazy("条件"), _conditions, minor=True),
            Column("law", gettext_lazy("依据"), lambda row: _said(row, "law"), minor=True),
            Column("by", gettext_lazy("回复人"), lambda row: _said(row, "by_name"), minor=True),
            Column("due_on", gettext_lazy("期限"), kind="day", sort="due_on"),
        ),
        filters=(
            Search(gettext_lazy("部门"), ["department__name_zh", "department__short_zh", "department__code"]),
            Choice("state", gettext_lazy("状态"), Request.State.choices),
        ),
        sort="-round",
        empty=gettext_lazy("还没有征求意见。发起策划并通过形式审查后，按压占和领域并联征求。"),
    )


def _request(row: Request) -> str:
    return reverse("casework:consultation", args=[row.consultation_id])


def _said(row: Request, name: str) -> str:
    reply = opinions.answer(row)
    return str(getattr(reply, name)) if reply else ""


def _conditions(row: Request) -> str:
    reply = opinions.answer(row)
    return "；".join(str(one.get("text", "")) for one in reply.conditions) if reply else ""


def files(rows: QuerySet[Any]) -> Table:
    """Files of the project and of its cases."""
    return Table(
        key="files",
        title=gettext_lazy("材料与文件"),
        rows=rows,
        columns=(
            Column("title", gettext_lazy("名称"), sort="title", link=lambda row: reverse("casework:attachment", args=[row.pk])),
            Column("version", gettext_lazy("版本"), kind="number", sort="version"),
            Column("size", gettext_lazy("大小"), "stored.size", kind="size", sort="stored__size"),
            Column("sha256", gettext_lazy("摘要"), lambda row: row.stored_id[:16], kind="code", minor=True),
            Column("by_name", gettext_lazy("上传人"), sort="by_name"),
            Column("at", gettext_lazy("时间"), kind="moment", sort="at"),
        ),
        filters=(Search(gettext_lazy("名称"), ["title", "filename"]), Range("at", gettext_lazy("日期"), field="at__date", days=True)),
        sort="-at",
        empty=gettext_lazy("还没有文件。在上面「附件」里上传。"),
    )


def buildings(rows: QuerySet[Any]) -> Table:
    """Single buildings with the works they belong to."""
    return Table(
        key="buildings",
        title=gettext_lazy("单体与编码"),
        rows=rows,
        columns=(
            Column("code", gettext_lazy("单体编码"), kind="code", sort="code"),
            Column("name", gettext_lazy("单体名称"), sort="name"),
            Column("work", gettext_lazy("工程"), "work.name", sort="work__code"),
            Column("work_code", gettext_lazy("工程代码"), "work.code", kind="code", minor=True),
            Column("use", gettext_lazy("用途"), minor=True),
            Column("floor_area", gettext_lazy("建筑面积（㎡）"), "floor_area_m2", kind="square_metres", sort="floor_area_m2"),
            Column("height", gettext_lazy("高度（m）"), "height_m", kind="decimal", sort="height_m"),
            Column("voided", gettext_lazy("作废原因"), "voided_reason", minor=True),
        ),
        filters=(Search(gettext_lazy("名称、编码"), ["name", "code", "work__name"]),),
        sort="code",
        empty=gettext_lazy("还没有登记单体。先在概览登记工程，再登记单体。"),
    )


def happenings(rows: QuerySet[Any]) -> Table:
    """What went out about the project to others."""
    return Table(
        key="messages",
        title=gettext_lazy("往来"),
        rows=rows,
        columns=(
            Column("at", gettext_lazy("时间"), kind="moment", sort="at"),
            Column("name", gettext_lazy("事件"), lambda row: _event(row.name), sort="name"),
            Column("content", gettext_lazy("内容"), _content),
            Column("delivered_at", gettext_lazy("送达"), kind="moment", sort="delivered_at", minor=True),
        ),
        filters=(Search(gettext_lazy("事件"), ["name"]), Range("at", gettext_lazy("日期"), field="at__date", days=True)),
        sort="-at",
        empty=gettext_lazy("还没有往来。"),
    )


def _event(name: str) -> str:
    return str(tables.EVENTS.get(name, name))


def _content(row: Any) -> str:
    return "　".join(str(value) for value in row.payload.values() if isinstance(value, str | int) and str(value))[:200]


def trail(rows: QuerySet[Any]) -> Table:
    """The audit trail of the project and all its parts."""
    words = {verb: text for port in verb_words.all() for verb, text in port.items()}
    names = {row.code: str(row) for row in Department.objects.all()}
    return Table(
        key="audit",
        title=gettext_lazy("审计"),
        rows=rows,
        columns=(
            Column("at", gettext_lazy("时间"), kind="moment", sort="at"),
            Column("verb", gettext_lazy("办理"), lambda row: str(words.get(row.verb, row.verb)), sort="verb"),
            Column("actor_name", gettext_lazy("办理人"), sort="actor_name"),
            Column("department", gettext_lazy("部门"), lambda row: names.get(row.department, row.department), sort="department"),
            Column("outcome", gettext_lazy("结果"), lambda row: _("办成") if row.outcome == "done" else _("拒绝"), sort="outcome"),
            Column("detail", gettext_lazy("说明"), lambda row: _detail(row.detail), minor=True),
            Column("position", gettext_lazy("链位"), kind="number", sort="position", minor=True),
        ),
        filters=(
            Search(gettext_lazy("办理人、事项"), ["actor_name", "verb"]),
            Choice("outcome", gettext_lazy("结果"), [("done", gettext_lazy("办成")), ("refused", gettext_lazy("拒绝"))]),
            Range("at", gettext_lazy("日期"), field="at__date", days=True),
        ),
        sort="-at",
        empty=gettext_lazy("还没有记录。"),
    )


def _detail(detail: dict[str, Any]) -> str:
    return "　".join(f"{value}" for value in detail.values() if isinstance(value, str | int | float) and str(value))[:200]


PARTS = {
    "opinions": Part(gettext_lazy("部门意见"), dossier.requests_of, requests),
    "conditions": Part(gettext_lazy("建设条件"), dossier.conditions_of, tables.conditions, stages=True),
    "files": Part(gettext_lazy("材料与文件"), dossier.attachments_of, files, files=True),
    "buildings": Part(gettext_lazy("单体与编码"), dossier.buildings_of, buildings),
    "messages": Part(gettext_lazy("往来"), dossier.messages_of, happenings),
    "audit": Part(gettext_lazy("审计"), dossier.audit_of, trail),
}
"""The tabs beside the overview, by the name in the address."""
