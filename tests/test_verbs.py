"""Deny by default, for every verb there is: who holds no role that the city knows may do nothing, and the refusal is on record."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import lantu
from lantu.conflicts.factories import make_pack
from lantu.core.actor import ANONYMOUS, Actor, Post
from lantu.core.errors import Refused
from lantu.core.models import AuditEvent
from lantu.core.verbs import REGISTRY, VerbInfo

NOBODY = Actor(1, "无岗位的人", Post("no-such-role", "GH"), "page")

for module in pkgutil.walk_packages(lantu.__path__, "lantu."):
    if ".services" in module.name:
        importlib.import_module(module.name)  # registers its verbs, also those that no page uses yet


def call(info: VerbInfo, actor: Actor) -> None:
    """Call a verb with nothing but an actor; it must refuse before it looks at anything else."""
    _first, *others = inspect.signature(info.function).parameters.values()
    required = [one for one in others if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    positional = [None for one in required if one.kind is not one.KEYWORD_ONLY]
    info.function(actor, *positional, **{one.name: None for one in required if one.kind is one.KEYWORD_ONLY})


FOR_ANYONE = {"accounts.delegate", "casework.read_notices", "casework.save_view"}
"""One's own things: whoever is signed in may."""
OF_THE_CHAIN = {f"conflicts.{act}" for act in ("approve", "defer", "pass_on", "return_case", "submit")}
"""Who may is written in the city pack: without one there is no answer, not even a refusal."""


def refuse(name: str, *actors: Actor) -> None:
    for actor in actors:
        with pytest.raises(Refused) as caught:
            call(REGISTRY[name], actor)
        assert caught.value.where == REGISTRY[name].need
    assert AuditEvent.objects.filter(verb=name, outcome="refused").count() == len(actors)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(set(REGISTRY) - FOR_ANYONE - OF_THE_CHAIN))
def test_a_verb_refuses_who_holds_no_role_and_says_whom_to_ask(name: str) -> None:
    refuse(name, NOBODY, ANONYMOUS)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(FOR_ANYONE))
def test_ones_own_things_are_for_nobody_who_is_not_signed_in(name: str) -> None:
    refuse(name, ANONYMOUS)


@pytest.mark.django_db
def test_the_steps_of_the_chain_are_for_nobody_who_holds_none() -> None:
    make_pack()
    for name in sorted(OF_THE_CHAIN):
        refuse(name, NOBODY, ANONYMOUS)
