"""Decisions over faces: what an override changes in the labels that the rules read (domain 2.5, 2.6).

The plans stay what they are: an override is one more layer (E0103) in the partition, and where it lies the rules read another patch, or
none, of the layers that it names. Release = f(plan releases, rules, overrides, kernel version).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lantu.blueprints.fusion.view import BoolArray
from lantu.planar.model import NO_PATCH, Faces, RingLayer

LAYER = "E0103"
"""Code of the layer of decisions (协调结果) in the catalogue, domain 1.9."""

KINDS = ("layer", "class", "accept")


class OutcomeError(ValueError):
    """An outcome that says nothing or contradicts itself; the message is a code, ``value`` what is wrong."""

    def __init__(self, problem: str, value: str = "") -> None:
        super().__init__(f"{problem}: {value}")
        self.problem, self.value = problem, value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What holds on the ground of an override.

    ``classes``: layer code → class that holds there; None = the layer has no say there. ``accepts``: codes of the rules that do not hit
    there, because the document accepts it (with ``conditions``).

    As JSON one of ``{"kind": "layer", "holds": code}`` (the other layers have no say), ``{"kind": "class", "classes": {layer: code}}``,
    ``{"kind": "accept", "rules": [code], "conditions": text}``.
    """

    classes: Mapping[str, str | None] = field(default_factory=dict)
    accepts: tuple[str, ...] = ()
    conditions: str = ""

    @classmethod
    def read(cls, tree: Mapping[str, Any], layers: Sequence[str]) -> Outcome:
        """The outcome that ``tree`` says about ``layers``. Raises ``OutcomeError``."""
        kind = tree.get("kind")
        if kind == "layer":
            holds = str(tree.get("holds", ""))
            if holds not in layers:
                raise OutcomeError("holds", holds)
            if len(layers) < 2:
                raise OutcomeError("others", holds)
            return cls({code: None for code in layers if code != holds})
        if kind == "class":
            return cls(_classes(tree.get("classes"), layers))
        if kind == "accept":
            rules = tuple(dict.fromkeys(str(code) for code in tree.get("rules", ())))
            if not rules:
                raise OutcomeError("rules")
            return cls(accepts=rules, conditions=str(tree.get("conditions", "")))
        raise OutcomeError("kind", str(kind))

    def touches(self, other: Outcome) -> bool:
        """Whether both speak of the same layer or rule, so that they cannot hold on the same ground."""
        return bool(self.classes.keys() & other.classes.keys() or set(self.accepts) & set(other.accepts))


def _classes(tree: Any, layers: Sequence[str]) -> dict[str, str | None]:
    if not isinstance(tree, Mapping) or not tree:
        raise OutcomeError("classes")
    for layer, code in tree.items():
        if layer not in layers:
            raise OutcomeError("layer", str(layer))
        if code is not None and not isinstance(code, str):
            raise OutcomeError("code", str(code))
    return {str(layer): code for layer, code in tree.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """All overrides of a run, in order of their numbers (where two speak of one layer the later holds).

    ``rings``: patch k is override k. ``patch``: column of a layer → (overrides,) int64: the patch that the rules read there, ``NO_PATCH``
    for none, ``KEEP`` where the override says nothing of the layer. ``accepts``: rule code → (overrides,) bool.
    """

    rings: RingLayer
    patch: Mapping[int, NDArray[np.int64]]
    accepts: Mapping[str, BoolArray]

    def __len__(self) -> int:
        return len(self.rings)


KEEP = -(1 << 40)
"""Marks "this override says nothing of the layer"; no label is that small."""


def decided(faces: Faces, decisions: Decisions, column: int) -> Faces:
    """The faces with the labels that hold once decided; ``column``: where the overrides stand among the labels.

    Only labels differ; on no override nothing does.
    """
    mine = faces.label[:, column]
    label = np.array(faces.label, copy=True)
    for layer, patch in decisions.patch.items():
        said = _last_said(faces, mine, patch)
        rows = np.flatnonzero(said != KEEP)
        label[rows, layer] = said[rows]
    return replace(faces, label=label)


def accepted(faces: Faces, decisions: Decisions, column: int) -> dict[str, BoolArray]:
    """Rule code → (faces,) bool: ground on which the rule does not hit because a document accepts it."""
    mine = faces.label[:, column]
    return {
        code: np.asarray(_last_said(faces, mine, np.where(flags, 1, KEEP)) == 1) for code, flags in decisions.accepts.items() if flags.any()
    }


def _last_said(faces: Faces, label: NDArray[np.int32], said: NDArray[np.int64]) -> NDArray[np.int64]:
    """(faces,) what the last override that speaks says on each face, ``KEEP`` for nothing."""
    sets = np.unique(-2 - label[label < NO_PATCH].astype(np.int64))
    top = int(sets.max()) + 1 if len(sets) else 0
    # one table for all labels, as in FaceView.any: overrides from the front; from the back "none" and the sets
    table = np.full(len(said) + top + 1, KEEP, dtype=np.int64)
    table[: len(said)] = said
    for number in sets:
        spoken = [said[index] for index in faces.label_sets[number] if said[index] != KEEP]
        table[-2 - number] = spoken[-1] if spoken else KEEP
    return np.asarray(table[label])
