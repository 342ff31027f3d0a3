"""The check itself: what lies under a site, as plain values that a record can keep. No writing here."""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.db.models import Count, Q
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from lantu.analysis.conformity.nearest import distances
from lantu.analysis.conformity.parts import Parts, cut, widths
from lantu.analysis.models import HeightRaster
from lantu.analysis.partition import Basis, Partition
from lantu.analysis.settings import Item, Settings
from lantu.analysis.terrain.store import Terrain, terrain_for, terrain_of
from lantu.blueprints.visibility import may_see
from lantu.core.actor import Actor
from lantu.geodesy.area import polygon_areas
from lantu.plans.models import LivingFeature, PlanPatch
from lantu.plans.selectors import living_in_force

ORDER = {"pass": 0, "conditional": 1, "fail": 2}
SHOWN_PATCHES = 50
"""Patches listed per line; the areas count them all."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a check is asked: the intended ``use`` (a code of the use layer, or nothing), the day of the living layers, and who asks.

    ``raster``: number of the raster of heights by which the slope is told; None: the one in use here, empty: none. ``counts``: what
    ``living_counts`` says of that day, where many sites are asked.
    """

    actor: Actor
    on: date
    use: str = ""
    raster: str | None = None
    counts: Mapping[str, int] | None = None


def examine(basis: Basis, degrees: BaseGeometry, settings: Settings, question: Question) -> dict[str, Any]:
    """Examine a valid site (degrees). Returns JSON values: areas are texts in m² with two decimals, lengths numbers in metres."""
    return Examination(basis, degrees, settings, question).result()


