"""The lists of the standards room, of one pack version."""

from __future__ import annotations

from django.db.models import Count
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department
from lantu.standards.models import Code, CodeSystem, Crosswalk, CrosswalkRow, LayerDefinition, PackVersion, Rule
from lantu.ui import marks
from lantu.ui.filters import Choice, Search
from lantu.ui.tables import Column, Table

GEOMETRY = {"polygon": _("面"), "line": _("线"), "point": _("点"), "none": _("无图形"), "raster": _("影像")}
MATCHING = {"exact": _("代码相同"), "prefix2": _("前两位相同"), "hierarchy": _("含下级代码")}
RELATIONS = {"exact": _("相同"), "broader": _("目标更宽"), "narrower": _("目标更窄"), "none": _("无对应")}


def layers(pack: PackVersion) -> Table:
    """The layer catalogue (图层目录)."""
    owners = dict(Department.objects.values_list("code", "name_zh"))
    plans = dict(pack.layers.order_by("order").values_list("plan", "plan_name_zh"))
    return Table(
        key="layers",
        title=_("图层目录"),
        rows=pack.layers.select_related("code_system"),
        columns=(
            Column("code", _("图层代码"), kind="code", sort="code", link=lambda row: reverse("standards:layer", args=[row.code])),
            Column("name_zh", _("名称"), sort="name_zh", link=lambda row: reverse("standards:layer", args=[row.code])),
            Column("style", _("样式"), lambda row: row.style.get("fill", ""), render=lambda row: style_swatch(row.style)),
            Column("plan_name_zh", _("所属规划"), sort="plan"),
            Column("owner", _("责任部门"), lambda row: owners.get(row.owner, row.owner), sort="owner"),
            Column("geometry_kind", _("图形"), lambda row: GEOMETRY.get(row.geometry_kind, row.geometry_kind), sort="geometry_kind"),
            Column("strength", _("管控强度"), lambda row: row.get_strength_display(), sort="strength"),
            Column("code_system", _("分类标准"), "code_system.name_zh", sort="code_system__system", link=_system_url),
            Column("scale", _("比例尺分母"), kind="number", sort="scale", minor=True),
            Column("living", _("活图层"), "is_living", kind="yes", sort="is_living", minor=True),
        ),
        filters=(
            Search(_("代码、名称"), ["code", "name_zh", "name_en"]),
            Choice("plan", _("所属规划"), sorted(plans.items(), key=lambda one: one[1])),
            Choice("strength", _("管控强度"), LayerDefinition.Strength.choices),
        ),
        sort="order",
        empty=_("还没有图层。请先装入城市包（lantu city load）。"),
    )


def _system_url(row: LayerDefinition) -> str | None:
    return reverse("standards:codes", args=[row.code_system_id]) if row.code_system_id else None


def style_swatch(style: dict[str, object]) -> SafeString:
    """A square drawn in a layer's style."""
    fill, stroke = str(style.get("fill") or "none"), str(style.get("stroke") or "#5D6872")
    return _square("#E7ECEF" if fill == "code" else fill, stroke)


def colour_swatch(colour: str) -> SafeString:
    """A square of a class's official colour, with its value."""
    return (
        format_html('<span class="row">{}<span class="code">{}</span></span>', _square(colour, "#5D6872"), colour)
        if colour
        else format_html("—")
    )


def _square(fill: str, stroke: str) -> SafeString:
    inside = format_html('<rect x="1" y="1" width="16" height="10" fill="{}" stroke="{}"/>', fill, stroke)
    return format_html('<svg width="18" height="12" viewBox="0 0 18 12" aria-hidden="true">{}</svg>', inside)


def code_systems(pack: PackVersion) -> Table:
    """The classifications (分类标准)."""
    return Table(
        key="systems",
        title=_("分类标准"),
        rows=CodeSystem.objects.filter(pack=pack).annotate(count=Count("codes")),
        columns=(
            Column("name_zh", _("名称"), sort="name_zh", link=lambda row: reverse("standards:codes", args=[row.pk])),
            Column("system", _("标识"), kind="code", sort="system"),
            Column("version", _("版本"), kind="code", sort="version"),
            Column("standard", _("依据"), lambda row: row.meta.get("standard", ""), minor=True),
            Column("matching", _("归并规则"), lambda row: MATCHING.get(row.matching, row.matching), sort="matching"),
            Column("count", _("代码数"), kind="number", sort="count", link=lambda row: reverse("standards:codes", args=[row.pk])),
        ),
        filters=(Search(_("名称、标识"), ["name_zh", "name_en", "system"]),),
        sort="system",
        empty=_("还没有分类标准。请先装入城市包（lantu city load）。"),
    )


