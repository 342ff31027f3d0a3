"""Fields and codes of a source brought to the catalogue: every feature ends as in, pending or rejected, with its reason."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.errors import BadInput
from lantu.core.jobs import JobContext, job_kind
from lantu.core.verbs import verb
from lantu.plans import readers
from lantu.plans.models import Delivery, DeliveryFeature
from lantu.plans.permissions import NEED_PLANNER, may_bring
from lantu.plans.readers.tables import HOW
from lantu.plans.services.intake import plain, source_of, way_of
from lantu.plans.services.states import State, locked, step
from lantu.standards import selectors
from lantu.standards.codes import CodeTable
from lantu.standards.models import LayerDefinition

CHUNK = 2000
UNCLASSIFIED = "?"
"""As target of a code mapping: take the feature in, marked as unclassified."""
LEFT_OUT = "-"
"""As target of a code mapping: do not take the feature in; it stands among the rejected with that reason."""
LEFT_OUT_CODE = "left-out"
Tell = Callable[[float, str], None]
Fields = dict[str, Any]
"""``id``, ``code``, ``area`` → source field; ``names``: catalogue field → source field; ``area_unit``: one of ``quality.AREA_UNITS``."""
Status = DeliveryFeature.Status


def propose_fields(delivery: Delivery, layer: LayerDefinition, source_fields: Iterable[str]) -> Fields:
    """Which source field is identity, code, area and each other field of the catalogue.

    By the saved profile, else by the catalogue's own names (any case, cut at ten letters).
    """
    names = list(source_fields)
    saved = ((delivery.detected.get("profile") or {}).get("fields")) or {}
    by_fold = {name.casefold(): name for name in names}

    def find(*wanted: str) -> str:
        for candidate in filter(None, wanted):
            for form in (candidate.casefold(), candidate[:10].casefold()):
                if form in by_fold:
                    return by_fold[form]
        return ""

    proposal = {
        "id": find(layer.id_field, "BSM", "OBJECTID", "ID"),
        "code": find(layer.code_field) if layer.code_field else "",
        "area": find(area_field(layer), "TBMJ", "MJ", "Shape_Area", "AREA"),
    }
    chosen: Fields = {key: saved[key] if saved.get(key) in names else value for key, value in proposal.items()}
    kept = {key: name for key, name in (saved.get("names") or {}).items() if name in names}
    others = {item["name"]: find(item["name"]) for item in layer.schema if item["name"] not in roles_of(layer)}
    chosen["names"] = {key: name for key, name in {**others, **kept}.items() if name and name not in proposal.values()}
    if saved.get("area_unit"):
        chosen["area_unit"] = saved["area_unit"]
    return chosen


def area_field(layer: LayerDefinition) -> str:
    """The catalogue's field that holds the area: the first number field."""
    return next((item["name"] for item in layer.schema if item.get("type") in ("real", "number")), "")


def roles_of(layer: LayerDefinition) -> dict[str, str]:
    """The catalogue's fields that have a part of their own: field → ``id``, ``code`` or ``area``."""
    roles = {layer.id_field: "id", layer.code_field: "code", area_field(layer): "area"}
    return {name: role for name, role in roles.items() if name}


def proposal(delivery: Delivery, fields: Fields | None = None, codes: dict[str, str] | None = None) -> tuple[Fields, dict[str, str]]:
    """Fields and codes as proposed, with what a person has said over them. Reads the file once for its codes."""
    layer = selectors.layer(delivery.dataset.layer_code)
    info = layer_info(delivery)
    chosen = propose_fields(delivery, layer, [item["name"] for item in info["fields"]]) | (fields or {})
    values = source_codes(delivery, chosen.get("code", ""))
    return chosen, propose_codes(delivery, selectors.catalogue().table_of(layer), values) | (codes or {})


def layer_info(delivery: Delivery) -> dict[str, Any]:
    """What was found of the layer that is read."""
    found: dict[str, Any] = next(item for item in delivery.detected["layers"] if item["name"] == delivery.reading["layer"])
    return found


def source_codes(delivery: Delivery, code_field: str) -> Counter[str]:
    """The distinct values of the code field and how many features have each."""
    counts: Counter[str] = Counter()
    if code_field:
        for batch in _features(delivery):
            counts.update(text_of(feature.attributes.get(code_field)) for feature in batch)
    return counts


