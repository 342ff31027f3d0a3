"""What the pages of the wizard show of a delivery before and after it is mapped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.core.errors import LantuError
from lantu.geodesy.frames import OLD_DATUMS, frame
from lantu.plans import maps, readers
from lantu.plans.models import DatumSet, Delivery
from lantu.plans.services.intake import checked_transform, source_of
from lantu.plans.services.mapping import LEFT_OUT, UNCLASSIFIED, layer_info, roles_of, with_codes
from lantu.standards import selectors
from lantu.standards.models import LayerDefinition

SHOWN = 1500
"""How many features a small map draws."""
ENCODINGS = ("UTF-8", "GB18030", "Big5")


@dataclass(slots=True)
class Reading:
    """One way of reading the files: chosen layer, encoding and frame, and what the first features look like by it."""

    layer: dict[str, Any]
    encoding: str
    epsg: int | None
    datum: int | None = None
    swap: bool = False
    rows: list[readers.SourceFeature] = field(default_factory=list)
    geometries: list[BaseGeometry | None] = field(default_factory=list)
    problem: LantuError | None = None
    operation: str = ""
    accuracy_m: float | None = None

    @property
    def choice(self) -> str:
        """The frame as the form names it: a code, or a code with the parameter set that leads out of it."""
        return frame_choice(self.epsg, self.datum)

    @property
    def fields(self) -> list[str]:
        return [item["name"] for item in self.layer["fields"]]

    @property
    def cells(self) -> list[tuple[int, list[Any]]]:
        """Row number and values of the rows that are shown."""
        return [(row.row, [row.attributes.get(name) for name in self.fields]) for row in self.rows]

    @property
    def inside(self) -> bool:
        """Whether what is drawn lies in the city."""
        bounds = maps.bounds_of(self.geometries)
        west, south, east, north = selectors.city_extent()
        return bounds is not None and bounds[0] >= west and bounds[1] >= south and bounds[2] <= east and bounds[3] <= north


def read_as(
    delivery: Delivery, layer: str = "", encoding: str = "", choice: str = "", *, swap: bool | None = None, rows: int = 8
) -> Reading:
    """Read the first features as a person asks; without choices as confirmed before, else as saved for this source, else as detected."""
    layers = delivery.detected["layers"]
    saved = delivery.reading or (delivery.detected.get("profile") or {}).get("reading") or {}
    wanted = layer or saved.get("layer", "")
    chosen = next((item for item in layers if item["name"] == wanted), layers[0])
    detected = (chosen["encoding"] or {}).get("name", "")
    reading = Reading(chosen, encoding or saved.get("encoding") or detected, *(parse_choice(choice) if choice else _usual(chosen, saved)))
    reading.swap = bool(saved.get("swap")) if swap is None else swap
    try:
        batches = readers.read(source_of(delivery), chosen["name"], encoding=reading.encoding or None, chunk=SHOWN)
        first = next(iter(batches), [])
        reading.rows = first[:rows]
        if reading.epsg is not None:
            way = checked_transform(int(reading.epsg), reading.datum, swap=reading.swap)
            reading.operation, reading.accuracy_m = way.operation, way.accuracy_m
            reading.geometries = list(way.geometries(np.array([row.geometry for row in first], dtype=object)))
    except LantuError as error:
        reading.problem = error
    except ValueError:  # PROJ cannot place the coordinates in this frame
        reading.problem = LantuError(_("坐标超出所选坐标系能表示的范围。"), how=_("请核对坐标系。"))
    return reading


def frame_choice(epsg: int | None, datum: int | None = None) -> str:
    """``4545``, ``2381+7`` (frame and parameter set), or empty."""
    return "" if epsg is None else f"{epsg}+{datum}" if datum else str(epsg)


def parse_choice(text: str) -> tuple[int | None, int | None]:
    """Frame and parameter set of a choice; (None, None) for anything else."""
    code, _mark, datum = text.partition("+")
    if not code.isdigit() or (datum and not datum.isdigit()):
        return None, None
    return int(code), int(datum) if datum else None


def _usual(chosen: dict[str, Any], saved: dict[str, Any]) -> tuple[int | None, int | None]:
    """As confirmed before, else as detected; for an old datum with one parameter set that leads out of it, by that set."""
    if saved.get("epsg") is not None:
        return int(saved["epsg"]), (saved.get("datum") or {}).get("id")
    epsg = chosen["frame"]["epsg"]
    sets = [datum for datum in datum_sets() if epsg and _leads_from(datum, int(epsg))]
    return epsg, sets[0].pk if len(sets) == 1 and frame(int(epsg)).datum in OLD_DATUMS else None


def datum_sets() -> list[DatumSet]:
    """The parameter sets that may be used."""
    return list(DatumSet.objects.filter(state=DatumSet.State.CONFIRMED))


def _leads_from(datum: DatumSet, epsg: int) -> bool:
    return frame(datum.source_epsg).datum == frame(epsg).datum


def frame_choices(chosen: dict[str, Any], epsg: int | None = None) -> list[tuple[str, str]]:
    """Reference systems to choose from: what was detected first, then those that the city accepts, then those with a parameter set."""
    found = [chosen["frame"]["epsg"], *(item["epsg"] for item in chosen["frame"]["candidates"]), epsg]
    detected = list(dict.fromkeys(int(code) for code in found if code))
    codes = dict.fromkeys([*detected, *selectors.accepted_frames()])
    plain = [(str(code), f"{frame(code).name}（EPSG:{code}）") for code in codes]
    by_set = []
    for datum in datum_sets():
        for code in [one for one in detected if _leads_from(datum, one)] or [datum.source_epsg]:
            by_set.append((frame_choice(code, datum.pk), frame_name(code, datum)))
    return by_set + plain if detected and frame(detected[0]).datum in OLD_DATUMS else plain + by_set


def frame_name(epsg: int, datum: DatumSet | None = None) -> str:
    """A frame as it is named in choices, with the set that leads out of it."""
    name = f"{frame(epsg).name}（EPSG:{epsg}）" if epsg else datum.source_name if datum else frame(epsg).name
    return _("%(frame)s，按「%(set)s」转换") % {"frame": name, "set": datum.name} if datum else name


def read_frame_name(reading: dict[str, Any]) -> str:
    """The frame by which a delivery is read."""
    datum = reading.get("datum")
    return frame_name(int(reading["epsg"]), DatumSet.objects.filter(pk=datum["id"]).first() if datum else None)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A source field, what it is mapped to, and what is in it. ``target``: id, code, area, ``name:X`` or empty."""

    name: str
    kind: str
    target: str
    sample: str


