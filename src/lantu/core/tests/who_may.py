"""For tests of who may do what: every verb of a room, tried by everybody there is. A verb that is in no table fails."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from lantu.core.actor import ANONYMOUS, Actor, system
from lantu.core.verbs import REGISTRY, VerbInfo

Table = Mapping[str, str]
"""Names of people, the system aside → verbs, each ``verb/thing``: what it is done to, nothing after the stroke for none."""


def verbs_of(room: str) -> dict[str, VerbInfo]:
    """The verbs of a room by their names within it, whoever has imported what."""
    services = importlib.import_module(f"lantu.{room}.services")
    for module in pkgutil.iter_modules(services.__path__, services.__name__ + "."):
        importlib.import_module(module.name)
    return {name.removeprefix(f"{room}."): info for name, info in REGISTRY.items() if name.startswith(f"{room}.")}


def everybody(make: Callable[[str], Actor], roles: Iterable[str], named: Mapping[str, Actor]) -> dict[str, Actor]:
    """Those who are named, somebody in every other role who has nothing to do with the case, the system, and nobody."""
    known = {name.rpartition(".")[2] for name in named if "." not in name}
    return {**named, **{role: make(role) for role in roles if role not in known}, "system": system(), "nobody": ANONYMOUS}


def check(room: str, table: Table, people: Mapping[str, Actor], things: Mapping[str, Any], *, persons_only: Collection[str] = ()) -> None:
    """Each verb of the room is for those in the table, and (``persons_only`` aside) the system, and for nobody else."""
    verbs, wrong, seen = verbs_of(room), {}, set()
    for names, lines in table.items():
        for verb, _stroke, thing in (line.partition("/") for line in lines.split()):
            seen.add(verb)
            may = {name for name, actor in people.items() if verbs[verb].permission.test(actor, things[thing] if thing else None)}
            expected = set(names.split()) | (set() if verb in persons_only else {"system"})
            if may != expected:
                wrong[verb] = {"may": sorted(may - expected), "may not": sorted(expected - may)}
    assert wrong == {}
    assert seen == set(verbs)
