"""What a search asks for: must-haves, wishes with weights; read from a form or JSON, checked against the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from lantu.analysis.partition import Basis
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Refused

MUST = ("class", "outside", "zone", "compactness", "slope")
WISHES = ("near", "far", "class_share", "compact", "flat")
HECTARE = 10_000.0


@dataclass(frozen=True, slots=True)
class Must:
    """A must-have. ``class``: a patch of ``layers[0]`` with one of ``codes``; ``outside``: no patch of any of the layers; ``zone``: in one
    of the districts ``codes``; ``compactness``: 4πA/P² at least ``least`` (a circle has 1, a square 0.785); ``slope``: mean slope at most
    ``most`` percent."""

    kind: str
    layers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    least: float = 0.0
    most: float = 0.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish with its weight. ``near``/``far``: full marks at 0 m / from ``metres`` on; ``class_share``: share of the zone on such patches;
    ``compact``: the compactness itself; ``flat``: full marks on level ground, none from a mean slope of ``percent`` on. ``required``:
    a zone beyond (near, flat) or within (far) its bound drops out."""

    kind: str
    weight: float
    layer: str = ""
    codes: tuple[str, ...] = ()
    metres: float = 0.0
    required: bool = False
    percent: float = 0.0


@dataclass(frozen=True, slots=True)
class Criteria:
    """A whole question. ``whole``: connected zones are not cut up even when they are larger than asked for."""

    least_m2: float
    most_m2: float
    must: tuple[Must, ...]
    wishes: tuple[Wish, ...]
    whole: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read(data: Mapping[str, Any], basis: Basis, actor: Actor) -> Criteria:
    """Criteria from JSON values: ``{"area_ha": [least, most], "must": [...], "wishes": [...], "whole": false}``.

    Raises ``BadInput`` for what makes no sense or is not in the release, ``Refused`` for layers that the actor may not see.
    """
    try:
        least, most = (float(value) for value in data["area_ha"])
    except (KeyError, TypeError, ValueError):
        raise BadInput(_("没有给面积范围。"), how=_("请填最小和最大公顷数，如 15 和 25。")) from None
    if not 0 < least <= most or most > 100_000:
        raise BadInput(
            _("面积范围 %(a)s–%(b)s 公顷不成立。") % {"a": f"{least:g}", "b": f"{most:g}"}, how=_("最小值须大于 0，且不大于最大值。")
        )
    must = tuple(_must(row) for row in data.get("must") or ())
    wishes = tuple(_wish(row) for row in data.get("wishes") or ())
    if not any(row.kind in ("class", "zone") for row in must):
        raise BadInput(_("没有给必须满足的用途。"), how=_("至少给一条用途条件，如「城规用地为 R2、A33」。"))
    criteria = Criteria(least * HECTARE, most * HECTARE, must, wishes, bool(data.get("whole")))
    _known(criteria, basis, actor)
    return criteria


def _must(row: Mapping[str, Any]) -> Must:
    kind = str(row.get("kind", ""))
    if kind not in MUST:
        raise BadInput(_("没有「%(kind)s」这种必须条件。") % {"kind": kind}, how="、".join(MUST))
    layers = row.get("layers") or ([row["layer"]] if row.get("layer") else [])
    codes = tuple(str(code) for code in row.get("codes") or ())
    if kind in ("class", "outside") and not layers:
        raise BadInput(_("条件「%(kind)s」没有给图层。") % {"kind": kind})
    if kind == "zone" and not codes:
        raise BadInput(_("没有选区县。"), how=_("不限区县就不要这一条。"))
    most = float(row.get("max") or row.get("most") or 0)
    if kind == "slope" and most <= 0:
        raise BadInput(_("没有给最大坡度。"), how=_("请填百分数，如 15。"))
    return Must(kind, tuple(str(layer) for layer in layers), codes, float(row.get("min") or row.get("least") or 0), most)


def _wish(row: Mapping[str, Any]) -> Wish:
    kind = str(row.get("kind", ""))
    if kind not in WISHES:
        raise BadInput(_("没有「%(kind)s」这种优选条件。") % {"kind": kind}, how="、".join(WISHES))
    weight, metres = float(row.get("weight") or 0), float(row.get("metres") or 0)
    if weight < 0:
        raise BadInput(_("权重不能是负数。"))
    if kind in ("near", "far") and metres <= 0:
        raise BadInput(_("「%(kind)s」没有给距离。") % {"kind": kind}, how=_("请填米数。"))
    percent = float(row.get("percent") or 0)
    if kind == "flat" and percent <= 0:
        raise BadInput(_("「平坦」没有给坡度。"), how=_("请填百分数：平均坡度达到它就不得分。"))
    codes = tuple(str(code) for code in row.get("codes") or ())
    return Wish(kind, weight, str(row.get("layer") or ""), codes, metres, bool(row.get("required")), percent)


