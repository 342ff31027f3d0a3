"""The map workbench (地图工作台): one page around the map island of ``frontend/src/map``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lantu.analysis.permissions import USERS
from lantu.blueprints.selectors.releases import in_force
from lantu.core.access import access


def _texts() -> dict[str, str]:
    """The island's sentences in the page's language; ``%(name)s`` places are filled in the browser."""
    return {
        "severity1": _("严重"),
        "severity2": _("较重"),
        "severity3": _("一般"),
        "severity4": _("较轻"),
        "severity5": _("提示"),
        "ha": _("公顷"),
        "metres": _("%(n)s m"),
        "kilometres": _("%(n)s km"),
        "opacityOf": _("%(layer)s 的不透明度（%%）").replace("%%", "%"),
        "legend": _("图例（%(n)s 类）"),
        "layerCount": _("%(all)s 个 · 已开 %(on)s"),
        "total": _("共 %(count)s 处，%(area)s 公顷"),
        "totalInView": _("视野内 %(count)s 处，%(area)s 公顷"),
        "cut": _("共 %(all)s 处，列出前 %(n)s 处"),
        "slivers": _("碎小图斑 %(count)s 处（%(area)s 公顷）另计，其中触及 1 级规则的已列入上表。"),
        "emptyByFilter": _("没有符合当前筛选的图斑。可以放宽严重程度、取消「只看当前视野」或换一个区县。"),
        "noRun": _("还没有融合结果。请规划经办人先在「规划入库」发布各规划，再在「蓝图融合」发起一次融合。"),
        "failed": _("没有读到数据：%(what)s　请稍后重试；若一直如此，请把页面上的编号告诉系统管理员。"),
        "selected": _("已选中 %(number)s，%(title)s"),
        "openFinding": _("打开 %(number)s"),
        "clearAt": _("未压占（最近 %(distance)s）"),
        "boxHint": _("在地图上按住并拖出一个框。"),
        "lengthHint": _("逐点单击画线，双击结束。"),
        "areaHint": _("逐点单击画面，双击结束。"),
        "lengthIs": _("长度 %(length)s（椭球面）"),
        "areaIs": _("面积 %(ha)s 公顷（椭球面积），周长 %(perimeter)s"),
        "bufferFirst": _("请先画完一条线或一个面。"),
        "bufferIs": _("%(n)s 米缓冲区，面积 %(ha)s 公顷（椭球面积）"),
        "bookmark": _("书签"),
        "note": _("批注"),
        "markFirst": _("请先用「量长度」或「量面积」画出线或范围。"),
        "noMarks": _("还没有书签和批注。"),
        "unmark": _("删除「%(text)s」"),
        "shared": _("本视图的链接已复制。"),
        "noPlace": _("没有找到。可以输区县、乡镇街道名称，或坐标（如 106.63, 26.65）。"),
        "places": _("找到 %(n)s 处"),
    }


@access("@")
def map_page(request: HttpRequest) -> HttpResponse:
    """The map; ``?run=`` chooses a fusion run, ``?finding=`` opens one finding."""
    settings: dict[str, Any] = {
        "api": "/api/v1/map/",
        "run": request.GET.get("run", ""),
        "finding": request.GET.get("finding", ""),
        "texts": _texts(),
    }
    severities = [(number, _texts()[f"severity{number}"]) for number in range(1, 6)]
    release = in_force()
    context = {
        "map_settings": settings,
        "severities": severities,
        "may_ask": request.actor.role in USERS,  # type: ignore[attr-defined]
        "release_number": release.number if release else "",
    }
    return render(request, "web/map.html", context)
