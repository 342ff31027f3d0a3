"""What a layer of a run is put together from: released plans, and (in a check beforehand) a draft that is not released yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings

from lantu.planar.facts import joined_facts
from lantu.planar.model import RingLayer
from lantu.planar.store import read_layer
from lantu.plans.models import Delivery, PlanPatch, PlanRelease
from lantu.plans.services.releasing import snap
from lantu.standards.models import PackVersion


@dataclass(frozen=True, slots=True)
class Source:
    """A patch by its release and place in it.

    A patch of a draft and what an override put in a patch's place have neither; ``feature_id`` of the latter is the override's number.
    """

    release: int | None
    index: int | None
    feature_id: str
    code: str


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The patches of one release or draft, in the order of their rings. ``codes``: all classes of each patch; ``control_m2`` (patches,)."""

    release: PlanRelease | None
    layer_code: str
    scale: int
    digest: str
    rings: RingLayer
    patches: list[Source]
    codes: list[list[str]]
    control_m2: list[float]


def rings_of(release: PlanRelease) -> RingLayer:
    """The integer rings of a release, mapped from the store."""
    return read_layer(Path(settings.LANTU_STORE) / "plans" / release.store_key)


def released(release: PlanRelease) -> Part:
    """The patches of a release."""
    part = Part(release, release.layer_code, release.scale, release.digest, rings_of(release), [], [], [])
    columns = ("release_id", "index", "feature_id", "code", "codes", "control_area_m2")
    for pk, index, feature_id, code, parts, area in PlanPatch.objects.filter(release=release).order_by("index").values_list(*columns):
        part.patches.append(Source(pk, index, feature_id, code))
        part.codes.append([str(one[0]) for one in parts] or ([code] if code else []))
        part.control_m2.append(float(area))
    return part


def drafted(delivery: Delivery, pack: PackVersion) -> Part:
    """The features of a delivery as they would be released now: snapped the same way, with the digest that the release would have."""
    found = snap(delivery, pack)
    codes = [[str(code) for code, _share in feature.codes] for feature in found.features]
    patches = [Source(None, None, feature.feature_id, own[0] if own else "") for feature, own in zip(found.features, codes, strict=True)]
    dataset = delivery.dataset
    areas = [round(float(area), 2) for area in found.areas]
    return Part(None, dataset.layer_code, dataset.scale, found.digest, found.rings, patches, codes, areas)


def join_rings(parts: Sequence[RingLayer]) -> RingLayer:
    """Several ring layers as one, patches numbered on."""
    if len(parts) == 1:
        return parts[0]
    vertices = np.cumsum([0, *(len(part.xy) for part in parts)])
    rings = np.cumsum([0, *(len(part.ring_start) - 1 for part in parts)])
    return RingLayer(
        np.concatenate([part.xy for part in parts]),
        np.concatenate([np.zeros(1, np.int64), *(part.ring_start[1:] + start for part, start in zip(parts, vertices, strict=False))]),
        np.concatenate([np.zeros(1, np.int64), *(part.patch_start[1:] + start for part, start in zip(parts, rings, strict=False))]),
        joined_facts(parts),
    )
