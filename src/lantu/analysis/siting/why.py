"""Why not here: every must-have at a clicked place, and what became of the zone that it belongs to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import shapely
from django.utils.translation import gettext as _

from lantu.analysis.models import SitingSearch
from lantu.analysis.partition import Partition, partition_of
from lantu.analysis.siting.criteria import Criteria, describe
from lantu.analysis.siting.search import face_at, mask_of, zone_at
from lantu.analysis.siting.stored import criteria_of, names_of, terrain_of_search
from lantu.analysis.terrain.slope_words import percent
from lantu.ui import formats


@dataclass(frozen=True, slots=True)
class Answer:
    """One condition at the place."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Why:
    """The conditions, the conclusion, and the candidate that lies here, if any."""

    answers: list[Answer]
    conclusion: str
    rank: int | None = None


def why_not(search: SitingSearch, lon: float, lat: float) -> Why:
    """What the search says of a place in degrees."""
    point = shapely.Point(lon, lat)
    here = next((row for row in search.candidates.all() if row.geometry.covers(point)), None)
    partition, criteria, names = partition_of(search.run), criteria_of(search), names_of(search)
    face = face_at(partition, partition.to_plane(point))
    if face < 0:
        return Why([], _("此处没有任何规划，不在选址范围内。"))
    answers = []
    for must in criteria.must:
        mask = mask_of(partition, must)
        if mask is not None:
            answers.append(Answer(describe(must, names), bool(mask[face])))
    answers += _slopes(search, criteria, partition, point)
    if here is not None:
        return Why(
            answers, _("此处在第 %(rank)s 名备选用地内，得分 %(score)s。") % {"rank": here.rank, "score": f"{here.score:.1f}"}, here.rank
        )
    missed = [answer.text for answer in answers if not answer.holds]
    if missed:
        return Why(answers, _("此处不符合：%(what)s。") % {"what": "；".join(missed)})
    return Why(answers, _zone(partition, criteria, face))


def _slopes(search: SitingSearch, criteria: Criteria, partition: Partition, point: shapely.Point) -> list[Answer]:
    """What the search's raster says of the place, beside the bound of the criterion; the criterion itself is about the mean of a zone."""
    terrain = terrain_of_search(search)
    if terrain is None:
        return []
    slope = float(terrain.slope_at(shapely.get_coordinates(partition.to_plane(point)))[0])
    bounds = [must.most for must in criteria.must if must.kind == "slope"]
    if math.isnan(slope):
        return [Answer(_("此处没有高程，坡度未知"), not bounds)]
    words = _("此处坡度 %(slope)s") % {"slope": percent(slope)}
    if not bounds:
        return [Answer(words, True)]
    return [Answer(_("%(here)s，要求平均不大于 %(most)s%%") % {"here": words, "most": f"{min(bounds):g}"}, slope <= min(bounds))]


def _zone(partition: Partition, criteria: Criteria, face: int) -> str:
    area = zone_at(partition, criteria, face)
    if area < criteria.least_m2:
        return _("条件都符合，但连片只有 %(area)s 公顷，不足 %(least)s 公顷。") % {
            "area": formats.hectares(area),
            "least": formats.hectares(criteria.least_m2),
        }
    return _("条件都符合，连片 %(area)s 公顷；但这一处切不出够大、够紧凑的地块，或得分在列出的备选之后。") % {
        "area": formats.hectares(area)
    }
