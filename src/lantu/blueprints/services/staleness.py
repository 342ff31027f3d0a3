"""Stale layers: each date that passed raises a finding, told to the owner; it is settled when the layer is brought up to date."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.blueprints.models import StaleLayer
from lantu.blueprints.selectors.freshness import Freshness, stale
from lantu.casework.services import close_tasks, open_task
from lantu.casework.services.notices import notify
from lantu.core import audit, events
from lantu.core.actor import Actor, Post, system
from lantu.core.models import OutboxEvent
from lantu.core.permissions import is_system
from lantu.core.ticks import every
from lantu.core.verbs import verb

DAY = 24 * 3600
TASK = "blueprints.stale"


@every(DAY, "blueprints.stale_layers")
def tell_of_stale_layers() -> int:
    """Daily: every layer past its update cycle."""
    return report_stale(system("blueprints.stale_layers", "tick"), stale())


@verb("blueprints.report_stale", permission=is_system, need="system")
def report_stale(actor: Actor, rows: list[Freshness]) -> int:
    """Raise a finding for every layer past its date that has none yet, and settle those of layers that are up to date again.

    The owners' reviewers get a task; they and the planners are told, each once of the same layer and date. Returns how many notices.
    """
    told = raised = 0
    for row in rows:
        names = {"layer_code": row.layer, "dataset": row.dataset, "due": row.due}
        facts = {"release_id": row.release, "owner": row.owner, "since": row.since, "cycle": row.cycle}
        found, new = StaleLayer.objects.get_or_create(**names, defaults=facts)
        title = _("%(layer)s %(title)s 已过更新期限（%(due)s）") % {"layer": row.layer, "title": row.title, "due": row.due}
        if new:
            raised += 1
            events.emit(actor, "blueprints.stale_found", found, layer=row.layer, due=row.due.isoformat())
            if found.release is not None and row.owner:
                url = reverse("blueprints:freshness") + "?only=stale"
                dataset = found.release.dataset
                open_task(actor, dataset, TASK, title, role="reviewer", department=row.owner, due=row.due, url=url, tell=False)
        posts = [Post(role="reviewer", department=row.owner), Post(role="planner", department="")]
        told += notify(actor, posts, title, reverse("blueprints:freshness"), key=f"stale:{row.layer}:{row.dataset}:{row.due}")
    audit.remark(raised=raised, settled=_settle(actor, rows), told=told)
    return told


def _settle(actor: Actor, rows: list[Freshness]) -> int:
    still = {(row.layer, row.dataset, row.due) for row in rows}
    over = [
        one
        for one in StaleLayer.objects.filter(settled_at=None).select_related("release__dataset")
        if (one.layer_code, one.dataset, one.due) not in still
    ]
    for one in over:
        one.settled_at = timezone.now()
        one.save(update_fields=["settled_at"])
        if one.release is not None:
            close_tasks(actor, one.release.dataset, TASK)
        events.emit(actor, "blueprints.stale_settled", one, layer=one.layer_code)
    return len(over)


@events.subscribe("plans.released")
@events.subscribe("plans.living_changed")
def _brought_up_to_date(event: OutboxEvent, actor: Actor) -> None:
    """A layer that was found stale and has something new is looked at at once."""
    if StaleLayer.objects.filter(layer_code=event.payload["layer"], settled_at=None).exists():
        report_stale(system("blueprints.stale_layers", "tick"), stale())
