"""Regions and departments as the city pack has them: updated by code, never deleted."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lantu.accounts.models import Department, Region
from lantu.accounts.roles import is_sysadmin
from lantu.core.actor import Actor
from lantu.core.audit import remark
from lantu.core.verbs import verb

NEED = _("须由系统管理员办理。")


@verb("accounts.save_regions", permission=is_sysadmin, need=NEED)
def save_regions(actor: Actor, rows: list[dict[str, Any]]) -> int:
    """Create or update regions by code.

    Row keys: code, name_zh, name_en, kind, parent (code, earlier in the list or stored), valid_from, valid_to, is_functional_zone,
    geometry (shapely in EPSG:4490 or None). Returns how many rows changed.
    """
    known = {region.code: region for region in Region.objects.all()}
    changed = 0
    for row in rows:
        values = {key: row.get(key) for key in ("name_zh", "name_en", "kind", "valid_from", "valid_to", "is_functional_zone", "geometry")}
        values["parent"] = known.get(row.get("parent") or "")
        region = known.get(row["code"]) or Region(code=row["code"])
        if region.pk and all(_same(getattr(region, key), value) for key, value in values.items()):
            continue
        for key, value in values.items():
            setattr(region, key, value)
        region.save()
        known[region.code] = region
        changed += 1
    remark(rows=len(rows), changed=changed)
    return changed


@verb("accounts.save_departments", permission=is_sysadmin, need=NEED)
def save_departments(actor: Actor, rows: list[dict[str, Any]]) -> int:
    """Create or update departments by code, then their successors.

    Row keys as the model's; region and successors are codes. Returns how many rows there were.
    """
    regions = {region.code: region for region in Region.objects.all()}
    departments: dict[str, Department] = {}
    for row in rows:
        values = {key: row.get(key) for key in ("name_zh", "short_zh", "name_en", "valid_from", "valid_to")}
        departments[row["code"]], _created = Department.objects.update_or_create(
            code=row["code"], defaults={**values, "region": regions.get(row.get("region") or "")}
        )
    for row in rows:
        departments[row["code"]].successors.set([departments[code] for code in row.get("successors") or ()])
    remark(rows=len(rows))
    return len(rows)


def _same(old: Any, new: Any) -> bool:
    if hasattr(old, "equals_exact") and hasattr(new, "equals_exact"):
        return bool(old.equals_exact(new, 0))
    return bool(old == new)
