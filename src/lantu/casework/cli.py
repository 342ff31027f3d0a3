"""``lantu work``: clocks, due lists and calendars from the command line."""

from __future__ import annotations

import click
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core.actor import system
from lantu.core.errors import NotFound


@click.group("work")
def work() -> None:
    """办理：时限、待办、征求意见。 / Casework: clocks, tasks, consultations."""


@work.command("clock")
@click.argument("number", type=int)
def clock(number: int) -> None:
    """某个时限为什么是那天到期。 / Why a clock is due on its day."""
    from lantu.casework.models import Clock
    from lantu.casework.selectors.clocks import state

    row = Clock.objects.filter(pk=number).first()
    if row is None:
        raise NotFound(_("没有第 %(id)s 号时限。") % {"id": number}, how="lantu work due")
    reading = state(row)
    click.echo(f"{row}　{reading.words}　{row.due_on or '—'}")
    for line in reading.why:
        until = f" – {line.last}" if line.last != line.first else ""
        total = "" if line.total is None else str(line.total)
        click.echo(f"  {line.first}{until:<13} {total:>4}  {line.text}　{line.basis}".rstrip())


@work.command("due")
@click.option("--department", default="", help="只列某部门 / one department only")
@click.option(
    "--light", default="r", show_default=True, type=click.Choice(list("rygpn")), help="超期 r、临期 y、正常 g、停计 p、无期限 n / light"
)
def due(department: str, light: str) -> None:
    """列出未办结待办。 / List open tasks that show a light."""
    from lantu.casework.models import Task
    from lantu.casework.selectors.clocks import light_condition

    rows = Task.objects.filter(light_condition(light, timezone.localdate()), is_open=True)
    rows = rows.filter(department=department) if department else rows
    for row in rows.order_by("due_on", "pk").iterator():
        click.echo(f"{row.due_on or '—'!s:<12}{row.department:<8}{row.number:<18}{row.title}　{row.subject_title}")
    click.echo(f"{rows.count()}")


@work.command("recalculate")
def recalculate() -> None:
    """按最新工作日历重算未办结时限。 / Take open clocks over to the newest calendar."""
    from lantu.casework import recalculation
    from lantu.core import jobs

    job = recalculation.start_if_needed(system("lantu work", "cli"))
    if job is None:
        click.echo(_("没有要重算的时限，或重算已在进行。"))
        return
    jobs.work_off(tell=lambda share, step: click.echo(step) if step else None)
    job.refresh_from_db()
    click.echo(f"{job.get_state_display()}　{job.result}")


commands = [work]
