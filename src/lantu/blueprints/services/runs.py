"""Starting a fusion and carrying it out, wholly or not at all."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantu.blueprints.again import engine_after, regions_digest
from lantu.blueprints.inputs import prepare
from lantu.blueprints.models import Finding, FusionRun, Override
from lantu.blueprints.ports import overlay_engines
from lantu.blueprints.recording import record
from lantu.blueprints.selectors.freshness import stale
from lantu.blueprints.selectors.releases import DONE
from lantu.blueprints.store import write_run
from lantu.core import audit, events, jobs, numbers
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, LantuError
from lantu.core.models import Job, OutboxEvent
from lantu.core.permissions import has_role
from lantu.core.verbs import verb
from lantu.plans.models import Delivery, PlanRelease
from lantu.standards import selectors as standards

STEPS = {
    "rules": gettext_lazy("逐面域判定规则"),
    "areas": gettext_lazy("计算椭球面积"),
    "patches": gettext_lazy("合并图斑"),
    "findings": gettext_lazy("整理清单"),
    "done": gettext_lazy("完成"),
}


STARTERS = ("planner", "checker", "reviewer")
"""Who may start a run: a fusion a planner; a check beforehand also who checks or brings a plan."""


def known_engine(name: str) -> None:
    """Raise ``BadInput`` for an engine that is not there."""
    if name not in overlay_engines.keys():  # noqa: SIM118  (a port is no dict)
        raise BadInput(
            _("没有叠加引擎「%(name)s」。") % {"name": name}, how=_("可用：%(names)s。") % {"names": "、".join(overlay_engines.keys())}
        )


def default_engine() -> str:
    """The fast engine where it is there, else the oracle."""
    return "planar" if "planar" in overlay_engines.keys() else "oracle"  # noqa: SIM118


@verb("blueprints.start_run", permission=has_role("planner"), need=gettext_lazy("发起融合须由规划经办人办理。"))
def start_run(
    actor: Actor, releases: Sequence[PlanRelease], reading: str = FusionRun.Reading.STRICT, engine: str = ""
) -> tuple[FusionRun, Job]:
    """Put the fusion of these plan releases, with the decisions active now, on the queue.

    Raises ``BadInput`` when fewer than two releases are chosen, one is a draft, a dataset comes twice, or reading or engine are unknown.
    """
    engine = engine or default_engine()
    known_engine(engine)
    if reading not in FusionRun.Reading.values:
        raise BadInput(_("没有「%(reading)s」这种土规口径。") % {"reading": reading}, how=_("请选严格口径或宽松口径。"))
    _check_releases(releases)
    overrides = Override.objects.filter(state=Override.State.ACTIVE)
    previous = FusionRun.objects.filter(DONE).first()
    return enqueue_run(actor, releases, list(overrides), reading=reading, engine=engine, previous=previous)


def enqueue_run(
    actor: Actor,
    releases: Sequence[PlanRelease],
    overrides: Sequence[Override],
    *,
    reading: str,
    engine: str,
    previous: FusionRun | None,
    draft: Delivery | None = None,
) -> tuple[FusionRun, Job]:
    """The run and its job; with a ``draft`` it is a check beforehand. Part of the verb that calls it."""
    pack = standards.pack()
    number = f"R{timezone.localdate():%Y}-{numbers.reserve('fusion-run', uuid.uuid4().hex):04d}"
    run = FusionRun.objects.create(
        number=number,
        pack=pack,
        reading=reading,
        engine=engine,
        engine_version=overlay_engines.get(engine).version,
        previous=previous,
        draft=draft,
        purpose=FusionRun.Purpose.PRECHECK if draft is not None else FusionRun.Purpose.BLUEPRINT,
        started_by_id=actor.user_id,
        started_by_name=actor.name,
    )
    run.releases.set(releases)
    run.overrides.set(overrides)
    title = _("合规性预检 %(number)s") if draft is not None else _("融合 %(number)s")
    job = jobs.enqueue(actor, "blueprints.fuse", title % {"number": number}, subject=run, run=run.pk)
    run.job_id = job.pk
    run.save(update_fields=["job_id"])
    audit.remark(run=number, releases=[str(release) for release in releases], reading=reading, engine=engine)
    return run, job


def _check_releases(releases: Sequence[PlanRelease]) -> None:
    if len(releases) < 2:
        raise BadInput(_("只选了 %(n)s 个规划成果，融合至少要两个。") % {"n": len(releases)}, how=_("请再选一个规划的成果。"))
    drafts = [release for release in releases if release.state == PlanRelease.State.WRITING]
    if drafts:
        raise BadInput(_("规划成果还没有发布，不能参加融合。"), where="、".join(map(str, drafts)), how=_("请先在规划入库中发布。"))
    twice = [dataset for dataset, n in Counter(release.dataset_id for release in releases).items() if n > 1]
    if twice:
        names = "、".join(str(release) for release in releases if release.dataset_id in twice)
        raise BadInput(_("同一数据集选了两个成果。"), where=names, how=_("每个数据集只选一个成果。"))


@jobs.job_kind("blueprints.fuse")
def fuse_job(context: jobs.JobContext, run: int) -> dict[str, Any]:
    """Carry a run out. Taken up again after a killed worker, it starts afresh; until the last step nothing of it shows."""
    row = FusionRun.objects.get(pk=run)
    if row.state == FusionRun.State.DONE:
        return dict(row.totals)
    Finding.objects.filter(run=row).delete()
    try:
        return _carry_out(context, row)
    except jobs.Cancelled:
        _give_up(row, FusionRun.State.CANCELLED)
        raise
    except (LantuError, ValueError):
        _give_up(row, FusionRun.State.FAILED)
        raise


def _give_up(run: FusionRun, state: str) -> None:
    Finding.objects.filter(run=run).delete()
    FusionRun.objects.filter(pk=run.pk, state=FusionRun.State.PENDING).update(state=state)


@events.subscribe("core.job_ended")
def _job_ended_unrun(event: OutboxEvent, actor: Actor) -> None:
    """A run whose job was cancelled before it began, or lost its workers too often, ends with it."""
    if event.payload["kind"] != "blueprints.fuse":
        return
    ended = FusionRun.State.CANCELLED if event.payload["state"] == Job.State.CANCELLED else FusionRun.State.FAILED
    _give_up(FusionRun.objects.get(pk=event.payload["params"]["run"]), ended)


def _carry_out(context: jobs.JobContext, run: FusionRun) -> dict[str, Any]:
    context.progress(0.02, _("读取规划成果"))
    job = prepare(run)

    def tell(share: float, step: str) -> None:
        context.progress(0.05 + 0.6 * share, str(STEPS.get(step, _("叠加图层"))))

    fused = job.fuse(engine_after(job, overlay_engines.get(run.engine)), tell)
    context.progress(0.66, _("写入面域"))
    digest = job.digest(fused.faces)
    write_run(fused.faces, digest)
    totals = record(run, job, fused, lambda share: context.progress(0.7 + 0.29 * share, _("写入清单")))
    totals["regions"] = regions_digest(job)
    totals["stale"] = _stale({layer.code for layer in job.layers})
    finish_run(context.actor, run, digest, totals, job.facts())
    return totals


def _stale(layers: set[str]) -> list[dict[str, Any]]:
    """Layers of the run that were past their update cycle when it was made."""
    return [
        {"layer": row.layer, "title": row.title, "dataset": row.dataset, "due": row.due.isoformat(), "late_days": row.late_days}
        for row in stale()
        if row.layer in layers
    ]


@verb("blueprints.finish_run", permission=has_role(*STARTERS), need=gettext_lazy("发起融合须由规划经办人办理。"), subject="run")
def finish_run(actor: Actor, run: FusionRun, digest: str, totals: dict[str, Any], facts: dict[str, Any]) -> FusionRun:
    """The one row that makes a run's findings count."""
    run.digest, run.store_key, run.totals = digest, digest, totals
    run.rule_digest, run.grid, run.layers = facts["rule_digest"], facts["grid"], facts["layers"]
    run.decisions = facts["overrides"]
    run.state, run.done_at = FusionRun.State.DONE, timezone.now()
    run.save()
    events.emit(actor, "blueprints.run_done", run, run=run.pk, number=run.number, digest=digest, purpose=run.purpose)
    return run
