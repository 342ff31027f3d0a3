"""The list of questions before filing, for the office."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models import Inquiry
from lantu.approvals.office_tables import STAGES
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

TAGS = {"asked": "warn", "consulting": "info", "answered": "ok", "withdrawn": "line"}


def inquiries(rows: QuerySet[Inquiry]) -> Table:
    """Questions before filing (前期咨询)."""
    return Table(
        key="inquiries",
        title=_("前期咨询"),
        rows=rows,
        columns=(
            Column("number", _("编号"), kind="code", sort="number", link=lambda row: row.get_absolute_url()),
            Column("asker", _("咨询人"), sort="asker"),
            Column("project", _("项目"), lambda row: row.project.name if row.project else "—", sort="project__name"),
            Column("stage", _("阶段"), lambda row: dict(STAGES).get(row.stage, row.stage), sort="stage"),
            Column("channel", _("渠道"), lambda row: row.get_channel_display(), sort="channel", minor=True),
            Column(
                "state",
                _("状态"),
                lambda row: row.get_state_display(),
                render=lambda row: marks.tag(row.get_state_display(), TAGS[row.state]),
                sort="state",
            ),
            Column("asked_at", _("提出"), kind="moment", sort="asked_at", minor=True),
            Column("due_on", _("答复期限"), kind="day", sort="due_on"),
        ),
        filters=(
            Search(_("编号、咨询人、项目、电话"), ["number", "asker", "project__name", "phone"]),
            Choice("state", _("状态"), Inquiry.State.choices),
            Choice("channel", _("渠道"), Inquiry.Channel.choices),
            Choice("stage", _("阶段"), STAGES),
            Range("due", _("答复期限"), field="due_on", days=True),
        ),
        sort="due_on",
        empty=_("还没有前期咨询。建设单位在网上提出，或由窗口为来人登记后，出现在这里。"),
    )
