"""The whole way from ring layers to findings, without database: overlay, rules, patches, areas, slivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lantu.blueprints.fusion.areas import Frame, PartAreas, adjust, face_areas, perimeters
from lantu.blueprints.fusion.decisions import Decisions, accepted, decided
from lantu.blueprints.fusion.evaluate import FaceRule, Kind, ListHits, evaluate
from lantu.blueprints.fusion.patches import Patches, make_patches
from lantu.blueprints.fusion.slivers import Slenderness, SliverLimits, measure
from lantu.blueprints.fusion.view import FaceView, sums
from lantu.planar.model import NO_PATCH, Faces, IntArray, OverlayEngine, Progress, RingLayer

FloatArray = NDArray[np.float64]

TOP_SEVERITY = 1

REGIONS, DECISIONS = "regions", "decisions"
"""What the columns are called that are no plan; no code of a layer is such a word."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerInput:
    """A plan layer as it goes into a fusion. ``scale``: denominator of the plan's scale; ``control_m2`` (patches,) control areas."""

    code: str
    rings: RingLayer
    scale: int
    control_m2: FloatArray


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule hit by a patch, and on how much of it (m², unadjusted faces)."""

    rule: int
    area_m2: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A finding before it is stored.

    ``rule``: primary type, index into the rules; for a strip it is the strip rule and ``hits`` keep what made it. ``apart``: a sliver
    that no severity-1 rule hits, listed by itself. ``sources``: (layer, patch) of every named layer. ``raw_m2``: the faces' own
    ellipsoidal area; ``area_m2``: adjusted to the control area of the leading layer's patch. ``region``: region patch with the
    largest share, -1 for none. ``patch``: number in ``Patches`` of its list.
    """

    kind: Kind
    patch: int
    rule: int
    severity: int
    hits: tuple[Hit, ...]
    sources: tuple[tuple[int, int], ...]
    area_cents: int
    raw_m2: float
    plane_m2: float
    perimeter_m: float
    mean_width_m: float
    min_area_m2: float
    sliver: bool
    apart: bool
    region: int


@dataclass(slots=True)
class Noise:
    """Strips narrower than the numeric tolerance: one number, never a finding."""

    count: int = 0
    area_m2: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """What a fusion gives. ``faces`` as the plans are, with the decisions as their last column (when there are any); ``lists`` holds the
    drafts of each list in canonical order."""

    faces: Faces
    raw_m2: FloatArray
    patches: dict[Kind, Patches]
    lists: dict[Kind, list[Draft]]
    noise: dict[Kind, Noise] = field(default_factory=dict)


def fuse(
    layers: Sequence[LayerInput],
    rules: Sequence[FaceRule],
    limits: SliverLimits,
    engine: OverlayEngine,
    frame: Frame,
    *,
    regions: RingLayer | None = None,
    strip_rule: int | None = None,
    decisions: Decisions | None = None,
    progress: Progress | None = None,
) -> Fused:
    """Overlay the layers and find what the rules say.

    ``decisions``: what approved decisions changed; the rules read their labels, areas are still shared out by the plans' own patches.

    ``regions``: the administrative units that together are the city; ground outside of them is never a finding. ``strip_rule``: index of
    the rule of severity 5 that narrow slivers go to (C14); its own condition is not evaluated.
    """
    tell = progress or (lambda share, step: None)
    rings = list(input_layers(layers, regions, decisions).values())
    faces = engine.overlay(rings, lambda share, step: tell(0.6 * share, step))
    plain = FaceView(faces)
    view = plain if decisions is None else FaceView(decided(faces, decisions, len(rings) - 1))
    inside = view.covered(len(layers)) if regions is not None else None
    tell(0.62, "rules")
    hits = evaluate(view, rules, inside, {} if decisions is None else accepted(faces, decisions, len(rings) - 1))
    tell(0.68, "areas")
    raw = face_areas(faces, frame)
    tell(0.76, "patches")
    maker = _Maker(
        view=view,
        plain=plain,
        rules=rules,
        layers=layers,
        raw=raw,
        limits=limits,
        unit_m=frame.unit_m,
        strip_rule=strip_rule,
        region_layer=len(layers) if regions is not None else None,
    )
    patches = {kind: make_patches(view, hits[kind], rules) for kind in Kind}
    tell(0.9, "findings")
    lists = {kind: maker.drafts(patches[kind], hits[kind]) for kind in Kind}
    tell(1.0, "done")
    return Fused(faces, raw, patches, lists, maker.noise)


def input_layers(layers: Sequence[LayerInput], regions: RingLayer | None, decisions: Decisions | None) -> dict[str, RingLayer]:
    """The layers of the partition by code, in the order of the labels: plans, administrative units, decisions."""
    rings = {layer.code: layer.rings for layer in layers}
    if regions is not None:
        rings[REGIONS] = regions
    if decisions is not None:
        rings[DECISIONS] = decisions.rings
    return rings


