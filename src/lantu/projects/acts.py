"""What may be done from a page now, and by whom: one list for the buttons, their forms and the verbs behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, LantuError

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
    if bound is None:
        return None, None
    try:
        done = perform(bound.act, request.actor, subject, bound.form)  # type: ignore[attr-defined]
    except LantuError as error:
        if bound.form is None:
            messages.error(request, str(error))
        elif bound.form.is_valid():  # else each field says its own
            bound.form.add_error(None, str(error))
        return bound, None
    messages.success(request, _("已办理：%(act)s。") % {"act": bound.act.label})
    return None, done or subject


def carry_out_by_key(available: Sequence[Act[T]], actor: Actor, subject: T, key: str, given: Mapping[str, Any]) -> Any:
    """The same for programs: do one of the acts that are ``available`` to this actor now, with what its form asks by the names of fields.

    Raises ``Conflict`` (code ``not-offered``) for one that is not possible now for this actor, and what ``perform`` raises.
    """
    act = next((one for one in available if one.key == key), None)
    if act is None:
        raise Conflict(
            _("现在不能办理「%(act)s」。") % {"act": key},
            where=str(subject),
            how=_("现在可以办理：%(acts)s。") % {"acts": "、".join(f"{one.key}（{one.label}）" for one in available) or "—"},
            code="not-offered",
        )
    return perform(act, actor, subject, form_of(act, subject, given, prefix=None))


def perform(act: Act[T], actor: Actor, subject: T, form: forms.Form | None) -> Any:
    """What every entrance does with an act: its form is checked, then its verb done with what the form has read. Raises ``BadInput`` with
    every field that is wrong (``values["problems"]``), and what the verb raises."""
    if form is None:
        return act.do(actor, subject, {})
    if not form.is_valid():
        problems = {name: str(errors[0]) for name, errors in form.errors.items()}
        where = "；".join(f"{form.fields[name].label if name in form.fields else name}：{text}" for name, text in problems.items())
        raise BadInput(_("有 %(n)s 处须改。") % {"n": len(problems)}, where=where, how=_("请逐处改正。"), problems=problems)
    return act.do(actor, subject, dict(form.cleaned_data))


def _sent(acts: Sequence[Act[T]], request: HttpRequest, subject: T) -> Offer | None:
    """The act that was sent, with its form."""
    act = next((one for one in acts if one.key == request.POST.get("act")), None) if request.method == "POST" else None
    return None if act is None else Offer(act, _form(act, subject, request.POST, request.FILES), open=True)


def _form(act: Act[Any], subject: Any, *sent: Any) -> forms.Form | None:
    return form_of(act, subject, *sent, prefix=act.key)


def form_of(act: Act[Any], subject: Any, *sent: Any, prefix: str | None) -> forms.Form | None:
    """The form of an act over a subject, with what was sent; none when it asks nothing."""
    if act.form is None:
        return None
    make: Callable[..., forms.Form] = act.form
    return make(*sent, prefix=prefix, **({"subject": subject} if getattr(act.form, "of_subject", False) else {}))
