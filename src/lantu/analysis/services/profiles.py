"""Profiles along lines, and their verification."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from lantu.analysis.freezing import digest_of, elapsed_ms, facts, next_number
from lantu.analysis.models import HeightRaster, Profile
from lantu.analysis.partition import basis
from lantu.analysis.permissions import NEED_USER, may_ask
from lantu.analysis.services.rasters import raster_named
from lantu.analysis.settings import settings_of
from lantu.analysis.terrain import store
from lantu.analysis.terrain.profile import checked_line, profile
from lantu.core import audit, events
from lantu.core.actor import Actor, Post
from lantu.core.errors import Conflict
from lantu.core.verbs import verb


@verb("analysis.draw_profile", permission=may_ask, need=NEED_USER)
def draw_profile(actor: Actor, line: BaseGeometry, *, title: str = "", release: str = "", raster: str = "") -> Profile:
    """The profile along a line (degrees) over a release (default: in force) and a raster (number; default: the finest that covers it).

    The record is frozen. Raises ``BadInput``, ``TooLarge``, ``NotFound``, ``Conflict`` where there is no raster or no release.
    """
    began = time.perf_counter()
    found = basis(release)
    limits = settings_of(found.run.pack).limits
    shape = checked_line(line, limits)
    grid = found.partition.grid
    terrain = store.terrain_of(raster_named(raster)) if raster else store.terrain_for(grid, found.partition.to_plane(shape))
    if terrain is None:
        raise Conflict(_("此处没有可用的高程栅格。"), how=_("请规划经办或系统管理员在「高程栅格」里载入覆盖此处的数据。"), code="no-raster")
    if terrain.lattice.epsg != grid.epsg:
        raise Conflict(_("高程栅格是按另一个平面坐标系载入的。"), where=terrain.number, how=_("请重新载入这幅栅格。"))
    source = HeightRaster.objects.get(number=terrain.number)
    result = profile(found, terrain, shape, actor, limits)
    asked = {"basis": found.facts(), "raster": terrain.facts(), "seen_as": asdict(actor.post) if actor.post else None}
    row = Profile.objects.create(
        number=next_number("PM", "profile"),
        title=title.strip()[:200] or _("未命名剖面"),
        raster=source,
        geometry=shape,
        length_m=result["length_m"],
        lowest_m=result["lowest_m"],
        highest_m=result["highest_m"],
        climb_m=result["climb_m"],
        elapsed_ms=elapsed_ms(began),
        **{**facts(actor, found, asked, result, shape), "demo": found.demo or source.demo},
    )
    audit.remark(number=row.number, raster=terrain.number, length_m=row.length_m)
    events.emit(actor, "analysis.profile_drawn", row, number=row.number)
    return row


@verb("analysis.verify_profile", permission=may_ask, need=NEED_USER, subject="profile_row")
def verify_profile(actor: Actor, profile_row: Profile) -> dict[str, Any]:
    """Prove a record: is it what was stored (digest), and does the same line over the same run and raster give the same today."""
    row = profile_row
    intact = digest_of(row.asked, row.result, row.geometry) == row.digest
    post = row.asked.get("seen_as")
    found = basis(run=row.run)
    seen_as = replace(actor, post=Post(**post) if post else None)
    again = profile(found, store.terrain_of(row.raster), row.geometry, seen_as, settings_of(row.run.pack).limits)
    differences = sorted(key for key in row.result.keys() | again.keys() if row.result.get(key) != again.get(key))
    report = {
        "intact": intact,
        "same": not differences,
        "living_changed": [],
        "differences": differences,
        "digest": row.digest,
        "run_digest": row.asked["basis"]["digest"],
        "at": timezone.now().isoformat(),
    }
    audit.remark(number=row.number, **report)
    return report
