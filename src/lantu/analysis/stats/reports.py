"""The statistics people ask for, each a set of tables as plain values: cross table, land balance, two plans, three lines, time series."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.analysis.conformity.sites import checked, from_text
from lantu.analysis.conformity.wording import said
from lantu.analysis.partition import Basis, Partition, basis
from lantu.analysis.settings import Settings
from lantu.analysis.stats.groups import GAP, UNCLASSED, Cells, counts, cross, districts, weights
from lantu.blueprints.models import BlueprintRelease
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Refused

KINDS = ("cross", "balance", "two_plans", "three_lines", "series")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a statistic is asked: its parameters as they came, the basis, the pack's settings, and who asks."""

    data: Mapping[str, Any]
    basis: Basis
    settings: Settings
    actor: Actor

    @property
    def partition(self) -> Partition:
        return self.basis.partition

    def layer(self, name: str, default: str = "") -> str:
        """A layer parameter. Raises ``BadInput`` and ``Refused``."""
        code = str(self.data.get(name) or default)
        definition = self.partition.catalogue.layers.get(code)
        if code not in self.partition.layers:
            raise BadInput(_("本版本没有图层 %(layer)s。") % {"layer": code or "—"}, how=_("请从清单里选一个图层。"))
        if definition is not None and not may_see(self.actor, definition):
            raise Refused(_("您的岗位不能查看 %(layer)s。") % {"layer": name_of(definition)})
        return code


def make(kind: str, asked: Asked) -> dict[str, Any]:
    """The tables of a statistic. Raises ``BadInput`` for an unknown kind."""
    makers: dict[str, Callable[[Asked], dict[str, Any]]] = {
        "cross": cross_table,
        "balance": balance,
        "two_plans": two_plans,
        "three_lines": three_lines,
        "series": series,
    }
    if kind not in makers:
        raise BadInput(_("没有「%(kind)s」这种统计。") % {"kind": kind}, how="、".join(KINDS))
    return makers[kind](asked)


def title_of(kind: str) -> str:
    """What a statistic is called."""
    return {
        "cross": _("交叉统计"),
        "balance": _("用地平衡表"),
        "two_plans": _("两规差异报告"),
        "three_lines": _("三线分布"),
        "series": _("历版变化"),
    }[kind]


def key_name(asked: Asked, by: str, key: str) -> str:
    """A key of a dimension in words."""
    if by == "district":
        region = Region.objects.filter(code=key).first()
        return name_of(region) if region else _("市外")
    if by == "area":
        return _("面积")
    if key in (GAP, UNCLASSED):
        return _("规划未覆盖") if key == GAP else _("未归类")
    catalogue = asked.partition.catalogue
    table = catalogue.table_of(catalogue.layers[by.partition(":")[0]])
    entry = table.find(key) if table else None
    return f"{key} {entry.name_zh}" if entry else key


def table(asked: Asked, cells: Cells, by_row: str, by_column: str, title: str) -> dict[str, Any]:
    """A cross table as values: heads, rows with areas in m² (two decimals as text), totals."""
    column_keys = cells.columns
    rows = [
        {
            "key": key,
            "label": key_name(asked, by_row, key),
            "cents": [cells.cents.get((key, column), 0) for column in column_keys],
            "total": cells.row(key),
            "share": round(cells.row(key) / cells.total, 6) if cells.total else 0.0,
        }
        for key in cells.rows
    ]
    return {
        "title": title,
        "by_row": by_row,
        "by_column": by_column,
        "columns": [{"key": key, "label": key_name(asked, by_column or "area", key)} for key in column_keys],
        "rows": rows,
        "totals": [cells.column(column) for column in column_keys],
        "total": cells.total,
    }


def cross_table(asked: Asked) -> dict[str, Any]:
    """Any class by any other, by district; in a drawn shape or district when asked."""
    layer = asked.layer("layer")
    by_row = f"{layer}:{asked.data.get('level') or 0}"
    by_column = str(asked.data.get("columns") or "")
    if by_column and by_column != "district":
        by_column = f"{asked.layer('columns')}:{asked.data.get('level') or 0}"
    site = _site(asked)
    cells = cross(asked.partition, by_row, by_column, weights(asked.partition, layer, site), _in_districts(asked))
    found = table(asked, cells, by_row, by_column, title_of("cross"))
    found["counts"] = counts(asked.partition, layer, by_row) if site is None else {}
    return {"tables": [found]}


