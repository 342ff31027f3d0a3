"""The catalogue by its pages: readable by all in the office, edited by forms and file, published by another person, tried out."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantu.accounts.models import User
from lantu.approvals import services
from lantu.approvals.factories import make_project
from lantu.approvals.models import CatalogueDraft, DefinitionRelease
from lantu.casework.factories import make_actor
from lantu.core.actor import Actor, system
from lantu.standards.services import load_pack

pytestmark = pytest.mark.django_db
PACK = Path(settings.CITIES_DIR) / "guiyang"
TEXT = (PACK / "approvals.yaml").read_text(encoding="utf-8")
BASE = "/approvals/catalogue/"


@pytest.fixture
def release() -> DefinitionRelease:
    load_pack(system(), PACK)
    return services.publish_definition(system())


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def page(client: Client, address: str, **data: str) -> str:
    answer = client.get(address, data)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_a_release_is_readable_with_its_process_and_its_findings(release: DefinitionRelease) -> None:
    client = signed_in(make_actor("viewer"))
    assert release.version in page(client, BASE)
    text = page(client, f"{BASE}{release.number}/", **{"class": "gov_building"})
    for words in (
        "人防工程设计方案审查",
        '<svg class="pp"',
        "建筑面积不小于 2,000 ㎡",
        "特别程序",
        "听证",
        "前阶段事项「建设用地规划许可证」的结果",
    ):
        assert words in text
    item = page(client, f"{BASE}{release.number}/items/defence/")
    assert "其余情形" in item and "等它的事项" in item and "建设工程规划许可证" in item
    assert client.get(f"{BASE}99/").status_code == 404 and client.get(f"{BASE}{release.number}/items/x/").status_code == 404
    assert client.get(f"{BASE}{release.number}/file/").content.decode() == TEXT
    assert page(client, f"{BASE}{release.number}/compare/").count("还没有别的版次可比") == 1


def test_a_try_out_of_a_made_and_of_a_real_project_says_why(release: DefinitionRelease) -> None:
    client = signed_in(make_actor("reviewer", "GH"))
    text = page(client, f"{BASE}{release.number}/try/", **{"class": "social", "floor_area_m2": "3000", "basement": "no"})
    assert "规则第 2 行：建筑面积不小于 2,000 ㎡" in text and "不知道是否在文物保护单位的建设控制地带内" in text
    project = make_project()
    project.floor_area_m2 = 1500
    project.save()
    told = page(client, f"{BASE}{release.number}/try/", project=project.code, basement="no")
    assert 'value="1500"' in told and "项目库" in told
    assert "没有这个项目" in page(client, f"{BASE}{release.number}/try/", project="nothing")


def test_the_catalogue_is_edited_by_forms_and_file_and_published_by_another_person(release: DefinitionRelease) -> None:
    editor, admin = signed_in(make_actor("planner", "GH")), signed_in(make_actor("sysadmin"))
    home = f"{BASE}editing/"
    assert editor.post(home, {"act": "start"})["Location"] == home
    draft = CatalogueDraft.objects.get()
    form = page(editor, f"{home}items/defence/")
    assert '<option value="min" selected>' in form and 'value="2000"' in form
    sent = {
        "version": draft.version, "department": "RFB", "days": "4", "statutory": "20", "unit": "working", "materials": ["unified_form"],
        "applies": "rows", "fact0": "floor_area_m2", "test0": "min", "value0": "3,000", "fact1": "basement", "test1": "is", "value1": "是",
        "law": "人民防空法第二十二条、第二十三条", "result": "人防审查意见",
    }  # fmt: skip
    assert editor.post(f"{home}items/defence/", {**sent, "value0": "many"}).status_code == 422
    assert editor.post(f"{home}items/defence/", sent).status_code == 302
    stale = editor.post(f"{home}items/defence/", {**sent, "days": "3"})
    assert stale.status_code == 422 and "刚被别人改过" in stale.content.decode()
    draft.refresh_from_db()
    line = [one for one in draft.text.split("\n") if one not in TEXT.split("\n")]
    assert line == [
        "    days: 4",
        "    when: [{if: {floor_area_m2: {min: 3000}}, then: true}, {if: {basement: true}, then: true}, {then: false}]",
    ]
    limits = editor.get(f"{home}limits/").context["form"]
    wanted = {name: bound.initial for name, bound in limits.fields.items()}
    over = editor.post(f"{home}limits/", {**wanted, "version": draft.version, "stages/2/limits/social": "99"})
    assert over.status_code == 422 and "超过总时限" in over.content.decode()
    assert editor.post(f"{home}limits/", {**wanted, "version": draft.version, "stages/2/limits/social": "20"}).status_code == 302
    assert "与起稿时相比" in page(editor, home) and "stages / 2 / limits" in page(editor, home)
    assert "建筑面积不小于 3,000 ㎡" in page(editor, f"{BASE}draft/")
    assert editor.post(home, {"act": "publish"}).status_code == 422
    assert admin.post(home, {"act": "publish"}).status_code == 422  # not submitted yet
    assert editor.post(home, {"act": "submit", "release_version": "2019-1", "note": "缩短"}).status_code == 302
    assert editor.get(f"{home}limits/").status_code == 404
    assert admin.post(home, {"act": "publish"})["Location"] == BASE
    newest = DefinitionRelease.objects.get(state="published")
    assert newest.version == "2019-1" and newest.number == release.number + 1
    compared = page(admin, f"{BASE}{newest.number}/compare/")
    assert "items / defence / days" in compared and "5 处不同" in compared


def test_a_spoilt_file_is_kept_says_its_lines_and_cannot_be_read_as_a_catalogue(release: DefinitionRelease) -> None:
    client, home = signed_in(make_actor("planner", "GH")), f"{BASE}editing/"
    client.post(home, {"act": "start"})
    spoilt = TEXT.replace("stages:", "stages: nothing #", 1)
    client.post(home, {"act": "text", "upload": SimpleUploadedFile("approvals.yaml", spoilt.encode())})
    assert "处错误" in page(client, home) and client.get(f"{BASE}draft/").status_code == 404
    assert client.get(f"{BASE}draft/file/").content.decode() == spoilt
    assert client.post(home, {"act": "text", "upload": SimpleUploadedFile("a.yaml", b"\xff\xfe")}).status_code == 422
    client.post(home, {"act": "text", "text": TEXT.replace("department: RFB", "department: XX", 1)})
    text = page(client, home)
    assert "没有部门 XX" in text and f"{home}items/defence/" in text
    client.post(home, {"act": "discard"})
    assert not CatalogueDraft.objects.filter(state="editing").exists()


def test_who_may_not_edit_is_refused(release: DefinitionRelease) -> None:
    for role in ("reviewer", "window", "viewer"):
        client = signed_in(make_actor(role, "GH"))
        assert client.post(f"{BASE}editing/", {"act": "start"}).status_code == 403
    assert not CatalogueDraft.objects.exists()
