"""Where tiles come from: plan releases, findings, districts, living layers. All but the living ones are kept on disk by digest."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from lantu.accounts.models import Region
from lantu.blueprints.models import Finding, FusionRun
from lantu.blueprints.selectors.names import name_of
from lantu.blueprints.tiles.grid import AnyTile, Tile
from lantu.blueprints.tiles.mvt import Properties
from lantu.blueprints.tiles.pyramid import Pyramid, write_whole
from lantu.plans.models import LivingFeature, PlanPatch, PlanRelease

Loader = Callable[[], tuple[list[object], list[Properties]]]

FORMAT = "2"
"""Part of every cache key: a change of what is drawn in a tile makes new files."""

KEPT_PYRAMIDS = 8
_pyramids: OrderedDict[str, Pyramid] = OrderedDict()
_lock = Lock()


def plan_tile(release: PlanRelease, tile: Tile) -> bytes:
    """Layer ``plan``: ``i`` patch index, ``c`` code."""

    def load() -> tuple[list[object], list[Properties]]:
        rows = PlanPatch.objects.filter(release=release).order_by("index").values_list("geometry", "index", "code")
        found = [row for row in rows if row[0] is not None]
        return [row[0] for row in found], [{"i": index, "c": code} for _shape, index, code in found]

    return _cached("plan", f"plan-{release.digest}", tile, load)


def layer_pyramid(run: FusionRun, layer: str) -> Pyramid:
    """A plan layer of a run for other programs, all its releases together: ``id``, ``feature_id``, ``code``, ``area_m2``."""
    return _pyramid(layer, _layer_key(run, layer), _folder(_layer_key(run, layer)), lambda: _whole_layer(run, layer))


def layer_tile(run: FusionRun, layer: str, tile: AnyTile) -> bytes:
    """A tile of ``layer_pyramid``; the layer in it is called by its code."""
    return _cached(layer, _layer_key(run, layer), tile, lambda: _whole_layer(run, layer))


def _layer_key(run: FusionRun, layer: str) -> str:
    return f"layer-{layer}-{hashlib.sha256(f'{run.pk} {run.digest}'.encode()).hexdigest()}"


def _whole_layer(run: FusionRun, layer: str) -> tuple[list[object], list[Properties]]:
    rows = PlanPatch.objects.filter(release__in=run.releases.filter(layer_code=layer)).order_by("release", "index")
    found = [row for row in rows.values_list("geometry", "pk", "feature_id", "code", "control_area_m2") if row[0] is not None]
    names = ("id", "feature_id", "code", "area_m2")
    return [row[0] for row in found], [dict(zip(names, (*row[1:4], float(row[4])), strict=True)) for row in found]


def findings_tile(run: FusionRun, listing: str, tile: Tile) -> bytes:
    """Layer ``findings``: ``id``, ``s`` severity, ``t`` type, ``l`` list, ``v`` listed apart; all lists where ``listing`` is empty."""

    def load() -> tuple[list[object], list[Properties]]:
        rows = Finding.objects.filter(run=run, **({"listing": listing} if listing else {})).order_by("-severity", "number")
        found = list(rows.values_list("geometry", "pk", "severity", "rule", "listing", "apart"))
        return [row[0] for row in found], [{"id": pk, "s": s, "t": rule, "l": li, "v": int(v)} for _g, pk, s, rule, li, v in found]

    return _cached("findings", f"findings-{run.pk}-{run.digest}-{listing}", tile, load)


def districts_tile(tile: Tile) -> bytes:
    """Layer ``districts``: ``code``, ``name`` in the current language."""
    rows = [row for row in Region.objects.counties() if row.geometry is not None]
    state = hashlib.sha256("\n".join(f"{row.code} {name_of(row)} {row.min_x} {row.max_y}" for row in rows).encode()).hexdigest()

    def load() -> tuple[list[object], list[Properties]]:
        return [row.geometry for row in rows], [{"code": row.code, "name": name_of(row)} for row in rows]

    return _cached("districts", f"districts-{state}", tile, load)


def living_tile(layer_code: str, tile: AnyTile) -> bytes:
    """Layer ``living``: ``id``, ``name`` of what is valid today. Never cached: a new red line shows at once."""
    today = timezone.localdate()
    valid = LivingFeature.objects.filter(layer_code=layer_code, valid_from__lte=today).filter(Q(valid_to=None) | Q(valid_to__gt=today))
    rows = [row for row in valid.in_window(*tile.window) if row.geometry is not None]
    if not rows:
        return b""
    return Pyramid("living", lambda: ([row.geometry for row in rows], [{"id": row.pk, "name": row.name} for row in rows])).tile(tile)


def _folder(key: str) -> Path:
    return Path(settings.LANTU_STORE) / "tiles" / f"{FORMAT}-{key}"


def _cached(name: str, key: str, tile: AnyTile, load: Loader) -> bytes:
    folder = _folder(key)
    path = folder / f"{tile.path}.mvt"
    if path.exists():
        return path.read_bytes()
    data = _pyramid(name, key, folder, load).tile(tile)
    write_whole(path, data)
    return data


def _pyramid(name: str, key: str, folder: Path, load: Loader) -> Pyramid:
    with _lock:
        if key not in _pyramids:
            _pyramids[key] = Pyramid(name, load, folder)
        _pyramids.move_to_end(key)
        while len(_pyramids) > KEPT_PYRAMIDS:
            _pyramids.popitem(last=False)
        return _pyramids[key]
