"""The lists of the plans room."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.plans.models import (
    Delivery,
    DeliveryFeature,
    LivingFeature,
    PlanDataset,
    PlanPatch,
    PlanProject,
    PlanRelease,
    PlanTarget,
    QualityFinding,
)
from lantu.plans.quality import CHECK_TITLES
from lantu.standards import selectors
from lantu.ui import marks
from lantu.ui.filters import Choice, Range, Search
from lantu.ui.tables import Column, Table

_LIGHTS = {"uploaded": "n", "inspected": "y", "mapped": "y", "checked": "y", "released": "g", "abandoned": "p"}
_RELEASE_LIGHTS = {"released": "g", "superseded": "p", "writing": "y"}
LEVELS = {"error": "err", "warning": "warn", "info": "info"}


def layer_name(code: str) -> str:
    """Code and name of a layer; of one that the pack in force no longer has, the code."""
    found = selectors.catalogue().layers.get(code)
    return str(found) if found else code


def datasets(*, may_import: bool) -> Table:
    """All datasets with their release in force."""
    current = PlanRelease.objects.filter(dataset=OuterRef("pk"), state=PlanRelease.State.RELEASED).order_by("-number")
    ended = (Delivery.State.RELEASED, Delivery.State.ABANDONED)
    rows = PlanDataset.objects.select_related("owner").annotate(
        release_id=Subquery(current.values("pk")[:1]),
        release_number=Subquery(current.values("number")[:1]),
        release_patches=Subquery(current.values("patch_count")[:1]),
        release_area=Subquery(current.values("control_area_m2")[:1]),
        released_at=Subquery(current.values("released_at")[:1]),
        open_deliveries=Count("deliveries", filter=~Q(deliveries__state__in=ended)),
    )
    return Table(
        key="datasets",
        title=gettext_lazy("规划数据集"),
        rows=rows,
        columns=(
            Column("name", gettext_lazy("名称"), sort="name", link=lambda row: reverse("plans:dataset", args=[row.pk])),
            Column("layer_code", gettext_lazy("图层"), lambda row: layer_name(row.layer_code), sort="layer_code"),
            Column("plan_name", gettext_lazy("规划"), sort="plan_name", minor=True),
            Column("owner", gettext_lazy("责任部门"), "owner.name_zh", sort="owner__code", minor=True),
            Column("release", gettext_lazy("现行版次"), _number, sort="release_number", link=_release_url),
            Column("patches", gettext_lazy("图斑"), "release_patches", kind="number", sort="release_patches", link=_release_url),
            Column("area", gettext_lazy("控制面积（公顷）"), "release_area", kind="hectares", sort="release_area", minor=True),
            Column("released_at", gettext_lazy("入库"), kind="day", sort="released_at"),
            Column(
                "open",
                gettext_lazy("办理中"),
                "open_deliveries",
                kind="number",
                sort="open_deliveries",
                link=lambda row: reverse("plans:dataset-deliveries", args=[row.pk]) if row.open_deliveries else None,
            ),
            Column("demo", gettext_lazy("演示"), kind="yes", render=lambda row: marks.tag(_("演示数据"), "demo") if row.demo else ""),
        ),
        filters=(
            Search(gettext_lazy("名称、规划、图层"), ["name", "plan_name", "layer_code", "document_no"]),
            Choice("layer", gettext_lazy("图层"), lambda: _layers(living=False), field="layer_code"),
            Choice(
                "state",
                gettext_lazy("状态"),
                [("released", gettext_lazy("有现行成果")), ("open", gettext_lazy("有办理中的入库")), ("none", gettext_lazy("还没有成果"))],
                where=lambda value: {
                    "released": Q(release_id__isnull=False),
                    "open": Q(open_deliveries__gt=0),
                    "none": Q(release_id__isnull=True),
                }.get(value, Q()),
            ),
        ),
        sort="layer_code",
        empty=gettext_lazy("还没有规划数据集。导入第一份规划文件，从这里开始。"),
        empty_url=reverse("plans:import") if may_import else "",
        empty_label=gettext_lazy("导入规划"),
    )


def _number(row: Any) -> str:
    return _("第 %(n)s 版") % {"n": row.release_number} if row.release_number else ""


def _release_url(row: Any) -> str | None:
    return reverse("plans:release", args=[row.release_id]) if row.release_id else None


def _layers(*, living: bool) -> list[tuple[str, str]]:
    found = [layer for layer in selectors.catalogue().layers.values() if layer.is_living == living]
    return [(layer.code, str(layer)) for layer in sorted(found, key=lambda one: one.order)]


def releases(dataset: PlanDataset) -> Table:
    """The releases of a dataset."""
    return Table(
        key="releases",
        title=gettext_lazy("规划成果"),
        rows=dataset.releases.exclude(state=PlanRelease.State.WRITING),
        columns=(
            Column("number", gettext_lazy("版次"), kind="number", sort="number", link=lambda row: reverse("plans:release", args=[row.pk])),
            Column("state", gettext_lazy("状态"), lambda row: row.get_state_display(), sort="state", render=_release_state),
            Column(
                "patch_count",
                gettext_lazy("图斑"),
                kind="number",
                sort="patch_count",
                link=lambda row: reverse("plans:release", args=[row.pk]),
            ),
            Column("control_area_m2", gettext_lazy("控制面积（公顷）"), kind="hectares", sort="control_area_m2"),
            Column("document_no", gettext_lazy("批复文号"), sort="document_no", minor=True),
            Column("valid_from", gettext_lazy("生效"), kind="day", sort="valid_from"),
            Column("valid_to", gettext_lazy("失效"), kind="day", sort="valid_to"),
            Column("released_at", gettext_lazy("入库"), kind="moment", sort="released_at", minor=True),
            Column("released_by_name", gettext_lazy("经办人"), sort="released_by_name", minor=True),
            Column("digest", gettext_lazy("摘要"), lambda row: row.digest[:16], kind="code", minor=True),
        ),
        filters=(Choice("state", gettext_lazy("状态"), [pair for pair in PlanRelease.State.choices if pair[0] != "writing"]),),
        sort="-number",
        empty=gettext_lazy("还没有成果。上传文件，走完五步就有第一版。"),
    )


def _release_state(row: PlanRelease) -> SafeString:
    return marks.light(_RELEASE_LIGHTS[row.state], row.get_state_display())


def deliveries(dataset: PlanDataset) -> Table:
    """The deliveries of a dataset, with their accounts."""
    return Table(
        key="deliveries",
        title=gettext_lazy("入库"),
        rows=dataset.deliveries.annotate(file_count=Count("files")),
        columns=(
            Column("number", gettext_lazy("次序"), kind="number", sort="number", link=lambda row: reverse("plans:delivery", args=[row.pk])),
            Column(
                "state",
                gettext_lazy("状态"),
                lambda row: row.get_state_display(),
                sort="state",
                render=lambda row: marks.light(_LIGHTS[row.state], row.get_state_display()),
            ),
            Column("uploaded_at", gettext_lazy("上传"), kind="moment", sort="uploaded_at"),
            Column("uploaded_by_name", gettext_lazy("上传人"), sort="uploaded_by_name", minor=True),
            Column("file_count", gettext_lazy("文件数"), kind="number", sort="file_count", minor=True),
            *(
                _account(key, label)
                for key, label in (
                    ("source", gettext_lazy("来源")),
                    ("in", gettext_lazy("入库")),
                    ("pending", gettext_lazy("待定")),
                    ("rejected", gettext_lazy("拒收")),
                )
            ),
        ),
        filters=(
            Choice("state", gettext_lazy("状态"), Delivery.State.choices),
            Range("uploaded_at", gettext_lazy("上传日期"), field="uploaded_at__date", days=True),
        ),
        sort="-number",
        empty=gettext_lazy("还没有入库。"),
    )


def _account(key: str, label: Any) -> Column:
    def link(row: Delivery) -> str | None:
        if not row.account:
            return None
        return reverse("plans:features", args=[row.pk]) + ("" if key == "source" else f"?status={key}")

    return Column(key, label, lambda row: row.account.get(key), kind="number", link=link)


def features(delivery: Delivery) -> Table:
    """Every source feature and what became of it."""
    reasons = delivery.features.filter(run=delivery.current_run).exclude(reason_code="").order_by("reason_code")
    return Table(
        key="features",
        title=gettext_lazy("来源要素"),
        rows=delivery.features.filter(run=delivery.current_run).defer("geometry"),
        columns=(
            Column("row", gettext_lazy("行"), kind="number", sort="row"),
            Column("file_name", gettext_lazy("文件"), sort="file_name", minor=True),
            Column("feature_id", gettext_lazy("要素标识"), kind="code", sort="feature_id"),
            Column("status", gettext_lazy("去向"), lambda row: row.get_status_display(), sort="status", render=_feature_state),
            Column("reason", gettext_lazy("原因"), sort="reason_code,row"),
            Column("source_code", gettext_lazy("来源代码"), kind="code", sort="source_code"),
            Column("codes", gettext_lazy("归类"), lambda row: "、".join(code for code, _share in row.codes)),
            Column("attributes", gettext_lazy("来源属性"), _attributes, minor=True),
        ),
        filters=(
            Search(gettext_lazy("标识、代码、原因"), ["feature_id", "source_code", "reason"]),
            Choice("status", gettext_lazy("去向"), DeliveryFeature.Status.choices),
            Choice(
                "reason",
                gettext_lazy("原因"),
                lambda: [(code, code) for code in reasons.values_list("reason_code", flat=True).distinct()],
                field="reason_code",
            ),
        ),
        sort="row",
        empty=gettext_lazy("还没有对照，来源要素还没有读入。"),
    )


def _feature_state(row: DeliveryFeature) -> SafeString:
    kind = {"in": "g", "pending": "y", "rejected": "r"}[row.status]
    return marks.light(kind, row.get_status_display())


def _attributes(row: DeliveryFeature) -> str:
    return "　".join(f"{key}={value}" for key, value in row.attributes.items() if value not in (None, ""))


def findings(delivery: Delivery, *, focus: Any) -> Table:
    """What the quality checks found. ``focus``: gives the address that shows a finding on the map."""
    rows: QuerySet[QualityFinding] = delivery.quality_findings.filter(run=delivery.current_run)
    return Table(
        key="quality",
        title=gettext_lazy("质检问题"),
        rows=rows,
        columns=(
            Column(
                "check_code", gettext_lazy("检查项"), lambda row: f"{row.check_code} {_(CHECK_TITLES[row.check_code])}", sort="check_code"
            ),
            Column("level", gettext_lazy("级别"), lambda row: row.get_level_display(), sort="level", render=_level),
            Column("rows", gettext_lazy("要素行"), _rows, kind="code"),
            Column("message", gettext_lazy("说明"), "sentence"),
            Column("place", gettext_lazy("位置"), lambda row: _("看图") if row.geometry is not None else "", link=focus, export=False),
            Column("lon", gettext_lazy("经度"), lambda row: _point(row, 0), kind="code", minor=True),
            Column("lat", gettext_lazy("纬度"), lambda row: _point(row, 1), kind="code", minor=True),
            Column("repaired", gettext_lazy("已修复"), kind="yes", sort="repaired", minor=True),
        ),
        filters=(
            Choice(
                "check",
                gettext_lazy("检查项"),
                lambda: [(code, f"{code} {_(title)}") for code, title in CHECK_TITLES.items()],
                field="check_code",
            ),
            Choice("level", gettext_lazy("级别"), QualityFinding.Level.choices),
            Search(gettext_lazy("说明"), ["message"]),
        ),
        sort="check_code",
        empty=gettext_lazy("没有发现问题。"),
        note=lambda: (
            _("%(dataset)s 第 %(n)s 次入库质检，%(when)s")
            % {"dataset": delivery.dataset.name, "n": delivery.number, "when": delivery.checked_at}
        ),
    )


def _level(row: QualityFinding) -> SafeString:
    return marks.tag(row.get_level_display(), LEVELS[row.level])


def _rows(row: QualityFinding) -> str:
    shown = "、".join(str(number) for number in row.rows[:6])
    return _("%(rows)s 等 %(n)s 行") % {"rows": shown, "n": len(row.rows)} if len(row.rows) > 6 else shown


def _point(row: QualityFinding, axis: int) -> float | None:
    if row.geometry is None:
        return None
    point = row.geometry.representative_point()
    return round(point.y if axis else point.x, 6)


def patches(release: PlanRelease) -> Table:
    """The patches of a release, each with its file and row."""
    return Table(
        key="patches",
        title=gettext_lazy("图斑"),
        rows=release.patches.defer("geometry"),
        columns=(
            Column("index", gettext_lazy("序号"), kind="number", sort="index"),
            Column("feature_id", gettext_lazy("要素标识"), kind="code", sort="feature_id"),
            Column("code", gettext_lazy("分类代码"), lambda row: "、".join(code for code, _share in row.codes), kind="code", sort="code"),
            Column("construction", gettext_lazy("建设属性"), lambda row: row.get_construction_display(), sort="construction"),
            Column("control_area_m2", gettext_lazy("控制面积（㎡）"), kind="square_metres", sort="control_area_m2"),
            Column("file_name", gettext_lazy("来源文件"), sort="file_name", minor=True),
            Column("row", gettext_lazy("来源行"), kind="number", sort="row", minor=True),
        ),
        filters=(
            Search(gettext_lazy("标识、代码"), ["feature_id", "code"]),
            Choice("construction", gettext_lazy("建设属性"), PlanPatch.Construction.choices),
            Range("control_area_m2", gettext_lazy("面积"), unit="㎡"),
        ),
        sort="index",
        empty=gettext_lazy("这一版没有图斑。"),
    )


def targets(release: PlanRelease) -> Table:
    """The targets of a release without geometry."""
    return Table(
        key="targets",
        title=gettext_lazy("规划指标"),
        rows=PlanTarget.objects.filter(release=release),
        columns=(
            Column("name", gettext_lazy("指标"), sort="name"),
            Column("unit", gettext_lazy("单位")),
            Column("binding", gettext_lazy("约束性"), kind="yes", sort="binding"),
            Column("base_year", gettext_lazy("基期年"), sort="base_year", minor=True),
            Column("base_value", gettext_lazy("基期值"), kind="decimal", sort="base_value"),
            Column("target_year", gettext_lazy("目标年"), sort="target_year", minor=True),
            Column("target_value", gettext_lazy("目标值"), kind="decimal", sort="target_value"),
            Column(
                "layer_code", gettext_lazy("对应图层"), lambda row: layer_name(row.layer_code) if row.layer_code else "", sort="layer_code"
            ),
            Column("row", gettext_lazy("来源行"), kind="number", sort="row", minor=True),
        ),
        filters=(Search(gettext_lazy("指标"), ["name"]),),
        sort="row",
        empty=gettext_lazy("这一版没有指标。"),
    )


def projects(release: PlanRelease) -> Table:
    """The projects of a release without geometry."""
    return Table(
        key="projects",
        title=gettext_lazy("规划项目"),
        rows=PlanProject.objects.filter(release=release),
        columns=(
            Column("code", gettext_lazy("项目编号"), kind="code", sort="code"),
            Column("name", gettext_lazy("项目名称"), sort="name"),
            Column("sector", gettext_lazy("行业"), sort="sector", minor=True),
            Column("investment_wan", gettext_lazy("投资（万元）"), kind="decimal", sort="investment_wan"),
            Column("years", gettext_lazy("年限"), sort="years", minor=True),
            Column("region_code", gettext_lazy("所在区划"), sort="region_code"),
            Column(
                "layer_code", gettext_lazy("对应图层"), lambda row: layer_name(row.layer_code) if row.layer_code else "", sort="layer_code"
            ),
            Column("row", gettext_lazy("来源行"), kind="number", sort="row", minor=True),
        ),
        filters=(Search(gettext_lazy("编号、名称、行业"), ["code", "name", "sector"]),),
        sort="row",
        empty=gettext_lazy("这一版没有项目。"),
    )


def living(rows: QuerySet[LivingFeature], *, may_register: bool) -> Table:
    """Living features, in force or not."""
    return Table(
        key="living",
        title=gettext_lazy("活图层要素"),
        rows=rows.defer("geometry"),
        columns=(
            Column(
                "feature_id",
                gettext_lazy("要素标识"),
                kind="code",
                sort="feature_id",
                link=lambda row: reverse("plans:living-feature", args=[row.pk]),
            ),
            Column("name", gettext_lazy("名称"), sort="name"),
            Column("layer_code", gettext_lazy("图层"), lambda row: layer_name(row.layer_code), sort="layer_code"),
            Column("document_no", gettext_lazy("文号"), sort="document_no", minor=True),
            Column("valid_from", gettext_lazy("生效"), kind="day", sort="valid_from"),
            Column("valid_to", gettext_lazy("失效"), kind="day", sort="valid_to"),
            Column("area_m2", gettext_lazy("椭球面积（㎡）"), kind="square_metres", sort="area_m2"),
            Column("registered_at", gettext_lazy("登记"), kind="moment", sort="registered_at", minor=True),
            Column("demo", gettext_lazy("演示"), kind="yes", render=lambda row: marks.tag(_("演示数据"), "demo") if row.demo else ""),
        ),
        filters=(
            Search(gettext_lazy("标识、名称、文号"), ["feature_id", "name", "document_no"]),
            Choice("layer", gettext_lazy("图层"), lambda: _layers(living=True), field="layer_code"),
            Choice(
                "now",
                gettext_lazy("时效"),
                [("1", gettext_lazy("有效")), ("0", gettext_lazy("已失效"))],
                where=lambda value: Q(valid_to__isnull=value == "1"),
            ),
            Range("valid_from", gettext_lazy("生效日期"), days=True),
        ),
        sort="-registered_at",
        empty=gettext_lazy("还没有活图层要素。登记第一条红线，点图就能看到。"),
        empty_url=reverse("plans:living-new") if may_register else "",
        empty_label=gettext_lazy("登记"),
    )
