"""The quality checks over a delivery: features and catalogue in, findings as rows out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from lantu.accounts.models import Region
from lantu.geodesy.frames import FrameGuess, frame
from lantu.plans import quality, surroundings
from lantu.plans.models import Delivery, DeliveryFeature, QualityFinding
from lantu.plans.selectors import taken_in
from lantu.standards import selectors
from lantu.standards.models import LayerDefinition

Tell = Callable[[float, str], None]
_KINDS = {"text": "text", "code": "text", "integer": "integer", "int": "integer", "real": "number", "number": "number", "date": "date"}


def inspect_features(delivery: Delivery, tell: Tell = lambda share, step: None) -> list[QualityFinding]:
    """Run Q01–Q15 over the features of a delivery that go in. The rows are not saved."""
    definition = selectors.layer(delivery.dataset.layer_code)
    features = list(taken_in(delivery).order_by("row", "pk").only("row", "geometry", "attributes", "codes", "feature_id"))
    layer = _layer(delivery, definition, features)
    findings = quality.run(layer, _context(delivery, definition), progress=tell)
    return [_row(finding) for finding in findings]


def repair_of(feature: DeliveryFeature) -> quality.Repair | None:
    """What could be done to a feature's polygon; None when nothing is wrong with it."""
    grid = selectors.working_grid()
    layer = quality.Layer(np.array([feature.row]), np.array([feature.geometry], dtype=object), {}, grid)
    proposals = quality.propose(layer, quality.Context(grid=grid, thresholds=thresholds()))
    return proposals[0] if proposals else None


def titles() -> Mapping[str, str]:
    """What each check looks at, by its code (Chinese, to be translated where shown)."""
    return quality.CHECK_TITLES


def _layer(delivery: Delivery, definition: LayerDefinition, features: Sequence[DeliveryFeature]) -> quality.Layer:
    geometries = np.empty(len(features), dtype=object)
    geometries[:] = [feature.geometry for feature in features]
    rows = np.array([feature.row for feature in features], dtype=np.int64)
    return quality.Layer(rows, geometries, _columns(delivery, definition, features), selectors.working_grid())


def _columns(delivery: Delivery, definition: LayerDefinition, features: Sequence[DeliveryFeature]) -> dict[str, list[Any]]:
    """The columns under the catalogue's names: as mapped, else matched in any case and cut at ten letters."""
    there = {key.casefold(): key for feature in features[:1] for key in feature.attributes}
    columns: dict[str, list[Any]] = {}
    names = delivery.field_mapping.get("names")
    for item in definition.schema:
        name = item["name"]
        source = names.get(name) if names is not None else there.get(name.casefold()) or there.get(name[:10].casefold())
        if source is not None:
            columns[name] = [feature.attributes.get(source) for feature in features]
    mapping = delivery.field_mapping
    if mapping.get("id") and definition.id_field:
        columns[definition.id_field] = [feature.feature_id for feature in features]
    if mapping.get("code") and definition.code_field:
        columns[definition.code_field] = ["/".join(code for code, _share in feature.codes) for feature in features]
    if mapping.get("area"):
        columns[_AREA] = [feature.attributes.get(mapping["area"]) for feature in features]
    return columns


_AREA = "(area)"


def _context(delivery: Delivery, definition: LayerDefinition) -> quality.Context:
    dataset, reading = delivery.dataset, delivery.reading
    found: dict[str, Any] = next(
        (item for item in delivery.detected["layers"] if item["name"] == reading["layer"]), {"frame": {"evidence": []}}
    )
    evidence = tuple(found["frame"]["evidence"])
    return quality.Context(
        grid=selectors.working_grid(),
        geometry_kind=definition.geometry_kind,
        coverage=definition.is_coverage,
        single_part=bool(definition.meta.get("single_part")),
        scale=dataset.scale or definition.scale,
        fields=tuple(_field(item, definition) for item in definition.schema),
        unique=((definition.id_field,),) if definition.id_field else (),
        area_field=_AREA if delivery.field_mapping.get("area") else None,
        area_unit_m2=quality.AREA_UNITS[str(delivery.field_mapping.get("area_unit") or "m2")],
        boundary=_boundary(selectors.pack().pk),
        frame=FrameGuess(frame(int(reading["epsg"])), "sure", tuple(evidence)),
        frame_confirmed=True,
        allowed_epsg=frozenset(selectors.accepted_frames()) | ({int(reading["epsg"])} if reading.get("datum") else set()),
        thresholds=thresholds(),
        **surroundings.context_of(delivery, definition),
    )


def _field(item: Mapping[str, Any], definition: LayerDefinition) -> quality.FieldRule:
    # a code left blank was taken in as unclassified on purpose; the account of the delivery says how many
    required = bool(item.get("required")) and item["name"] != definition.code_field
    return quality.FieldRule(
        item["name"], _KINDS.get(str(item.get("type", "text")), "text"), required, item.get("length"), item.get("precision")
    )


def thresholds() -> quality.Thresholds:
    """The limits of the checks, from the city pack."""
    limits = selectors.catalogue().tolerances
    sliver, checks = limits.get("sliver", {}), limits.get("checks", {})
    area, spike = checks.get("Q12", {}), checks.get("Q06", {})
    usual = quality.Thresholds()
    return quality.Thresholds(
        k_mm2=float(sliver.get("k_mm2", usual.k_mm2)),
        width_mm=float(sliver.get("width_mm", usual.width_mm)),
        noise_m=float(sliver.get("noise_m", usual.noise_m)),
        spike_degrees=float(spike.get("spike_deg", usual.spike_degrees)),
        area_m2=float(area.get("abs_m2", usual.area_m2)),
        area_share=float(area.get("rel", usual.area_share)),
        area_error_share=float(area.get("error_rel", usual.area_error_share)),
        overlap_m2=float(checks.get("Q08", {}).get("area_m2", usual.overlap_m2)),
        gap_m2=float(checks.get("Q09", {}).get("area_m2", usual.gap_m2)),
        outside_m=float(checks.get("Q11", {}).get("distance_m", usual.outside_m)),
        repair_share=float(limits.get("repair", {}).get("max_area_change", usual.repair_share)),
    )


@functools.lru_cache(maxsize=4)
def _boundary(_pack: int) -> Any:
    """The city's ground: its own outline, else that of its districts; none when the pack has no geometry."""
    regions = Region.objects.exclude(geometry=None)
    city = regions.filter(kind=Region.Kind.CITY).first()
    shapes = [city.geometry] if city else [region.geometry for region in regions.counties()]
    return shapely.union_all(shapes) if shapes else None


def _row(finding: quality.Finding) -> QualityFinding:
    values = {key: value if isinstance(value, str | int | float) else str(value) for key, value in finding.values.items()}
    return QualityFinding(
        check_code=finding.check,
        level=finding.level,
        rows=[int(row) for row in finding.rows],
        message=finding.message[:400],
        message_code=finding.code,
        values=values,
        geometry=finding.geometry,
    )
