"""A backup holds everything; a restored installation has the same digest."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from django.conf import settings

from lantu.accounts.models import Region, User
from lantu.core import audit, backup, files, sealing
from lantu.core.actor import system
from lantu.core.errors import BadInput, Conflict
from lantu.core.models import AuditEvent, StoredFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """An installation with people, places, files and a sealed trail, backed up."""
    import shapely

    User.objects.create_user("wang", password="shan-shui-2026", full_name="王工")
    region = Region(code="520103", name_zh="云岩区", kind="county", geometry=shapely.box(106.6, 26.5, 106.8, 26.7))
    region.save()
    files.store(io.BytesIO("红线".encode()))
    (Path(settings.LANTU_STORE) / "plans").mkdir(parents=True)
    (Path(settings.LANTU_STORE) / "plans" / "xy.npy").write_bytes(b"\x93NUMPY")
    audit.record(system(), "test.verb", None, detail={"图": [1.5, None]})
    sealing.seal()
    sealing.sign_head()
    target = tmp_path / "backup.tar.gz"
    backup.backup(target)
    return target


def test_a_restored_installation_has_the_same_digest(filled: Path, tmp_path: Path) -> None:
    before = AuditEvent.objects.get()
    User.objects.all().delete()
    Region.objects.update(name_zh="改名")
    for path in Path(settings.LANTU_FILES).rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(Conflict, match="已有数据"):
        backup.restore(filled)
    settings.LANTU_AUDIT_KEY = tmp_path / "another_machines_key"
    digest = backup.restore(filled, replace=True)
    assert backup.backup(tmp_path / "again.tar.gz") == digest
    assert User.objects.get(username="wang").check_password("shan-shui-2026")
    region = Region.objects.get(code="520103")
    assert region.name_zh == "云岩区"
    assert region.geometry.bounds == pytest.approx((106.6, 26.5, 106.8, 26.7))
    assert files.path_of(StoredFile.objects.get()).read_bytes().decode() == "红线"
    assert AuditEvent.objects.get().at == before.at
    assert sealing.verify() == []
    User.objects.create_user("li", password="shan-shui-2026")  # the next number is free


def test_a_damaged_backup_changes_nothing(filled: Path) -> None:
    data = bytearray(filled.read_bytes())
    filled.write_bytes(bytes(data[: len(data) // 2]))
    with pytest.raises(BadInput):
        backup.restore(filled, replace=True)
    assert User.objects.filter(username="wang").exists()


def test_a_backup_with_a_changed_member_is_refused(filled: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.tar.gz"
    with tarfile.open(filled) as old, tarfile.open(forged, "w:gz") as new:
        for member in old:
            data = old.extractfile(member).read()  # type: ignore[union-attr]
            data = data.replace("王工".encode(), "李工".encode()) if member.name == "db/accounts.user.jsonl" else data
            data = data.replace(b"\\u738b\\u5de5", b"\\u674e\\u5de5")
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    with pytest.raises(BadInput, match="不一致"):
        backup.restore(forged, replace=True)


def test_an_unfinished_backup_has_not_the_targets_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_migrations", full)
    with pytest.raises(OSError, match="No space"):
        backup.backup(tmp_path / "x.tar.gz")
    assert not (tmp_path / "x.tar.gz").exists()