def _site(asked: Asked) -> Any:
    text = str(asked.data.get("geojson") or "")
    if not text:
        return None
    return checked(from_text(text), asked.settings).geometry


def _in_districts(asked: Asked) -> Any:
    wanted = [str(code) for code in asked.data.get("districts") or ()]
    if not wanted:
        return None
    number, keys = districts(asked.partition)
    return np.isin(number, [index for index, key in enumerate(keys) if key in wanted])


def balance(asked: Asked) -> dict[str, Any]:
    """The land-use balance of a plan: classes by level with area, share of the whole and of construction land."""
    presets = asked.settings.balance or ({"layer": "C0101"},)
    wanted = asked.layer("layer", str(presets[0]["layer"]))
    preset = next((row for row in presets if row["layer"] == wanted), {"layer": wanted})
    weight = weights(asked.partition, wanted, _site(asked))
    chosen = _in_districts(asked)
    catalogue = asked.partition.catalogue
    codes = catalogue.table_of(catalogue.layers[wanted])
    cells = cross(asked.partition, f"{wanted}:0", "", weight, chosen)
    own = {key: cells.row(key) for key in cells.rows}
    built = sum(cents for key, cents in own.items() if codes and (entry := codes.find(key)) and entry.construction == "yes")
    whole = sum(cents for key, cents in own.items() if key != GAP)
    rolled: dict[str, int] = {}
    for key, cents in own.items():
        for code in codes.ancestors(key) if codes and key not in (GAP, UNCLASSED) else [key]:
            rolled[code] = rolled.get(code, 0) + cents
    place = {code: number for number, code in enumerate(codes.entries)} if codes else {}

    def path(key: str) -> list[tuple[int, str]]:
        """Where a class stands: below its parents, whatever order the table lists them in."""
        chain = codes.ancestors(key) if codes and key in place else [key]
        return [(place.get(code, len(place)), code) for code in reversed(chain)]

    rows = []
    for key in sorted(rolled, key=path):
        entry = codes.find(key) if codes and key not in (GAP, UNCLASSED) else None
        rows.append(
            {
                "key": key,
                "label": key_name(asked, wanted, key),
                "depth": len(codes.ancestors(key)) - 1 if codes and entry else 0,
                "cents": [rolled[key]],
                "total": rolled[key],
                "share": round(rolled[key] / whole, 6) if whole and key != GAP else 0.0,
                "of_built": round(rolled[key] / built, 6) if built and entry and entry.construction == "yes" else None,
            }
        )
    found = {
        "title": said(preset, "name") or title_of("balance"),
        "by_row": wanted,
        "by_column": "",
        "columns": [{"key": "area", "label": _("面积")}],
        "rows": rows,
        "totals": [whole],
        "total": whole,
        "built": built,
        "nested": True,
    }
    return {"tables": [found]}


def two_plans(asked: Asked) -> dict[str, Any]:
    """Two plans against each other: class by class, and by what each says of construction."""
    first, second = asked.layer("layer", "C0101"), asked.layer("other", "C0401")
    weight, chosen = weights(asked.partition, first, _site(asked)), _in_districts(asked)
    level = str(asked.data.get("level") or 1)
    pairs = cross(asked.partition, f"{first}:{level}", f"{second}:0", weight, chosen)
    part = asked.partition
    built = {code: _built(part, code) for code in (first, second)}
    present = {code: part.view.covered(part.layers[code].column) for code in (first, second)}
    names = {code: part.catalogue.layers[code].name_zh for code in (first, second)}
    kinds = [
        (_("%(a)s建设 · %(b)s建设（一致）"), built[first] & built[second]),
        (_("%(a)s建设 · %(b)s非建设（差异）"), built[first] & ~built[second] & present[second]),
        (_("%(a)s非建设 · %(b)s建设（差异）"), ~built[first] & present[first] & built[second]),
        (_("%(a)s非建设 · %(b)s非建设（一致）"), ~built[first] & present[first] & ~built[second] & present[second]),
        (_("只有%(a)s有规划（空白）"), present[first] & ~present[second]),
    ]
    keep = np.ones(len(weight), dtype=bool) if chosen is None else chosen
    sums = [int(weight[mask & keep].sum()) for _label, mask in kinds]
    whole = sum(sums)
    rows = [
        {
            "key": str(n),
            "label": label % {"a": names[first], "b": names[second]},
            "cents": [cents],
            "total": cents,
            "share": round(cents / whole, 6) if whole else 0.0,
        }
        for n, ((label, _mask), cents) in enumerate(zip(kinds, sums, strict=True))
    ]
    summary = {
        "title": _("建设与非建设"),
        "by_row": "",
        "by_column": "",
        "columns": [{"key": "area", "label": _("面积")}],
        "rows": rows,
        "totals": [whole],
        "total": whole,
    }
    return {"tables": [summary, table(asked, pairs, f"{first}:{level}", f"{second}:0", _("逐类对照"))]}


