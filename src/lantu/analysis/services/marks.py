"""Bookmarks and notes on the map: one's own, or shared with one's department."""

from __future__ import annotations

from typing import Any

import rules
import shapely
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.accounts.roles import ROLES
from lantu.analysis.mapwork.buffers import MOST_VERTICES, shape_of
from lantu.analysis.models import MapMark
from lantu.core import audit
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, TooLarge
from lantu.core.verbs import verb
from lantu.plans.services.living import check_geometry
from lantu.standards import selectors as standards

NEED_SIGNED_IN = gettext_lazy("须登录后办理。")
NEED_AUTHOR = gettext_lazy("只有作者可以删除。")


@rules.predicate
def may_mark(actor: Actor, subject: Any = None) -> bool:
    """Whoever is signed in and holds a post."""
    return actor.user_id is not None and actor.role in ROLES


@rules.predicate
def is_author(actor: Actor, mark: Any = None) -> bool:
    """Who made it."""
    return mark is not None and actor.user_id is not None and mark.user_id == actor.user_id


@verb("analysis.mark_map", permission=may_mark, need=NEED_SIGNED_IN)
def mark_map(
    actor: Actor,
    kind: str,
    text: str,
    *,
    lon: float,
    lat: float,
    address: str = "",
    shape: dict[str, Any] | None = None,
    shared: bool = False,
) -> MapMark:
    """Keep a view, or pin a note to a place (degrees) or to a shape drawn there (a GeoJSON geometry, whose middle is the place then).

    Raises ``BadInput``, and ``TooLarge`` for a shape of more than ``MOST_VERTICES``.
    """
    if kind not in MapMark.Kind.values:
        raise BadInput(_("没有「%(kind)s」这种标记。") % {"kind": kind}, how="、".join(MapMark.Kind.values))
    if not text.strip():
        raise BadInput(_("没有写名称或内容。"))
    if shape is not None:
        lon, lat = _middle(shape)
    west, south, east, north = standards.city_extent()
    if not (west - 1 <= lon <= east + 1 and south - 1 <= lat <= north + 1):
        raise BadInput(_("位置不在本市范围内。"), where=f"{lon}, {lat}")
    if address and not address.startswith(("?", "#")):
        raise BadInput(_("视图地址应以 ? 或 # 开头。"), where=address[:60])
    assert actor.user_id is not None
    row = MapMark.objects.create(
        kind=kind,
        text=text.strip()[:400],
        address=address[:1000],
        lon=lon,
        lat=lat,
        shape=shape,
        shared=shared,
        user_id=actor.user_id,
        made_by_name=actor.name,
        department=actor.department,
    )
    audit.remark(kind=kind, text=row.text)
    return row


def _middle(shape: dict[str, Any]) -> tuple[float, float]:
    drawn = shape_of(shape)
    if shapely.get_num_coordinates(drawn) > MOST_VERTICES:
        raise TooLarge(_("图形超过 %(most)s 个顶点。") % {"most": f"{MOST_VERTICES:,}"}, how=_("请先简化图形。"))
    check_geometry(drawn)
    point = drawn.representative_point()
    return point.x, point.y


@verb("analysis.unmark_map", permission=is_author, need=NEED_AUTHOR, subject="mark")
def unmark_map(actor: Actor, mark: MapMark) -> None:
    """Delete a bookmark or note of one's own."""
    audit.remark(kind=mark.kind, text=mark.text)
    MapMark.objects.filter(pk=mark.pk).delete()


def marks_of(actor: Actor) -> QuerySet[MapMark]:
    """One's own, and those that colleagues of the department share."""
    if actor.user_id is None:
        return MapMark.objects.none()
    shared = Q(shared=True, department=actor.department) if actor.department else Q(pk=None)
    return MapMark.objects.filter(Q(user_id=actor.user_id) | shared)
