"""Names behind codes, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department, Region
from lantu.blueprints.selectors.findings import Words
from lantu.blueprints.selectors.names import name_of
from lantu.conflicts.pack import english
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition, Rule


def words() -> Words:
    """The names of rules, layers, districts and departments of the pack in force."""
    pack = standards.pack()
    return Words(
        {rule.code: name_of(rule) for rule in Rule.objects.filter(pack=pack)},
        {layer.code: name_of(layer) for layer in LayerDefinition.objects.filter(pack=pack)},
        {region.code: name_of(region) for region in Region.objects.filter(kind=Region.Kind.COUNTY).defer("geometry")},
        {row.code: (row.name_en if english() else "") or row.short_zh or row.name_zh for row in Department.objects.all()},
    )


def conflict_rules() -> list[str]:
    """Codes of the rules that make conflict patches, in their order."""
    kinds = ("conflict", "strip")
    return list(Rule.objects.filter(pack=standards.pack(), kind__in=kinds).order_by("order", "code").values_list("code", flat=True))


def rule_name(code: str) -> str:
    """A rule's name; the code when the pack has no such rule."""
    rule = Rule.objects.filter(pack=standards.pack(), code=code).first()
    return name_of(rule) if rule else code


def acts() -> Mapping[str, str | Promise]:
    """Act → what the history says."""
    return ACTS


ACTS: dict[str, str | Promise] = {
    "opened": _("立案"),
    "reopened": _("再次检出，重新立案"),
    "found_changed": _("重新融合，图斑有变"),
    "still_hit": _("重新融合，仍命中"),
    "verified": _("重新融合复核，不再命中"),
    "vanished": _("规划已改，不再检出"),
    "became": _("图斑拆分或合并，转入新案"),
    "triaged": _("甄别"),
    "listed": _("列入问题清单"),
    "unlisted": _("移出问题清单"),
    "asked": _("征求意见"),
    "position": _("部门答复"),
    "due_moved": _("答复期限变动"),
    "proposed": _("提出方案"),
    "to_meeting": _("列入协调会议题"),
    "decided": _("协调会决定"),
    "submitted": _("部门协调组报审"),
    "passed_on": _("同意上报"),
    "returned": _("退回"),
    "approved": _("批准"),
    "deferred": _("暂缓，列为遗留"),
    "resumed": _("重新办理"),
    "applied": _("落图"),
    "override_replaced": _("协调结果由后来的决定代替"),
    "redone": _("仍命中，撤销落图重提方案"),
    "archived": _("归入蓝图版本"),
    "duplicate": _("标为重复"),
    "undone": _("撤销重复"),
    "doubted": _("报误判"),
    "doubt_rejected": _("否定误判"),
    "false_positive": _("确认误判"),
    "settled": _("碎小图斑自动处理"),
    "unsettled": _("撤销自动处理"),
}