def propose_codes(delivery: Delivery, table: CodeTable | None, values: Iterable[str]) -> dict[str, str]:
    """A target for each source value: saved before, or readable by the code table; else empty (to be decided)."""
    saved = last_crosswalk(delivery) | (((delivery.detected.get("profile") or {}).get("codes")) or {})
    proposal: dict[str, str] = {}
    for value in values:
        parsed = table.parse(value) if table else None
        proposal[value] = saved.get(value) or ("/".join(code for code, _share in parsed) if parsed else "")
    return proposal


def with_codes(delivery: Delivery) -> QuerySet[DeliveryFeature]:
    """The features whose code was looked at: all but those that were rejected for another reason than their code."""
    rows = delivery.features.filter(run=delivery.current_run)
    return rows.exclude(Q(status=Status.REJECTED) & ~Q(reason_code=LEFT_OUT_CODE))


def last_crosswalk(delivery: Delivery) -> dict[str, str]:
    """What was decided last for this source: source value → code(s), by the newest crosswalk of the dataset."""
    found = delivery.dataset.crosswalks.order_by("-saved_at", "-pk").first()
    return {row["value"]: row["target"] for row in found.rows if row.get("target")} if found else {}


def apply_mapping(
    actor: Actor,
    delivery: Delivery,
    *,
    fields: Fields,
    codes: dict[str, str],
    version: int | None = None,
    tell: Tell = lambda share, step: None,
) -> Delivery:
    """Read all features by the confirmed reading, bring them to the statutory system and the catalogue's codes, and account for each.

    Rows are written in chunks under a run id; the delivery shows them only once the last verb has flipped it. ``fields``: ``id``,
    ``code``, ``area`` → source field; ``codes``: source value → catalogue code(s), ``?`` = take in unclassified, ``-`` = leave out, empty
    = pending.
    """
    run = uuid.uuid4().hex
    start = _begin_mapping(actor, delivery, fields=fields, codes=codes, version=version)
    work = _Mapper.of(start, run)
    total = max(layer_info(start)["count"], 1)
    done = 0
    for batch in _features(start):
        DeliveryFeature.objects.bulk_create(work.rows(batch), batch_size=500)
        done += len(batch)
        tell(0.95 * done / total, f"{done} / {total}")
    finished = _finish_mapping(actor, start, run=run, account=work.account())
    DeliveryFeature.objects.filter(delivery=finished).exclude(run=run).delete()
    return finished


def map_as_said(
    actor: Actor,
    delivery: Delivery,
    fields: Fields | None = None,
    codes: dict[str, str] | None = None,
    *,
    tell: Tell = lambda share, step: None,
) -> Delivery:
    """Apply what was said over what is proposed; both may be left out."""
    chosen, targets = proposal(delivery, fields, codes)
    return apply_mapping(actor, delivery, fields=chosen, codes=targets, tell=tell)


