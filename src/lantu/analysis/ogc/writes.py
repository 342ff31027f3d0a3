"""OGC API Features Part 4: create, replace, delete in living layers, by the verbs that the pages use. Plans are never written here."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import shapely
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.ogc import crs
from lantu.analysis.ogc.rights import Collection
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, NotFound
from lantu.plans.models import LivingFeature
from lantu.plans.services import end_living, register_living, supersede_living


def create(request: HttpRequest, actor: Actor, one: Collection) -> LivingFeature:
    """POST of a GeoJSON feature. Raises ``Conflict`` for a plan layer, ``BadInput``, ``Refused``."""
    _living(one)
    shape, given = _feature(request)
    known = ("name", "document_no", "feature_id", "valid_from", "area_m2")
    return register_living(
        actor,
        one.code,
        str(given.get("feature_id") or ""),
        shape,
        name=str(given.get("name") or ""),
        valid_from=_day(given.get("valid_from")),
        document_no=str(given.get("document_no") or ""),
        attributes={key: value for key, value in given.items() if key not in known},
    )


def replace(request: HttpRequest, actor: Actor, one: Collection, key: str) -> LivingFeature:
    """PUT: the feature is superseded, the old one stays in the history; the new one has an address of its own."""
    row = _row(one, key)
    shape, given = _feature(request)
    return supersede_living(
        actor,
        row,
        shape,
        valid_from=_day(given.get("valid_from")),
        document_no=str(given.get("document_no") or ""),
        name=str(given.get("name") or ""),
    )


def delete(request: HttpRequest, actor: Actor, one: Collection, key: str) -> LivingFeature:
    """DELETE: the feature ends today, with the reason of the header ``X-Reason``."""
    reason = request.headers.get("X-Reason", "") or str(_("经服务接口终止"))
    return end_living(actor, _row(one, key), on=timezone.localdate(), reason=reason)


def allowed_on_items(one: Collection) -> str:
    """The methods of the address of the features."""
    return "GET, HEAD, OPTIONS, POST" if one.is_living else "GET, HEAD, OPTIONS"


def allowed_on_item(one: Collection) -> str:
    """The methods of the address of one feature."""
    return "GET, HEAD, OPTIONS, PUT, DELETE" if one.is_living else "GET, HEAD, OPTIONS"


def _living(one: Collection) -> None:
    if not one.is_living:
        raise Conflict(_("%(layer)s 是规划图层，不能由服务接口改写。") % {"layer": one.title}, how=_("规划图层请走「规划入库」。"))


def _row(one: Collection, key: str) -> LivingFeature:
    _living(one)
    row = LivingFeature.objects.filter(layer_code=one.code, pk=int(key)).first() if key.isdigit() else None
    if row is None:
        raise NotFound(_("图层 %(code)s 里没有要素 %(id)s。") % {"code": one.id, "id": key})
    return row


def _feature(request: HttpRequest) -> tuple[Any, dict[str, Any]]:
    target = crs.crs_of((request.headers.get("Content-Crs") or crs.CRS84).strip("<>"))
    try:
        body = json.loads(request.body)
        shape = shapely.geometry.shape(body["geometry"])
        return crs.back(shape, target), dict(body.get("properties") or {})
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise BadInput(
            _("请求体不是 GeoJSON 要素。"), where=str(error), how='{"type": "Feature", "geometry": …, "properties": …}'
        ) from None


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(str(text)) if text else timezone.localdate()
    except ValueError:
        raise BadInput(_("日期「%(text)s」读不懂。") % {"text": text}, how="2018-06-01") from None
