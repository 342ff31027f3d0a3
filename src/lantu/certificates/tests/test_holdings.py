"""What any department has issued need not be brought again: for its project, or for the unit; nothing of another's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lantu.approvals.factories import make_definition, make_draft
from lantu.approvals.ports import holdings
from lantu.approvals.selectors.drafts import Prepared
from lantu.approvals.selectors.readiness import readiness
from lantu.casework.factories import make_actor, make_calendar
from lantu.certificates.models import Certificate, CertificateState, ExternalCertificate
from lantu.standards.models import PackVersion

pytestmark = pytest.mark.django_db
UNIT, PROJECT = "12520115MB0000094A", "2018-520115-83-01-000001"
TITLE = "建设用地规划许可证"


def make(number: str, **changes: Any) -> Certificate:
    today = timezone.localdate()
    facts: dict[str, Any] = {
        "type": "land_use_permit", "title": TITLE, "number": number, "identifier": f"t.{number}", "holder_name": "某单位",
        "holder_code": UNIT, "project_code": PROJECT, "valid_from": today, "state": CertificateState.VALID, "issuer_name": "市规划局",
        "data": {"far": 0.8}, "key": number, "token": number,
    }  # fmt: skip
    pack, _new = PackVersion.objects.get_or_create(city="test", name_zh="试城", version="1", digest="0" * 64)
    facts["pack"] = pack
    known = {field.name for field in Certificate._meta.get_fields()}
    return Certificate.objects.create(**{name: value for name, value in {**facts, **changes}.items() if name in known})


def numbers(title: str = TITLE, unit: str = UNIT, project: str = PROJECT) -> list[str]:
    return [one.number for one in holdings.get("certificates").held(title, unit, project)]


def test_a_permit_counts_for_its_own_project_and_a_licence_for_its_holder() -> None:
    make("地字第 1 号")
    make("地字第 2 号", project_code="2018-520115-83-01-000002")
    make("执照 1", title="营业执照", project_code="")
    make("执照 2", title="营业执照", project_code="", holder_code="91350100M000100Y43")
    assert numbers() == ["地字第 1 号"] and numbers(unit="") == ["地字第 1 号"]
    assert numbers("营业执照") == ["执照 1"] and numbers("营业执照", unit="") == []
    found = holdings.get("certificates").held(TITLE, UNIT, PROJECT)[0]
    assert found.issuer == "市规划局" and found.data["far"] == 0.8 and found.url


def test_a_draft_is_not_asked_for_what_the_library_holds_and_says_where_it_is() -> None:
    make_calendar()
    make_definition()
    draft = make_draft(make_actor("builder"))
    before = {have.need.code: have.state for have in readiness(Prepared(draft)).materials}
    make("地字第 9 号", project_code=draft.project.code, holder_code=draft.applicant.uscc)
    found = {have.need.code: have for have in readiness(Prepared(draft)).materials}
    assert before["land_permit"] == "missing" and found["land_permit"].state == "held"
    assert found["land_permit"].held == ("certificate", f"{TITLE} 地字第 9 号")


def test_what_is_no_longer_valid_does_not_count() -> None:
    today = timezone.localdate()
    make("过期", valid_to=today - timedelta(days=1))
    make("注销", state="05")
    make("未来", valid_from=today + timedelta(days=1))
    assert numbers() == []


def test_what_another_base_told_counts_unless_it_names_another_project() -> None:
    facts = {"base": "province", "type_name": TITLE, "holder_name": "某单位", "holder_code": UNIT, "state": "01"}
    ExternalCertificate.objects.create(identifier="1", number="省 1", data={"project_code": PROJECT}, **facts)
    ExternalCertificate.objects.create(identifier="2", number="省 2", data={"project_code": "x"}, **facts)
    ExternalCertificate.objects.create(identifier="3", number="省 3", **{**facts, "state": "05"})
    assert numbers() == ["省 1"]