def _built(partition: Partition, layer: str) -> Any:
    codes = partition.catalogue.table_of(partition.catalogue.layers[layer])

    def yes(code: str) -> bool:
        entry = codes.find(code) if codes else None
        return entry is not None and entry.construction == "yes"

    return partition.view.any(partition.layers[layer].column, partition.columns(layer).having(yes) if codes else np.zeros(0, dtype=bool))


def three_lines(asked: Asked) -> dict[str, Any]:
    """The three lines by district, with their share of the district."""
    part = asked.partition
    number, keys = districts(part)
    area = np.rint(np.asarray(part.areas()) * 100).astype(np.int64)
    lines = [row for row in asked.settings.three_lines if row["layer"] in part.layers]
    lines = [row for row in lines if may_see(asked.actor, part.catalogue.layers[row["layer"]])]
    if not lines:
        raise BadInput(_("本版本没有三线图层，或您的岗位不能查看。"), how=_("三线在城市包 analysis.yaml 的 three_lines 里定义。"))
    masks = [part.faces_having(row["layer"], [str(code) for code in row.get("codes") or ()]) for row in lines]
    inside = number < len(keys) - 1
    whole = np.bincount(number, weights=area, minlength=len(keys)).astype(np.int64)
    sums = [np.bincount(number[mask], weights=area[mask], minlength=len(keys)).astype(np.int64) for mask in masks]
    rows = [
        {
            "key": key,
            "label": key_name(asked, "district", key),
            "cents": [int(line[n]) for line in sums],
            "total": int(whole[n]),
            "share": round(int(whole[n]) / int(area[inside].sum()), 6) if inside.any() else 0.0,
            "shares": [round(int(line[n]) / int(whole[n]), 6) if whole[n] else 0.0 for line in sums],
        }
        for n, key in enumerate(keys[:-1])
    ]
    found = {
        "title": title_of("three_lines"),
        "by_row": "district",
        "by_column": "",
        "columns": [{"key": row["code"], "label": said(row, "name")} for row in lines],
        "rows": rows,
        "totals": [int(line[:-1].sum()) for line in sums],
        "total": int(whole[:-1].sum()),
    }
    return {"tables": [found]}


def series(asked: Asked) -> dict[str, Any]:
    """The classes of a layer over the published releases."""
    layer = asked.layer("layer", "C0101")
    level = str(asked.data.get("level") or 1)
    releases = list(
        BlueprintRelease.objects.filter(state=BlueprintRelease.State.PUBLISHED).select_related("run__pack").order_by("published_at")
    )
    columns: list[str] = []
    cells: dict[tuple[str, str], int] = {}
    for release in releases:
        on = basis(release.number)
        if layer not in on.partition.layers:
            continue
        columns.append(release.number)
        found = cross(on.partition, f"{layer}:{level}", "", weights(on.partition, layer))
        cells |= {(key, release.number): found.row(key) for key in found.rows}
    keys = sorted({key for key, _release in cells}, key=lambda key: (key in (GAP, UNCLASSED), key))
    rows = []
    for key in keys:
        cents = [cells.get((key, column), 0) for column in columns]
        rows.append(
            {
                "key": key,
                "label": key_name(asked, layer, key),
                "cents": cents,
                "total": cents[-1] if cents else 0,
                "change": cents[-1] - cents[0] if cents else 0,
                "share": 0.0,
            }
        )
    return {
        "tables": [
            {
                "title": title_of("series"), "by_row": layer, "by_column": "release", "rows": rows,
                "columns": [{"key": number, "label": _("蓝图 %(n)s") % {"n": number}} for number in columns],
                "totals": [sum(cells.get((key, column), 0) for key in keys) for column in columns], "total": 0,
            }
        ]
    }  # fmt: skip