def codes(system: CodeSystem) -> Table:
    """The classes of a classification (分类代码) with their official colours."""
    return Table(
        key="codes",
        title=_("分类代码"),
        rows=system.codes.all(),
        columns=(
            Column("code", _("代码"), kind="code", sort="code"),
            Column("name_zh", _("名称"), sort="name_zh"),
            Column("name_en", _("英文名称"), sort="name_en", minor=True),
            Column("parent_code", _("上级代码"), kind="code", sort="parent_code"),
            Column("construction", _("是否建设用地"), lambda row: row.get_construction_display(), sort="construction"),
            Column("color", _("颜色"), render=lambda row: colour_swatch(row.color)),
        ),
        filters=(
            Search(_("代码、名称"), ["code", "name_zh", "name_en"]),
            Choice("construction", _("是否建设用地"), Code.Construction.choices),
        ),
        sort="order",
        empty=_("这个标准没有代码。"),
    )


def crosswalks(pack: PackVersion) -> Table:
    """The tables between classifications (对照表)."""
    return Table(
        key="crosswalks",
        title=_("对照表"),
        rows=Crosswalk.objects.filter(pack=pack).annotate(count=Count("rows")),
        columns=(
            Column("title_zh", _("名称"), sort="title_zh", link=lambda row: reverse("standards:crosswalk", args=[row.pk])),
            Column("source", _("来源标准"), kind="code", sort="source"),
            Column("target", _("目标标准"), kind="code", sort="target"),
            Column("count", _("行数"), kind="number", sort="count", link=lambda row: reverse("standards:crosswalk", args=[row.pk])),
        ),
        filters=(Search(_("名称、标准"), ["title_zh", "source", "target"]),),
        sort="title_zh",
        empty=_("还没有对照表。"),
    )


def crosswalk_rows(crosswalk: Crosswalk) -> Table:
    """The lines of a crosswalk. A code without a line of its own has that of its parent."""
    return Table(
        key="rows",
        title=_("对照"),
        rows=CrosswalkRow.objects.filter(crosswalk=crosswalk),
        columns=(
            Column("source_code", _("来源代码"), kind="code", sort="source_code"),
            Column("target_code", _("目标代码"), kind="code", sort="target_code"),
            Column("relation", _("关系"), lambda row: RELATIONS.get(row.relation, row.relation), sort="relation"),
            Column("note", _("说明")),
        ),
        filters=(Search(_("代码、说明"), ["source_code", "target_code", "note"]), Choice("relation", _("关系"), list(RELATIONS.items()))),
        sort="source_code",
        empty=_("这张对照表没有行。"),
    )


def rules(pack: PackVersion) -> Table:
    """The rules over the faces of the one map (规则)."""
    return Table(
        key="rules",
        title=_("规则"),
        rows=pack.rules.all(),
        columns=(
            Column("code", _("代码"), kind="code", sort="code", link=lambda row: reverse("standards:rule", args=[row.code])),
            Column("name_zh", _("名称"), sort="name_zh", link=lambda row: reverse("standards:rule", args=[row.code])),
            Column("kind", _("种类"), lambda row: row.get_kind_display(), sort="kind"),
            Column("severity", _("等级"), kind="severity", sort="severity"),
            Column("direction_zh", _("处理方向")),
        ),
        filters=(Search(_("代码、名称"), ["code", "name_zh", "name_en"]), Choice("kind", _("种类"), Rule.Kind.choices)),
        sort="order",
        empty=_("还没有规则。请先装入城市包（lantu city load）。"),
    )


def versions() -> Table:
    """The versions of city packs that were loaded (城市包版本)."""
    return Table(
        key="versions",
        title=_("城市包版本"),
        rows=PackVersion.objects.all(),
        columns=(
            Column("name", _("城市包"), str, sort="version", link=lambda row: reverse("standards:version", args=[row.pk])),
            Column("state", _("状态"), lambda row: row.in_force, render=_in_force, sort="in_force"),
            Column("loaded_at", _("装入时间"), kind="moment", sort="loaded_at"),
            Column("digest", _("摘要"), lambda row: row.digest[:16], kind="code"),
        ),
        filters=(Search(_("城市、版本"), ["name_zh", "city", "version"]),),
        sort="-loaded_at",
        empty=_("还没有装入城市包。请运行 lantu city load。"),
    )


def _in_force(row: PackVersion) -> SafeString:
    return marks.tag(_("在用"), "ok") if row.in_force else marks.tag(_("旧版"))
