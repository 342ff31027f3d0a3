"""The two plans of a case side by side: the same window drawn twice, the patch outlined in both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.blueprints.models import Finding
from lantu.blueprints.selectors.layer_tree import drawn, patch_fill
from lantu.blueprints.selectors.names import name_of
from lantu.conflicts.models import ConflictCase
from lantu.plans.models import PlanPatch, PlanRelease
from lantu.standards.models import LayerDefinition
from lantu.ui import sketch

MARGIN = 0.9
MOST = 400
"""Patches drawn on a side; more are left out from the far end."""
SIZE = (800, 430)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the comparison: the plan's name, its layers and releases in words, the picture, what is drawn in it."""

    title: str
    detail: str
    svg: SafeString
    legend: list[dict[str, str]]


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
        shapes = [shape for code in self._from_below(codes) for shape in self._shapes(code, releases)]
        label = _("%(layers)s，本案图斑描边") % {"layers": "、".join(self._name(code) for code in codes)}
        svg = sketch.draw([*shapes, *self._borders(), self._own()], self.box, label=label, size=SIZE)
        plan = self.layers[codes[0]].plan_name_zh if codes[0] in self.layers else codes[0]
        scales = sorted({f"1:{release.scale:,}".replace(",", " ") for release in releases})
        return Side(plan, " · ".join([*(self._name(code) for code in codes), *scales]), svg, self._legend(codes))

    def _from_below(self, codes: list[str]) -> list[str]:
        """In drawing order; layers that cover all ground lie under those that do not."""
        return sorted(
            codes, key=lambda code: (not self.layers[code].is_coverage, self.layers[code].order) if code in self.layers else (True, 0)
        )

    def _shapes(self, code: str, releases: Iterable[PlanRelease]) -> list[sketch.Shape]:
        keys = [release.pk for release in releases if release.layer_code == code]
        rows = PlanPatch.objects.filter(release__in=keys).in_window(*self.box)
        rows = rows.select_related("release", "release__pack").defer("attributes")[:MOST]
        layer = self.layers.get(code)
        return [shape_of(patch, layer) for patch in rows]

    def _borders(self) -> list[sketch.Shape]:
        districts = Region.objects.filter(kind=Region.Kind.COUNTY).exclude(geometry=None).in_window(*self.box)
        return [sketch.Shape(region.geometry.boundary, stroke="#2C3742", width=1.4, dash="8 4") for region in districts]

    def _own(self) -> sketch.Shape:
        return sketch.Shape(self.finding.geometry, stroke="#8A1F8F", width=3.4, halo=True, title=_("本案图斑"))

    def _name(self, code: str) -> str:
        return name_of(self.layers[code]) if code in self.layers else code

    def _legend(self, codes: list[str]) -> list[dict[str, str]]:
        return [{"name": self._name(code), "code": code} for code in codes]


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