def field_targets(layer: LayerDefinition) -> list[tuple[str, str]]:
    """What a source field can be mapped to."""
    titles = {item["name"]: item.get("title", "") for item in layer.schema}
    roles = roles_of(layer)
    named = {role: name for name, role in roles.items()}
    words = {"id": _("要素标识"), "code": _("分类代码"), "area": _("面积")}
    targets = [(role, f"{named[role]} {titles.get(named[role], '')}" if role in named else word) for role, word in words.items()]
    if not layer.code_system:
        targets = [pair for pair in targets if pair[0] != "code"]
    return targets + [(f"name:{name}", f"{name} {title}") for name, title in titles.items() if name not in roles]


def field_rows(delivery: Delivery) -> list[FieldRow]:
    """The source fields of the layer that is read, as mapped now."""
    info, mapping = layer_info(delivery), delivery.field_mapping
    by_source = {mapping[role]: role for role in ("area", "code", "id") if mapping.get(role)}
    by_source |= {source: f"name:{name}" for name, source in (mapping.get("names") or {}).items() if source not in by_source}
    return [FieldRow(item["name"], item["kind"], by_source.get(item["name"], ""), _sample(info, item["name"])) for item in info["fields"]]


def _sample(info: dict[str, Any], name: str) -> str:
    values = [row["attributes"].get(name) for row in info["sample"]]
    found = list(dict.fromkeys(str(value) for value in values if value not in (None, "")))
    return "、".join(found[:2]) if found else _("前 %(n)s 行为空") % {"n": len(values)}


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A source value of the code field: what it is taken as, how many features have it, and whether it still needs a decision."""

    value: str
    target: str
    words: str
    count: int
    pending: bool
    color: str


def code_rows(delivery: Delivery, layer: LayerDefinition) -> list[CodeRow]:
    """The distinct source codes with their meaning, most frequent first, undecided ones at the top."""
    table = selectors.catalogue().table_of(layer)
    if table is None or not delivery.field_mapping.get("code"):
        return []
    counts = with_codes(delivery).order_by().values("source_code").annotate(n=Count("pk"), pending=Count("pk", filter=Q(status="pending")))
    rows = []
    for one in counts.order_by("-pending", "-n", "source_code"):
        value, target = one["source_code"], delivery.code_mapping.get(one["source_code"], "")
        parsed = table.parse(target or value)
        words = "、".join(table.entries[code].name_zh for code, _share in parsed) if parsed else ""
        if target == UNCLASSIFIED:
            words = _("按未归类入库")
        elif target == LEFT_OUT:
            words = _("不入库，列入拒收清单")
        elif parsed and target and target != value and words:
            words = _("归入 %(code)s %(name)s") % {"code": target, "name": words}
        color = maps.fill_of(layer, table, parsed[0][0]) if parsed else maps.UNKNOWN_FILL
        rows.append(CodeRow(value, target, words, one["n"], bool(one["pending"]), color))
    return rows


def code_choices(layer: LayerDefinition) -> list[tuple[str, str]]:
    """The classes a source value can be taken as."""
    table = selectors.catalogue().table_of(layer)
    return [(entry.code, f"{entry.code} {entry.name_zh}") for entry in table.entries.values()] if table else []


def mapped_picture(delivery: Delivery, layer: LayerDefinition) -> Any:
    """The features as mapped, in the official colours; undecided ones marked."""
    features = delivery.features.filter(run=delivery.current_run).exclude(geometry=None).order_by("-status", "row")
    found = list(features.only("geometry", "codes", "status", "row", "source_code")[:SHOWN])
    marks = [_undecided(one) for one in found if one.status == "pending"][:40]
    shapes = maps.coded(found, layer, selectors.catalogue().table_of(layer))
    return maps.picture([shapes], maps.bounds_of(shapes.geometries), _("按对照后的代码着色"), marks)


def _undecided(feature: Any) -> maps.Mark:
    point = feature.geometry.representative_point()
    label = _("第 %(row)s 行：代码「%(code)s」未归类") % {"row": feature.row, "code": feature.source_code}
    return maps.Mark(point.x, point.y, "error", label)
