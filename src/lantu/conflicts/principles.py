"""The ways to settle a case, proposed by the ranked principles of the city pack (domain 2.6). They give reasons; a person decides.

Pure: facts and rule data in, options out. The format of the data: ``docs/city-pack.md``, resolution.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lantu.conflicts.facts import Facts
from lantu.standards.codes import CodeTable

Tree = Mapping[str, Any]
TableOf = Callable[[str], CodeTable | None]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Option:
    """A way to settle a case. ``letter`` A is the recommended one. ``still_hit``: rules that would hit even then. ``balance`` in m²:
    ``construction`` by layer, ``farmland``; positive = more of it."""

    key: str
    letter: str
    principle: str
    title: str
    reason: str
    outcome: dict[str, Any]
    amend: tuple[str, ...]
    months: int
    still_hit: tuple[str, ...]
    balance: dict[str, Any]
    remark: str = ""
    remark_kind: str = ""


@dataclass(frozen=True, slots=True)
class Principles:
    """The rule data of a pack; ``table_of`` gives a layer's code table; ``english`` the language of the texts."""

    data: Tree
    table_of: TableOf
    english: bool = False
    _options: Tree = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_options", self.data.get("options") or {})

    def living_layers(self) -> frozenset[str]:
        """Living layers that any condition asks for."""
        found: set[str] = set()
        for option in self._options.values():
            _collect_living(option.get("when") or {}, found)
        return frozenset(found)

    def options(self, facts: Facts) -> list[Option]:
        """What may be proposed: by rank of principle, then what leaves fewer hits, then as the pack lists them."""
        ranking = {str(code): place for place, code in enumerate(self.data.get("ranking") or ())}
        fitting = [(key, option) for key, option in self._options.items() if self.holds(option["when"], facts)]
        order = {key: place for place, (key, _option) in enumerate(fitting)}

        def rank(item: tuple[str, Tree]) -> tuple[int, int, int]:
            key, option = item
            return ranking.get(str(option["principle"]), len(ranking)), len(self._still_hit(option, facts)), order[key]

        chosen = [(key, option, self._outcome(option, facts)) for key, option in sorted(fitting, key=rank)]
        saying = [one for one in chosen if one[2].keys() & {"classes", "accepts"}]
        return [self._option(key, option, letter, outcome, facts) for (key, option, outcome), letter in zip(saying, LETTERS, strict=False)]

    def holds(self, tree: Tree, facts: Facts) -> bool:
        """Whether a condition holds for a case. Raises ``ValueError`` for a term that is not known."""
        if "all" in tree:
            return all(self.holds(part, facts) for part in tree["all"])
        if "any" in tree:
            return any(self.holds(part, facts) for part in tree["any"])
        if "not" in tree:
            return not self.holds(tree["not"], facts)
        if "hit" in tree:
            return any(rule in facts.hits for rule in tree["hit"])
        if "severity" in tree:
            return facts.severity <= int(tree["severity"])
        if "living" in tree:
            return not facts.living.isdisjoint(tree["living"])
        if "built" in tree:
            return bool(self._is_built(tree["built"], facts.layers.get(tree["built"], ())))
        if "layer" in tree:
            return self._layer_holds(tree, facts)
        raise ValueError(f"unknown condition {dict(tree)!r}")

    def _layer_holds(self, tree: Tree, facts: Facts) -> bool:
        here = facts.layers.get(tree["layer"])
        if "codes" not in tree:
            return (here is not None) is bool(tree.get("present", True))
        table = self.table_of(tree["layer"])
        wanted = set(map(str, tree["codes"]))
        return any(wanted.intersection(table.ancestors(code) if table else (code,)) for code in here or ())

    def _still_hit(self, option: Tree, facts: Facts) -> tuple[str, ...]:
        return tuple(sorted(set(facts.hits) - set(option.get("clears") or ())))

    def _outcome(self, option: Tree, facts: Facts) -> dict[str, Any]:
        """What is decided, as an override takes it: only of layers and rules that are there."""
        outcome: dict[str, Any] = {}
        classes = {layer: str(code) for layer, code in (option.get("classes") or {}).items() if layer in facts.layers or code}
        accepts = [rule for rule in option.get("accepts") or () if rule in facts.hits]
        if classes:
            outcome["classes"] = classes
        if accepts:
            outcome["accepts"] = accepts
        if condition := self._text(option, "condition"):
            outcome["condition"] = condition
        return outcome

    def _option(self, key: str, option: Tree, letter: str, outcome: dict[str, Any], facts: Facts) -> Option:
        return Option(
            key=key,
            letter=letter,
            principle=str(option["principle"]),
            title=self._text(option, "title"),
            reason=self._text(option, "reason"),
            outcome=outcome,
            amend=tuple(layer for layer in option.get("amend") or () if layer in facts.layers),
            months=int(option.get("months") or 6),
            still_hit=self._still_hit(option, facts),
            balance=self.balance(outcome.get("classes", {}), facts),
            remark=self._text(option, "remark"),
            remark_kind=str(option.get("remark_kind") or ""),
        )

    def balance(self, classes: Mapping[str, str], facts: Facts) -> dict[str, Any]:
        """What a decision changes on the balance sheet (增减平衡), m² as text: construction by layer, farmland in all."""
        watched = self.data.get("balance") or {}
        construction = {}
        for layer in watched.get("construction") or ():
            if layer in classes and (
                change := self._is_built(layer, [classes[layer]]) - self._is_built(layer, facts.layers.get(layer, ()))
            ):
                construction[layer] = str(change * facts.area_m2)
        taken = [layer for layer in watched.get("farmland") or () if classes.get(layer) == "" and layer in facts.layers]
        return {"construction": construction, "farmland": str(-facts.area_m2 if taken else Decimal(0))}

    def _is_built(self, layer: str, codes: Iterable[str]) -> int:
        table = self.table_of(layer)
        known = [(code, 1.0) for code in codes if code]
        return int(bool(table and known and table.construction(known) == "yes"))

    def _text(self, option: Tree, name: str) -> str:
        english = option.get(f"{name}_en") if self.english else ""
        return str(english or option.get(f"{name}_zh") or "")


def _collect_living(tree: Tree, found: set[str]) -> None:
    for part in (*tree.get("all", ()), *tree.get("any", ()), *([tree["not"]] if "not" in tree else ())):
        _collect_living(part, found)
    found.update(tree.get("living", ()))
