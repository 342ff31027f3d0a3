"""City packs: loaded whole or not at all, idempotent, written out the same; every problem with its file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from lantu.accounts.models import Department, Region
from lantu.core.actor import Actor, Post, system
from lantu.core.errors import BadInput, Refused
from lantu.core.models import AuditEvent
from lantu.standards import selectors
from lantu.standards.models import CalendarRelease, LayerDefinition, PackVersion, Rule
from lantu.standards.pack.compare import differences
from lantu.standards.pack.files import Report, read_folder
from lantu.standards.services import export_pack, load_pack, read_pack

pytestmark = pytest.mark.django_db
CITIES = sorted(path.name for path in Path(settings.CITIES_DIR).iterdir() if (path / "pack.yaml").exists())


@pytest.fixture
def guiyang(tmp_path: Path) -> Path:
    """A copy of the pack that a test may spoil."""
    return Path(shutil.copytree(Path(settings.CITIES_DIR) / "guiyang", tmp_path / "guiyang"))


def spoil(folder: Path, name: str, old: str, new: str) -> int:
    """Replace text in a file of the pack; returns the line where it stands."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("city", CITIES)
def test_a_pack_is_loaded_and_written_out_the_same(city: str, tmp_path: Path) -> None:
    version = load_pack(system(), Path(settings.CITIES_DIR) / city)
    export_pack(system(), version, tmp_path / "out")
    assert read_folder(tmp_path / "out", Report()) == read_folder(Path(settings.CITIES_DIR) / city, Report())
    again = load_pack(system(), tmp_path / "out")
    assert again.pk == version.pk


def test_loading_twice_makes_one_version_and_is_audited() -> None:
    folder = Path(settings.CITIES_DIR) / "guiyang"
    first, second = load_pack(system(), folder), load_pack(system(), folder)
    assert first.pk == second.pk
    assert PackVersion.objects.filter(in_force=True).count() == 1
    assert CalendarRelease.objects.count() == 1
    assert [row.detail["new"] for row in AuditEvent.objects.filter(verb="standards.load_pack").order_by("id")] == [True, False]


def test_what_is_loaded_is_what_the_files_say() -> None:
    version = load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")
    assert Rule.objects.get(pack=version, code="C01").severity == 1
    assert LayerDefinition.objects.get(pack=version, code="C0101").code_system.system == "gb50137"
    assert Region.objects.get(code="520103").parent.code == "520100"
    assert Region.objects.filter(kind="county").exclude(geometry=None).count() == 10
    assert [d.code for d in Department.objects.get(code="GH").successors.all()] == ["ZRZY"]
    assert selectors.working_grid().epsg == 4545


def test_a_new_version_leaves_the_old_rows_alone(guiyang: Path) -> None:
    old = load_pack(system(), guiyang)
    spoil(guiyang, "pack.yaml", 'version: "2018.5"', 'version: "2018.6"')
    spoil(guiyang, "rules.yaml", "severity: 1", "severity: 2")
    new = load_pack(system(), guiyang)
    assert new.in_force
    assert not PackVersion.objects.get(pk=old.pk).in_force
    assert Rule.objects.get(pack=old, code="C01").severity == 1
    assert Rule.objects.get(pack=new, code="C01").severity == 2


def test_other_content_under_a_taken_version_is_refused(guiyang: Path) -> None:
    load_pack(system(), guiyang)
    spoil(guiyang, "rules.yaml", "severity: 1", "severity: 2")
    with pytest.raises(BadInput, match="换一个版本号"):
        load_pack(system(), guiyang)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("rules.yaml", "{layer: C0404, present: true}", "{layer: C9999, present: true}", "没有图层 C9999"),
        ("rules.yaml", "{layer: C0404, present: true}", "{layers: C0404}", "看不懂的条件"),
        ("rules.yaml", "severity: 1", "severity: 9", "severity 应为 1–5"),
        ("layers.yaml", "strength: conditional", "strength: strong", "strength「strong」"),
        ("layers.yaml", "owner: STW", "owner: NOBODY", "没有部门 NOBODY"),
        ("departments.csv", ",ZRZY,", ",NOBODY,", "没有承接部门 NOBODY"),
        ("departments.csv", "2019-01-31", "2019-13-31", "应写成 YYYY-MM-DD"),
        ("regions.csv", "520103,云岩区", "520102,云岩区", "代码 520102 重复"),
        ("code_systems/gb50137-2011.csv", '"238,238,238"', '"238,238,999"', "应写成 R,G,B"),
        ("tables/facility-codes.csv", "JY02,A33,", "JY02,A99,", "目标代码表里没有 A99"),
        ("pack.yaml", "crs:", "crs: [", "YAML 写法有错"),
    ],
)
def test_a_problem_is_named_with_file_and_line_and_nothing_is_loaded(guiyang: Path, name: str, old: str, new: str, message: str) -> None:
    line = spoil(guiyang, name, old, new)
    with pytest.raises(BadInput) as caught:
        load_pack(system(), guiyang)
    found = [problem for problem in caught.value.values["problems"] if message in problem]
    assert found
    named = int(found[0].split(":")[1])
    assert abs(named - line) <= 12, (found[0], line)
    assert PackVersion.objects.count() == 0


def test_all_problems_come_at_once(guiyang: Path) -> None:
    spoil(guiyang, "layers.yaml", "owner: STW", "owner: NOBODY")
    spoil(guiyang, "rules.yaml", "severity: 1", "severity: 9")
    with pytest.raises(BadInput) as caught:
        read_pack(guiyang)
    assert {problem.split(":")[0] for problem in caught.value.values["problems"]} == {"layers.yaml", "rules.yaml"}


def test_a_missing_file_and_a_missing_folder_are_said(guiyang: Path, tmp_path: Path) -> None:
    (guiyang / "rules.yaml").unlink()
    with pytest.raises(BadInput, match=r"rules\.yaml"):
        read_pack(guiyang)
    with pytest.raises(BadInput, match="没有这个文件夹"):
        read_pack(tmp_path / "nowhere")


def test_only_the_system_administrator_loads_packs() -> None:
    planner = Actor(user_id=1, name="经办人", post=Post("planner"), channel="page")
    with pytest.raises(Refused):
        load_pack(planner, Path(settings.CITIES_DIR) / "guiyang")
    assert AuditEvent.objects.get(verb="standards.load_pack").outcome == "refused"


def test_export_does_not_write_over_files(tmp_path: Path) -> None:
    version = load_pack(system(), Path(settings.CITIES_DIR) / "guiyang")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "keep.txt").write_text("keep")
    with pytest.raises(BadInput, match="不是空的"):
        export_pack(system(), version, tmp_path / "x")


def test_differences_are_named_by_row(guiyang: Path) -> None:
    before = read_folder(guiyang, Report())
    spoil(guiyang, "rules.yaml", "severity: 1", "severity: 2")
    spoil(guiyang, "departments.csv", "市规划局", "规划局")
    changes = differences(before, read_folder(guiyang, Report()))
    assert ("rules.yaml", "rules.C01", "changed") in changes
    assert ("departments.csv", "GH", "changed") in changes
    assert len(changes) == 2
