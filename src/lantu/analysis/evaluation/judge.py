"""From a figure to a judgement: met, warned, missed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils import dateparse
from django.utils.translation import gettext as _

from lantu.accounts.models import Region
from lantu.analysis.evaluation.measure import Measure, Value
from lantu.analysis.settings import Settings
from lantu.blueprints.models import FusionRun
from lantu.blueprints.selectors.names import name_of
from lantu.plans.models import PlanTarget

MET, WARNED, MISSED, UNKNOWN, UNSEEN = "met", "warned", "missed", "unknown", "unseen"


def status_word(status: str) -> str:
    """A status in words."""
    return {MET: _("达到"), WARNED: _("预警"), MISSED: _("未达到"), UNKNOWN: _("无数据"), UNSEEN: _("无权查看")}[status]


def status_of(value: Value, *, target: float | None, direction: str, binding: bool, warn: float) -> str:
    """The judgement.

    A binding indicator is missed as soon as it is beyond its target, and warned within ``warn`` (a share of the target) before it. An
    expected one is warned while it misses its target by at most ``warn``, and missed beyond that.
    """
    if value.unseen:
        return UNSEEN
    if value.whole is None or target is None:
        return UNKNOWN
    spare = value.whole - target if direction == "min" else target - value.whole
    margin = warn * abs(target)
    if binding:
        return MISSED if spare < 0 else WARNED if spare < margin else MET
    return MET if spare >= 0 else WARNED if spare >= -margin else MISSED


def progress_of(value: float | None, base: float | None, target: float | None) -> float | None:
    """The share of the way from base to target that is gone; None where there is no way to go."""
    if value is None or base is None or target is None or base == target:
        return None
    return round((value - base) / (target - base), 4)


def judged(measure: Measure, settings: Settings) -> list[dict[str, Any]]:
    """Every indicator of the pack, measured and judged."""
    names = {row.code: name_of(row) for row in Region.objects.filter(code__in=measure.partition.regions)}
    return [_one(measure, row, names) for row in settings.indicators]


def _one(measure: Measure, row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    value = measure.value(row["formula"], row["unit"])
    base, target, source = _marks(measure.basis.run, row)
    status = status_of(value, target=target, direction=row["direction"], binding=row["kind"] == "binding", warn=float(row.get("warn", 0)))
    words = ("code", "name_zh", "name_en", "kind", "unit", "direction", "period", "formula", "warn", "source_zh", "source_en")
    return {
        **{name: row[name] for name in words if name in row},
        "base": base,
        "target": target,
        "target_from": source,
        **{name: list(found) if isinstance(found, tuple) else found for name, found in asdict(value).items() if name != "districts"},
        "value": value.whole,
        "districts": [{"code": key, "name": names.get(key, key), "value": part} for key, part in value.districts.items()],
        "progress": progress_of(value.whole, base, target),
        "status": status,
        "next": next_day(row.get("period", ""), measure.on),
    }


def _marks(run: FusionRun, row: dict[str, Any]) -> tuple[float | None, float | None, str]:
    """Base, target and where they come from: a figure of a plan's table of targets (``plan_target``), else the pack."""
    if wanted := row.get("plan_target"):
        found = PlanTarget.objects.filter(release__state="released", name=wanted, target_value__isnull=False).order_by("-release").first()
        if found is not None:
            return found.base_value, found.target_value, str(found.release)
    return row.get("base"), row.get("target"), "pack"


def next_day(period: str, day: date) -> str:
    """When it is due again (ISO 8601 duration of months or years), as text; empty without a period."""
    if period.startswith("P") and period[-1:] in ("M", "Y") and period[1:-1].isdigit():
        months = int(period[1:-1]) * (12 if period[-1] == "Y" else 1)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - date.resolution).day
        return date(year, month + 1, min(day.day, last)).isoformat()
    span = dateparse.parse_duration(period) if period else None
    return (day + span).isoformat() if span else ""


def implementation(measure: Measure, settings: Settings) -> dict[str, Any]:
    """Plan implementation (planned, approved, built): by district, hectares on and off the planned ground; empty without settings."""
    asked = settings.implementation
    if not asked:
        return {}
    planned = asked["planned"]
    lacking = measure.value({"area": planned}, "㎡")
    if lacking.missing or lacking.unseen:
        return {"missing": list(lacking.missing), "unseen": list(lacking.unseen)}
    columns: list[dict[str, Any]] = [{"code": "planned", "name_zh": asked.get("name_zh", ""), "name_en": asked.get("name_en", "")}]
    values = [lacking]
    for stage in asked.get("stages") or ():
        living = {"living": stage["living"]}
        for suffix, term in (("on", {"all": [living, planned]}), ("off", {"all": [living, {"not": planned}]})):
            values.append(measure.value({"area": term}, "㎡"))
            columns.append(
                {"code": f"{stage['code']}-{suffix}", "side": suffix, **{name: stage.get(name, "") for name in ("name_zh", "name_en")}}
            )
    names = {row.code: name_of(row) for row in Region.objects.filter(code__in=measure.partition.regions)}
    rows = [
        {"code": key, "name": names.get(key, key), "m2": [round(float(one.districts.get(key) or 0), 2) for one in values]}
        for key in values[0].districts
    ]
    return {"columns": columns, "rows": rows, "total": [round(float(one.whole or 0), 2) for one in values]}
