"""Who asks, and which layers leave the house. Restricted layers and those not to be shared never do, whoever asks."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from lantu.accounts.acting import actor_for, seats
from lantu.accounts.models import User
from lantu.blueprints.models import BlueprintRelease, FusionRun
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.selectors.releases import in_force
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.core.errors import NotFound, Refused
from lantu.plans.models import PlanPatch
from lantu.plans.selectors import living_in_force
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition

SECRET = ("restricted", "secret")
"""Levels of security (密级) at which nothing ever leaves the house."""


REMEMBERED_S = 300
"""How many seconds a right password is remembered."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A layer as it is offered: of a release (``run``), or living."""

    id: str
    title: str
    layer: LayerDefinition
    run: FusionRun | None

    @property
    def code(self) -> str:
        """The code of its layer."""
        return self.layer.code

    @property
    def is_living(self) -> bool:
        return self.run is None

    def rows(self) -> QuerySet[Any]:
        """All its features, in their order."""
        if self.run is None:
            return living_in_force().filter(layer_code=self.code).order_by("pk")
        return PlanPatch.objects.filter(release__in=self.run.releases.filter(layer_code=self.code)).order_by("release", "index")


def caller(request: HttpRequest) -> Actor:
    """Who asks: by session, or by HTTP Basic with the account of a person or of another system. Raises ``Refused`` for a wrong password."""
    header = request.headers.get("Authorization", "")
    if not header.startswith("Basic "):
        return request.actor  # type: ignore[attr-defined]
    user = _proven(request, header)
    if user is None:
        raise Refused(_("用户名或密码不对。"), how=_("请用交换账户的用户名和密码；多次输错会暂时锁定。"))
    held = seats(user)  # the posts are looked at every time
    return actor_for(user, held[0].post if held else None, "api")


def _proven(request: HttpRequest, header: str) -> User | None:
    """The active user whose name and password a header holds; None for a wrong one.

    Programs send both with every request, and by design one look at a password costs some tenths of a second of processor: what was right
    is remembered in this process for ``REMEMBERED_S``, as digests only, and forgotten at once when the password or the account changes.
    """
    key = f"ogc.basic.{salted_hmac('lantu.ogc.basic', header).hexdigest()}"
    if (known := cache.get(key)) is not None:
        user = User.objects.filter(pk=known[0], is_active=True).first()
        if user is not None and constant_time_compare(known[1], _stamp(user)):
            return user
        cache.delete(key)
    try:
        name, _colon, password = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name, password = "", ""
    user = authenticate(request, username=name, password=password) if name else None
    if not isinstance(user, User) or not user.is_active:
        return None
    cache.set(key, (user.pk, _stamp(user)), REMEMBERED_S)
    return user


def _stamp(user: User) -> str:
    """Changes with the password."""
    return salted_hmac("lantu.ogc.basic.stamp", user.password).hexdigest()


def leaves(layer: LayerDefinition) -> bool:
    """Whether a layer is ever given to other programs."""
    return layer.security not in SECRET and layer.sharing != "none" and layer.geometry_kind == "polygon"


def secret_layers(run: FusionRun) -> set[str]:
    """The layers of a run that a dataset in it makes secret by its own metadata, whatever the catalogue says."""
    return set(run.releases.filter(dataset__metadata__security__in=SECRET).values_list("layer_code", flat=True))


def collections(actor: Actor) -> list[Collection]:
    """The layers of the release in force and the living layers that this actor may read by service."""
    release = in_force()
    return [] if release is None else _offered(release, actor, mark="")


def collections_of(release: BlueprintRelease, actor: Actor) -> list[Collection]:
    """The layers of any published release and the living layers; those of the release are called by its number (``C0101-0.1``)."""
    return _offered(release, actor, mark=f"-{release.number}")


def _offered(release: BlueprintRelease, actor: Actor, *, mark: str) -> list[Collection]:
    run = release.run
    layers = standards.catalogue(run.pack).layers
    present = {layer["code"] for layer in run.layers} - secret_layers(run)
    found = [
        Collection(row.code if row.is_living else f"{row.code}{mark}", name_of(row), row, None if row.is_living else run)
        for row in sorted(layers.values(), key=lambda one: one.order)
        if (row.code in present or row.is_living) and leaves(row)
    ]
    return [one for one in found if may_see(actor, one.layer)]


def collection(actor: Actor, code: str) -> Collection:
    """One of them, or of any published release (``C0101-0.1``). ``NotFound`` also for what the actor may not know of; who is nobody is
    asked to sign in."""
    name, _dash, number = code.partition("-")
    release = BlueprintRelease.objects.filter(number=number, state=BlueprintRelease.State.PUBLISHED).first() if number else None
    for one in collections_of(release, actor) if release is not None else collections(actor):
        if one.id == code or (release is not None and one.is_living and one.id == name):
            return one
    if not actor.role:
        raise Refused(_("请登录后读取图层。"), how=_("程序请用 HTTP Basic。"))
    raise NotFound(_("没有图层 %(code)s，或您无权读取。") % {"code": code}, how=_("请看 /ogc/collections。"))
