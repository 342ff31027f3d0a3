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

HERE = "+"
"""The class of a layer that has no classes: it is there."""


class OutcomeError(ValueError):
    """An outcome that says nothing or contradicts itself; the message is a code, ``value`` what is wrong."""

    def __init__(self, problem: str, value: str = "") -> None:
        super().__init__(f"{problem}: {value}")
        self.problem, self.value = problem, value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What holds on the ground of an override.

    ``classes``: layer code → class that holds there; empty = the layer has no say there. ``accepts``: codes of the rules that do not hit
    there, because the document accepts what they would find (under ``condition``).

    As JSON ``{"classes": {layer: class}, "accepts": [rule], "condition": text}``, each key may be missing; ``"holds": layer`` in short says
    that all other layers of the decision have no say.
    """

    classes: Mapping[str, str] = field(default_factory=dict)
    accepts: tuple[str, ...] = ()
    condition: str = ""

    @classmethod
    def read(cls, tree: Mapping[str, Any], layers: Sequence[str]) -> Outcome:
        """The outcome that ``tree`` says about ``layers``. Raises ``OutcomeError``."""
        odd = sorted(tree.keys() - {"classes", "accepts", "condition", "holds"})
        if odd:
            raise OutcomeError("key", odd[0])
        classes = {**_silenced(tree.get("holds"), layers), **_classes(tree.get("classes") or {}, layers)}
        accepts = tuple(dict.fromkeys(str(code) for code in tree.get("accepts") or ()))
        if not classes and not accepts:
            raise OutcomeError("nothing")
        return cls(classes, accepts, str(tree.get("condition") or "").strip())

    def touches(self, other: Outcome) -> bool:
        """Whether both speak of the same layer or rule, so that they cannot hold on the same ground."""
        return bool(self.classes.keys() & other.classes.keys() or set(self.accepts) & set(other.accepts))


def _silenced(holds: Any, layers: Sequence[str]) -> dict[str, str]:
    if holds is None:
        return {}
    if holds not in layers:
        raise OutcomeError("holds", str(holds))
    if len(layers) < 2:
        raise OutcomeError("others", str(holds))
    return {code: "" for code in layers if code != holds}


def _classes(tree: Any, layers: Sequence[str]) -> dict[str, str]:
    if not isinstance(tree, Mapping):
        raise OutcomeError("code", str(tree))
    for layer, code in tree.items():
        if layer not in layers:
            raise OutcomeError("layer", str(layer))
        if not isinstance(code, str):
            raise OutcomeError("code", str(code))
    return dict(tree)


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
