"""``lantu analysis sites`` and ``lantu analysis count``: sites searched and tables counted from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _

from lantu.core.actor import system
from lantu.core.errors import BadInput


@click.command("sites")
@click.argument("criteria", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", default="", help="名称 / title")
@click.option("--release", default="", help="蓝图版本号，默认现行 / release")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="备选用地的 GeoJSON 文件 / candidates as GeoJSON"
)
def sites(criteria: Path, title: str, release: str, out: Path | None) -> None:
    """按条件选址：CRITERIA 是 JSON 文件，写法同城市包的选址模板。 / Search for sites by a JSON file like the pack's presets."""
    from lantu.analysis.services import search_sites
    from lantu.analysis.services.processes import features_of

    try:
        asked = json.loads(criteria.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise BadInput(_("这不是能读的 JSON。"), where=f"{criteria} {error}") from None
    if not isinstance(asked, dict):
        raise BadInput(_("没有给 criteria。"), where=str(criteria), how='{"area_ha": [15, 25], "must": […], "wishes": […]}')
    row = search_sites(system("lantu analysis sites", "cli"), asked, title=title, release=release)
    click.echo(f"{row.number}  {row.title}")
    for one in row.candidates.all():
        click.echo(f"  {one.rank:3}  {one.score:6.2f}  {one.area_m2 / 10_000:.4f}  {one.district}  {one.lon:.6f} {one.lat:.6f}")
    if out is not None:
        out.write_text(json.dumps(features_of(row), ensure_ascii=False), encoding="utf-8")
        click.echo(str(out))


@click.command("count")
@click.argument("kind", type=click.Choice(["cross", "balance", "two_plans", "three_lines", "series"]))
@click.option("-p", "--parameter", "parameters", multiple=True, help="参数，如 layer=C0101 / a parameter, say layer=C0101")
@click.option("--title", default="", help="名称 / title")
@click.option("--release", default="", help="蓝图版本号，默认现行 / release")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="文件：xlsx、docx、json / file")
def count(kind: str, parameters: tuple[str, ...], title: str, release: str, out: Path | None) -> None:
    """统计并留存：交叉表、用地平衡表、两规差异、三线、历版。 / Count and keep the tables of one of the statistics."""
    from lantu.analysis.services import keep_statistic
    from lantu.analysis.stats import papers

    form = out.suffix.lstrip(".") if out is not None else ""
    if out is not None and form not in (*papers.FORMS, "json"):
        raise BadInput(_("不认识报告格式 %(form)s。") % {"form": out.suffix}, how="、".join((*papers.FORMS, "json")))
    given: dict[str, Any] = {}
    for one in parameters:
        key, sign, value = one.partition("=")
        if not sign:
            raise BadInput(_("参数 %(one)s 没有等号。") % {"one": one}, how="-p layer=C0101")
        given[key] = value
    row = keep_statistic(system("lantu analysis count", "cli"), kind, given, title=title, release=release)
    click.echo(f"{row.number}  {row.title}")
    for table in row.result["tables"]:
        for line in (papers.heads(table), *papers.lines(table)):
            click.echo("  " + "  ".join(str(cell) for cell in line))
    if out is not None:
        note = papers.basis_line(row.asked["basis"], row.digest)
        body = json.dumps(row.result, ensure_ascii=False).encode() if form == "json" else papers.written(form, row.title, note, row.result)
        out.write_bytes(body)
        click.echo(str(out))
