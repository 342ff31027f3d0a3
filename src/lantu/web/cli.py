"""``lantu setup`` and ``lantu demo``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lantu.accounts.demo import demo_accounts
from lantu.blueprints.models import BlueprintRelease, Finding
from lantu.blueprints.selectors.findings import words_of
from lantu.blueprints.selectors.statistics import statistics
from lantu.ui.formats import hectares
from lantu.web.demo import CITY


def cities() -> list[str]:
    """The city packs that are here."""
    return sorted(path.parent.name for path in Path(settings.CITIES_DIR).glob("*/pack.yaml"))


@click.command()
def setup() -> None:
    """编译译文和内核，收集静态文件。 / Compile translations and kernels, collect static files."""
    from django.core.management import call_command

    from lantu.planar.warm import warm
    from lantu.ui.translations import compile_all

    compile_all()
    call_command("collectstatic", interactive=False, verbosity=0)
    with _progress() as watch:
        tell = watch("编译内核 Compile kernels")
        warm(tell)
        tell(1.0, "")


@click.command()
@click.option("--reset", is_flag=True, help="先清掉演示数据 / throw the demo data away first")
@click.option("--patches", default=7000, show_default=True, help="演示图斑数（约） / about how many patches")
@click.option("--city", default=CITY, show_default=True, type=click.Choice(cities()), help="城市包 / city pack")
def demo(reset: bool, patches: int, city: str) -> None:
    """装好演示城市：规划入库、融合、发布。 / Build the demo city: plans in, fused, published."""
    from lantu.web import demo as demos

    console = Console()
    if reset:
        console.print(f"清除 {settings.VAR} 里的演示数据 / throwing away the demo data")
        demos.throw_away()
    with _progress(console) as watch:
        release = demos.DemoCity(watch, size=patches, city=city).build()
    _report(console, release)


@contextmanager
def _progress(console: Console | None = None) -> Iterator[Callable[[str], Callable[[float, str], None]]]:
    """A bar per step; on no terminal a line per finished step."""
    elapsed, step = TimeElapsedColumn(), TextColumn("{task.fields[step]}")
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), elapsed, step)
    with Progress(*columns, console=console) as progress:

        def watch(title: str) -> Callable[[float, str], None]:
            task = progress.add_task(title, total=1.0, step="")
            return lambda share, step: progress.update(task, completed=share, step=step)

        yield watch


def _report(console: Console, release: BlueprintRelease) -> None:
    """What the demo found, where to look, and who can sign in."""
    run = release.run
    console.print(f"\n蓝图 {release.number}　融合 {run.number}　摘要 {release.digest[:16]}　演示数据")
    words = words_of(run)
    for listing in Finding.Listing:
        table = statistics(run, listing.value, "type")
        console.print(f"  {listing.label}　{run.totals[listing.value]['count']} 处　{hectares(run.totals[listing.value]['area_m2'])} 公顷")
        for row in table.rows:
            console.print(f"    {row.key:<5} {words.rule(row.key)}　{row.main.count} 处　{hectares(row.main.area_m2)} 公顷")
    console.print("\n地址 / address　http://localhost:8000/　地图 /map/　问题清单 /blueprints/")
    accounts = demo_accounts()
    console.print(f"演示账户（密码都是 {accounts[0].password}） / demo log-ins, one password:")
    for account in accounts:
        console.print(f"  {account.username:<18} {account.full_name}")


commands = [setup, demo]
