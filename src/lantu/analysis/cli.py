"""``lantu analysis``: check sites, evaluate, take layers away from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from lantu.analysis.cli_answers import count, sites
from lantu.core.actor import system
from lantu.core.errors import BadInput, Conflict


@click.group("analysis")
def analysis() -> None:
    """分析：检测、选址、统计、评价、下载、核验。 / Analysis: check sites, search for sites, count, evaluate, download, verify."""


@analysis.command("check")
@click.argument("source")
@click.option("--number", is_flag=True, help="SOURCE 是图斑或地块编号 / SOURCE is a number")
@click.option("--use", default="", help="拟建用途代码 / intended use")
@click.option("--title", default="", help="用地名称 / name of the site")
@click.option("--epsg", type=int, default=None, help="坐标系，不填自动认 / reference system")
@click.option("--release", default="", help="蓝图版本号，默认现行 / release")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="报告文件：pdf、docx、xlsx、json / report")
def check(source: str, number: bool, use: str, title: str, epsg: int | None, release: str, out: Path | None) -> None:  # noqa: PLR0917
    """检测一块用地：坐标文本文件、规划文件或编号。 / Check a site: text file of coordinates, plan file, or number."""
    from lantu.analysis.conformity import papers, wording
    from lantu.analysis.conformity.found import by_number
    from lantu.analysis.conformity.sites import from_files, from_text
    from lantu.analysis.partition import basis
    from lantu.analysis.services import run_check
    from lantu.plans.readers import NamedFile

    actor = system("lantu analysis check", "cli")
    if out is not None and out.suffix.lstrip(".") not in papers.FORMS:
        raise BadInput(_("不认识报告格式 %(form)s。") % {"form": out.suffix}, how="、".join(papers.FORMS))
    if number:
        site = by_number(basis(release), source, actor)
    else:
        path = Path(source)
        if not path.is_file():
            raise BadInput(_("没有文件 %(path)s。") % {"path": source}, how=_("编号请加 --number。"))
        text = _as_text(path)
        if text is not None:
            site = from_text(text, epsg)
        else:
            sites = from_files([NamedFile(path, path.name)], epsg)
            if len(sites) != 1:
                raise BadInput(_("文件里有 %(n)s 个地块。") % {"n": len(sites)}, how=_("请用 lantu analysis batch。"))
            site = sites[0]
    row = run_check(actor, site, title=title, use=use, release=release)
    report = wording.shown(row)
    click.echo(f"{row.number}  {report.verdict_word}  {report.headline}")
    for line in report.lines:
        click.echo(f"  {line.layer:6} {line.name}  {line.state}  {line.area}  {line.detail}  {line.verdict}")
    if out is not None:
        out.write_bytes(papers.FORMS[out.suffix.lstrip(".")][0](row, actor))
        click.echo(str(out))


def _as_text(path: Path) -> str | None:
    """The file's text when it is a list of coordinates, None when it is for the readers."""
    if path.suffix.lower() not in (".txt", ".csv", ".wkt", ".geojson", ".json"):
        return None
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


@analysis.command("batch")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--use", default="", help="拟建用途代码 / intended use")
@click.option("--epsg", type=int, default=None, help="坐标系 / reference system")
def batch(file: Path, use: str, epsg: int | None) -> None:
    """逐个检测文件里的地块。 / Check every site of a file."""
    from lantu.analysis.models import Check
    from lantu.analysis.services import start_batch
    from lantu.core import jobs
    from lantu.core.models import Job

    row, job = start_batch(system("lantu analysis batch", "cli"), [(file.name, file)], use=use, epsg=epsg)
    with click.progressbar(length=100, label=row.number) as bar:
        ended = jobs.run_here(job, lambda share, step: bar.update(round(share * 100) - bar.pos))
    if ended.state != Job.State.DONE:
        error = ended.error or {}
        raise Conflict(_("批量检测 %(number)s 没有完成。") % {"number": row.number}, where=error.get("what", ""), how=error.get("how", ""))
    row.refresh_from_db()
    counts = "  ".join(f"{label} {Check.objects.filter(batch=row, standing=key).count()}" for key, label in Check.Verdict.choices)
    click.echo(f"{row.number}  {row.total}  {counts}")
    for number, name, why in row.refused:
        click.echo(f"  {number} {name}: {why}")


