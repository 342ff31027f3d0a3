"""Writing down what a fusion found."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from lantu.blueprints.fusion.evaluate import Kind
from lantu.blueprints.fusion.fuse import Draft, Fused
from lantu.blueprints.fusion.identity import Known, Named, key_of, name_findings
from lantu.blueprints.inputs import Prepared
from lantu.blueprints.models import Finding, FusionRun
from lantu.core import jobs
from lantu.planar.convert import Grid

CHUNK = 500

Tell = Callable[[float], None]


def record(run: FusionRun, prepared: Prepared, fused: Fused, tell: Tell) -> dict[str, Any]:
    """Store the findings of a run in chunks; they count once the run is done. Returns the totals of the three lists."""
    tell(0.0)
    rows = [row for kind in Kind for row in _rows(run, prepared, fused, kind)]
    rows.sort(key=_importance)
    for number, row in enumerate(rows, start=1):
        row.number = number
    for first in range(0, len(rows), CHUNK):
        with jobs.chunk():
            Finding.objects.bulk_create(rows[first : first + CHUNK])
        tell(min(1.0, (first + CHUNK) / max(1, len(rows))))
    return totals(rows, prepared, fused)


def _importance(row: Finding) -> tuple[object, ...]:
    order = list(Finding.Listing.values)
    return order.index(row.listing) if row.listing != "conflict" else -1, row.apart, row.severity, row.rule, -row.area_m2, row.identity


def outlines(prepared: Prepared, fused: Fused, kind: Kind) -> NDArray[np.object_]:
    """The patches of a list as polygons in degrees."""
    plane = fused.patches[kind].regions.to_shapely(Grid(size=1.0))
    return np.asarray(shapely.transform(plane, prepared.grid.to_degrees), dtype=object)


def _rows(run: FusionRun, prepared: Prepared, fused: Fused, kind: Kind) -> list[Finding]:
    drafts = fused.lists[kind]
    if not drafts:
        return []
    shapes = outlines(prepared, fused, kind)[[draft.patch for draft in drafts]]
    known = [
        Known(prepared.origin_rule(draft), key_of(prepared.origin_rule(draft), prepared.sources(draft)), shape)
        for draft, shape in zip(drafts, shapes, strict=True)
    ]
    names = name_findings(known, _previous(run, kind))
    return [_row(run, prepared, draft, item, name) for draft, item, name in zip(drafts, known, names, strict=True)]


def _previous(run: FusionRun, kind: Kind) -> list[Known]:
    if run.previous is None:
        return []
    rows = Finding.objects.filter(run=run.previous, listing=kind.value).only("origin", "key", "geometry", "identity")
    return [Known(row.origin, row.key, row.geometry, row.identity) for row in rows]


def _row(run: FusionRun, prepared: Prepared, draft: Draft, item: Known, name: Named) -> Finding:
    codes = [prepared.rules[hit.rule].code for hit in draft.hits]
    layers = list(dict.fromkeys(prepared.layers[layer].code for layer, _patch in draft.sources))
    departments = prepared.departments(draft)
    anchor = item.shape.point_on_surface()
    return Finding(
        run=run,
        listing=draft.kind.value,
        rule=prepared.rules[draft.rule].code,
        origin=item.rule,
        hits=[
            {"rule": code, "severity": prepared.rules[hit.rule].severity, "area_m2": round(hit.area_m2, 2)}
            for code, hit in zip(codes, draft.hits, strict=True)
        ],
        severity=draft.severity,
        sliver=draft.sliver,
        apart=draft.apart,
        identity=name.identity,
        key=item.key,
        sources=prepared.source_rows(draft),
        layers_key="+".join(layers),
        area_m2=Decimal(draft.area_cents) / 100,
        area_account={
            "raw_m2": draft.raw_m2,
            "adjustment_m2": draft.area_cents / 100 - draft.raw_m2,
            "plane_m2": draft.plane_m2,
            "perimeter_m": draft.perimeter_m,
            "min_area_m2": draft.min_area_m2,
        },
        mean_width_m=draft.mean_width_m,
        district=prepared.region_code(draft.region),
        departments=departments,
        departments_key=f"|{'|'.join(departments)}|" if departments else "",
        lineage={"relation": name.relation, "parents": sorted(name.parents)},
        geometry=item.shape,
        anchor_lon=anchor.x,
        anchor_lat=anchor.y,
    )


def totals(rows: list[Finding], prepared: Prepared, fused: Fused) -> dict[str, Any]:
    """The three lists with their own totals, slivers and noise beside them, never added up across lists."""
    result: dict[str, Any] = {"skipped": prepared.skipped, "faces": len(fused.faces)}
    for kind in Kind:
        mine = [row for row in rows if row.listing == kind.value]
        main, apart = ([row for row in mine if row.apart is flag] for flag in (False, True))
        result[kind.value] = {
            "count": len(main),
            "area_m2": str(sum((row.area_m2 for row in main), Decimal(0))),
            "apart_count": len(apart),
            "apart_area_m2": str(sum((row.area_m2 for row in apart), Decimal(0))),
            "noise_count": fused.noise[kind].count,
            "noise_area_m2": round(fused.noise[kind].area_m2, 2),
        }
    return result
