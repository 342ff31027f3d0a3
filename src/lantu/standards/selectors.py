"""Reads over the city pack in force. A version never changes, so what is read of it is kept in memory by its key and digest."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantu.core.errors import Conflict
from lantu.geodesy.grid import WorkingGrid
from lantu.standards.codes import CodeEntry, CodeTable
from lantu.standards.models import CalendarRelease, Code, LayerDefinition, PackVersion
from lantu.standards.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class DictionaryItem:
    """An entry of a dictionary (字典项): its names, and what else the pack says of it."""

    code: str
    name_zh: str
    name_en: str
    traits: dict[str, Any]

    def __str__(self) -> str:
        return self.name_zh if get_language() != "en" else self.name_en or self.name_zh


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A pack version in memory: layers by code, code tables by system, tolerances, plans, dictionaries (words by code)."""

    layers: dict[str, LayerDefinition]
    tables: dict[str, CodeTable]
    tolerances: dict[str, Any]
    plans: dict[str, Any]
    dictionaries: dict[str, dict[str, DictionaryItem]]

    def table_of(self, layer: LayerDefinition) -> CodeTable | None:
        """The code table that a layer's codes come from."""
        return self.tables.get(layer.code_system.system) if layer.code_system else None


def pack() -> PackVersion:
    """The city pack in force. Raises ``Conflict`` when none is loaded."""
    found = PackVersion.objects.filter(in_force=True).first()
    if found is None:
        raise Conflict(_("还没有装入城市包。"), how=_("请先运行 lantu city load 装入城市包。"))
    return found


def catalogue(version: PackVersion | None = None) -> Catalogue:
    """The catalogue of a version, by default the one in force."""
    found = version or pack()
    return _catalogue(found.pk, found.digest)


@functools.lru_cache(maxsize=8)
def _catalogue(pk: int, digest: str) -> Catalogue:
    version = PackVersion.objects.get(pk=pk, digest=digest)
    tables = {
        system.system: CodeTable(system.system, system.version, system.name_zh, system.matching, _entries(system.pk))
        for system in version.code_systems.order_by("version")
    }
    layers = {layer.code: layer for layer in version.layers.select_related("code_system")}
    parts = {part.name: part.content for part in version.parts.filter(name__in=["tolerances", "plans", "dictionaries"])}
    words = {name: _items(found) for name, found in parts.get("dictionaries", {}).items()}
    return Catalogue(layers, tables, parts.get("tolerances", {}), parts.get("plans", {}), words)


def _items(found: dict[str, Any]) -> dict[str, DictionaryItem]:
    known = {"code", "name_zh", "name_en"}
    return {
        str(item["code"]): DictionaryItem(
            str(item["code"]), item["name_zh"], item.get("name_en", ""), {key: value for key, value in item.items() if key not in known}
        )
        for item in found.get("items", [])
    }


def _entries(system_id: int) -> dict[str, CodeEntry]:
    return {
        code.code: CodeEntry(code.code, code.parent_code, code.name_zh, code.construction, code.color, code.traits)
        for code in Code.objects.filter(system_id=system_id).order_by("order")
    }


def clear() -> None:
    """Forget what is in memory (between tests, whose databases reuse keys)."""
    _catalogue.cache_clear()


def dictionary(name: str, version: PackVersion | None = None) -> dict[str, DictionaryItem]:
    """A dictionary of the pack by code, in the pack's order. Raises ``Conflict`` when the pack has none of that name."""
    found = catalogue(version).dictionaries.get(name)
    if found is None:
        raise Conflict(_("城市包里没有字典「%(name)s」。") % {"name": name}, how=_("请在城市包的 dictionaries.yaml 里补上并装入。"))
    return found


def layer(code: str, version: PackVersion | None = None) -> LayerDefinition:
    """A layer of the catalogue. Raises ``Conflict`` when there is none."""
    found = catalogue(version).layers.get(code)
    if found is None:
        raise Conflict(_("图层目录里没有 %(code)s。") % {"code": code}, how=_("请核对图层代码，或在城市包里登记这个图层。"))
    return found


def working_grid(version: PackVersion | None = None) -> WorkingGrid:
    """The working grid of the city: its CRS, origin 0, unit of the pack."""
    settings = (version or pack()).settings
    return WorkingGrid(int(settings["crs"]["working"]), (0.0, 0.0), float(settings["grid_m"]), int(settings["crs"]["statutory"]))


def accepted_frames(version: PackVersion | None = None) -> tuple[int, ...]:
    """EPSG codes that a delivery may be in."""
    return tuple(int(code) for code in (version or pack()).settings["crs"]["accepted"])


def city_extent(version: PackVersion | None = None) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of the statutory system."""
    west, south, east, north = (float(value) for value in (version or pack()).settings["extent"])
    return west, south, east, north


def calendar(number: int | None = None) -> WorkCalendar:
    """A calendar release, by default the newest. Raises ``Conflict`` when none is loaded."""
    releases = CalendarRelease.objects.all()
    release = releases.filter(number=number).first() if number else releases.order_by("-number").first()
    if release is None:
        raise Conflict(_("还没有装入工作日历。"), how=_("请在城市包的 calendar 文件夹里给出日历并装入。"))
    days = list(release.days.values_list("day", "is_off", "name"))
    known_from, known_to, week_off = release.years
    return WorkCalendar(
        date.fromisoformat(known_from),
        date.fromisoformat(known_to),
        frozenset(int(value) for value in str(week_off).split(";")),
        frozenset(day for day, is_off, _name in days if is_off),
        frozenset(day for day, is_off, _name in days if not is_off),
        {day: name for day, _is_off, name in days if name},
    )
