"""What may be done from a page now, and by whom: one list for the buttons, their forms and the verbs behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise

from lantu.core.actor import Actor

T = TypeVar("T")


@dataclass(frozen=True)
class Act(Generic[T]):
    """A verb on a page: ``form`` asks what it needs, ``when`` says whether it makes sense now, ``roles`` whom it is offered to."""

    key: str
    label: str | Promise
    roles: tuple[str, ...]
    when: Callable[[T], bool]
    do: Callable[[Actor, T, dict[str, Any]], Any]
    form: type[forms.Form] | None = None
    main: bool = False
    danger: bool = False


@dataclass
class Offer:
    """An act as one request sees it."""

    act: Act[Any]
    form: forms.Form | None
    open: bool = False


def offers(acts: Sequence[Act[T]], request: HttpRequest, subject: T, bound: Offer | None = None) -> list[Offer]:
    """The acts that this actor may do to the subject now; ``bound`` is the one whose form came back with errors."""
    role = request.actor.role  # type: ignore[attr-defined]
    found = []
    for act in acts:
        if role in act.roles and act.when(subject):
            found.append(bound if bound and bound.act.key == act.key else Offer(act, act.form(prefix=act.key) if act.form else None))
    return found


def bind(acts: Sequence[Act[T]], request: HttpRequest, key: str) -> Offer | None:
    """The act named ``key`` with what was sent."""
    act = next((one for one in acts if one.key == key), None)
    if act is None:
        return None
    form = act.form(request.POST, request.FILES, prefix=act.key) if act.form else None
    return Offer(act, form, open=True)
