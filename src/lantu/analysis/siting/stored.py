"""A stored search read back: its criteria, the names behind its codes, its ranking under other weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lantu.accounts.models import Region
from lantu.analysis.models import HeightRaster, SitingCandidate, SitingSearch
from lantu.analysis.siting.criteria import Criteria, Must, Wish, weighted
from lantu.analysis.terrain.store import Terrain, terrain_of
from lantu.blueprints.selectors.names import name_of
from lantu.standards import selectors as standards


def criteria_of(search: SitingSearch) -> Criteria:
    """The criteria as they were asked."""
    data = search.asked["criteria"]
    return Criteria(
        data["least_m2"],
        data["most_m2"],
        tuple(Must(row["kind"], tuple(row["layers"]), tuple(row["codes"]), row["least"], row.get("most", 0.0)) for row in data["must"]),
        tuple(Wish(**{**row, "codes": tuple(row["codes"])}) for row in data["wishes"]),
        data["whole"],
    )


def names_of(search: SitingSearch) -> dict[str, str]:
    """Layer and district codes → names in the language of the page."""
    layers = {code: name_of(layer) for code, layer in standards.catalogue(search.run.pack).layers.items()}
    return layers | {region.code: name_of(region) for region in Region.objects.filter(kind=Region.Kind.COUNTY)}


def terrain_of_search(search: SitingSearch) -> Terrain | None:
    """The raster that the search rested on, also when it is out of use by now."""
    told = search.asked.get("raster")
    row = HeightRaster.objects.filter(number=told["number"]).first() if told else None
    return terrain_of(row) if row is not None else None


def ranked(search: SitingSearch, weights: Sequence[float]) -> list[tuple[int, float, SitingCandidate]]:
    """(rank, score, candidate) under these weights, from the stored values; nothing is searched again."""
    rows: list[Any] = [(weighted(row.values, weights), row) for row in search.candidates.all()]
    rows.sort(key=lambda pair: (-pair[0], pair[1].rank))
    return [(rank, score, row) for rank, (score, row) in enumerate(rows, start=1)]
