"""``lantu serve | worker | tick``: the processes that keep the platform running."""

from __future__ import annotations

import os
import sys

import click
from django.core.management import call_command
from django.utils.translation import gettext as _

from lantu.core.errors import Conflict


@click.command()
@click.option("--processes", default=1, show_default=True, help="同时办几个任务 / jobs at a time")
@click.option("--grace", default=20.0, show_default=True, help="停机时给任务的秒数 / seconds a job gets at the end")
@click.option("--slot", default="", hidden=True)
def worker(processes: int, grace: float, slot: str) -> None:
    """办理排队的任务，直到停止。 / Work on queued jobs until stopped."""
    from lantu.core.worker import run_slot, run_worker

    if slot:
        run_slot(slot)
    else:
        run_worker(processes, grace)


@click.command()
@click.option("--once", is_flag=True, help="只办一轮 / one round only")
def tick(once: bool) -> None:
    """按时办理定时任务。 / Run the periodic duties."""
    from lantu.core.worker import run_ticker

    for name in run_ticker(once):
        click.echo(name)


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="地址 / address")
@click.option("--workers", type=int, help="网站进程数，默认每核 1 个，SQLite 1 个 / site processes, one a core, one on SQLite")
@click.option("--threads", type=int, help="每个网站进程的线程，默认共 8 个 / threads of each, by default eight in all")
@click.option("--processes", default=1, show_default=True, help="任务进程数 / job processes")
def serve(bind: str, workers: int | None, threads: int | None, processes: int) -> None:
    """启动网站、任务和定时三个进程。 / Run the site, the worker and the ticker together."""
    from lantu.core.processes import Child, ProcessGroup

    _check_migrations()
    call_command("collectstatic", interactive=False, verbosity=0)
    workers = workers or _site_processes()
    web = [sys.executable, "-m", "gunicorn", "lantu.config.wsgi", "--bind", bind, "--timeout", "120"]
    web += ["--workers", str(workers), "--threads", str(threads or max(8 // workers, 2))]
    web += ["--worker-tmp-dir", "/dev/shm"] if os.path.isdir("/dev/shm") else []  # noqa: PTH112 - a plain question
    own = [sys.executable, "-m", "lantu"]
    group = ProcessGroup(
        [
            Child("web", lambda start: web),
            Child("worker", lambda start: [*own, "worker", "--processes", str(processes)]),
            Child("tick", lambda start: [*own, "tick"]),
        ]
    )
    click.echo(f"http://{bind}/　Ctrl-C 停止 / to stop")
    group.run()


def _site_processes() -> int:
    """One process answers for a file that one at a time can write; a server is asked by as many as there are cores."""
    from django.db import connection

    return 1 if connection.vendor == "sqlite" else min(os.cpu_count() or 1, 4)


def _check_migrations() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Conflict(
            _("数据库的表还不是这一版的。"), how=_("请先运行 lantu migrate；演示环境运行 lantu demo。"), code="migrations-missing"
        )


@click.command()
def migrate() -> None:
    """建表或升级表结构。 / Create or upgrade the tables."""
    call_command("migrate", interactive=False, verbosity=1)


commands = [worker, tick, serve, migrate]
