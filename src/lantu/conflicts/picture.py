"""The two plans of a case side by side: the same window drawn twice, the patch outlined in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import shapely
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.blueprints.models import Finding
from lantu.blueprints.selectors.layer_tree import drawn, patch_fill
from lantu.blueprints.selectors.names import name_of
from lantu.conflicts.models import ConflictCase
from lantu.plans.models import PlanPatch, PlanRelease
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition
from lantu.ui import sketch

MARGIN = 0.9
MOST_CLASSES = 4
MOST = 400
"""Patches drawn on a side; more are left out from the far end."""
SIZE = (800, 430)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison: the plan's name, its layers and releases in words, the picture, what is drawn in it."""

    title: str
    detail: str
    svg: SafeString
    legend: list[tuple[SafeString, str]]


class Picture:
    """Pictures and patches of a case, read once."""

    def __init__(self, case: ConflictCase) -> None:
        self.case, self.finding = case, case.finding
        self.box = sketch.bounds_around(self.finding.geometry, MARGIN)
        codes = [source["layer"] for source in self.finding.sources]
        self.layers = {row.code: row for row in LayerDefinition.objects.filter(pack=self.finding.run.pack, code__in=codes)}

    @cached_property
    def patches(self) -> dict[tuple[int, int], PlanPatch]:
        """The plan patches that made the finding, by release and index."""
        wanted = Q()
        for source in self.finding.sources:
            if source.get("release") is not None:
                wanted |= Q(release=source["release"], index=source["index"])
        if not wanted:
            return {}
        rows = PlanPatch.objects.filter(wanted).select_related("release", "release__dataset", "release__dataset__owner", "release__pack")
        return {(patch.release_id, patch.index): patch for patch in rows}

    def layer_sides(self) -> tuple[list[str], list[str]]:
        """Layer codes left and right: the plan that the rule names first, and the others."""
        order = list(dict.fromkeys(source["layer"] for source in self.finding.sources))
        if not order:
            return [], []
        first = self.layers[order[0]].plan if order[0] in self.layers else ""
        left = [code for code in order if code in self.layers and self.layers[code].plan == first]
        right = [code for code in order if code not in left]
        return (left, right) if right else (left[:1], left[1:])

    def sides(self) -> list[Side]:
        """Left and right; the right is missing when only one layer is concerned."""
        return [self._side(codes) for codes in self.layer_sides() if codes]

    def _side(self, codes: list[str]) -> Side:
        releases = list(self.finding.run.releases.filter(layer_code__in=codes).select_related("dataset", "pack"))
        pieces = [
            (patch, shape_of(patch, self.layers.get(code))) for code in self._from_below(codes) for patch in self._patches(code, releases)
        ]
        label = _("%(layers)s，本案图斑描边") % {"layers": "、".join(self.name(code) for code in codes)}
        svg = sketch.draw([*(shape for _patch, shape in pieces), *self._borders(), self._own()], self.box, label=label, size=SIZE)
        plan = self.layers[codes[0]].plan_name_zh if codes[0] in self.layers else codes[0]
        scales = sorted({f"1:{release.scale:,}".replace(",", " ") for release in releases})
        return Side(plan, " · ".join([*(self.name(code) for code in codes), *scales]), svg, self._legend(pieces))

    def _from_below(self, codes: list[str]) -> list[str]:
        """In drawing order; layers that cover all ground lie under those that do not."""
        return sorted(
            codes, key=lambda code: (not self.layers[code].is_coverage, self.layers[code].order) if code in self.layers else (True, 0)
        )

    def _patches(self, code: str, releases: Iterable[PlanRelease]) -> list[PlanPatch]:
        keys = [release.pk for release in releases if release.layer_code == code]
        rows = PlanPatch.objects.filter(release__in=keys).in_window(*self.box)
        window = shapely.box(*self.box)
        found = rows.select_related("release", "release__pack").defer("attributes")[:MOST]
        return [patch for patch in found if window.intersects(patch.geometry)]

    def _borders(self) -> list[sketch.Shape]:
        districts = Region.objects.counties().exclude(geometry=None).in_window(*self.box)
        return [sketch.Shape(region.geometry.boundary, stroke="#2C3742", width=1.4, dash="8 4") for region in districts]

    def _own(self) -> sketch.Shape:
        return sketch.Shape(self.finding.geometry, stroke="#8A1F8F", width=3.4, halo=True, title=_("本案图斑"))

    def name(self, code: str) -> str:
        """A layer's name; its code when the pack has no such layer."""
        return name_of(self.layers[code]) if code in self.layers else code

    def _legend(self, pieces: list[tuple[PlanPatch, sketch.Shape]]) -> list[tuple[SafeString, str]]:
        """The case's own patch, then the classes seen most, as a swatch and a name."""
        seen = Counter((patch.release.layer_code, patch.code) for patch, _shape in pieces)
        looks = {(patch.release.layer_code, patch.code): shape for patch, shape in pieces}
        own = (swatch(self._own()), str(_("本案图斑")))
        return [own, *((swatch(looks[key]), self._class(*key)) for key, _n in seen.most_common(MOST_CLASSES))]

    def _class(self, layer_code: str, code: str) -> str:
        """The name of a class; of the layer, where it has no classes."""
        layer = self.layers.get(layer_code)
        table = standards.catalogue(self.finding.run.pack).table_of(layer) if layer and code else None
        entry = table.find(code) if table else None
        return f"{code} {name_of(entry)}" if entry else self.name(layer_code)


def swatch(shape: sketch.Shape) -> SafeString:
    """How a shape looks, for a legend."""
    fill = f"url(#hatch{shape.hatch})" if shape.hatch else shape.fill
    return format_html(
        '<svg class="sw" viewBox="0 0 14 10" aria-hidden="true"><rect x="1" y="1" width="12" height="8" fill="{}" fill-opacity="{}" '
        'stroke="{}" stroke-width="{}"/></svg>',
        fill, 1 if shape.hatch else shape.opacity, shape.stroke, min(shape.width, 2),
    )  # fmt: skip


def shape_of(patch: PlanPatch, layer: LayerDefinition | None, opacity: float = 0.62) -> sketch.Shape:
    """A patch as the catalogue draws its layer."""
    style = drawn(layer.style) if layer else {}
    fill = patch_fill(patch, layer) or style.get("fill") or "none"
    hatch = 2 if fill == "none" and style.get("hatch") not in (None, "", "none") else 0
    return sketch.Shape(
        patch.geometry,
        fill=fill,
        opacity=opacity,
        stroke=style.get("stroke") or "#5D6872",
        width=float(style.get("width") or 0.6),
        hatch=hatch,
        title=f"{patch.code} {patch.feature_id}".strip(),
    )


def proposal_sketch(case: ConflictCase, finding: Finding, geometry: Any) -> SafeString:
    """A proposed geometry in its patch."""
    box = sketch.bounds_around(finding.geometry, 0.3)
    patch = sketch.Shape(finding.geometry, fill="#F5F8DC", stroke="#5D6872", width=1.4, title=case.number)
    own = sketch.Shape(geometry, stroke="#8A1F8F", width=3, halo=True, hatch=2, title=_("提出的图形"))
    return sketch.draw([patch, own], box, label=_("提出的图形在本案图斑中的位置"), size=(360, 200))
