"""Every rule of the Guiyang pack on hand-computed ground: a urban parcel of 100 × 100 m and what the other plans say there."""

from __future__ import annotations

import pytest

from lantu.blueprints.fusion.compile import RuleError, RuleText, compile_rules
from lantu.blueprints.fusion.evaluate import Kind
from lantu.blueprints.fusion.slivers import SliverLimits
from lantu.blueprints.tests.pack import City, Patches, facts

WHOLE = (0, 0, 100, 100)
HALF = (50, 0, 150, 100)
QUARTER = (75, 0, 175, 100)


def urban(code: str = "R2") -> Patches:
    return [(code, WHOLE)]


def test_c01_farmland_layer() -> None:
    assert City({"C0101": urban(), "C0404": [("", HALF)]}).types() == {"C01": 5000.0}


def test_c01_use_zone_010_where_there_is_no_farmland_layer() -> None:
    assert City({"C0101": urban(), "C0402": [("010", HALF), ("030", (-50, 0, 50, 100))]}).types() == {"C01": 5000.0}


def test_c01_asks_the_farmland_layer_alone_where_there_is_one() -> None:
    city = City({"C0101": urban(), "C0402": [("010", WHOLE)], "C0404": [("", QUARTER)]})
    assert city.types() == {"C01": 2500.0}


def test_c02_red_line_under_either_plan() -> None:
    layers = {"C0101": [("E2", (0, 0, 50, 100)), ("R2", HALF)], "C0401": [("010", (0, 0, 25, 100)), ("040", (25, 0, 50, 100))]}
    assert City({**layers, "C0501": [("", WHOLE)]}).types()["C02"] == 7500.0


@pytest.mark.parametrize("layer", ["C0502", "C0504"])
def test_c03_level_1_water_and_reserve_core(layer: str) -> None:
    assert City({"C0101": urban(), layer: [("", QUARTER)]}).types() == {"C03": 2500.0}


def test_c04_heritage_scope() -> None:
    assert City({"C0101": urban(), "C0701": [("", QUARTER)]}).types() == {"C04": 2500.0}


def test_c05_prohibited_zone_and_its_subdivision() -> None:
    assert City({"C0101": urban(), "C0401": [("040", HALF), ("041", (0, 0, 10, 100))]}).types() == {"C05": 6000.0}


def test_c06_restricted_zone() -> None:
    city = City({"C0101": urban(), "C0401": [("030", HALF), ("010", (0, 0, 50, 100))]})
    assert city.types() == {"C06": 5000.0}
    assert city.types(Kind.DIFFERENCE) == {"D01": 5000.0}


@pytest.mark.parametrize("code", ["G1", "S1", "U12", "H21", "H3"])
def test_c06_tolerates_green_roads_utilities_as_a_difference(code: str) -> None:
    city = City({"C0101": urban(code), "C0401": [("030", HALF)]})
    assert city.types() == {}
    assert city.types(Kind.DIFFERENCE) == {"D01": 5000.0}
    assert city.hits(Kind.DIFFERENCE) == [["C06", "D01"]]


def test_c06_does_not_tolerate_green_mixed_with_housing() -> None:
    assert City({"C0101": urban("G1/R2"), "C0401": [("030", HALF)]}).types() == {"C06": 5000.0}


def test_c07_conditional_zone_in_the_strict_reading_only() -> None:
    layers = {"C0101": urban(), "C0401": [("020", HALF), ("010", (0, 0, 50, 100))]}
    strict, loose = City(layers), City(layers, "loose")
    assert strict.types() == {"C07": 5000.0}
    assert strict.types(Kind.DIFFERENCE) == {"D01": 5000.0}
    assert loose.types() == {}
    assert loose.types(Kind.DIFFERENCE) == {}


def test_c08_land_plan_builds_where_the_urban_plan_does_not() -> None:
    layers = {"C0101": urban("E2"), "C0401": [("010", HALF), ("020", (0, 0, 25, 100))]}
    strict, loose = City(layers), City(layers, "loose")
    assert strict.types() == {"C08": 5000.0}
    assert strict.types(Kind.DIFFERENCE) == {"D02": 5000.0}
    assert loose.types() == {"C08": 7500.0}


