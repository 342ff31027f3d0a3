"""Checking a site, setting a finding aside with the reason, and verifying a record later."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.analysis.conformity.examine import ORDER, Question, examine
from lantu.analysis.conformity.sites import Site, checked
from lantu.analysis.freezing import digest_of, elapsed_ms, facts, next_number
from lantu.analysis.models import Check, CheckBatch, Dismissal
from lantu.analysis.partition import Basis, basis
from lantu.analysis.permissions import NEED_OFFICER, NEED_USER, may_ask, may_judge
from lantu.analysis.settings import Settings, settings_of
from lantu.core import audit, events
from lantu.core.actor import Actor, Post
from lantu.core.errors import BadInput, Conflict
from lantu.core.verbs import verb


@verb("analysis.run_check", permission=may_ask, need=NEED_USER)
def run_check(
    actor: Actor, site: Site, *, title: str = "", use: str = "", release: str = "", on: date | None = None, number: str = ""
) -> Check:
    """Check a site against a release (default: in force) and the living layers of a day (default: today); the record is frozen.

    ``use``: code of the intended use. ``number``: of the record, by default the next. Raises ``BadInput`` and ``TooLarge`` for sites that
    cannot be checked, ``Conflict`` without a release.
    """
    began = time.perf_counter()
    found = basis(release)
    settings = settings_of(found.run.pack)
    row = make_check(
        actor, found, settings, checked(site, settings, found.run.pack), use=check_use(found, settings, use), on=on or timezone.localdate()
    )
    row.title = title.strip()[:200] or site.name[:200]
    row.number = number or next_number("HG", "check")
    row.elapsed_ms = elapsed_ms(began)
    row.save(force_insert=True)
    audit.remark(number=row.number, release=release or (found.release.number if found.release else ""), verdict=row.verdict)
    events.emit(actor, "analysis.checked", row, number=row.number, verdict=row.verdict)
    return row


def check_use(found: Basis, settings: Settings, use: str) -> str:
    """The intended use as a code of the use layer; empty stays empty. Raises ``BadInput`` for an unknown one."""
    layer = found.partition.catalogue.layers.get(str(settings.use.get("layer", "")))
    table = found.partition.catalogue.table_of(layer) if layer else None
    if not use.strip() or table is None:
        return ""
    entry = table.find(use)
    if entry is None:
        raise BadInput(_("用地分类里没有「%(use)s」。") % {"use": use}, where=table.name_zh, how=_("请填分类代码（如 A33）或全称。"))
    return entry.code


def make_check(
    actor: Actor,
    found: Basis,
    settings: Settings,
    site: Site,
    *,
    use: str,
    on: date,
    batch: CheckBatch | None = None,
    counts: Mapping[str, int] | None = None,
) -> Check:
    """The record of a site that passed ``checked``, not saved yet. ``counts``: as in ``Question``."""
    result = examine(found, site.geometry, settings, Question(actor, on, use, counts=counts))
    asked = {
        "use": use,
        "on": on.isoformat(),
        "source": site.source,
        "evidence": list(site.evidence),
        "basis": found.facts(),
        "seen_as": asdict(actor.post) if actor.post else None,
    }
    districts = result["site"]["districts"]
    return Check(
        geometry=site.geometry,
        verdict=result["verdict"],
        standing=result["verdict"],
        source=site.source,
        use=use,
        district=districts[0]["code"] if districts else "",
        area_m2=Decimal(result["site"]["area_m2"]),
        title=site.name[:200],
        batch=batch,
        **facts(actor, found, asked, result, site.geometry),
    )


def standing_of(check: Check, dismissed: set[str]) -> str:
    """The verdict when the findings in ``dismissed`` are set aside."""
    grades = [row["verdict"] for row in check.result["lines"] if row["item"] not in dismissed]
    fit = check.result.get("use")
    if fit and "use" not in dismissed:
        grades.append(fit["verdict"])
    return max(grades, key=ORDER.__getitem__, default="pass")


def dismissible(check: Check) -> set[str]:
    """The findings of a check that say something against the site."""
    items = {row["item"] for row in check.result["lines"] if row["verdict"] != "pass"}
    fit = check.result.get("use")
    return items | ({"use"} if fit and fit["verdict"] != "pass" else set())


@verb("analysis.dismiss", permission=may_judge, need=NEED_OFFICER, subject="check")
def dismiss(actor: Actor, check: Check, item: str, reason: str) -> Dismissal:
    """Set one finding of a check aside; the computed verdict stays, what stands leaves it out. Raises ``BadInput``, ``Conflict``."""
    if item not in dismissible(check):
        raise BadInput(
            _("「%(item)s」不是这份检测里可改判的项。") % {"item": item}, where=check.number, how=_("只有有条件或不通过的项可以改判。")
        )
    if len(reason.strip()) < 4:
        raise BadInput(_("没有写明改判理由。"), where=check.number, how=_("请写明依据的文件或事实。"))
    try:
        with transaction.atomic():
            row = Dismissal.objects.create(
                record=check,
                item=item,
                reason=reason.strip(),
                made_by_id=actor.user_id,
                made_by_name=actor.name,
                role=actor.role,
                department=actor.department,
            )
    except IntegrityError:
        raise Conflict(_("「%(item)s」已经改判过。") % {"item": item}, where=check.number) from None
    _restate(check)
    audit.remark(item=item, reason=reason.strip())
    events.emit(actor, "analysis.check_dismissed", check, item=item, standing=check.standing)
    return row


@verb("analysis.withdraw_dismissal", permission=may_judge, need=NEED_OFFICER, subject="check")
def withdraw_dismissal(actor: Actor, check: Check, item: str, reason: str) -> Check:
    """Take a dismissal back, with the reason; both stay in the audit trail."""
    if not reason.strip():
        raise BadInput(_("没有写明撤回改判的理由。"), where=check.number)
    gone, _rows = Dismissal.objects.filter(record=check, item=item).delete()
    if not gone:
        raise Conflict(_("「%(item)s」没有改判。") % {"item": item}, where=check.number)
    _restate(check)
    audit.remark(item=item, reason=reason.strip())
    return check


def _restate(check: Check) -> None:
    check.standing = standing_of(check, set(check.dismissals.values_list("item", flat=True)))
    check.save(update_fields=["standing"])


@verb("analysis.verify_check", permission=may_ask, need=NEED_USER, subject="check")
def verify_check(actor: Actor, check: Check) -> dict[str, Any]:
    """Prove a record: is it what was stored (digest), and does the same question give the same answer today.

    What the living layers say may have changed since by later registrations; that is told apart and is no fault.
    """
    intact = digest_of(check.asked, check.result, check.geometry) == check.digest
    post = check.asked.get("seen_as")
    seen_as = replace(actor, post=Post(**post) if post else None)
    found = basis(run=check.run)
    again = examine(
        found,
        check.geometry,
        settings_of(check.run.pack),
        Question(seen_as, date.fromisoformat(check.asked["on"]), check.asked["use"], raster_of(check)),
    )
    differences = compare(check.result, again)
    report = {
        "intact": intact,
        "same": not differences["plans"],
        "living_changed": differences["living"],
        "differences": differences["plans"],
        "digest": check.digest,
        "run_digest": check.asked["basis"]["digest"],
        "at": timezone.now().isoformat(),
    }
    audit.remark(number=check.number, **report)
    return report


def raster_of(check: Check) -> str:
    """The number of the raster of heights that a check rests on; empty for none."""
    terrain = check.result["site"].get("terrain")
    return str(terrain["raster"]["number"]) if terrain else ""


def compare(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[str]]:
    """The lines and compositions that differ, plan layers apart from living ones."""
    result: dict[str, list[str]] = {"plans": [], "living": []}
    old, new = ({row["item"]: row for row in one["lines"]} for one in (before, after))
    for item in sorted(old.keys() | new.keys()):
        if old.get(item) != new.get(item):
            row = old.get(item) or new[item]
            result["living" if "checked" in row else "plans"].append(item)
    if before["composition"] != after["composition"]:
        result["plans"].append("composition")
    if before["site"] != after["site"]:
        result["plans"].append("site")
    return result
