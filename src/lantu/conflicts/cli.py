"""``lantu conflicts``: list cases, take a run in, triage, settle slivers, write lists out, take positions in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from django.utils.translation import gettext as _

from lantu.core.actor import Actor, system
from lantu.core.errors import NotFound

if TYPE_CHECKING:
    from lantu.conflicts.models import Batch


@click.group("conflicts")
def conflicts() -> None:
    """冲突案件：列表、立案、甄别、问题清单、意见。 / Conflict cases: list, take in, triage, issue lists, positions."""


def _actor(name: str) -> Actor:
    return system(f"lantu conflicts {name}", "cli")


@conflicts.command("list")
@click.option("--filter", "query", default="group=open", help="列表页地址里的筛选 / filter as in the address of the list page")
@click.option("--limit", default=50, show_default=True)
def list_cases(query: str, limit: int) -> None:
    """列出案件。 / List cases."""
    from django.http import QueryDict

    from lantu.conflicts.tables import filtered
    from lantu.conflicts.words import words

    named, rows = words(), filtered(QueryDict(query))
    for case in rows.order_by("severity", "pk")[:limit]:
        area = f"{float(case.area_m2) / 1e4:,.4f} ha"
        click.echo(f"{case.number}  {case.severity}  {case.rule} {named.rule(case.rule)}  {case.get_state_display()}  {area}")
    click.echo(_("共 %(n)s 件。") % {"n": rows.count()})


@conflicts.command("take-in")
@click.argument("number", default="")
def take_in_run(number: str) -> None:
    """按一次融合立案（默认最近一次）。 / Lay the findings of a run (by default the last) against the cases."""
    from lantu.blueprints.models import FusionRun
    from lantu.conflicts.models import Intake
    from lantu.conflicts.services import take_in
    from lantu.conflicts.services.intake import COUNTS
    from lantu.core import jobs

    runs = FusionRun.objects.filter(state=FusionRun.State.DONE)
    run = (runs.filter(number=number) if number else runs.order_by("-pk")).first()
    if run is None:
        raise NotFound(_("没有已完成的融合 %(number)s。") % {"number": number}, how=_("用 lantu blueprint fuse 发起一次。"))
    take_in(_actor("take-in"), run)
    jobs.work_off()
    intake = Intake.objects.get(run=run)
    click.echo("  ".join(f"{name}={getattr(intake, name)}" for name in COUNTS))


@conflicts.command("diff")
@click.argument("before")
@click.argument("after")
def diff(before: str, after: str) -> None:
    """两个蓝图版本之间案件的变化。 / Cases opened, closed and remaining between two releases, or two runs, by number."""
    from lantu.blueprints.models import Comparison
    from lantu.blueprints.selectors.releases import run_named
    from lantu.conflicts.selectors.versions import WHAT, counts_between

    counts = counts_between(Comparison(before=run_named(before), after=run_named(after)))
    for what, label in WHAT.items():
        click.echo(f"{label}  {counts[what]:,}")


@conflicts.command("bulk")
@click.argument("act", type=click.Choice(["triage", "list", "ask", "propose", "meeting", "apply"]))
@click.option("--filter", "query", required=True, help="列表页地址里的筛选 / filter as in the address of the list page")
@click.option("--batch", type=int, help="问题清单的键 / key of the issue list")
@click.option("--meeting", type=int, help="会议的键 / key of the meeting")
def bulk(act: str, query: str, batch: int | None, meeting: int | None) -> None:
    """对筛选出的案件批量办理。 / Do an act on all cases that a filter gives."""
    from lantu.conflicts.services import start_bulk
    from lantu.core import jobs

    params: dict[str, Any] = {name: value for name, value in (("batch", batch), ("meeting", meeting)) if value}
    row = start_bulk(_actor("bulk"), act, query=query, **params)
    if row.job_id:
        jobs.work_off()
        row.refresh_from_db()
    click.echo(_("完成 %(done)s 件，未办 %(refused)s 件。") % {"done": row.done, "refused": row.refused})
    for number, why in row.rows[:50]:
        click.echo(f"  {number}  {why}")


@conflicts.command("settle")
def settle() -> None:
    """自动处理碎小图斑。 / Settle slivers."""
    from lantu.conflicts.services import settle_slivers

    sweep = settle_slivers(_actor("settle"))
    click.echo(f"{sweep.number}  {sweep.count}")


@conflicts.command("export")
@click.argument("batch")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def export(batch: str, target: Path) -> None:
    """把问题清单写成 .docx 或意见表 .xlsx。 / Write an issue list as .docx, or its sheet for positions as .xlsx."""
    from lantu.conflicts import excel, papers

    row = _batch(batch)
    target.write_bytes(papers.batch_docx(row) if target.suffix == ".docx" else excel.positions_sheet(row))
    click.echo(str(target))


@conflicts.command("positions")
@click.argument("batch")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def positions(batch: str, source: Path) -> None:
    """从填好的意见表导入意见；有误的行逐行列出。 / Take positions from a filled sheet; bad rows are listed."""
    from lantu.conflicts.excel import import_positions
    from lantu.core import files

    with source.open("rb") as stream:
        stored = files.store(stream)
    outcome = import_positions(_actor("positions"), _batch(batch), stored, source.name)
    click.echo(_("导入 %(n)s 条意见。") % {"n": outcome.taken})
    for row, number, why in outcome.errors:
        click.echo(f"  {row}  {number}  {why}")


def _batch(number: str) -> Batch:
    from lantu.conflicts.models import Batch

    row = Batch.objects.filter(number=number).first()
    if row is None:
        raise NotFound(_("没有问题清单 %(key)s。") % {"key": number})
    return row


commands = [conflicts]
