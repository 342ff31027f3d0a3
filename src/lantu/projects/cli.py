"""``lantu project``: the library from the command line. Exit codes: 0 done, 1 refused or rows refused, 2 wrong usage."""

from __future__ import annotations

from pathlib import Path

import click

from lantu.core.actor import system


@click.group("project")
def project() -> None:
    """统一项目库。 / The project library."""


@project.command(name="list")
@click.option("--library", default="", help="reserve | planning | implementation | construction | completed")
def list_(library: str) -> None:
    """列出项目。 / List the projects."""
    from lantu.projects.models import Project

    rows = Project.objects.select_related("department")
    for row in rows.filter(library=library) if library else rows:
        click.echo(f"{row.code}\t{row.get_library_display()}\t{row.get_state_display()}\t{row.department}\t{row.name}")


@project.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """从 Excel 导入项目，逐行交代。 / Import projects from a spreadsheet; every row is accounted for."""
    from django.utils import timezone

    from lantu.projects.importing import import_projects

    with file.open("rb") as stream:
        outcome = import_projects(system("lantu project import", "cli"), stream, today=timezone.localdate())
    for number, where, why in outcome.refused:
        click.echo(f"{number}\t{where}\t{why}", err=True)
    click.echo(f"来源 {outcome.rows} = 新登记 {len(outcome.entered)} + 已在库中 {len(outcome.known)} + 未登记 {len(outcome.refused)}")
    if outcome.refused:
        raise click.exceptions.Exit(1)


@project.command()
@click.argument("text")
def code(text: str) -> None:
    """拆解一个统一项目代码。 / Take a project code apart."""
    from lantu.projects import coding

    found = coding.read(text)
    click.echo(f"{found.form}\t{found.year}\t{found.month or ''}\t{found.region}\t{found.field}\t{found.kind}\t{found.serial}")


commands = [project]
