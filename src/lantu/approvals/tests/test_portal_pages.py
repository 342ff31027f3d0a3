"""The portal by its pages, without JavaScript: a builder from the questions to the receipt; a stranger gets nothing."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantu.accounts.models import User
from lantu.approvals import services
from lantu.approvals.factories import ANSWERS, DWG, branch, fill, make_applicant, make_definition, make_draft, make_project, pdf
from lantu.approvals.models import Draft, Material, StageApplication, Upload
from lantu.casework.factories import make_actor, make_calendar
from lantu.core.actor import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def builder() -> Actor:
    make_calendar()
    make_definition()
    return make_actor("builder")


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def test_a_builder_goes_from_the_questions_to_the_receipt_by_plain_forms(builder: Actor) -> None:
    client, project = signed_in(builder), make_project()
    make_applicant(builder, project)
    answer = client.post("/portal/new/", {"project": project.pk, "stage": "2", "class": "gov_building"})
    base = answer["Location"]
    draft = Draft.objects.get()
    assert client.get(base)["Location"] == f"{base}situation/"
    client.post(f"{base}situation/", {"basement": "yes", "heritage": "no", "floor_area_m2": "50294"})
    wrong = client.post(f"{base}form/", {"far": "99"})
    assert wrong.status_code == 422 and "不得大于 15" in wrong.content.decode()
    asked = set(re.findall(r'name="([a-z0-9_]+)"', client.get(f"{base}form/").content.decode()))
    assert "unit_name" not in asked  # the platform knows it
    client.post(f"{base}form/", {code: str(value) for code, value in ANSWERS.items() if code in asked})
    for code, name, data in (("scheme_text", "方案.pdf", pdf()), ("scheme_drawing", "图.dwg", DWG), ("land_permit", "证.pdf", pdf("2"))):
        client.post(f"{base}materials/", {"code": code, "part": "1", "upload": SimpleUploadedFile(name, data)})
    assert "未扫描" in client.get(f"{base}materials/").content.decode()
    client.post(f"{base}materials/", {"code": "defence_form", "act": "commit"})
    assert "已经备齐" in client.get(f"{base}check/").content.decode()
    receipt = client.post(f"{base}check/", {"act": "file"}, follow=True)
    application = StageApplication.objects.get(applicant=draft.applicant)
    assert application.number in receipt.content.decode() and "计为收件" in receipt.content.decode()
    page = client.get(f"/portal/cases/{application.pk}/").content.decode()
    assert "等综合窗口核对材料" in page and "承诺后补的材料" in page
    assert application.number in client.get("/portal/").content.decode()


def test_another_unit_gets_none_of_it(builder: Actor) -> None:
    draft = fill(builder, make_draft(builder))
    own = Material.objects.filter(draft=draft, stored__isnull=False)[0]
    other = make_actor("builder")
    make_applicant(other)
    stranger = signed_in(other)
    assert stranger.get(f"/portal/drafts/{draft.pk}/form/").status_code == 404
    assert stranger.get(f"/portal/materials/{own.pk}/file/").status_code == 404
    assert stranger.post(f"/portal/drafts/{draft.pk}/uploads/", {"code": "scheme_text", "filename": "x", "size": 3}).status_code == 404
    assert signed_in(builder).get(f"/portal/materials/{own.pk}/file/").status_code == 200
    application = services.file_draft(builder, draft)
    for address in ("", "receipt/", "form/"):
        assert stranger.get(f"/portal/cases/{application.pk}/{address}").status_code == 404
    assert stranger.get(f"/portal/materials/{own.pk}/file/").status_code == 404
    assert stranger.post(f"/portal/cases/{application.pk}/", {"act": "withdraw", "text": "x"}).status_code == 404
    assert application.number not in stranger.get("/portal/").content.decode()


def test_the_form_is_kept_field_by_field_and_says_what_is_wrong(builder: Actor) -> None:
    draft = make_draft(builder)
    client = signed_in(builder)
    said = client.post(f"/portal/drafts/{draft.pk}/form/save/", {"far": "20"}).content.decode()
    draft.refresh_from_db()
    assert draft.answers == {"far": 20} and "已自动保存" in said and "不得大于 15" in said


def test_a_large_file_goes_on_where_it_stopped(builder: Actor) -> None:
    draft = make_draft(builder)
    client, data = signed_in(builder), pdf("large")
    facts = {"code": "scheme_text", "filename": "大.pdf", "size": len(data)}
    begun = client.post(f"/portal/drafts/{draft.pk}/uploads/", facts).json()

    def send(offset: int, piece: bytes) -> tuple[int, dict[str, object]]:
        answer = client.post(f"/portal/uploads/{begun['token']}/?offset={offset}", piece, content_type="application/octet-stream")
        return answer.status_code, answer.json()

    assert send(0, data[:50])[1]["received"] == 50
    status, said = send(0, data[:50])  # the answer was lost and the piece comes again
    assert status == 409 and said["values"] == {"received": 50}
    assert client.post(f"/portal/drafts/{draft.pk}/uploads/", facts).json()["received"] == 50
    status, said = send(50, data[50:])
    assert status == 200 and Material.objects.get(pk=said["material"]).stored.size == len(data)
    assert not Upload.objects.exists()
    stranger = signed_in(make_actor("builder"))
    assert stranger.post(f"/portal/uploads/{begun['token']}/?offset=0", b"x", content_type="application/octet-stream").status_code == 404


def test_a_correction_is_answered_by_the_page(builder: Actor) -> None:
    application = services.file_draft(builder, fill(builder, make_draft(builder)))
    services.ask_correction(make_actor("window", "ZWZX"), branch(application, "scheme"), "总平面图缺指北针")
    client, address = signed_in(builder), f"/portal/cases/{application.pk}/"
    assert "总平面图缺指北针" in client.get(address).content.decode()
    client.post(f"{address}materials/", {"code": "scheme_drawing", "part": "1", "upload": SimpleUploadedFile("二.dwg", DWG + b"2")})
    client.post(address, {"act": "answer", "text": "已补"})
    assert branch(application, "scheme").state == 7
    assert "旧版本" in client.get(address).content.decode()


def test_the_guide_is_open_to_all_and_a_unit_registers_by_its_page(builder: Actor) -> None:
    client = Client()
    page = client.get("/approvals/guides/2/?class=gov_building&basement=yes").content.decode()
    assert "人防工程设计方案审查" in page and "免交" in page
    assert client.get("/approvals/guides/2/schema.json").json()["type"] == "object"
    assert client.get("/approvals/guides/nonsense/").status_code == 404
    facts = {"uscc": "91350100M000100Y43", "unit_name": "某公司", "full_name": "王某", "identity": "11010519491231002X",
             "phone": "13800000000", "username": "unit-page", "password": "a-Long-pass-77"}  # fmt: skip
    wrong = client.post("/portal/register/", {**facts, "uscc": "1"})
    assert wrong.status_code == 422 and "不是统一社会信用代码" in wrong.content.decode()
    assert client.post("/portal/register/", facts).status_code == 302
    assert User.objects.get(username="unit-page").check_password(facts["password"])
