"""``lantu datum``: parameter sets, and converting an old archive by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from lantu.core.errors import NotFound

_AS = click.option("--as", "username", default="", help="用户名 / act as this person")


@click.group("datum")
def datum() -> None:
    """坐标转换参数。 / Datum transformation parameters."""


@datum.command("list")
def list_command() -> None:
    """列出参数集（不含数值）。 / List the sets, never their numbers."""
    from lantu.plans.cli import _rows
    from lantu.plans.models import DatumSet

    rows = [
        [
            one.pk,
            one.name,
            one.get_kind_display(),
            one.source_name,
            one.get_state_display(),
            _mm(one.rms_m),
            _mm(one.check_rms_m),
            one.author_name,
        ]
        for one in DatumSet.objects.all()
    ]
    heads = ["", "名称 name", "模型 kind", "源 source", "状态 state", "中误差 rms mm", "检核 check mm", "建立人 author"]
    _rows("转换参数 / datum sets", heads, rows)


@datum.command("fit")
@click.argument("name")
@click.argument("points", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["four", "seven", "three"]), default="four", show_default=True, help="模型 / model")
@click.option("--source", "source_epsg", type=int, required=True, help="源坐标系 EPSG，0 为城市独立坐标系 / source frame, 0 = local")
@click.option("--proj", "source_proj", default="", help="独立坐标系的投影 / projection of a local system")
@click.option("--note", default="", help="说明 / note")
@click.option("--demo", is_flag=True, help="演示数据 / demo data")
@_AS
def fit_command(name: str, points: Path, kind: str, username: str, **facts: Any) -> None:
    """由控制点表（.csv、.xlsx）拟合参数集。 / Fit a set from a table of control points."""
    from lantu.plans.cli import _acting, _rows
    from lantu.plans.services.control_points import read_points
    from lantu.plans.services.datums import doubts_of, fit_datum

    made = fit_datum(_acting(username, "planner", "datum fit"), name, kind, read_points(points.read_bytes()), **facts)
    rows = [
        [one["name"], "检核 check" if one["check"] else "", one["north_mm"], one["east_mm"], one["mm"], "!" if one["suspect"] else ""]
        for one in made.residuals
    ]
    _rows("残差 / residuals (mm)", ["点 point", "", "vX", "vY", "v", "粗差 outlier"], rows)
    click.echo(f"{made.pk} {made.name}: 中误差 / rms {_mm(made.rms_m)} mm，检核 / check {_mm(made.check_rms_m)} mm")
    for doubt in doubts_of(made):
        click.echo(f"! {doubt}")


@datum.command("confirm")
@click.argument("name")
@click.option("--reason", default="", help="意见 / why")
@_AS
def confirm_command(name: str, reason: str, username: str) -> None:
    """由第二人确认可用。 / Let a set be used, by a second person."""
    from lantu.plans.cli import _acting
    from lantu.plans.services.datums import confirm_datum

    done = confirm_datum(_acting(username, "checker", "datum confirm"), _set(name), reason)
    click.echo(f"{done.name}: {done.get_state_display()}")


@datum.command("grids")
@_AS
def grids_command(username: str) -> None:
    """登记设置里的格网改正文件。 / Register the grid-shift files of the settings."""
    from lantu.plans.cli import _acting
    from lantu.plans.services.datums import register_grids

    for made in register_grids(_acting(username, "planner", "datum grids")):
        click.echo(made.name)


@datum.command("report")
@click.argument("name")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def report_command(name: str, out: Path) -> None:
    """写拟合报告（.pdf 或 .docx）。 / Write the report on a fit."""
    from lantu.plans.datum_papers import report_docx, report_pdf

    out.write_bytes((report_docx if out.suffix.lower() == ".docx" else report_pdf)(_set(name)))
    click.echo(out)


@datum.command("convert")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--set", "name", required=True, help="参数集 / parameter set")
@click.option("--epsg", type=int, help="没有声明坐标系的文件按此坐标系 / frame of files that declare none")
@_AS
def convert_command(folder: Path, out: Path, name: str, epsg: int | None, username: str) -> None:
    """把一个旧资料文件夹整个转换到工作坐标系，附报告。 / Convert a whole old archive, with a report.

    有文件没转成时退出码为 1。 / Exit code 1 when something was left behind.
    """
    from lantu.plans.cli import _acting, _progress, _rows
    from lantu.plans.datum_papers import write_conversion
    from lantu.plans.services.archive_conversion import convert_archive

    actor = _acting(username, "planner", "datum convert")
    with _progress(folder.name) as tell:
        done = convert_archive(actor, folder, out, _set(name), epsg=epsg, tell=tell)
    rows = [[row.file, row.layer, row.frame, row.source, row.converted, row.result or f"✗ {row.reason[:60]}"] for row in done.rows]
    _rows("转换 / conversion", ["文件 file", "图层 layer", "坐标系 frame", "来源 source", "转换 done", "结果 result"], rows)
    for path in write_conversion(done, out):
        click.echo(path)
    if done.refused:
        raise click.exceptions.Exit(1)


def _set(name: str) -> Any:
    from lantu.plans.models import DatumSet

    found = DatumSet.objects.filter(name=name).first()
    if found is None:
        raise NotFound(_("没有名为「%(name)s」的转换参数集。") % {"name": name}, how="lantu datum list")
    return found


def _mm(value: float | None) -> str:
    return "" if value is None else f"{value * 1000:.1f}"