@analysis.command("evaluate")
@click.option("--release", default="", help="蓝图版本号，默认现行 / release")
@click.option("--title", default="", help="名称 / title")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="报告文件：xlsx、docx、json / report")
def evaluate_command(release: str, title: str, out: Path | None) -> None:
    """按一版蓝图评价全部指标。 / Evaluate all indicators over a release."""
    from lantu.analysis.evaluation import papers
    from lantu.analysis.evaluation.judge import status_word
    from lantu.analysis.services import evaluate

    form = out.suffix.lstrip(".") if out is not None else ""
    if out is not None and form not in papers.FORMS:
        raise BadInput(_("不认识报告格式 %(form)s。") % {"form": out.suffix}, how="、".join(papers.FORMS))
    row = evaluate(system("lantu analysis evaluate", "cli"), title=title, release=release)
    click.echo(f"{row.number}  {row.title}")
    for one in row.result["indicators"]:
        value, target = papers.figure(one["value"], one["unit"]), papers.target_word(one)
        click.echo(f"  {one['code']:6} {papers.name_of(one)}  {value}  {target}  {status_word(one['status'])}")
    if out is not None:
        out.write_bytes(papers.FORMS[form](row))
        click.echo(str(out))


@analysis.command("download")
@click.argument("layer")
@click.option("--form", type=click.Choice(["gpkg", "shp", "gdb", "parquet", "dxf"]), default="gpkg", help="格式 / form")
@click.option("--epsg", type=int, default=0, help="坐标系 / reference system")
@click.option("--purpose", required=True, help="用途，写入文件 / purpose, written into the file")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="文件 / file")
def download_command(layer: str, form: str, epsg: int, purpose: str, out: Path) -> None:
    """把一个图层存成文件（有编号和水印）。 / Take a layer away as a file, numbered and watermarked."""
    from lantu.analysis.services import start_download, take_download
    from lantu.core import jobs
    from lantu.core.models import Job

    actor = system("lantu analysis download", "cli")
    row, job = start_download(actor, layer, form, epsg=epsg, purpose=purpose)
    ended = jobs.run_here(job, lambda share, step: None)
    if ended.state != Job.State.DONE:
        error = ended.error or {}
        raise Conflict(_("没有写成 %(number)s。") % {"number": row.number}, where=error.get("what", ""), how=error.get("how", ""))
    row.refresh_from_db()
    out.write_bytes(take_download(actor, row).read_bytes())
    click.echo(f"{row.number}  {row.title}  {row.features}  {out}")


@analysis.group("raster")
def raster() -> None:
    """高程栅格：载入、列出、停用。 / Rasters of heights: load, list, take out of use."""


@raster.command("load")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="名称 / title")
@click.option("--source", required=True, help="来源 / source")
@click.option("--licence", required=True, help="许可 / licence")
@click.option("--height-datum", default="", help="高程基准 / vertical datum")
@click.option("--date", "surveyed_on", default="", help="数据日期 / day of the data")
@click.option("--epsg", type=int, default=None, help="坐标系，文件没写时填 / reference system when the file names none")
@click.option("--nodata", type=float, default=None, help="无值，文件没写时填 / value without height when the file names none")
def raster_load(files: tuple[Path, ...], **given: Any) -> None:
    """载入 GeoTIFF；几个文件拼成一幅。 / Load GeoTIFF files as one raster."""
    from lantu.analysis.services import keep_raster
    from lantu.analysis.services.rasters import About, prepare

    about = About.read(given)
    row = keep_raster(system("lantu analysis raster", "cli"), prepare([(path.name, path) for path in files], about), about)
    click.echo(f"{row.number}  {row.title}  {row.rows} x {row.columns}  {row.cell_m:g} m  {row.lowest_m:g}-{row.highest_m:g} m")


