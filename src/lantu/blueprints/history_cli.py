"""``lantu blueprint diff | in-force``."""

from __future__ import annotations

from datetime import datetime

import click
from django.utils.translation import gettext as _

from lantu.core.actor import system
from lantu.core.errors import Conflict


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
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, attempts=1)
        job.refresh_from_db()
        ended = jobs.run(job)
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


commands = [diff, in_force]
