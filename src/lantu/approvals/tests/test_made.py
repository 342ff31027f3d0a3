"""What the platform makes of a filing: the unified form and the boundary points, kept in every version, readable by others."""

from __future__ import annotations

import pypdfium2
import pytest
import shapely

from lantu.approvals import services
from lantu.approvals.factories import ANSWERS, branch, fill, kept, make_applicant, make_definition, make_draft, make_project, pdf
from lantu.approvals.models import Material, StageApplication
from lantu.approvals.selectors.dossier import HELD, materials
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.services.made import boundary_text, make_filed
from lantu.casework.factories import make_actor, make_calendar
from lantu.core import files, jobs
from lantu.core.actor import Actor, system
from lantu.documents.factories import small_city
from lantu.geodesy.area import polygon_area
from lantu.geodesy.boundary_text import decode, parse
from lantu.geodesy.transform import transform
from lantu.standards import selectors as standards

pytestmark = pytest.mark.django_db
HOLED = shapely.Polygon(
    [(106.60, 26.60), (106.602, 26.60), (106.602, 26.602), (106.60, 26.602)],
    [[(106.6005, 26.6005), (106.601, 26.6005), (106.601, 26.601), (106.6005, 26.601)]],
)
SITE = shapely.MultiPolygon([HOLED, shapely.box(106.61, 26.61, 106.611, 26.611)])


@pytest.fixture
def builder() -> Actor:
    small_city()
    make_calendar()
    make_definition()
    return make_actor("builder")


def filed_land_stage(builder: Actor) -> StageApplication:
    draft = make_draft(builder, "1")
    services.answer_situation(builder, draft, {"site": "allocation", "hits": []})
    services.set_site(builder, draft, SITE)
    asked = {one.code for one in Prepared(draft).form if not one.locked}
    services.save_answers(builder, draft, {code: value for code, value in ANSWERS.items() if code in asked - {"land_area_m2"}})
    services.hand_in(builder, draft, "feasibility", kept(pdf("f")), "可研.pdf")
    services.hand_in(builder, draft, "unit_identity", kept(pdf("u")), "证书.pdf")
    return services.file_draft(builder, draft)


def content(row: Material) -> bytes:
    assert row.stored is not None
    return files.path_of(row.stored).read_bytes()


def test_a_filing_gets_its_form_and_its_boundary_points(builder: Actor) -> None:
    application = filed_land_stage(builder)
    jobs.work_off()
    found = {have.need.code: have for have in materials(application)}
    assert found["unified_form"].state == HELD and found["site_txt"].state == HELD
    form, points = found["unified_form"].rows[0], found["site_txt"].rows[0]
    assert form.source == "platform" and form.filename.endswith("-1.pdf")
    document = pypdfium2.PdfDocument(content(form))
    text = "".join("".join(page.get_textpage().get_text_range() for page in document).split())
    facts = (application.number, application.project.code, "观山湖区教育局", "可行性研究报告审批", "0.8")
    for words in (*facts, "用地范围的椭球面积", "申请人填写"):
        assert words in text, words
    read, encoding = decode(content(points))
    assert encoding == "gb18030"
    parsed = parse(read)
    assert parsed.header["坐标系"] == "2000国家大地坐标系" and [len(one.rings) for one in parsed.parcels] == [2, 1]
    grid = standards.working_grid()
    back = shapely.transform(
        shapely.MultiPolygon([(one.rings[0], one.rings[1:]) for one in parsed.parcels]), transform(grid.epsg, grid.statutory_epsg).points
    )
    assert back.symmetric_difference(SITE).area < 1e-9
    hectares = sum(float(one.attributes["面积"]) for one in parsed.parcels)
    assert hectares == pytest.approx(polygon_area(SITE, grid.ellipsoid) / 10_000, abs=2e-4)


def test_a_changed_form_is_made_anew_and_the_same_is_not(builder: Actor) -> None:
    application = filed_land_stage(builder)
    jobs.work_off()
    assert make_filed(system(), application) == []
    services.ask_correction(make_actor("window", "ZWZX"), branch(application, "feasibility"), "总投资不符")
    services.amend_form(builder, application, {"investment_wan": 24000})
    jobs.work_off()
    rows = list(Material.objects.filter(application=application, code="unified_form").order_by("version"))
    assert [row.filename[-5] for row in rows] == ["1", "2"] and content(rows[0]) != content(rows[1])
    assert Material.objects.filter(application=application, code="site_txt").count() == 2


def test_a_filing_without_the_portal_gets_none(builder: Actor) -> None:
    project = make_project()
    make_applicant(builder, project)
    application = services.file_stage(builder, project, "2", "gov_building", {})
    jobs.work_off()
    assert make_filed(system(), application) == [] and not application.materials.exists()


def test_a_point_is_written_north_before_east_with_three_decimals(builder: Actor) -> None:
    application = services.file_draft(builder, fill(builder, make_draft(builder)))
    line = boundary_text(application, shapely.box(106.61, 26.61, 106.611, 26.611)).splitlines()
    first = next(one for one in line if one.startswith("J1,"))
    number, ring, north, east = first.split(",")
    assert (number, ring) == ("J1", "1") and 2_900_000 < float(north) < 3_000_000 and len(north.split(".")[1]) == 3
    assert 300_000 < float(east) % 1_000_000 < 700_000 and line[-1].startswith("J1,")
