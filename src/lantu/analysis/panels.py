"""What the room puts into the shell: navigation, search."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from lantu.analysis.models import Check
from lantu.analysis.permissions import USERS
from lantu.analysis.selectors import readable
from lantu.analysis.services.embedding import GRANTERS
from lantu.ui import registry


def connect() -> None:
    """Register navigation and search."""
    registry.add_nav("analysis", gettext_lazy("合规性检测"), "analysis:checks", "check", USERS, order=10)
    registry.add_nav("analysis", gettext_lazy("辅助选址"), "analysis:searches", "target", USERS, order=20)
    registry.add_nav("analysis", gettext_lazy("统计"), "analysis:statistics", "chart", USERS, order=30)
    registry.add_nav("analysis", gettext_lazy("指标评价"), "analysis:evaluations", "chart", USERS, order=40)
    registry.add_nav("analysis", gettext_lazy("剖面"), "analysis:profiles", "chart", USERS, order=44)
    registry.add_nav("analysis", gettext_lazy("高程栅格"), "analysis:rasters", "layers", (*USERS, "sysadmin"), order=46)
    registry.add_nav("analysis", gettext_lazy("数据下载"), "analysis:downloads", "download", USERS, order=50)
    registry.add_nav("analysis", gettext_lazy("嵌入"), "analysis:embeddings", "share", GRANTERS, order=60)
    registry.searchers.register("checks", (gettext_lazy("合规性检测"), find_checks))


def find_checks(request: HttpRequest, text: str) -> list[registry.Found]:
    """Checks by number or title."""
    rows = readable(Check.objects.filter(batch=None), request.actor)  # type: ignore[attr-defined]
    found = rows.filter(number__icontains=text) | rows.filter(title__icontains=text)
    return [registry.Found(f"{row.number} {row.title}", row.get_absolute_url(), str(row.get_standing_display())) for row in found[:20]]
