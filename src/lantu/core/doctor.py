"""What an installation needs, looked at one by one (体检)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core import sealing
from lantu.core.models import Job

LEAST_FREE = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing looked at: whether it is well, what it is, how to mend it."""

    well: bool
    what: str
    how: str = ""


more: list[Callable[[], Iterable[Condition]]] = []
"""What other rooms look at; they add theirs when the program starts."""


def examine() -> Iterator[Condition]:
    """Database, tables, folders, space, compiled translations, jobs, audit trail, and what other rooms look at."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield Condition(False, _("连不上数据库：%(error)s") % {"error": error}, _("请核对 DATABASE_URL，并确认数据库已启动。"))
        return
    yield Condition(True, _("数据库 %(vendor)s") % {"vendor": connection.vendor})
    executor = MigrationExecutor(connection)
    behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Condition(not behind, _("表结构：待升级 %(n)s 项") % {"n": len(behind)}, "lantu migrate")
    if behind:
        return
    yield from _folders()
    root = Path(__file__).resolve().parents[1]
    missing = [path for path in root.glob("*/locale/en/LC_MESSAGES/django.po") if not path.with_suffix(".mo").exists()]
    yield Condition(not missing, _("译文：未编译 %(n)s 份") % {"n": len(missing)}, "lantu setup")
    waiting = Job.objects.filter(state=Job.State.QUEUED, created_at__lt=timezone.now() - timedelta(minutes=5)).count()
    yield Condition(not waiting, _("任务：等了 5 分钟还没人办的 %(n)s 个") % {"n": waiting}, _("请启动 lantu serve 或 lantu worker。"))
    broken = sealing.verify()
    yield Condition(not broken, _("留痕：断开 %(n)s 处") % {"n": len(broken)}, _("请运行 lantu audit verify 看断在哪里，并保全现场。"))
    for look in more:
        yield from look()


def _folders() -> Iterator[Condition]:
    for path in (Path(settings.VAR), Path(settings.LANTU_FILES), Path(settings.LANTU_STORE)):
        try:
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                writable = True
        except OSError:
            writable = False
        yield Condition(writable, _("目录可写：%(path)s") % {"path": path}, f"chown -R {os.environ.get('USER', 'lantu')} {path}")
    free = shutil.disk_usage(settings.VAR).free
    how = _("请清理磁盘，或把 LANTU_VAR 移到更大的盘上。")
    yield Condition(free >= LEAST_FREE, _("剩余空间 %(gb).1f GB") % {"gb": free / 1024**3}, how)
