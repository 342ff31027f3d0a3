"""Backup and restore of a whole installation: database, files and stores in one archive, with a digest of everything.

The database goes out as JSON lines per table through Django, not as a file of the engine: a backup of SQLite can be restored into
PostgreSQL and the other way round. ``manifest.json`` names every member with its SHA-256; restore checks it before it writes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import shapely
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from lantu.core import sealing
from lantu.core.errors import BadInput, Conflict
from lantu.core.spatial import GeometryField

FORM = 1
Tell = Callable[[float, str], None]
_FOLDERS = ("files", "store")


def _folder(name: str) -> Path:
    return Path(settings.LANTU_FILES if name == "files" else settings.LANTU_STORE)


def _tables() -> list[type[models.Model]]:
    """All models with a table of their own, referred ones first; sessions are left out (everybody signs in again)."""
    skip = {"sessions.session", "contenttypes.contenttype", "auth.permission"}
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy]
    return [model for model in found if model._meta.label_lower not in skip]


def backup(target: Path, tell: Tell = lambda share, step: None) -> str:
    """Write everything to ``target`` (.tar.gz) and return the digest of the content. An unfinished archive never gets the target's name.

    One transaction reads all tables, so that the backup is of one moment.
    """
    part = target.with_name(target.name + ".part")
    members: dict[str, str] = {}
    with tarfile.open(part, "w:gz", compresslevel=1) as archive:
        with transaction.atomic():
            tables = _tables()
            for number, model in enumerate(tables):
                tell(0.5 * number / len(tables), model._meta.label)
                _add(archive, members, f"db/{model._meta.label_lower}.jsonl", b"".join(_lines(model)))
        paths = list(_kept_files())
        for number, (name, path) in enumerate(paths):
            tell(0.5 + 0.5 * number / len(paths), path.name)
            member = f"{name}/{path.relative_to(_folder(name)).as_posix()}"
            members[member] = _digest(path)
            archive.add(path, member)
        manifest = {"form": FORM, "made_at": timezone.now().isoformat(), "migrations": _migrations(), "members": members}
        manifest["audit_keys"] = sorted(sealing.trusted_keys())
        _add(archive, {}, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    part.rename(target)
    return digest_of(members)


def _kept_files() -> Iterator[tuple[str, Path]]:
    """(folder, path) of all files to keep; what is just being uploaded is not."""
    for name in _FOLDERS:
        yield from ((name, path) for path in sorted(_folder(name).rglob("*")) if path.is_file() and path.parent.name != "tmp")


def digest_of(members: dict[str, str]) -> str:
    """One digest over the names and digests of all members."""
    text = "\n".join(f"{name} {members[name]}" for name in sorted(members))
    return hashlib.sha256(text.encode()).hexdigest()


def restore(source: Path, *, replace: bool = False, tell: Tell = lambda share, step: None) -> str:
    """Put a backup back. All digests are checked first; then the tables are filled in one transaction.

    Raises ``BadInput`` for an archive that is damaged or of another version, ``Conflict`` when there is data already and not ``replace``.
    """
    manifest = _check(source, lambda share, step: tell(0.4 * share, step))
    if not replace and any(model._default_manager.exists() for model in _tables()):
        raise Conflict(_("这里已有数据，没有恢复。"), how=_("请在空的数据目录里恢复；确要覆盖请加 --replace。"))
    with tarfile.open(source, "r:gz") as archive:
        with transaction.atomic(), connection.constraint_checks_disabled():
            for model in reversed(_tables()):
                model._default_manager.all()._raw_delete(using="default")
            for number, model in enumerate(tables := _tables()):
                tell(0.4 + 0.4 * number / len(tables), model._meta.label)
                _fill(model, _read(archive, f"db/{model._meta.label_lower}.jsonl"))
            _reset_sequences()
            connection.check_constraints()
        for member in archive:
            if member.isfile() and member.name.split("/")[0] in _FOLDERS:
                _put(archive, member)
    sealing.trust(set(manifest["audit_keys"]))
    tell(1.0, "")
    return digest_of(manifest["members"])


def _lines(model: type[models.Model]) -> Iterator[bytes]:
    for row in model._default_manager.order_by("pk").iterator(chunk_size=2000):
        values = {field.attname: _plain(field, field.value_from_object(row)) for field in model._meta.concrete_fields}
        yield json.dumps(values, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _plain(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, GeometryField):
        value = shapely.to_wkb(value)
    if isinstance(field, models.BinaryField):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime):
        return value.isoformat()  # to the microsecond: the audit chain rests on it
    return value if isinstance(value, str | int | float | bool) else str(DjangoJSONEncoder().default(value))


def _fill(model: type[models.Model], stream: IO[bytes]) -> None:
    rows: list[models.Model] = []
    fields = model._meta.concrete_fields
    for line in stream:
        values = json.loads(line)
        rows.append(model(**{field.attname: _value(field, values[field.attname]) for field in fields}))
        if len(rows) >= 1000:
            _insert(model, rows)
            rows = []
    _insert(model, rows)


def _insert(model: type[models.Model], rows: list[models.Model]) -> None:
    # auto_now fields would be set anew on the way in: the rows come back as they were
    clocks = [(field, field.auto_now, field.auto_now_add) for field in model._meta.concrete_fields if isinstance(field, models.DateField)]
    try:
        for field, _now, _add in clocks:
            field.auto_now = field.auto_now_add = False
        model._base_manager.bulk_create(rows, batch_size=500)
    finally:
        for field, now, add in clocks:
            field.auto_now, field.auto_now_add = now, add


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.BinaryField):
        raw = base64.b64decode(value)
        return shapely.from_wkb(raw) if isinstance(field, GeometryField) else raw
    return field.to_python(value)


def _reset_sequences() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), _tables()):
            cursor.execute(statement)


def _check(source: Path, tell: Tell) -> dict[str, Any]:
    try:
        with tarfile.open(source, "r:gz") as archive:
            found = {}
            manifest: dict[str, Any] = {}
            for member in archive:
                stream = archive.extractfile(member)
                if stream is None:
                    continue
                if member.name == "manifest.json":
                    manifest = json.load(stream)
                else:
                    found[member.name] = hashlib.file_digest(io.BytesIO(stream.read()), "sha256").hexdigest()
                tell(min(len(found) / 1000, 0.99), member.name)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise BadInput(_("这个备份读不出来。"), where=f"{source.name}: {error}", how=_("请换一份完整的备份。")) from error
    wrong = sorted(name for name in {*found, *manifest.get("members", {})} if found.get(name) != manifest.get("members", {}).get(name))
    if not manifest or wrong:
        raise BadInput(_("备份的内容与它的清单不一致，没有恢复。"), where="、".join(wrong[:10]), how=_("请换一份完整的备份。"))
    if manifest["form"] != FORM or manifest["migrations"] != _migrations():
        raise BadInput(_("这个备份是另一版程序做的。"), how=_("请用做备份的那一版程序恢复，再升级。"), code="other-version")
    return manifest


def _migrations() -> list[str]:
    """The migrations that this installation's tables have."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _read(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    stream = archive.extractfile(name)
    if stream is None:
        raise BadInput(_("备份里没有 %(name)s。") % {"name": name}, how=_("请换一份完整的备份。"))
    return stream


def _put(archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    top, relative = member.name.split("/", 1)
    root = _folder(top).resolve()
    path = (root / relative).resolve()
    if not path.is_relative_to(root):
        raise BadInput(_("备份里有越界的路径。"), where=member.name, how=_("不要使用来历不明的备份。"))
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = archive.extractfile(member)
    if stream is not None:
        path.write_bytes(stream.read())


def _add(archive: tarfile.TarFile, members: dict[str, str], name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))
    members[name] = hashlib.sha256(data).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
