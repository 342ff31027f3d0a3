"""Lists of the documents room."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.documents.models import Paper, Seal, SealRequest, SealUse
from lantu.documents.templates import templates
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

PAPER_TAG = {"draft": "info", "issued": "ok", "withdrawn": "warn"}
OUTCOME_TAG = {"signed": "ok", "refused": "err", "failed": "warn"}
REQUEST_TAG = {"applied": "info", "approved": "ok", "refused": "err", "used": "line"}


def papers(rows: QuerySet[Paper], *, may_write: bool) -> Table:
    names = {code: one.name for code, one in templates().items()}
    return Table(
        key="papers",
        title=_("文书"),
        rows=rows,
        columns=(
            Column("title", _("标题"), sort="title", link=lambda row: row.get_absolute_url()),
            Column("number", _("文号"), sort="number", kind="code"),
            Column("template", _("模板"), lambda row: names.get(row.template, row.template), sort="template", minor=True),
            Column("subject_title", _("所属案卷"), minor=True),
            Column(
                "state",
                _("状态"),
                "get_state_display",
                sort="state",
                render=lambda row: _tag(row.get_state_display(), PAPER_TAG, row.state),
            ),
            Column("made_by_name", _("拟稿人"), minor=True),
            Column("made_at", _("拟稿时间"), kind="moment", sort="made_at"),
            Column("issued_at", _("发出时间"), kind="moment", sort="issued_at", minor=True),
        ),
        filters=(
            Search(_("标题、文号、案卷"), ["title", "number", "subject_title"]),
            Choice("state", _("状态"), Paper.State.choices),
            Choice("template", _("模板"), sorted(names.items())),
            Range("made_at", _("拟稿时间"), days=True),
        ),
        sort="-made_at",
        empty=_("还没有文书。选一个模板，填好就能生成。"),
        empty_url=reverse("documents:new") if may_write else "",
        empty_label=_("拟一份文书"),
    )


def _tag(text: Any, kinds: dict[str, str], key: str) -> Any:
    return marks.tag(text, kinds.get(key, ""))


def seals(rows: QuerySet[Seal], *, may_keep: bool) -> Table:
    return Table(
        key="seals",
        title=_("电子印章"),
        rows=rows,
        columns=(
            Column("name", _("印章名称"), sort="name", link=lambda row: row.get_absolute_url()),
            Column("code", _("编码"), kind="code", sort="code"),
            Column("kind", _("种类"), lambda row: row.get_kind_display(), sort="kind"),
            Column("holder", _("持章单位"), sort="holder", minor=True),
            Column("valid_to", _("失效"), kind="day", sort="valid_to", minor=True),
            Column(
                "state",
                _("状态"),
                lambda row: row.get_state_display(),
                sort="state",
                render=lambda row: _tag(row.get_state_display(), {"active": "ok", "suspended": "warn"}, row.state),
            ),
            Column("test", _("测试"), kind="yes"),
        ),
        filters=(
            Search(_("名称、编码、单位"), ["name", "code", "holder"]),
            Choice("kind", _("种类"), Seal.Kind.choices),
            Choice("state", _("状态"), Seal.State.choices),
        ),
        sort="code",
        empty=_("还没有登记印章。安全保密管理员登记后才能用印。"),
        empty_url=reverse("documents:seal-new") if may_keep else "",
        empty_label=_("登记印章"),
    )


def uses(rows: QuerySet[SealUse]) -> Table:
    return Table(
        key="seal-uses",
        title=_("用印记录"),
        rows=rows.select_related("seal"),
        columns=(
            Column("at", _("时间"), kind="moment", sort="at"),
            Column("seal", _("印章"), sort="seal__name", link=lambda row: row.seal.get_absolute_url()),
            Column("title", _("文件")),
            Column("item", _("用于"), kind="code", sort="item", minor=True),
            Column("user_name", _("用印人"), sort="user_name"),
            Column(
                "outcome",
                _("结果"),
                lambda row: row.get_outcome_display(),
                sort="outcome",
                render=lambda row: _tag(row.get_outcome_display(), OUTCOME_TAG, row.outcome),
            ),
            Column("reason", _("说明"), minor=True),
            Column("sha256", "SHA-256", lambda row: (row.sha256 or row.sha256_before)[:16], kind="code", minor=True),
        ),
        filters=(
            Search(_("文件、用印人、摘要"), ["title", "user_name", "sha256"]),
            Choice("outcome", _("结果"), SealUse.Outcome.choices),
            Range("at", _("时间"), days=True),
        ),
        sort="-at",
        empty=_("还没有用印。每次用印、被拒绝的用印都会记在这里。"),
    )


def requests(rows: QuerySet[SealRequest]) -> Table:
    return Table(
        key="seal-requests",
        title=_("用印申请"),
        rows=rows.select_related("seal"),
        columns=(
            Column(
                "applied_at",
                _("申请时间"),
                kind="moment",
                sort="applied_at",
                link=lambda row: reverse("documents:seal-request", args=[row.pk]),
            ),
            Column("seal", _("印章"), sort="seal__name"),
            Column("title", _("文件")),
            Column("applicant_name", _("申请人"), sort="applicant_name"),
            Column(
                "state",
                _("状态"),
                lambda row: row.get_state_display(),
                sort="state",
                render=lambda row: _tag(row.get_state_display(), REQUEST_TAG, row.state),
            ),
            Column("decided_by_name", _("批准人"), minor=True),
        ),
        filters=(Choice("state", _("状态"), SealRequest.State.choices),),
        sort="-applied_at",
        empty=_("没有用印申请。只有设为「先申请后用印」的印章才需要申请。"),
    )
