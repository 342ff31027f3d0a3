"""The list of parameter sets."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.plans.models import DatumSet
from lantu.plans.services.datums import source_title
from lantu.ui import marks
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

LIGHTS = {"draft": "y", "confirmed": "g", "withdrawn": "p"}


def state_light(row: DatumSet) -> SafeString:
    """The state with its colour."""
    return marks.light(LIGHTS[row.state], row.get_state_display())


def datums(*, may_fit: bool) -> Table:
    """All parameter sets with their quality; never their numbers."""
    return Table(
        key="datums",
        title=gettext_lazy("转换参数"),
        rows=DatumSet.objects.defer("sealed"),
        columns=(
            Column("name", gettext_lazy("名称"), sort="name", link=lambda row: reverse("plans:datum", args=[row.pk])),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=state_light),
            Column("kind", gettext_lazy("模型"), lambda row: row.get_kind_display(), sort="kind"),
            Column("source", gettext_lazy("源坐标系"), source_title, sort="source_epsg"),
            Column("points", gettext_lazy("参与点"), "point_count", kind="number", sort="point_count"),
            Column("checks", gettext_lazy("检核点"), "check_count", kind="number", sort="check_count", minor=True),
            Column("rms", gettext_lazy("中误差（mm）"), lambda row: _mm(row.rms_m), kind="decimal", sort="rms_m"),
            Column("check_rms", gettext_lazy("检核中误差（mm）"), lambda row: _mm(row.check_rms_m), kind="decimal", sort="check_rms_m"),
            Column("author", gettext_lazy("建立人"), "author_name", sort="author_name", minor=True),
            Column("made_at", gettext_lazy("建立"), kind="day", sort="made_at"),
            Column("demo", gettext_lazy("演示"), kind="yes", render=lambda row: marks.tag(_("演示数据"), "demo") if row.demo else ""),
        ),
        filters=(
            Search(gettext_lazy("名称、源坐标系、说明"), ["name", "source_name", "note"]),
            Choice("state", gettext_lazy("状态"), DatumSet.State.choices),
            Choice("kind", gettext_lazy("模型"), DatumSet.Kind.choices),
        ),
        sort="name",
        empty=gettext_lazy("还没有转换参数。有西安80、北京54 或城市独立坐标系的资料，先在这里用控制点拟合参数。"),
        empty_url=reverse("plans:datum-new") if may_fit else "",
        empty_label=gettext_lazy("用控制点拟合"),
    )


def _mm(value: Any) -> float | None:
    return None if value is None else float(value) * 1000
