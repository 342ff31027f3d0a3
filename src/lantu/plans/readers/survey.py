"""What a layer really holds: one pass over its features for the preview, the box, the kinds and the first doubts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely

from lantu.geodesy.frames import Bounds, detect_frame
from lantu.plans.readers.base import Dataset, LayerInfo, Reader, SourceFeature
from lantu.plans.readers.encoding import UTF8, EncodingGuess, mojibake, repaired
from lantu.plans.readers.messages import CATALOGUE, Notice, ReaderError

Tell = Callable[[int], None]
"""Told the number of features seen so far."""

_SAMPLE = 8
_CHUNK = 2000
_TEXTS = 20_000
_FAMILY = {
    "Point": "point",
    "MultiPoint": "point",
    "LineString": "line",
    "LinearRing": "line",
    "MultiLineString": "line",
    "Polygon": "polygon",
    "MultiPolygon": "polygon",
    "GeometryCollection": "collection",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the features should lie: the city's box in degrees, further EPSG codes that it accepts."""

    city: Bounds | None = None
    allowed: tuple[int, ...] = ()


def survey(reader: Reader, dataset: Dataset, layer: LayerInfo, place: Place, tell: Tell = lambda count: None) -> LayerInfo:
    """``layer`` completed from its features. Raises ``ReaderError`` when fewer can be read than there should be."""
    kinds: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    sample: list[SourceFeature] = []
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    count, high, curved = 0, False, False
    texts: list[str] = []
    for batch in reader.features(dataset, layer, layer.encoding.name if layer.encoding else "UTF-8", _CHUNK):
        sample += batch[: max(0, _SAMPLE - len(sample))]
        count += len(batch)
        tell(count)
        high = high or any(feature.had_height for feature in batch)
        curved = curved or any(feature.had_curves for feature in batch)
        if len(texts) < _TEXTS:
            texts += [value for feature in batch for value in feature.attributes.values() if isinstance(value, str)]
        problems.update(feature.problem.code for feature in batch if feature.problem)
        shapes = np.array([feature.geometry for feature in batch if feature.geometry is not None], dtype=object)
        kinds.update(shape.geom_type for shape in shapes)
        if len(shapes):
            bounds = shapely.total_bounds(shapes)
            box = np.array([*np.minimum(box[:2], bounds[:2]), *np.maximum(box[2:], bounds[2:])])
    if layer.count >= 0 and count != layer.count:
        raise ReaderError("short-read", layer.file, expected=layer.count, actual=count)
    families = {_FAMILY[kind] for kind in kinds}
    done = replace(
        layer,
        geometry_kind=families.pop() if len(families) == 1 else layer.geometry_kind,
        count=count,
        kinds=dict(kinds),
        sample=tuple(sample),
        bounds=tuple(float(value) for value in box) if np.isfinite(box).all() else None,  # type: ignore[arg-type]
    )
    done = _spelt(done.noting(*_remarks(done, problems, high)), texts or [field.name for field in layer.fields])
    if curved:
        done = done.noting(Notice("curves-stroked", layer.name))
    return _framed(done, place.city, place.allowed) if place.city is not None and done.bounds is not None else done


def _remarks(layer: LayerInfo, problems: Counter[str], high: bool) -> list[Notice]:
    notes = []
    if not layer.count:
        notes.append(Notice("no-features", layer.name))
    if high:
        notes.append(Notice("has-height", layer.name))
    families = Counter[str]()
    for kind, number in layer.kinds.items():
        families[_FAMILY[kind]] += number
    if len(families) > 1:
        shown = "、".join(f"{kind} {number}" for kind, number in sorted(layer.kinds.items()))
        notes.append(Notice("mixed-kinds", layer.name, {"kinds": shown}))
    if problems:
        reasons = "；".join(f"{_reason(code)} {number} 个" for code, number in sorted(problems.items()))
        notes.append(Notice("some-unusable", layer.name, {"count": problems.total(), "reasons": reasons}))
    return notes


def _reason(code: str) -> str:
    if code == "undecodable-text":
        return "文字解不开"
    return CATALOGUE[code].what.rstrip("。")


def _framed(layer: LayerInfo, city: Bounds, allowed: tuple[int, ...]) -> LayerInfo:
    """With the guess at the reference system and the doubts that go with it."""
    assert layer.bounds is not None
    guess = detect_frame(layer.bounds, layer.declared_crs, city, allowed)
    return replace(layer, frame=guess).noting(*(Notice(code, layer.name) for code in guess.warnings))


def _spelt(layer: LayerInfo, texts: list[str]) -> LayerInfo:
    """With the way to put text right that somebody before us has decoded wrongly."""
    if layer.encoding is not None and layer.encoding.name not in (UTF8,):
        return layer
    found = mojibake(texts)
    if found is None:
        return layer
    if not found.repair:
        return layer.noting(Notice("text-lost", layer.name, {"sample": found.sample}))
    guess = EncodingGuess(found.repair, "likely", (f"文字像乱码（“{found.sample}”应为“{found.mended}”），按 {found.repair} 还原",))
    fields = tuple(replace(field, name=repaired(field.name, found.repair)) for field in layer.fields)
    sample = tuple(put_right(feature, found.repair) for feature in layer.sample)
    return replace(layer, encoding=guess, fields=fields, sample=sample).noting(
        Notice("mojibake", layer.name, {"sample": found.sample, "mended": found.mended, "repair": found.repair})
    )


def put_right(feature: SourceFeature, repair: str) -> SourceFeature:
    """The feature with its names and texts put right."""
    mended = {
        repaired(name, repair): repaired(value, repair) if isinstance(value, str) else value for name, value in feature.attributes.items()
    }
    return replace(feature, attributes=mended)
