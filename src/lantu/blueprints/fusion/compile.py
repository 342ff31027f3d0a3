"""The rules of a city pack (``docs/city-pack.md``, rules.yaml) compiled for the layers of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any as Anything

from lantu.blueprints.fusion.conditions import All, Any, Condition, Covered, Has, Not
from lantu.blueprints.fusion.evaluate import FaceRule, Kind
from lantu.blueprints.fusion.facts import CodeFacts, LayerFacts, matches

Tree = Mapping[str, Anything]
PairTable = Mapping[str, Sequence[str]]

STRIP = "strip"
NEVER = Any(())
COMBINATIONS = ("all", "any", "not", "first_of")


class RuleError(ValueError):
    """A rule that cannot be read; the message names it and the place in its tree."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as the pack has it; ``names`` and ``requires`` hold layer codes, ``{first_of: […]}`` or ``{plan: …}``."""

    code: str
    kind: str
    order: int
    severity: int
    when: Tree | None
    names: Sequence[Anything] = ()
    requires: Sequence[Anything] = ()
    readings: Sequence[str] = ("strict", "loose")
    tolerated: Tree | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """Rules ready for evaluation. ``strip``: index of the strip rule, or None. ``skipped``: code → missing layers or ``reading``.
    ``living``: codes of the rules that name living layers."""

    rules: tuple[FaceRule, ...]
    strip: int | None
    skipped: dict[str, list[str]] = field(default_factory=dict)
    living: frozenset[str] = frozenset()


def compile_rules(
    texts: Sequence[RuleText],
    layers: Sequence[LayerFacts],
    reading: str,
    tables: Mapping[str, PairTable] | None = None,
    living: Mapping[str, int] | None = None,
) -> Compiled:
    """Compile for a run over ``layers`` (in the order of the labels).

    ``tables``: pair tables, code → allowed codes. ``living``: column of each living layer that is laid over the faces; None leaves rules
    that name living layers out. Raises ``RuleError``.
    """
    compiler = Compiler(layers, reading, tables or {}, living)
    rules: list[FaceRule] = []
    skipped: dict[str, list[str]] = {}
    strip = None
    with_living = frozenset(text.code for text in texts if text.when is not None and names_living(text.when))
    for text in sorted(texts, key=lambda t: (t.order, t.code)):
        if text.kind == STRIP:
            strip = len(rules)
            rules.append(FaceRule(text.code, text.order, Kind.CONFLICT, text.severity, NEVER, ()))
            continue
        if text.code in with_living and living is None:
            continue
        reason = compiler.why_not(text)
        if reason:
            skipped[text.code] = reason
            continue
        rules.append(compiler.rule(text))
    return Compiled(tuple(rules), strip, skipped, with_living)


def names_living(tree: Tree) -> bool:
    """Whether a tree has a term about living layers."""
    if "living" in tree:
        return True
    return any(names_living(part) for key in COMBINATIONS for part in _parts(tree, key))


def _parts(tree: Tree, key: str) -> list[Tree]:
    value = tree.get(key, [])
    if isinstance(value, Mapping):
        return [value]
    if not isinstance(value, list | tuple) or not all(isinstance(part, Mapping) for part in value):
        raise RuleError(f"{key}: {value!r}")
    return list(value)