@dataclass(slots=True, kw_only=True, eq=False)
class _Maker:
    """Makes the drafts of each list; keeps the adjusted areas per leading layer. ``plain``: the labels before any decision."""

    view: FaceView
    plain: FaceView
    rules: Sequence[FaceRule]
    layers: Sequence[LayerInput]
    raw: FloatArray
    limits: SliverLimits
    unit_m: float
    strip_rule: int | None
    region_layer: int | None
    noise: dict[Kind, Noise] = field(default_factory=dict)
    _parts: dict[int, PartAreas] = field(default_factory=dict)

    def parts(self, layer: int) -> PartAreas:
        if layer not in self._parts:
            self._parts[layer] = adjust(self.plain, layer, self.raw, self.layers[layer].control_m2)
        return self._parts[layer]

    def drafts(self, patches: Patches, hits: ListHits) -> list[Draft]:
        self.noise[patches.kind] = noise = Noise()
        if not len(patches):
            return []
        sources = [self._sources(patches, number) for number in range(len(patches))]
        raw = patches.total(self.raw)
        scale = np.array([max((self.layers[layer].scale for layer, _p in pairs), default=0) for pairs in sources], dtype=np.float64)
        perimeter = perimeters(patches.regions, self.unit_m)
        shape = measure(raw, perimeter, scale, self.limits)
        noise.count, noise.area_m2 = int(shape.noise.sum()), float(raw[shape.noise].sum())
        cents = self._cents(patches)
        plane = patches.total(self.view.faces.area2) / 2 * self.unit_m**2
        least = np.asarray(self.limits.min_area_m2(scale))
        found = self._hits(patches, hits)
        region = self._regions(patches)
        drafts = []
        for number in np.flatnonzero(~shape.noise):
            rule, severity, apart = self._classify(patches, shape, int(number))
            drafts.append(
                Draft(
                    kind=patches.kind,
                    patch=int(number),
                    rule=rule,
                    severity=severity,
                    hits=found[number],
                    sources=sources[number],
                    area_cents=int(cents[number]),
                    raw_m2=float(raw[number]),
                    plane_m2=float(plane[number]),
                    perimeter_m=float(perimeter[number]),
                    mean_width_m=float(shape.mean_width[number]),
                    min_area_m2=float(least[number]),
                    sliver=bool(shape.sliver[number]),
                    apart=apart,
                    region=int(region[number]),
                )
            )
        return drafts

    def _classify(self, patches: Patches, shape: Slenderness, number: int) -> tuple[int, int, bool]:
        rule, severity = int(patches.rule[number]), int(patches.severity[number])
        apart = bool(shape.sliver[number]) and severity != TOP_SEVERITY
        if apart and bool(shape.narrow[number]) and self.strip_rule is not None and patches.kind is not Kind.GAP:
            return self.strip_rule, self.rules[self.strip_rule].severity, True
        return rule, severity, apart

    def _sources(self, patches: Patches, number: int) -> tuple[tuple[int, int], ...]:
        face, rule = int(patches.first[number]), self.rules[int(patches.rule[number])]
        return tuple((layer, patch) for layer in rule.named for patch in self.view.faces.patches(face, layer))

    def _cents(self, patches: Patches) -> IntArray:
        """Areas by the leading layer of each patch's rule, in hundredths of a square metre."""
        result = np.zeros(len(patches), dtype=np.int64)
        for rule in np.unique(patches.rule):
            layer = self.rules[rule].named[0] if self.rules[rule].named else None
            cents = np.rint(self.raw * 100) if layer is None else self.parts(layer).cents
            mine = patches.rule == rule
            result[mine] = np.rint(patches.total(cents)[mine]).astype(np.int64)
        return result

    def _hits(self, patches: Patches, hits: ListHits) -> list[tuple[Hit, ...]]:
        result: list[list[Hit]] = [[] for _ in range(len(patches))]
        for index in sorted(range(len(self.rules)), key=lambda i: (self.rules[i].order, self.rules[i].code)):
            area = patches.total(np.where(hits.bits[:, index], self.raw, 0.0))
            touched = patches.total(hits.bits[:, index])
            for number in np.flatnonzero(touched > 0):
                result[number].append(Hit(index, float(area[number])))
        return [tuple(items) for items in result]

    def _regions(self, patches: Patches) -> NDArray[np.int64]:
        """The region with the largest share of each patch; of equal ones the first."""
        best = np.full(len(patches), NO_PATCH, dtype=np.int64)
        if self.region_layer is None:
            return best
        label = self.view.faces.label[:, self.region_layer]
        share = np.zeros(len(patches))
        rows = np.flatnonzero((patches.of_face >= 0) & (label != NO_PATCH))
        pairs = np.stack([patches.of_face[rows], label[rows]], axis=1)
        unique, number = np.unique(pairs, axis=0, return_inverse=True)
        area = sums(number.reshape(-1), self.raw[rows], len(unique))
        for (patch, region), size in zip(unique.tolist(), area.tolist(), strict=True):
            single = region if region >= 0 else self.view.faces.label_sets[-2 - region][0]
            if size > share[patch]:
                share[patch], best[patch] = size, single
        return best
