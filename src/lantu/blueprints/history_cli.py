"""``lantu blueprint diff | in-force``."""

from __future__ import annotations

from datetime import datetime

import click
from django.utils.translation import gettext as _

from lantu.core.actor import system
from lantu.core.errors import Conflict, NotFound


@click.command("diff")
@click.argument("before")
@click.argument("after")
def diff(before: str, after: str) -> None:
    """比较两个蓝图版本（或两次融合）。 / Compare two releases, or two runs, by number."""
    from lantu.blueprints.models import Finding
    from lantu.blueprints.selectors.releases import run_named
    from lantu.blueprints.services import compare
    from lantu.core import jobs
    from lantu.core.models import Job

    row, job = compare(system("lantu blueprint diff", "cli"), run_named(before), run_named(after))
    if job is not None:
        ended = jobs.run_here(job)
        if ended.state != Job.State.DONE:
            error = ended.error or {}
            raise Conflict(error.get("what", str(ended.state)), where=error.get("where", ""), how=error.get("how", ""))
        row.refresh_from_db()
    faces = row.totals["faces"]
    click.echo(_("面域：相同 %(same)s，只在前 %(gone)s，只在后 %(new)s") % faces)
    for layer, figures in row.totals["layers"].items():
        click.echo(f"  {layer}  {figures['count']:,}  {float(figures['area_m2']) / 1e4:,.4f} ha")
    labels = dict(Finding.Listing.choices)
    for listing, counts in row.totals["findings"].items():
        click.echo(f"  {labels[listing]}: +{counts['new']:,} -{counts['gone']:,} ~{counts['changed']:,} ={counts['same']:,}")


@click.command("in-force")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--at", nargs=2, type=float, metavar="LON LAT", help="地点 / place, degrees")
def in_force(day: datetime, at: tuple[float, float] | None) -> None:
    """某日现行的版本，以及它在某处怎么说。 / What was in force on a day, and what it said at a place."""
    from lantu.blueprints.selectors.here import here_on
    from lantu.blueprints.selectors.releases import in_force_on

    release = in_force_on(day.date())
    click.echo(f"{release.number}  {release.digest}" if release else _("这一天还没有现行的蓝图版本。"))
    if at:
        _release, here = here_on(*at, day.date(), actor=system("lantu blueprint in-force", "cli"))
        click.echo(here.place)
        for one in here.statements:
            click.echo(f"  {one.layer}  {one.title}: {one.text}  {one.source}")


@click.command("precheck")
@click.argument("delivery", type=int)
def precheck(delivery: int) -> None:
    """采用之前，把一次入库与现行蓝图比对。 / Check a delivery against the release in force before it is adopted."""
    from lantu.blueprints.services import start_precheck
    from lantu.blueprints.services.prechecks import outcome
    from lantu.core import jobs
    from lantu.plans.models import Delivery

    row = Delivery.objects.filter(pk=delivery).select_related("dataset").first()
    if row is None:
        raise NotFound(_("没有这次入库。"), how="lantu plans deliveries")
    run, _job = start_precheck(system("lantu blueprint precheck", "cli"), row)
    jobs.work_off()
    run.refresh_from_db()
    found = outcome(run)
    if found.comparison is None:
        raise Conflict(_("预检 %(number)s 没有完成。") % {"number": run.number}, how=_("用 lantu worker 继续，或看任务的错误。"))
    for severity, count in found.new_by_severity.items():
        click.echo(f"  {severity}: +{count}")
    if not found.passed:
        raise Conflict(_("草案带来新的一级矛盾。"), where=run.number, how=_("采用之前须先处理。"))
    click.echo(_("没有新的一级矛盾。"))


@click.command("freshness")
@click.option("--stale", is_flag=True, help="只列过期的 / stale ones only")
def fresh(stale: bool) -> None:
    """图层现势性。 / Which layers are past their update cycle."""
    from lantu.blueprints.selectors.freshness import freshness

    for row in freshness():
        if row.late_days or not stale:
            click.echo(f"{row.layer}  {row.title}  {row.dataset}  {row.since}  {row.cycle}  {row.due}  {row.late_days}")


commands = [diff, in_force, precheck, fresh]
