"""``lantu blueprint``: fuse, findings, statistics, publish, verify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from django.utils.translation import gettext as _

from lantu.blueprints import decisions_cli, history_cli
from lantu.core.actor import Actor, system
from lantu.core.errors import Conflict, NotFound

if TYPE_CHECKING:
    from lantu.blueprints.models import BlueprintRelease, FusionRun
    from lantu.plans.models import PlanRelease

LISTS = click.Choice(["conflict", "difference", "gap"])


@click.group("blueprint")
def blueprint() -> None:
    """蓝图：融合、清单、统计、发布、核验。 / Blueprint: fuse, list, count, publish, verify."""


def _actor(name: str) -> Actor:
    return system(f"lantu blueprint {name}", "cli")


def _run(number: str) -> FusionRun:
    from lantu.blueprints.models import FusionRun
    from lantu.blueprints.selectors.releases import shown_run

    run = FusionRun.objects.filter(number=number, state=FusionRun.State.DONE).first() if number else shown_run()
    if run is None:
        raise NotFound(_("没有已完成的融合 %(number)s。") % {"number": number}, how=_("用 lantu blueprint fuse 发起一次。"))
    return run


def _releases(names: Sequence[str]) -> list[PlanRelease]:
    from lantu.plans.models import PlanRelease

    current = PlanRelease.objects.filter(state=PlanRelease.State.RELEASED)
    if not names:
        return list(current)
    chosen = [row for row in current if row.layer_code in names or str(row.pk) in names]
    missing = [name for name in names if name not in {row.layer_code for row in chosen} | {str(row.pk) for row in chosen}]
    if missing:
        raise NotFound(_("没有现行的规划成果 %(names)s。") % {"names": "、".join(missing)}, how=_("用 lantu plans list 查看。"))
    return chosen


@blueprint.command("fuse")
@click.argument("layers", nargs=-1)
@click.option("--reading", type=click.Choice(["strict", "loose"]), default="strict", help="土规口径 / reading of the land plan")
@click.option("--engine", default="", help="叠加引擎 / overlay engine: planar, oracle")
def fuse(layers: tuple[str, ...], reading: str, engine: str) -> None:
    """融合现行规划成果（默认全部，或给出图层代码）。 / Fuse the current plan releases, all or by layer code."""
    from lantu.blueprints.services import start_run
    from lantu.core import jobs
    from lantu.core.models import Job

    run, job = start_run(_actor("fuse"), _releases(layers), reading, engine)
    with click.progressbar(length=100, label=run.number) as bar:
        ended = jobs.run_here(job, lambda share, step: bar.update(round(share * 100) - bar.pos))
    if ended.state != Job.State.DONE:
        error = ended.error or {}
        raise Conflict(_("融合 %(number)s 没有完成。") % {"number": run.number}, where=error.get("what", ""), how=error.get("how", ""))
    run.refresh_from_db()
    _print_totals(run)


def _print_totals(run: FusionRun) -> None:
    from lantu.blueprints.models import Finding

    click.echo(f"{run.number}  {run.get_reading_display()}  {run.digest}")
    for listing, label in Finding.Listing.choices:
        figures = run.totals[listing]
        click.echo(
            f"  {label}: {figures['count']:,}, {float(figures['area_m2']) / 1e4:,.4f} ha; "
            f"碎小 / slivers {figures['apart_count']:,}; 噪声 / noise {figures['noise_count']:,}"
        )
    for rule, missing in run.totals.get("skipped", {}).items():
        click.echo(f"  {rule} 未判定 / not evaluated: {', '.join(missing)}")


@blueprint.command("stats")
@click.argument("number", default="")
@click.option("--list", "listing", type=LISTS, default="conflict")
@click.option("--by", type=click.Choice(["type", "severity", "district", "department", "plans"]), default="type")
@click.option("--out", type=click.Path(path_type=Path), help="写成 .xlsx 或 .pdf / write .xlsx or .pdf")
def stats(number: str, listing: str, by: str, out: Path | None) -> None:
    """统计。 / Statistics of a run."""
    from lantu.blueprints import papers
    from lantu.blueprints.selectors.findings import words_of
    from lantu.blueprints.selectors.statistics import statistics

    run = _run(number)
    if out is not None:
        out.write_bytes(papers.statistics_pdf(run) if out.suffix == ".pdf" else papers.statistics_xlsx(run))
        click.echo(out)
        return
    click.echo("\t".join(papers.statistics_heads(by)))
    for row in papers.statistics_rows(statistics(run, listing, by), words_of(run)):
        click.echo("\t".join(row))


@blueprint.command("findings")
@click.argument("number", default="")
@click.option("--list", "listing", type=LISTS, default="conflict")
@click.option("--out", type=click.Path(path_type=Path), required=True, help=".docx、.pdf 或 .xlsx / .docx, .pdf or .xlsx")
def findings(number: str, listing: str, out: Path) -> None:
    """问题清单。 / The issue list."""
    from lantu.blueprints import papers

    writers = {".docx": papers.issue_docx, ".pdf": papers.issue_pdf, ".xlsx": papers.issue_xlsx}
    if out.suffix not in writers:
        raise click.BadParameter(", ".join(writers), param_hint="--out")
    out.write_bytes(writers[out.suffix](_run(number), listing))
    click.echo(out)


@blueprint.command("publish")
@click.argument("run_number")
@click.argument("number")
@click.option("--note", default="")
def publish(run_number: str, number: str, note: str) -> None:
    """发布蓝图版本。 / Publish a run as a blueprint release."""
    from lantu.blueprints.services import publish_release

    release = publish_release(_actor("publish"), _run(run_number), number, note)
    click.echo(f"{release.number}  {release.digest}")


@blueprint.command("verify")
@click.argument("number", default="")
@click.option("--oracle", is_flag=True, help="用对照引擎 / by the oracle engine")
def verify(number: str, oracle: bool) -> None:
    """重新融合并比对摘要，不同之处逐条说明。 / Fuse again, compare, say what differs."""
    from lantu.blueprints.services.publishing import record_verification
    from lantu.blueprints.verification import verify_run

    release = _release(number)
    with click.progressbar(length=100, label=release.number) as bar:
        report = verify_run(
            release.run,
            "oracle" if oracle else release.run.engine,
            expected=release.digest,
            progress=lambda share, step: bar.update(round(share * 100) - bar.pos),
        )
    record_verification(_actor("verify"), release, report)
    click.echo(f"{release.number}  {report.engine}  {report.found}")
    for difference in report.differences:
        click.echo("  " + "  ".join(f"{key}={value}" for key, value in difference.items()))
    if not report.agrees:
        raise Conflict(_("蓝图 %(number)s 核验不一致。") % {"number": release.number}, how=_("以上逐条列出不同之处。"))
    click.echo(_("核验一致。"))


def _release(number: str) -> BlueprintRelease:
    from lantu.blueprints.models import BlueprintRelease
    from lantu.blueprints.selectors.releases import in_force

    release = BlueprintRelease.objects.filter(number=number).first() if number else in_force()
    if release is None:
        raise NotFound(_("没有蓝图版本 %(number)s。") % {"number": number}, how=_("用 lantu blueprint publish 发布。"))
    return release


for _command in (*decisions_cli.commands, *history_cli.commands):
    blueprint.add_command(_command)

commands = [blueprint]