@verb("plans.begin_mapping", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def _begin_mapping(actor: Actor, delivery: Delivery, *, fields: Fields, codes: dict[str, str], version: int | None) -> Delivery:
    current = locked(delivery, State.INSPECTED, State.MAPPED, State.CHECKED, version=version)
    if not current.reading:
        raise BadInput(_("还没有确认怎样读这个文件。"), how=_("请先在「识别」一步确认图层、编码和坐标系。"))
    current.field_mapping, current.code_mapping = fields, codes
    return step(current, State.INSPECTED, "field_mapping", "code_mapping")


@verb("plans.apply_mapping", permission=may_bring, need=NEED_PLANNER, subject="delivery")
def _finish_mapping(actor: Actor, delivery: Delivery, *, run: str, account: dict[str, Any]) -> Delivery:
    current = locked(delivery, State.INSPECTED, version=delivery.version)
    current.current_run, current.account = run, account
    remark(account={key: account[key] for key in ("source", "in", "pending", "rejected")})
    return step(current, State.MAPPED, "current_run", "account")


@job_kind("plans.apply_mapping")
def _job(context: JobContext, delivery: int, fields: Fields | None = None, codes: dict[str, str] | None = None) -> dict[str, Any]:
    done = map_as_said(context.actor, Delivery.objects.get(pk=delivery), fields, codes, tell=context.progress)
    return {"delivery": done.pk, **done.account}


@dataclass(slots=True)
class _Mapper:
    """Turns source features into rows and counts what became of them."""

    delivery: Delivery
    run: str
    layer: LayerDefinition
    table: CodeTable | None
    transform: Any
    file_name: str
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, delivery: Delivery, run: str) -> _Mapper:
        layer = selectors.layer(delivery.dataset.layer_code)
        way = way_of(delivery.reading)
        return cls(delivery, run, layer, selectors.catalogue().table_of(layer), way, layer_info(delivery)["file"][:255])

    def rows(self, batch: list[readers.SourceFeature]) -> list[DeliveryFeature]:
        geometries = self._in_statutory_system([feature.geometry for feature in batch])
        return [self._row(feature, geometry) for feature, geometry in zip(batch, geometries, strict=True)]

    def account(self) -> dict[str, Any]:
        """The sums, and how many features have which reason."""
        return {
            "source": sum(self.counts.values()),
            **{status: self.counts[status] for status in (Status.IN, Status.PENDING, Status.REJECTED)},
            "reasons": [{"status": status, "reason": reason, "count": count} for (status, reason), count in self.reasons.most_common()],
        }

    def _in_statutory_system(self, geometries: list[Any]) -> list[Any]:
        try:
            return list(self.transform.geometries(np.array(geometries, dtype=object)))
        except ValueError:
            return [self._alone(geometry) for geometry in geometries]  # one is outside of the projection: find which

    def _alone(self, geometry: Any) -> Any:
        try:
            return self.transform.geometries(np.array([geometry], dtype=object))[0]
        except ValueError:
            return None

    def _row(self, feature: readers.SourceFeature, geometry: Any) -> DeliveryFeature:
        if geometry is not None and HOW in feature.attributes and self.layer.geometry_kind == "point":
            geometry = geometry.representative_point()  # a parcel or place that a table names stands for its point
        mapping = self.delivery.field_mapping
        source_code = text_of(feature.attributes.get(mapping.get("code") or ""))
        codes = self._codes(source_code)
        status, code, reason = self._destiny(feature, geometry, source_code, codes)
        self.counts[status] += 1
        if reason:
            self.reasons[(status, reason)] += 1
        identity = text_of(feature.attributes.get(mapping.get("id") or "")) or f"#{feature.row}"
        return DeliveryFeature(
            delivery=self.delivery,
            run=self.run,
            file_name=self.file_name,
            row=feature.row,
            status=status,
            reason=reason[:300],
            reason_code=code,
            feature_id=identity[:100],
            source_code=source_code[:100],
            codes=[list(pair) for pair in codes or []],
            attributes=plain(feature.attributes),
            geometry=geometry if status != Status.REJECTED else None,
        )

    def _codes(self, value: str) -> list[tuple[str, float]] | None:
        """Parts of a value by the mapping, else by the table; an empty list = taken in unclassified, None = undecided."""
        if self.table is None or not self.delivery.field_mapping.get("code"):
            return []
        target = self.delivery.code_mapping.get(value, value)
        if target in (UNCLASSIFIED, LEFT_OUT):
            return []
        return self.table.parse(target) if target else None

    def _destiny(
        self, feature: readers.SourceFeature, geometry: Any, source_code: str, codes: list[tuple[str, float]] | None
    ) -> tuple[str, str, str]:
        if feature.problem:
            return Status.REJECTED, feature.problem.code, f"{feature.problem.what}{feature.problem.how}"
        if geometry is None:
            return Status.REJECTED, "outside-projection", str(_("坐标超出所选坐标系能表示的范围。请核对坐标系。"))
        if not _fits(geometry.geom_type, self.layer.geometry_kind):
            values = {"kind": geometry.geom_type, "layer": self.layer.name_zh}
            return Status.REJECTED, "wrong-kind", str(_("图形是 %(kind)s，不能进「%(layer)s」。请在源数据中改正。") % values)
        if self.delivery.field_mapping.get("code") and self.delivery.code_mapping.get(source_code) == LEFT_OUT:
            return Status.REJECTED, LEFT_OUT_CODE, str(_("代码「%(code)s」按对照不入库。") % {"code": source_code})
        if codes is None:
            return Status.PENDING, "unknown-code", str(_("代码「%(code)s」还没有归类。") % {"code": source_code})
        return Status.IN, "", ""


def _fits(geometry_type: str, kind: str) -> bool:
    return {"polygon": "Polygon", "line": "LineString", "point": "Point"}.get(kind, "") in geometry_type


def _features(delivery: Delivery) -> Iterable[list[readers.SourceFeature]]:
    reading = delivery.reading
    return readers.read(source_of(delivery), reading["layer"], encoding=reading.get("encoding") or None, chunk=CHUNK)


def text_of(value: Any) -> str:
    """A cell as text; a whole number that the file keeps as real (10.0) is written without its point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
