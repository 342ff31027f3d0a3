"""What is wrong in the pack's templates and certificate types is named when it is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from lantu.core.errors import BadInput
from lantu.standards.services import read_pack


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("documents/templates.yaml", "于 {received} 收到", "于 {recieved} 收到", "{recieved} 不是字段"),
        ("documents/templates.yaml", "type: table, heads: [材料, 份数, 来源]", "type: table", "缺少 heads"),
        ("certificates.yaml", "layer: D0104", "layer: C0101", "C0101 不是活图层"),
        ("certificates.yaml", "地字第 {region}{year}{serial} 号", "地字第 {region}{year} 号", "会重号"),
        ("certificates.yaml", "issuers: [ZJJ]", "issuers: [NOBODY]", "issuers 里没有 NOBODY"),
    ],
)
def test_a_problem_is_named(tmp_path: Path, name: str, old: str, new: str, message: str) -> None:
    folder = tmp_path / "pack"
    shutil.copytree(Path(settings.CITIES_DIR) / "guiyang", folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_pack(folder)
    assert any(message in problem and name in problem for problem in caught.value.values["problems"])
