"""What may be done from a page now, and by whom: one list for the buttons, their forms and the verbs behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.errors import LantuError

T = TypeVar("T")


@dataclass(frozen=True)
class Act(Generic[T]):
    """A verb on a page: ``form`` asks what it needs, ``when`` says whether it makes sense now, ``roles`` whom it is offered to.

    A form whose class says ``of_subject = True`` is made with ``subject=``, to offer what there is of it.
    """

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


def offers(acts: Sequence[Act[T]], request: HttpRequest, subject: T, bound: Offer | None = None) -> dict[str, Any]:
    """For the page's context: ``main`` is the act of the page's main button, ``offers`` the others that this actor may do now.

    ``bound`` is the one whose form came back with errors.
    """
    role = request.actor.role  # type: ignore[attr-defined]
    found = [
        bound if bound and bound.act.key == act.key else Offer(act, _form(act, subject))
        for act in acts
        if role in act.roles and act.when(subject)
    ]
    return {"offers": [one for one in found if not one.act.main], "main": next((one for one in found if one.act.main), None)}


def carry_out(acts: Sequence[Act[T]], request: HttpRequest, subject: T) -> tuple[Offer | None, Any]:
    """Do the act that was sent, if any. Gives (the offer whose form came back with errors, what the verb gave or the subject)."""
    bound = _sent(acts, request, subject)
    if bound is None or (bound.form is not None and not bound.form.is_valid()):
        return bound, None
    try:
        done = bound.act.do(request.actor, subject, dict(bound.form.cleaned_data) if bound.form else {})  # type: ignore[attr-defined]
    except LantuError as error:
        if bound.form is None:
            messages.error(request, str(error))
        else:
            bound.form.add_error(None, str(error))
        return bound, None
    messages.success(request, _("已办理：%(act)s。") % {"act": bound.act.label})
    return None, done or subject


def _sent(acts: Sequence[Act[T]], request: HttpRequest, subject: T) -> Offer | None:
    """The act that was sent, with its form."""
    act = next((one for one in acts if one.key == request.POST.get("act")), None) if request.method == "POST" else None
    return None if act is None else Offer(act, _form(act, subject, request.POST, request.FILES), open=True)


def _form(act: Act[Any], subject: Any, *sent: Any) -> forms.Form | None:
    if act.form is None:
        return None
    make: Callable[..., forms.Form] = act.form
    return make(*sent, prefix=act.key, **({"subject": subject} if getattr(act.form, "of_subject", False) else {}))
