"""What the plans say of a case, row by row, with the rows in which they differ marked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lantu.blueprints.selectors.names import name_of
from lantu.conflicts.models import ConflictCase
from lantu.conflicts.picture import Picture
from lantu.plans.models import PlanPatch
from lantu.standards import selectors as standards
from lantu.ui import formats

MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the comparison: label, one cell a column; ``differs`` tints it."""

    label: str
    cells: list[SafeString | str]
    differs: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Heads (layer and owner), rows, and how many source patches are left out."""

    heads: list[str]
    lines: list[Line]
    more: int


def compare(case: ConflictCase, picture: Picture) -> Comparison:
    """The comparison table of a case."""
    left, right = picture.layer_sides()
    order = {code: place for place, code in enumerate([*left, *right])}
    sources = sorted(picture.finding.sources, key=lambda source: order.get(source["layer"], 99))
    shown = sources[:MOST_COLUMNS]
    patches = [picture.patches.get((source.get("release"), source.get("index"))) for source in shown]
    heads = []
    for source, patch in zip(shown, patches, strict=True):
        layer = picture.layers.get(source["layer"])
        owner = patch.release.dataset.owner if patch and patch.release.dataset.owner else ""
        heads.append(
            _("%(layer)s（%(owner)s）") % {"layer": name_of(layer), "owner": owner} if layer and owner else picture.name(source["layer"])
        )
    pairs = list(zip(shown, patches, strict=True))
    use = [_use(source, patch, picture) for source, patch in pairs]
    built = [str(patch.get_construction_display()) if patch and patch.code else "—" for patch in patches]
    lines = [
        Line(_("用途"), list(use), len({str(one) for one in use}) > 1),
        Line(_("是否建设"), list(built), len({one for one in built if one != "—"}) > 1),
        Line(_("图斑编号"), [str(source.get("feature_id") or "—") for source in shown], code=True),
        Line(_("交叠面积"), [_overlap(case, patch) for patch in patches]),
        Line(_("比例尺"), [f"1:{patch.release.scale:,}".replace(",", " ") if patch else "—" for patch in patches]),
        Line(_("批准文号"), [_document(patch) for patch in patches]),
        Line(_("来源"), [_origin(patch) for patch in patches]),
    ]
    return Comparison(heads, lines, len(sources) - len(shown))


def _use(source: dict[str, Any], patch: PlanPatch | None, picture: Picture) -> SafeString | str:
    layer = picture.layers.get(source["layer"])
    code = str(source.get("code") or "")
    if not code:
        return name_of(layer) if layer else "—"
    table = standards.catalogue(picture.finding.run.pack).table_of(layer) if layer else None
    entry = table.find(code) if table else None
    system = table.name_zh if table else ""
    return format_html('<span class="code">{}</span> {} <small class="muted">{}</small>', code, entry.name_zh if entry else "", system)


def _overlap(case: ConflictCase, patch: PlanPatch | None) -> str:
    area = _("%(ha)s 公顷") % {"ha": formats.hectares(case.area_m2)}
    if patch is None or not patch.control_area_m2:
        return area
    share = Decimal(case.area_m2) / patch.control_area_m2
    return _("%(area)s（占该图斑 %(share)s）") % {"area": area, "share": formats.share(float(min(share, Decimal(1))))}


def _document(patch: PlanPatch | None) -> str:
    if patch is None or not patch.release.document_no:
        return "—"
    return f"{patch.release.document_no}　{formats.day(patch.release.document_date)}".strip()


def _origin(patch: PlanPatch | None) -> str:
    if patch is None:
        return "—"
    return _("%(release)s　%(file)s 第 %(row)s 行") % {"release": patch.release, "file": patch.file_name, "row": patch.row}
