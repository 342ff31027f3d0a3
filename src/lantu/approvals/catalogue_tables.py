"""The list of releases of the catalogue."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantu.approvals.models import DefinitionRelease
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table


def releases(rows: QuerySet[DefinitionRelease]) -> Table:
    """Releases, newest first."""
    return Table(
        key="releases",
        title=_("事项库版次"),
        rows=rows,
        columns=(
            Column("number", _("版次"), kind="number", sort="number", link=link),
            Column("version", _("版本"), kind="code", sort="version", link=link),
            Column("state", _("状态"), "get_state_display", render=_state, sort="state"),
            Column("published", _("发布"), "published_at", kind="moment", sort="published_at"),
            Column("by", _("发布人"), "published_by", sort="published_by"),
            Column("pack", _("城市包"), "pack", minor=True),
            Column("cases", _("按它办理的案卷"), kind="number", sort="cases"),
            Column("begun", _("草稿"), kind="number", sort="begun", minor=True),
            Column("warnings", _("校核提示"), lambda row: len(row.warnings), kind="number", minor=True),
            Column("digest", _("摘要"), lambda row: row.digest[:12], kind="code", minor=True),
        ),
        filters=(
            Search(_("版本、发布人"), ["version", "published_by"]),
            Choice("state", _("状态"), DefinitionRelease.State.choices),
            Range("published", _("发布"), field="published_at", days=True),
        ),
        sort="-number",
        empty=_("事项库还没有发布。装入带 approvals.yaml 的城市包之后，由系统管理员发布。"),
    )


def link(row: DefinitionRelease) -> str:
    return reverse("approvals:definition", args=[row.number])


def _state(row: DefinitionRelease) -> str:
    return marks.tag(row.get_state_display(), "ok" if row.state == DefinitionRelease.State.PUBLISHED else "line")