@pytest.mark.parametrize("layer", ["C0702", "C0503", "C0304", "C0751", "C0752"])
def test_c09_conditional_belts(layer: str) -> None:
    assert City({"C0101": urban(), layer: [("", QUARTER)]}).types() == {"C09": 2500.0}


def test_c10_red_line_over_farmland_without_any_building() -> None:
    assert City({"C0501": [("", WHOLE)], "C0404": [("", HALF)]}).types() == {"C10": 5000.0}


def test_c11_school_site_used_otherwise() -> None:
    layers = {"C0711": [("JY02", WHOLE)], "C0101": [("A33", (0, 0, 50, 100)), ("B1", HALF)]}
    assert City(layers).types() == {"C11": 5000.0}


def test_c12_industry_zone_under_housing() -> None:
    layers = {"C0101": [("R2", (0, 0, 50, 100)), ("M1", HALF)], "C0402": [("050", WHOLE)], "C0404": []}
    assert City(layers).types() == {"C12": 5000.0}


def test_c12_mixed_use_agrees_when_one_part_does() -> None:
    assert City({"C0101": [("M1/R2", WHOLE)], "C0402": [("030", WHOLE)], "C0404": []}).types() == {}


def test_c13_waits_for_living_layers() -> None:
    city = City({"C0101": urban("E2"), "C0401": [("030", WHOLE)]})
    assert city.compiled.living == {"C13"}
    assert city.types() == {}


def test_c14_takes_the_narrow_strip_and_keeps_its_origin() -> None:
    limits = SliverLimits(4.0, 0.2, 0.01)
    strip = {"C0101": [("R2", (0, 0, 100, 1000))], "C0401": [("010", (-50, 0, 99, 1000)), ("030", (99, 0, 200, 1000))]}
    city = City(strip, limits=limits, scale=10_000)
    assert city.types() == {"C14": 1000.0}
    assert city.hits() == [["C06"]]
    assert [draft.apart for draft in city.of(Kind.CONFLICT)] == [True]


def test_severity_1_strip_never_hides_in_c14() -> None:
    strip = {"C0101": [("R2", (0, 0, 100, 1000))], "C0404": [("", (99, 0, 200, 1000))]}
    city = City(strip, limits=SliverLimits(4.0, 0.2, 0.01), scale=10_000)
    assert city.types() == {"C01": 1000.0}
    assert [(draft.sliver, draft.apart) for draft in city.of(Kind.CONFLICT)] == [(True, False)]


def test_gaps_are_told_by_who_is_silent() -> None:
    city = City({"C0101": urban(), "C0401": [("010", HALF)]})
    assert city.types() == {}
    assert city.types(Kind.GAP) == {"G01": 5000.0, "G02": 5000.0}


def test_lower_number_is_primary_and_every_hit_is_kept() -> None:
    city = City({"C0101": urban(), "C0404": [("", HALF)], "C0501": [("", QUARTER)]})
    assert city.types() == {"C01": 5000.0, "C10": 5000.0}
    assert ["C01", "C02", "C10"] in city.hits()


def test_unknown_code_is_neither_construction_nor_not() -> None:
    city = City({"C0101": urban("??"), "C0401": [("010", HALF), ("040", (0, 0, 50, 100))], "C0404": [("", WHOLE)]})
    assert city.types() == {}
    assert city.types(Kind.DIFFERENCE) == {}


def test_rule_without_its_layers_is_skipped_and_said_so() -> None:
    skipped = City({"C0101": urban()}).compiled.skipped
    assert skipped["C01"] == ["C0404|C0402"]
    assert skipped["C05"] == ["C0401"]


@pytest.mark.parametrize(
    ("when", "message"),
    [({"layer": "C0101"}, "C99"), ({"pair": ["C0101", "C0101"], "table": "none"}, "none"), ({"all": 1}, "all")],
)
def test_rule_that_cannot_be_read_is_named(when: dict[str, object], message: str) -> None:
    text = RuleText("C99", "conflict", 99, 1, when, ["C0101"])
    with pytest.raises(RuleError, match=message):
        compile_rules([text], [facts("C0101", urban())], "strict")
