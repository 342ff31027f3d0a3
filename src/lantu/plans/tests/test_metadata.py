"""Metadata: filled in by planners, completed by the platform, out as ISO 19139."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from lantu.accounts import demo
from lantu.accounts.models import User
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Refused
from lantu.plans.iso_metadata import GCO, GMD, dataset_xml
from lantu.plans.models import PlanRelease
from lantu.plans.services.bulk import Choices, DatasetSpec, import_file
from lantu.plans.services.metadata import describe_dataset, metadata_of, missing
from lantu.plans.tests import files as make

NS = {"gmd": GMD, "gco": GCO}


@pytest.fixture
def release(city: object, planner: Actor, checker: Actor, tmp_path: Path) -> PlanRelease:
    path = make.write(tmp_path / "城规.gpkg", make.squares(3), names=["R2", "B1", "G1"])
    choices = Choices(fields={"id": "编号", "code": "地类"}, checker=checker, waive_reason="测试")
    spec = DatasetSpec("C0101", "城规 & <用地>", document_no="筑府函〔2018〕12号", document_date=date(2018, 5, 20), owner="GH")
    return import_file(planner, spec, [path], choices)


def text(root: ET.Element, path: str) -> str | None:
    found = root.find(path, NS)
    return None if found is None else found.text


def test_the_xml_says_who_what_when_how_good_and_whence(release: PlanRelease, planner: Actor) -> None:
    facts = {"accuracy_m": 1.5, "data_date": date(2017, 12, 31), "method": "扫描矢量化", "licence": "仅限政务使用", "security": "internal"}
    describe_dataset(planner, release.dataset, **facts)
    root = ET.fromstring(dataset_xml(release.dataset))
    data = "gmd:identificationInfo/gmd:MD_DataIdentification/"
    assert text(root, data + "gmd:citation/gmd:CI_Citation/gmd:title/gco:CharacterString").startswith("城规 & <用地>")  # type: ignore[union-attr]
    assert text(root, ".//gmd:equivalentScale//gco:Integer") == str(release.scale)
    assert text(root, ".//gmd:RS_Identifier/gmd:code/gco:CharacterString") == "4490"
    assert text(root, ".//gmd:MD_ClassificationCode") == "restricted"
    assert text(root, ".//gmd:useLimitation/gco:CharacterString") == "仅限政务使用"
    assert text(root, ".//gmd:DQ_QuantitativeResult/gmd:value/gco:Record") == "1.5"
    kinds = [one.text for one in root.findall(".//gmd:CI_Date/gmd:dateType/gmd:CI_DateTypeCode", NS)]
    dates = dict(zip(kinds, [one.text for one in root.findall(".//gmd:CI_Date/gmd:date/gco:Date", NS)], strict=True))
    assert (dates["creation"], dates["publication"]) == ("2017-12-31", "2018-05-20")
    west, east = (float(text(root, f".//gmd:{name}/gco:Decimal") or 0) for name in ("westBoundLongitude", "eastBoundLongitude"))
    assert 106 < west < east < 107
    words = ET.tostring(root, encoding="unicode")
    assert release.digest in words
    assert release.delivery is not None
    assert release.delivery.files.get().stored.sha256 in words
    assert "规划局" in words


def test_what_nobody_said_comes_from_the_catalogue_or_is_listed(release: PlanRelease, planner: Actor, checker: Actor) -> None:
    assert metadata_of(release.dataset).security
    assert len(missing(metadata_of(release.dataset))) == 4
    with pytest.raises(BadInput, match="精度"):
        describe_dataset(planner, release.dataset, accuracy_m=-1)
    with pytest.raises(BadInput, match="没有这些项"):
        describe_dataset(planner, release.dataset, weather="sunny")
    with pytest.raises(Refused):
        describe_dataset(checker, release.dataset, licence="x")
    describe_dataset(planner, release.dataset, licence="开放")
    describe_dataset(planner, release.dataset, method="测量")
    assert (metadata_of(release.dataset).licence, len(missing(metadata_of(release.dataset)))) == ("开放", 2)


def test_pages_and_api(release: PlanRelease) -> None:
    demo.load()
    planner, viewer = Client(), Client()
    planner.force_login(User.objects.get(username="demo-planner"), backend="django.contrib.auth.backends.ModelBackend")
    viewer.force_login(User.objects.get(username="demo-viewer"), backend="django.contrib.auth.backends.ModelBackend")
    pk = release.dataset_id
    form = {"accuracy_m": "0.5", "security": "public", "method": "外业测量"}
    assert planner.post(f"/plans/{pk}/metadata/", form).status_code == 302
    assert viewer.post(f"/plans/{pk}/metadata/", form).status_code == 403
    page = viewer.get(f"/plans/{pk}/").content.decode()
    assert "外业测量" in page
    assert "0.5 m" in page
    for address in (f"/plans/{pk}/metadata.xml", f"/plans/releases/{release.pk}/metadata.xml"):
        answer = viewer.get(address)
        assert ET.fromstring(answer.content).tag == f"{{{GMD}}}MD_Metadata"
    api = f"/api/v1/plans/datasets/{pk}/metadata"
    said = planner.put(api, json.dumps({"licence": "政务"}), content_type="application/json").json()
    assert (said["licence"], said["accuracy_m"], said["method"]) == ("政务", 0.5, "外业测量")
    assert any("EPSG" in step or "4545" in step for step in viewer.get(api).json()["provenance"])
