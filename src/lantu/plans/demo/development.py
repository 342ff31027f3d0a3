"""The economic and social development plan has no geometry: targets, and projects tied to places and layers."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import yaml

TARGETS = (
    ("T01", "建设用地总规模", "公顷", "≤", 96000, "C0401", "010"),
    ("T02", "城乡建设用地规模", "公顷", "≤", 71000, "C0403", "21"),
    ("T03", "永久基本农田保护面积", "公顷", "≥", 120000, "C0404", ""),
    ("T04", "生态保护红线面积占比", "%", "≥", 18, "C0501", ""),
    ("T05", "人均公园绿地面积", "平方米", "≥", 13, "C0101", "G1"),
    ("T06", "义务教育学校新增", "所", "≥", 60, "C0711", "JY02;JY03"),
    ("T07", "常住人口规模", "万人", "≤", 600, "", ""),
    ("T08", "固定资产投资年均增速", "%", "≥", 10, "", ""),
)
SECTORS = (
    ("轨道交通", "48"),
    ("棚户区改造", "47"),
    ("大数据产业园", "47"),
    ("中小学校", "83"),
    ("综合医院", "84"),
    ("水源工程", "76"),
    ("市政道路", "48"),
    ("物流园区", "59"),
)


def write_development(rng: np.random.Generator, folder: Path, regions: dict[str, str], counties: list[str], count: int = 48) -> None:
    """``targets.xlsx`` and ``projects.csv`` (GBK, as spreadsheets save it), with metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    _targets(folder / "规划目标.xlsx")
    with (folder / "重大项目库.csv").open("w", encoding="gb18030", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["项目编号", "项目名称", "行业", "总投资（万元）", "开始年", "完成年", "区县代码", "区县", "关联图层", "备注"])
        for number in range(1, count + 1):
            sector, industry = SECTORS[int(rng.integers(len(SECTORS)))]
            code = counties[int(rng.integers(len(counties)))]
            start = int(rng.integers(2016, 2020))
            money = int(rng.integers(8, 900)) * 100
            rows.writerow(
                [
                    f"YS-{number:03d}",
                    f"演示 {regions[code]}{sector}项目 {number:03d}",
                    industry,
                    money,
                    start,
                    start + int(rng.integers(1, 5)),
                    code,
                    regions[code],
                    "C0101",
                    "演示数据",
                ]
            )
    facts = {
        "name": "演示 贵阳市国民经济和社会发展规划",
        "demo": True,
        "mark": "演示数据",
        "layer": "C0601",
        "owner": "FGW",
        "document_no": "演示〔2018〕12号",
        "document_date": "2018-02-01",
        "valid_from": "2018-02-01",
        "files": ["规划目标.xlsx", "重大项目库.csv"],
        "format": "tables",
        "encoding": "GB18030",
        "epsg": None,
        "fields": {"id": "项目编号", "place": "区县代码", "layer": "关联图层"},
        "features": count,
        "faults": 0,
    }
    (folder / "metadata.yaml").write_text(yaml.safe_dump(facts, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _targets(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "规划目标"
    sheet.append(["编号", "指标", "单位", "方向", "目标值", "关联图层", "关联代码", "备注"])
    for row in TARGETS:
        sheet.append([*row, "演示数据"])
    book.properties.created = book.properties.modified = datetime(2018, 9, 1)
    book.save(path)
