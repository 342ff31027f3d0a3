"""What rules may ask of patches: their codes, and what the code tables say of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lantu.blueprints.fusion.view import BoolArray


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """A code as its table has it. ``chain``: the code and its ancestors; a code that no table knows is not ``known``."""

    value: str
    known: bool = True
    construction: str = "no"
    chain: tuple[str, ...] = ()
    traits: Mapping[str, str] = field(default_factory=dict)

    def is_construction(self, reading: str) -> bool:
        """Construction land; in the loose reading also what the trait ``loose=yes`` says (020 有条件建设区)."""
        return self.known and (self.construction == "yes" or (reading == "loose" and self.traits.get("loose") == "yes"))


CodeTest = Callable[[CodeFacts], bool]


@dataclass(frozen=True, slots=True, eq=False)
class LayerFacts:
    """The patches of one layer by their codes (mixed use: several per patch).

    ``layer`` and ``plan``: codes of the catalogue. ``match``: how codes are compared when a rule does not say (hierarchy | prefix2 |
    exact). ``codes``: the distinct codes; ``part_patch``, ``part_code`` (parts,): which patch has which of them.
    """

    layer: str
    plan: str
    match: str
    patches: int
    codes: tuple[CodeFacts, ...]
    part_patch: NDArray[np.int64]
    part_code: NDArray[np.int64]

    def some(self, test: CodeTest) -> BoolArray:
        """(patches,) at least one code of the patch passes."""
        result = np.zeros(self.patches, dtype=bool)
        result[self.part_patch[self._passes(test)]] = True
        return result

    def every(self, test: CodeTest) -> BoolArray:
        """(patches,) all codes of the patch pass, and it has one."""
        missed = np.zeros(self.patches, dtype=bool)
        missed[self.part_patch[~self._passes(test)]] = True
        return self.some(test) & ~missed

    def _passes(self, test: CodeTest) -> BoolArray:
        passed = np.array([test(code) for code in self.codes], dtype=bool)
        return passed[self.part_code] if len(self.codes) else np.zeros(len(self.part_code), dtype=bool)


def layer_facts(
    layer: str, plan: str, match: str, codes_of_patches: Sequence[Sequence[str]], look_up: Callable[[str], CodeFacts]
) -> LayerFacts:
    """Facts of a layer whose patch i has the codes ``codes_of_patches[i]``; each distinct code is looked up once."""
    number: dict[str, int] = {}
    part_patch, part_code = [], []
    for patch, values in enumerate(codes_of_patches):
        for value in values:
            part_patch.append(patch)
            part_code.append(number.setdefault(value, len(number)))
    return LayerFacts(
        layer,
        plan,
        match,
        len(codes_of_patches),
        tuple(look_up(value) for value in number),
        np.array(part_patch, dtype=np.int64),
        np.array(part_code, dtype=np.int64),
    )


def matches(code: CodeFacts, wanted: Sequence[str], how: str) -> bool:
    """Whether a code is one of ``wanted``: ``exact``, ``hierarchy`` (it or one above it), ``prefix2`` (011 counts as 010)."""
    if how == "hierarchy":
        return code.value in wanted or any(value in wanted for value in code.chain)
    if how == "prefix2":
        return any(code.value[:2] == value[:2] for value in wanted)
    return code.value in wanted