class Compiler:
    """Compiles trees against the layers of a run."""

    def __init__(
        self, layers: Sequence[LayerFacts], reading: str, tables: Mapping[str, PairTable], living: Mapping[str, int] | None
    ) -> None:
        self.layers, self.reading, self.tables = layers, reading, tables
        self.living = living or {}
        self.column = {facts.layer: index for index, facts in enumerate(layers)}

    def why_not(self, text: RuleText) -> list[str]:
        """Why a rule is not evaluated in this run; empty when it is."""
        if self.reading not in text.readings:
            return ["reading"]
        return [str(item if isinstance(item, str) else "|".join(_codes(item))) for item in text.requires if not self.resolve(item)]

    def resolve(self, item: Anything) -> tuple[int, ...]:
        """The columns that an entry of ``names`` or ``requires`` stands for."""
        if isinstance(item, str):
            return tuple(column for column in (self.column.get(item), self.living.get(item)) if column is not None)[:1]
        if "first_of" in item:
            return next((found for found in map(self.resolve, item["first_of"]) if found), ())
        if "plan" in item:
            return tuple(self._columns_of_plan(item["plan"]))
        raise RuleError(f"{item!r}")

    def rule(self, text: RuleText) -> FaceRule:
        if text.when is None:
            raise RuleError(f"{text.code}: when")
        try:
            when = self.tree(text.when)
            tolerated = self.tree(text.tolerated) if text.tolerated else None
            named = tuple(dict.fromkeys(column for item in text.names for column in self.resolve(item)))
            return FaceRule(text.code, text.order, Kind(text.kind), text.severity, when, named or tuple(sorted(when.layers())), tolerated)
        except (KeyError, TypeError, ValueError) as error:
            raise RuleError(f"{text.code}: {error}") from error

    def tree(self, tree: Tree) -> Condition:
        """Compile a tree or a term."""
        if "all" in tree:
            return All([self.tree(part) for part in tree["all"]])
        if "any" in tree:
            return Any([self.tree(part) for part in tree["any"]])
        if "not" in tree:
            return Not(self.tree(tree["not"])) if self.mentions(tree["not"]) else NEVER
        if "first_of" in tree:
            return next((self.tree(part) for part in tree["first_of"] if self.complete(part)), NEVER)
        return self.term(tree)

    def mentions(self, tree: Tree) -> bool:
        """Whether at least one layer of the tree is in the run (a tree that needs no layer counts as such)."""
        wanted = self._wanted(tree)
        return not wanted or any(wanted)

    def complete(self, tree: Tree) -> bool:
        """Whether every layer of the tree is in the run."""
        return all(self._wanted(tree))

    def _wanted(self, tree: Tree) -> list[bool]:
        for key in COMBINATIONS:
            if key in tree:
                return [found for part in _parts(tree, key) for found in self._wanted(part)]
        if "layer" in tree:
            return [tree["layer"] in self.column]
        if "pair" in tree:
            return [code in self.column for code in tree["pair"]]
        if "living" in tree:
            return [code in self.living for code in _codes(tree["living"])]
        if "plan" in tree:
            return [bool(self._columns_of_plan(tree["plan"]))]
        return [bool(self.layers)] if "trait" in tree else []

    def term(self, term: Tree) -> Condition:
        if "reading" in term:
            return All(()) if term["reading"] == self.reading else NEVER
        if "pair" in term:
            return self._pair(term)
        if "living" in term:
            return Any([Covered(self.living[code]) for code in _codes(term["living"]) if code in self.living])
        columns = self._columns(term)
        if "present" in term:
            covered = [Covered(column, present=bool(term["present"])) for column in columns]
            return (Any if term["present"] else All)(covered) if covered else NEVER
        if "codes" in term:
            return Any([self._codes(column, term) for column in columns])
        if "trait" in term:
            return self._trait(columns, str(term["trait"]))
        raise RuleError(f"{dict(term)!r}")

    def _columns(self, term: Tree) -> list[int]:
        if "layer" in term:
            return [self.column[term["layer"]]] if term["layer"] in self.column else []
        if "plan" in term:
            return self._columns_of_plan(term["plan"])
        return [column for column, facts in enumerate(self.layers) if facts.plan]

    def _columns_of_plan(self, plan: str) -> list[int]:
        return [column for column, facts in enumerate(self.layers) if facts.plan == plan]

    def _codes(self, column: int, term: Tree) -> Condition:
        facts = self.layers[column]
        how = term.get("match", facts.match)
        wanted = [str(code) for code in term["codes"]]
        ask = facts.every if term.get("parts", "any") == "all" else facts.some
        return Has(column, ask(lambda code: matches(code, wanted, how)))

    def _trait(self, columns: Sequence[int], trait: str) -> Condition:
        built = Any([Has(column, self.layers[column].some(lambda code: code.is_construction(self.reading))) for column in columns])
        if trait == "construction":
            return built
        if trait == "non_construction":
            return All((Any([Has(column, self.layers[column].some(lambda code: code.known)) for column in columns]), Not(built)))
        name, _sign, value = trait.partition("=")
        return Any([Has(column, self.layers[column].some(lambda code: code.traits.get(name) == (value or "yes"))) for column in columns])

    def _pair(self, term: Tree) -> Condition:
        if not all(code in self.column for code in term["pair"]):
            return NEVER
        first, second = (self.column[code] for code in term["pair"])
        table = self.tables[term["table"]]
        said, agreed = [], []
        for code in self.layers[first].codes:
            row = next((value for value in (code.value, *code.chain) if value in table), None)
            if row is None:
                continue
            here = Has(first, self.layers[first].some(partial(_is, code.value)))
            said.append(here)
            agreed.append(All((here, Has(second, self.layers[second].some(partial(_is_among, table[row]))))))
        if term.get("agrees", False):
            return Any(agreed)
        return All((Any(said), Covered(second), Not(Any(agreed))))


def _is(value: str, code: CodeFacts) -> bool:
    return code.value == value


def _is_among(allowed: Sequence[str], code: CodeFacts) -> bool:
    return matches(code, allowed, "hierarchy")


def _codes(value: Anything) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [str(code) for part in value.values() for code in _codes(part)]
    return [code for part in value for code in _codes(part)]
