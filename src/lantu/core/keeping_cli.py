"""``lantu backup | restore | doctor``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup(target: Path) -> None:
    """备份：数据库、文件、成果库，一个压缩包。 / Back up database, files and stores into one archive."""
    from lantu.core.backup import backup as write

    with click.progressbar(length=100, label=target.name) as bar:
        digest = write(target, lambda share, step: bar.update(round(share * 100) - bar.pos))
        bar.update(100 - bar.pos)
    click.echo(f"{target}  {target.stat().st_size / 1e6:.1f} MB  {digest}")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="覆盖现有数据 / overwrite what is here")
def restore(source: Path, replace: bool) -> None:
    """恢复：先核对摘要，再一次写入。 / Restore: digests are checked first."""
    from lantu.core.backup import restore as read

    with click.progressbar(length=100, label=source.name) as bar:
        digest = read(source, replace=replace, tell=lambda share, step: bar.update(round(share * 100) - bar.pos))
    click.echo(digest)


@click.command()
def doctor() -> None:
    """体检：缺什么、怎么补；有问题则退出码为 1。 / Check the installation and say how to mend it; exit code 1 on trouble."""
    from lantu.core.doctor import examine

    troubles = 0
    for finding in examine():
        troubles += not finding.well
        click.secho(f"{'✓' if finding.well else '✗'} {finding.what}", fg="green" if finding.well else "red")
        if not finding.well:
            click.echo(f"  {finding.how}")
    if troubles:
        raise click.exceptions.Exit(1)


commands = [backup, restore, doctor]
