"""A small published city to ask: the boxes of ``blueprints.factories`` with the settings of this room."""

from __future__ import annotations

from typing import Any

from lantu.blueprints import factories as city
from lantu.blueprints.factories import Box, actor, box, make_living
from lantu.blueprints.models import BlueprintRelease, FusionRun
from lantu.blueprints.services import publish_release
from lantu.standards import selectors as standards
from lantu.standards.models import LayerDefinition, PackPart, PackVersion

__all__ = ["SETTINGS", "Box", "actor", "box", "make_city", "make_living"]

SETTINGS: dict[str, Any] = {
    "limits": {"max_vertices": 120_000, "near_m": 3000},
    "conformity": {
        "items": {
            "K01": {"layer": "C0404", "verdict": "fail", "rule": "C01", "reason_zh": "不得占用基本农田", "departments": ["GT"]},
            "K07": {"layer": "C0401", "codes": ["030"], "verdict": "conditional", "name_zh": "限制建设区", "name_en": "Restricted zone"},
            "K09": {"layer": "C0501", "verdict": "fail"},
            "K30": {"living": "D0102", "verdict": "conditional", "departments": ["GT"], "assessments": [{"name_zh": "权属核查"}]},
        },
        "use": {"layer": "C0101", "same": "pass", "construction": "conditional", "other": "fail", "tolerated_share": 0.02},
        "needs": [{"department": "GH", "min_area_m2": 50_000, "name_zh": "规划条件"}],
    },
    "balance": [{"layer": "C0101", "name_zh": "用地平衡表", "name_en": "Land balance", "total_of": "construction"}],
    "indicators": {
        "I01": {
            "name_zh": "基本农田",
            "name_en": "Farmland",
            "kind": "binding",
            "unit": "公顷",
            "direction": "min",
            "base": 2,
            "target": 1.9,
            "period": "P1Y",
            "formula": {"area": {"layer": "C0404"}},
            "warn": 0.1,
        },
        "I02": {
            "name_zh": "两规一致率",
            "kind": "expected",
            "unit": "%",
            "direction": "min",
            "base": 10,
            "target": 60,
            "period": "P3M",
            "formula": {
                "ratio": {
                    "of": {"all": [{"layer": "C0101", "trait": "construction"}, {"layer": "C0401", "codes": ["010"]}]},
                    "to": {"layer": "C0101", "trait": "construction"},
                }
            },
            "warn": 0.1,
        },
        "I03": {
            "name_zh": "已供",
            "kind": "expected",
            "unit": "公顷",
            "direction": "max",
            "target": 1,
            "formula": {"area": {"living": ["D0102"]}},
        },
        "I04": {"name_zh": "红线外来数", "kind": "expected", "unit": "宗", "direction": "min", "target": 5, "formula": {"source": "test"}},
    },
    "implementation": {
        "planned": {"layer": "C0101", "trait": "construction"},
        "name_zh": "规划建设用地",
        "name_en": "Planned construction land",
        "stages": [{"code": "approved", "name_zh": "已供", "name_en": "Supplied", "living": ["D0102"]}],
    },
    "three_lines": [{"code": "farmland", "layer": "C0404", "name_zh": "永久基本农田", "name_en": "Farmland"}],
}


def make_city(settings: dict[str, Any] | None = None) -> tuple[PackVersion, FusionRun, BlueprintRelease]:
    """A pack with settings, one run over it, published as 0.1.

    In metres from the corner: urban R2 (0,0)-(400,400), G1 (400,0)-(800,400), E2 (0,400)-(800,800); land 030 (200,0)-(600,400), 010 left
    and right of it, nothing above; farmland (0,300)-(100,500).
    """
    pack = city.make_pack()
    pack.settings["crs"]["accepted"] = [4490, 4545, 4524, 4523]
    pack.save()
    standards.clear()
    LayerDefinition.objects.filter(pack=pack, code__in=["C0101", "C0401"]).update(is_coverage=True)
    LayerDefinition.objects.filter(pack=pack, code="C0404").update(security="restricted", strength="hard")
    PackPart.objects.create(pack=pack, name="analysis", content=SETTINGS if settings is None else settings)
    run = city.make_run(city.make_releases(pack))
    release = publish_release(actor("publisher", 99), run, "0.1", "")
    return pack, run, release
