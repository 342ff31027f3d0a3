"""Settings of the small drawing map on pages of this room (island ``frontend/src/analysis``)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _


def map_settings(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """What the island reads: addresses and its sentences in the page's language."""
    return {
        "api": "/api/v1/map/",
        "texts": {
            "hint": _("点「画面」后逐点单击，双击结束；也可以拖动顶点修改。"),
            "areaIs": _("已画 %(ha)s 公顷（椭球面积），周长 %(perimeter)s"),
            "failed": _("没有读到地图数据：%(what)s"),
            "metres": _("%(n)s m"),
            "kilometres": _("%(n)s km"),
            "candidate": _("第 %(rank)s 名　%(score)s 分"),
            "why": _("已选中此处，正在查原因。"),
        },
        **more,
    }