def square_metres(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


class Examination:
    """One site against one basis."""

    def __init__(self, basis: Basis, degrees: BaseGeometry, settings: Settings, question: Question) -> None:
        self.basis, self.degrees, self.settings, self.question = basis, degrees, settings, question
        self.partition: Partition = basis.partition
        self.parts: Parts = cut(self.partition, degrees)
        self.labels = self.partition.faces.label[self.parts.face]
        self.layers = self.partition.catalogue.layers
        self.noise_m = float(self.partition.catalogue.tolerances.get("sliver", {}).get("noise_m", 0.01))

    def result(self) -> dict[str, Any]:
        living = self._living()
        lines = self._lines(living)
        composition = [part for code in self.partition.layers if self._seen(code) and (part := self._composition(code))]
        fit = self._use_fit(composition)
        verdict = self._verdict(lines, fit)
        return {
            "site": self._site(),
            "lines": lines,
            "composition": composition,
            "use": fit,
            "living": [row for row in living.values() if row["rows"] or row["checked"]],
            "needs": self._needs(lines, composition),
            "verdict": verdict,
        }

    # -- the site

    def _site(self) -> dict[str, Any]:
        shape = self.degrees
        terrain = self._terrain()
        slopes = terrain.site(self.parts.site, self.settings.limits["steep_percent"]) if terrain is not None else None
        return {
            "area_m2": square_metres(self.parts.total_cents),
            "perimeter_m": round(float(self.parts.site.length), 2),
            "plane_m2": round(float(self.parts.site.area), 2),
            "vertices": int(shapely.get_num_coordinates(shape)) - len(shapely.get_rings(shapely.get_parts(shape))),
            "parts": len(shapely.get_parts(shape)),
            "bounds": [round(value, 8) for value in shape.bounds],
            "outside_m2": square_metres(self.parts.outside_cents),
            "districts": self._districts(),
            **({"terrain": slopes} if slopes is not None else {}),
        }

    def _terrain(self) -> Terrain | None:
        if self.question.raster is None:
            return terrain_for(self.partition.grid, self.parts.site)
        row = HeightRaster.objects.filter(number=self.question.raster).first()
        return terrain_of(row) if row is not None else None

    def _districts(self) -> list[dict[str, Any]]:
        column = self.partition.region_column
        if column is None:
            return []
        amount: dict[int, int] = defaultdict(int)
        for label, cents in zip(self.labels[:, column].tolist(), self.parts.cents.tolist(), strict=True):
            amount[self._patches(label)[0] if label != -1 else -1] += cents
        rows = [
            {"code": self.partition.regions[number] if 0 <= number < len(self.partition.regions) else "", "area_m2": square_metres(cents)}
            for number, cents in sorted(amount.items(), key=lambda pair: -pair[1])
            if cents
        ]
        return rows

    def _patches(self, label: int) -> tuple[int, ...]:
        return () if label == -1 else (label,) if label >= 0 else self.partition.faces.label_sets[-2 - label]

    def _first(self, label: NDArray[Any]) -> NDArray[np.int64]:
        """(k,) the first patch of every label, -1 where there is none."""
        first = np.array(label, dtype=np.int64)
        for at in np.flatnonzero(first < -1).tolist():
            first[at] = self._patches(int(label[at]))[0]
        return first

    def _having(self, label: NDArray[Any], patches: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """(k,) whether some patch of the label counts (None = any)."""
        if patches is None:
            return np.asarray(label != -1)
        found = np.zeros(len(label), dtype=bool)
        found[label >= 0] = patches[label[label >= 0]]
        for at in np.flatnonzero(label < -1).tolist():
            found[at] = any(patches[patch] for patch in self._patches(int(label[at])))
        return found

    def _seen(self, layer: str) -> bool:
        definition = self.layers.get(layer)
        return definition is None or may_see(self.question.actor, definition)

    # -- control lines

    def _lines(self, living: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        rows, clear = [], {}
        for item in self.settings.items:
            if item.layer in self.layers and not self._seen(item.layer):
                rows.append(self._row(item, "unseen"))
            elif item.living:
                rows.append(self._living_line(item, living.get(item.layer)))
            elif item.layer not in self.partition.layers:
                rows.append(self._row(item, "absent"))
            else:
                row, patches = self._line(item)
                rows.append(row)
                if row["state"] == "clear":
                    clear[item.code] = (self.partition.layers[item.layer].column, patches)
        furthest = float(self.settings.limits["near_m"])
        near = distances(self.partition, self.parts.site, clear, furthest) if clear else {}
        for row in rows:
            if row["item"] in clear:
                row["distance_m"] = round(near[row["item"]], 1) if row["item"] in near else None
                row["searched_m"] = furthest
        self._name_patches(rows)
        return rows

    def _row(self, item: Item, state: str) -> dict[str, Any]:
        definition = self.layers.get(item.layer)
        return {
            "item": item.code,
            "layer": item.layer,
            "name_zh": item.name_zh or (definition.name_zh if definition else item.layer),
            "name_en": item.name_en or (definition.name_en if definition else item.layer),
            "state": state,
            "area_m2": "0.00",
            "share": 0.0,
            "width_m": None,
            "max_width_m": None,
            "codes": [],
            "patches": [],
            "verdict": item.verdict if state == "hit" else "pass",
            "rule": item.rule,
            "reason_zh": item.reason_zh if state == "hit" else "",
            "reason_en": item.reason_en if state == "hit" else "",
            "departments": list(item.departments) or ([definition.owner] if definition and definition.owner else []),
        }

    def _line(self, item: Item) -> tuple[dict[str, Any], NDArray[np.bool_] | None]:
        """The row of a plan layer and which of its patches count (None = all)."""
        layer = self.partition.layers[item.layer]
        patches = self.partition.patches_having(item.layer, list(item.codes)) if item.codes else None
        label = self.labels[:, layer.column]
        chosen = self._having(label, patches)
        cents = self.parts.amount(chosen) if len(chosen) else 0
        if not chosen.any():
            return self._row(item, "clear"), patches
        mean, widest = widths(self.parts.shape[chosen], self.partition.grid.unit_m)
        if not cents or mean < self.noise_m:
            # a shared border: strips thinner than the numeric tolerance are no hit (domain 2.3)
            return {**self._row(item, "edge"), "area_m2": square_metres(cents), "width_m": round(mean, 4)}, patches
        amounts: dict[int, int] = defaultdict(int)
        for value, part in zip(label[chosen].tolist(), self.parts.cents[chosen].tolist(), strict=True):
            for patch in self._patches(value):
                if patches is None or patches[patch]:
                    amounts[patch] += part
        codes = self.partition.columns(item.layer)
        row = self._row(item, "hit") | {
            "area_m2": square_metres(cents),
            "share": round(cents / self.parts.total_cents, 6),
            "width_m": round(mean, 2),
            "max_width_m": round(widest, 2),
            "codes": sorted({code for patch in amounts for code, _share in codes.codes_of(patch)}),
            "patches": [
                {"layer": item.layer, "patch": patch, "area_m2": square_metres(part)}
                for patch, part in sorted(amounts.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN_PATCHES]
            ],
        }
        if item.table and self._kept(item.table, row["codes"]):
            # the very use that the ground is reserved for
            row |= {"verdict": "pass", "reason_zh": "", "reason_en": "", "kept": True}
        return row, patches

    def _kept(self, table: str, codes: list[str]) -> bool:
        """Whether the intended use is among what the pair table allows for every one of these codes."""
        use, layer = self.question.use, str(self.settings.use.get("layer", ""))
        allowed = self.settings.tables.get(table, {})
        return bool(use and codes) and all(self.partition.matching(layer, allowed.get(code) or ["-"])(use) for code in codes)

    def _name_patches(self, rows: Iterable[dict[str, Any]]) -> None:
        """Give the listed patches their identity and document; one query for all."""
        listed = [patch for row in rows for patch in row["patches"] if "patch" in patch]
        by_release: dict[int, list[int]] = defaultdict(list)
        for patch in listed:
            source = self.partition.layers[patch["layer"]].source(patch.pop("patch"))
            if isinstance(source, str):  # put there by an approved decision
                patch |= {"feature_id": source, "code": "", "decision": source}
                continue
            patch["release"], patch["index"] = source
            by_release[patch["release"]].append(patch["index"])
        known: dict[tuple[int, int], tuple[str, str]] = {}
        if by_release:
            wanted = functools.reduce(operator.or_, (Q(release=key, index__in=indexes) for key, indexes in by_release.items()))
            rows_of = PlanPatch.objects.filter(wanted).order_by().values_list("release", "index", "feature_id", "code")
            known = {(release, index): (feature, code) for release, index, feature, code in rows_of}
        for patch in listed:
            if "release" in patch:
                patch["feature_id"], patch["code"] = known.get((patch["release"], patch["index"]), ("", ""))

    # -- living layers

    def _living(self) -> dict[str, dict[str, Any]]:
        """Per living layer of the catalogue the features that share ground with the site, and how many were looked at."""
        result: dict[str, dict[str, Any]] = {}
        definitions = [row for row in self.layers.values() if row.is_living and row.geometry_kind == "polygon" and self._seen(row.code)]
        if not definitions:
            return result
        near: dict[str, list[LivingFeature]] = defaultdict(list)
        window: Any = living_in_force(self.question.on).filter(layer_code__in=[row.code for row in definitions])
        for feature in window.in_window(*self.degrees.bounds):
            near[feature.layer_code].append(feature)
        counts = living_counts(self.question.on) if self.question.counts is None else self.question.counts
        for definition in sorted(definitions, key=lambda row: row.order):
            rows = self._overlaps(near[definition.code])
            result[definition.code] = {
                "layer": definition.code,
                "name_zh": definition.name_zh,
                "name_en": definition.name_en,
                "checked": counts.get(definition.code, 0),
                "rows": rows,
            }
        return result

    def _overlaps(self, features: list[LivingFeature]) -> list[dict[str, Any]]:
        if not features:
            return []
        shapes = np.array([self.partition.to_plane(feature.geometry) for feature in features], dtype=object)
        shapely.prepare(self.parts.site)
        common = shapely.intersection(shapely.make_valid(shapes), self.parts.site)
        areas = polygon_areas(self.partition.to_degrees(shapely.segmentize(common, 200.0)), self.partition.grid.ellipsoid)
        rows = []
        for feature, shape, area in zip(features, common, areas, strict=True):
            if area < 0.005 or not shape.length or 2 * shape.area / shape.length < self.noise_m:
                continue
            rows.append(
                {
                    "pk": feature.pk,
                    "feature_id": feature.feature_id,
                    "name": feature.name,
                    "document_no": feature.document_no,
                    "valid_from": feature.valid_from.isoformat(),
                    "area_m2": f"{min(float(area), self.parts.total_cents / 100):.2f}",
                    "share": round(min(1.0, float(area) * 100 / self.parts.total_cents), 6),
                }
            )
        return sorted(rows, key=lambda row: (-float(row["area_m2"]), row["feature_id"]))

    def _living_line(self, item: Item, found: dict[str, Any] | None) -> dict[str, Any]:
        if found is None:
            return self._row(item, "absent")
        rows = found["rows"]
        if not rows:
            return {**self._row(item, "clear"), "checked": found["checked"]}
        area = min(sum(float(row["area_m2"]) for row in rows), self.parts.total_cents / 100)
        return self._row(item, "hit") | {
            "area_m2": f"{area:.2f}",
            "share": round(area * 100 / self.parts.total_cents, 6),
            "checked": found["checked"],
            "patches": [
                {"layer": item.layer, "feature_id": row["feature_id"], "code": row["name"], "area_m2": row["area_m2"]} for row in rows
            ],
        }

    # -- classes

    def _composition(self, layer: str) -> dict[str, Any] | None:
        """The classes of a layer under the site: they and the gap add up to it. Mixed-use patches are shared out by their shares.

        Of layers that are no coverage only those that say something here.
        """
        definition = self.layers.get(layer)
        if definition is None or not (definition.is_coverage or definition.code_system_id):
            return None
        column, codes = self.partition.layers[layer].column, self.partition.columns(layer)
        amounts: dict[str, float] = defaultdict(float)
        patches, number = np.unique(self._first(self.labels[:, column]), return_inverse=True)
        for patch, cents in zip(patches.tolist(), np.bincount(number, self.parts.cents, len(patches)).tolist(), strict=True):
            for code, share in [("(gap)", 1.0)] if patch == -1 else codes.codes_of(patch) or [("", 1.0)]:
                amounts[code] += cents * share
        amounts["(gap)"] += self.parts.outside_cents
        rounded = _whole(amounts, self.parts.total_cents)
        table = self.partition.catalogue.table_of(definition)
        fills = definition.style.get("fills", {})
        rows = []
        for code, cents in sorted(rounded.items(), key=lambda pair: (pair[0] == "(gap)", -pair[1], pair[0])):
            if not cents:
                continue
            entry = table.find(code) if table and code not in ("", "(gap)") else None
            rows.append(
                {
                    "code": code,
                    "name_zh": entry.name_zh if entry else "",
                    "color": fills.get(code) or (entry.color if entry else ""),
                    "construction": entry.construction if entry else "",
                    "area_m2": square_metres(cents),
                    "share": round(cents / self.parts.total_cents, 6),
                }
            )
        if not definition.is_coverage and all(row["code"] == "(gap)" for row in rows):
            return None
        return {"layer": layer, "name_zh": definition.name_zh, "name_en": definition.name_en, "rows": rows}

    def _use_fit(self, composition: list[dict[str, Any]]) -> dict[str, Any] | None:
        """How the intended use agrees with the planned one (用途相符): same class, other construction, or neither."""
        layer, use = str(self.settings.use.get("layer", "")), self.question.use
        found = next((part for part in composition if part["layer"] == layer), None)
        if not use or found is None:
            return None
        same = self.partition.matching(layer, [use])
        rows, worst = [], "pass"
        for row in found["rows"]:
            kind = "same" if row["code"] and same(row["code"]) else "construction" if row["construction"] == "yes" else "other"
            verdict = str(self.settings.use.get(kind, "conditional"))
            if row["share"] > float(self.settings.use.get("tolerated_share", 0.0)) and ORDER[verdict] > ORDER[worst]:
                worst = verdict
            rows.append({"code": row["code"], "kind": kind, "share": row["share"], "area_m2": row["area_m2"]})
        return {"layer": layer, "use": use, "rows": rows, "verdict": worst}

    # -- verdict and what follows

    def _verdict(self, lines: list[dict[str, Any]], fit: dict[str, Any] | None) -> str:
        grades = [row["verdict"] for row in lines] + ([fit["verdict"]] if fit else [])
        if self.parts.outside_cents * 2 > self.parts.total_cents:
            grades.append("conditional")  # most of it lies where no plan says anything
        return max(grades, key=ORDER.__getitem__, default="pass")

    def _needs(self, lines: list[dict[str, Any]], composition: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The departments to ask and the assessments to make, each with what calls for it."""
        needs: dict[tuple[str, str], dict[str, Any]] = {}

        def add(kind: str, who: str, because: str, text_zh: str = "", text_en: str = "") -> None:
            need = needs.setdefault(
                (kind, who or text_zh), {"kind": kind, "department": who, "text_zh": text_zh, "text_en": text_en, "because": []}
            )
            if because not in need["because"]:
                need["because"].append(because)

        items = {item.code: item for item in self.settings.items}
        for row in lines:
            if row["state"] != "hit" or row["verdict"] == "pass":
                continue
            for department in row["departments"]:
                add("consult", department, row["item"])
            for one in items[row["item"]].assessments:
                add("assess", "", row["item"], one.get("name_zh", ""), one.get("name_en", ""))
        for rule in self.settings.needs:
            if (why := self._asked_for(rule, composition)) is not None:
                kind = "consult" if rule.get("department") else "assess"
                add(kind, rule.get("department", ""), why, rule.get("name_zh", ""), rule.get("name_en", ""))
        return sorted(needs.values(), key=lambda need: (need["kind"] != "consult", need["department"], need["text_zh"]))

    def _asked_for(self, rule: dict[str, Any], composition: list[dict[str, Any]]) -> str | None:
        """Why a need of the pack applies: by area, by use, or by a class under the site."""
        if rule.get("min_area_m2") is not None and self.parts.total_cents < float(rule["min_area_m2"]) * 100:
            return None
        if rule.get("use") and not (
            self.question.use and self.partition.matching(self.settings.use["layer"], rule["use"])(self.question.use)
        ):
            return None
        if rule.get("layer"):
            found = next((part for part in composition if part["layer"] == rule["layer"]), None)
            test = self.partition.matching(rule["layer"], list(rule.get("codes") or ())) if found else None
            if found is None or test is None or not any(row["code"] not in ("", "(gap)") and test(row["code"]) for row in found["rows"]):
                return None
            return f"{rule['layer']} {'/'.join(rule.get('codes') or ())}".strip()
        return self.question.use if rule.get("use") else "area"


def _whole(amounts: dict[str, float], total: int) -> dict[str, int]:
    """Amounts as whole cents that add up to the total (largest remainder, ties by code)."""
    floors = {key: int(value) for key, value in amounts.items()}
    missing = total - sum(floors.values())
    for key in sorted(amounts, key=lambda name: (floors[name] - amounts[name], name))[: max(0, missing)]:
        floors[key] += 1
    return floors


def living_counts(on: date) -> dict[str, int]:
    """How many features of each living layer are in force on a day."""
    rows: Any = living_in_force(on).order_by().values_list("layer_code").annotate(n=Count("pk"))
    return dict(rows)