def _known(criteria: Criteria, basis: Basis, actor: Actor) -> None:
    catalogue, present = basis.partition.catalogue, basis.partition.layers
    named = [layer for must in criteria.must for layer in must.layers] + [wish.layer for wish in criteria.wishes if wish.layer]
    for code in dict.fromkeys(named):
        definition = catalogue.layers.get(code)
        if definition is not None and not may_see(actor, definition):
            raise Refused(
                _("您的岗位不能查看 %(layer)s，不能用作条件。") % {"layer": name_of(definition)}, how=_("请去掉这一条，或请规划部门选址。")
            )
        if code not in present and not (definition is not None and definition.is_living):
            raise BadInput(
                _("本版本没有图层 %(layer)s。") % {"layer": name_of(definition) if definition else code},
                how=_("请换一个图层，或去掉这一条。"),
            )
    for wish in criteria.wishes:
        if wish.kind in ("near", "far", "class_share") and not wish.layer:
            raise BadInput(_("「%(kind)s」没有给图层。") % {"kind": wish.kind})
        if wish.layer and wish.layer not in present:
            raise BadInput(_("优选条件只能用规划图层，%(layer)s 不是。") % {"layer": wish.layer})


def describe(row: Must | Wish | Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A condition in words. ``names``: layer and district codes → names."""
    data = dict(row) if isinstance(row, Mapping) else asdict(row)
    codes = "、".join(names.get(code, code) if data["kind"] == "zone" else code for code in data.get("codes") or ())
    layers = "、".join(names.get(code, code) for code in data.get("layers") or ([data["layer"]] if data.get("layer") else []))
    what = f"{layers} {codes}".strip()
    kind = data["kind"]
    if kind == "class":
        return _("%(what)s 上") % {"what": what}
    if kind == "outside":
        return _("不在 %(what)s 内") % {"what": what}
    if kind == "zone":
        return _("在 %(what)s") % {"what": codes}
    if kind == "compactness":
        return _("紧凑度不小于 %(n)s") % {"n": f"{data['least']:g}"}
    if kind == "near":
        return _("靠近 %(what)s（%(n)s m 内）") % {"what": what, "n": f"{data['metres']:g}"}
    if kind == "far":
        return _("远离 %(what)s（%(n)s m 外）") % {"what": what, "n": f"{data['metres']:g}"}
    if kind == "class_share":
        return _("占 %(what)s 多") % {"what": what}
    if kind == "slope":
        return _("平均坡度不大于 %(n)s%%") % {"n": f"{data['most']:g}"}
    if kind == "flat":
        return _("平坦（平均坡度 %(n)s%% 起不得分）") % {"n": f"{data['percent']:g}"}
    return _("形状紧凑")


def without_slope(data: Mapping[str, Any]) -> dict[str, Any]:
    """Criteria as JSON without those that need a raster of heights."""
    rows = {key: [row for row in data.get(key) or () if row["kind"] not in ("slope", "flat")] for key in ("must", "wishes")}
    return {**data, **rows}


def asks_for_slope(criteria: Criteria) -> bool:
    """Whether a criterion needs a raster of heights."""
    return any(row.kind == "slope" for row in criteria.must) or any(row.kind == "flat" for row in criteria.wishes)


def weighted(values: Sequence[Mapping[str, Any]], weights: Sequence[float]) -> float:
    """0 to 100: the weighted mean of the scores of the wishes; without any weight all count the same."""
    return float(weighted_scores(np.array([[float(value["score"])] for value in values]).reshape(len(values), 1), weights)[0])


def weighted_scores(scores: NDArray[np.float64], weights: Sequence[float]) -> NDArray[np.float64]:
    """(k,) the weighted means of ``scores`` (wishes, k), as ``weighted``."""
    chosen = list(weights) if sum(weights) > 0 else [1.0] * len(scores)
    whole = sum(chosen)
    if not whole:
        return np.full(scores.shape[1], 100.0)
    total = np.zeros(scores.shape[1])
    for weight, row in zip(chosen, scores, strict=True):
        total += weight * row
    return 100 * total / whole
