"""``lantu city``: load, export, compare, list city packs."""

from __future__ import annotations

from pathlib import Path

import click
from django.conf import settings

from lantu.core.actor import system
from lantu.core.errors import NotFound


@click.group("city")
def city() -> None:
    """城市包。 / City packs."""


def _folder(name: str) -> Path:
    return Path(name) if Path(name).exists() else Path(settings.CITIES_DIR) / name


@city.command("load")
@click.argument("name")
def load(name: str) -> None:
    """装入城市包（名称或文件夹）。 / Load a pack by name or folder."""
    from lantu.standards.services import load_pack

    version = load_pack(system("lantu city load", "cli"), _folder(name))
    counts = f"{version.layers.count()} 图层, {version.rules.count()} 规则, {version.code_systems.count()} 代码表"
    click.echo(f"{version} 在用 / in force: {counts}; {version.digest[:16]}")


@city.command("check")
@click.argument("name")
def check(name: str) -> None:
    """只检查，不装入。 / Check only."""
    from lantu.standards.services import read_pack

    texts, _content = read_pack(_folder(name))
    click.echo(f"{len(texts)} 个文件，没有问题 / files, no problems")


@city.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--version", "number", default="", help="版本，默认在用的 / version, default the one in force")
def export(folder: Path, number: str) -> None:
    """把城市包写成文件。 / Write a pack as files."""
    from lantu.standards.services import export_pack

    for path in export_pack(system("lantu city export", "cli"), _version(number), folder):
        click.echo(path)


@city.command("diff")
@click.argument("name")
@click.option("--version", "number", default="")
def diff(name: str, number: str) -> None:
    """比较装入的版本与一个文件夹。 / Compare the loaded version with a folder."""
    from lantu.standards.pack.compare import differences
    from lantu.standards.services import read_pack

    stored = {part.name.removeprefix("file:"): part.content["text"] for part in _version(number).parts.filter(name__startswith="file:")}
    changes = differences(stored, read_pack(_folder(name))[0])
    for file, key, what in changes:
        click.echo(f"{what:8} {file} {key}")
    click.echo(f"{len(changes)} 处不同 / differences")


@city.command("list")
def list_versions() -> None:
    """列出装入过的版本。 / List loaded versions."""
    from lantu.standards.models import PackVersion

    for version in PackVersion.objects.all():
        click.echo(
            f"{'*' if version.in_force else ' '} {version.city} {version.version} {version.digest[:16]} {version.loaded_at:%Y-%m-%d %H:%M}"
        )


def _version(number: str):
    from lantu.standards.models import PackVersion
    from lantu.standards.selectors import pack

    if not number:
        return pack()
    found = PackVersion.objects.filter(version=number).order_by("-loaded_at").first()
    if found is None:
        raise NotFound(f"没有版本 {number}。", how="lantu city list")
    return found


commands = [city]