@raster.command("list")
def raster_list() -> None:
    """列出高程栅格。 / List the rasters."""
    from lantu.analysis.models import HeightRaster

    for row in HeightRaster.objects.all():
        state = _("在用") if row.removed_at is None else _("已停用")
        click.echo(
            f"{row.number}  {state}  {row.title}  {row.cell_m:g} m  {row.west}-{row.east} E  {row.south}-{row.north} N  {row.licence}"
        )


@raster.command("remove")
@click.argument("number")
@click.option("--reason", required=True, help="原因 / why")
def raster_remove(number: str, reason: str) -> None:
    """停用一幅高程栅格。 / Take a raster out of use."""
    from lantu.analysis.services import remove_raster
    from lantu.analysis.services.rasters import raster_named

    row = remove_raster(system("lantu analysis raster", "cli"), raster_named(number), reason)
    click.echo(f"{row.number}  {_('已停用')}")


@analysis.command("profile")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--epsg", type=int, default=None, help="坐标系，不填自动认 / reference system")
@click.option("--title", default="", help="名称 / title")
@click.option("--release", default="", help="蓝图版本号，默认现行 / release")
@click.option("--raster", default="", help="高程栅格编号，默认覆盖此处最细的 / raster")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="文件：csv、xlsx、png、json / file")
def profile_command(source: Path, epsg: int | None, title: str, release: str, raster: str, out: Path | None) -> None:  # noqa: PLR0917
    """沿一条线画剖面：坐标、GeoJSON 或 WKT 文本文件。 / The profile along a line: a text file of coordinates, GeoJSON or WKT."""
    from lantu.analysis.services import draw_profile
    from lantu.analysis.terrain import papers
    from lantu.analysis.terrain.lines import line_from_text

    form = out.suffix.lstrip(".") if out is not None else ""
    if out is not None and form not in papers.FORMS:
        raise BadInput(_("不认识报告格式 %(form)s。") % {"form": out.suffix}, how="、".join(papers.FORMS))
    line = line_from_text(_as_text(source) or "", epsg)
    row = draw_profile(system("lantu analysis profile", "cli"), line, title=title, release=release, raster=raster)
    click.echo(f"{row.number}  {row.title}")
    for name, value in papers.facts(row):
        click.echo(f"  {name}  {value}")
    if out is not None:
        out.write_bytes(papers.FORMS[form](row))
        click.echo(str(out))


@analysis.command("verify")
@click.argument("number")
def verify(number: str) -> None:
    """重算一份检测、评价或剖面记录并比较。 / Compute the record of a check, an evaluation or a profile again and compare."""
    from lantu.analysis.models import Check, Evaluation, Profile
    from lantu.analysis.services import verify_check, verify_evaluation, verify_profile
    from lantu.core.errors import NotFound

    actor = system("lantu analysis verify", "cli")
    if (check := Check.objects.filter(number=number).first()) is not None:
        report = verify_check(actor, check)
    elif (evaluation := Evaluation.objects.filter(number=number).first()) is not None:
        report = verify_evaluation(actor, evaluation)
    elif (drawn := Profile.objects.filter(number=number).first()) is not None:
        report = verify_profile(actor, drawn)
    else:
        raise NotFound(_("没有检测、评价或剖面记录 %(number)s。") % {"number": number})
    click.echo("  ".join(f"{key}={value}" for key, value in report.items()))
    if not (report["intact"] and report["same"]):
        raise Conflict(_("记录 %(number)s 核验不符。") % {"number": number}, where="、".join(report["differences"]))


analysis.add_command(sites)
analysis.add_command(count)
commands = [analysis]
