"""``lantu i18n``: the English of the rooms."""

from __future__ import annotations

import click

from lantu.ui import translations


@click.group()
def i18n() -> None:
    """译文的核对与编译。 / Check and compile the translations."""


@i18n.command()
def check() -> None:
    """核对每句话都有英文；有缺则退出码为 1。 / Check that every sentence has English; exit code 1 if not."""
    problems = translations.check()
    for problem in problems:
        click.echo(f"{problem.where}: {problem.what}: {problem.message}")
    click.echo(f"{len(problems)} 处 / problems")
    if problems:
        raise click.exceptions.Exit(1)


@i18n.command()
def update() -> None:
    """把缺英文的句子写进各室的 .po 文件。 / Write the sentences without English into the rooms' .po files."""
    for room in translations.rooms():
        if empty := translations.update(room):
            click.echo(f"{translations.po_path(room).relative_to(translations.ROOMS)}: {empty}")


@i18n.command(name="compile")
def compile_() -> None:
    """编译译文。 / Compile the translations."""
    click.echo(translations.compile_all())


commands = [i18n]
