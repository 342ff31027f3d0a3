"""Pages and API from the grant to the seal: in two steps, in batches, after a failure, as a change or an extension."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from lantu.accounts.models import Department, User
from lantu.accounts.services import give_post
from lantu.certificates.factories import grant
from lantu.certificates.models import Certificate, CertificateState
from lantu.certificates.services import change_certificate, drop_certificate, issue_certificate, prepare_certificate
from lantu.core import jobs
from lantu.core.actor import Actor, system
from lantu.core.errors import Conflict
from lantu.core.models import Job
from lantu.documents.factories import make_seal, person
from lantu.documents.models import Seal, SealRequest, SealUse

S = CertificateState


@pytest.fixture
def at_desk(city: object) -> Callable[..., Client]:
    """A browser of the person whom ``person(role, department)`` gives, or of another one of that role."""

    def opened(role: str, department: str = "GH", name: str = "") -> Client:
        user = User.objects.get(pk=person(role, department).user_id or 0)
        if name:
            user = User.objects.create(username=name, full_name=name)
        give_post(system(), user, role, department=Department.objects.get(code=department))
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return opened


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:1500]
    return answer.content.decode()


def test_a_change_by_the_page_waits_for_its_seal_and_then_replaces_the_old_one(
    decider: Actor, seal: Seal, certificate: Certificate, at_desk: Callable[..., Client]
) -> None:
    window, office = at_desk("window"), at_desk("decider")
    address = f"/certificates/{certificate.pk}/change/"
    assert address in page(window, f"/certificates/{certificate.pk}/")
    form = page(window, address)
    assert certificate.data["place"] in form and "&quot;Polygon&quot;" in form
    values = {"holder_name": certificate.holder_name, "key": "k", "reason": "面积核减", "basis": "《行政许可法》第四十九条"}
    values |= {f"data-{name}": value for name, value in certificate.data.items()} | {"data-area": "6.0 公顷"}
    assert "这个字段是必填项" in window.post(address, {**values, "basis": ""}).content.decode()
    answer = window.post(address, values)
    new = Certificate.objects.get(predecessor=certificate)
    assert answer.headers["Location"] == new.get_absolute_url() and new.state == S.PREPARED and new.data["area"] == "6.0 公顷"
    assert address not in page(window, f"/certificates/{certificate.pk}/")  # one successor at a time
    assert "制证并用印" not in page(window, new.get_absolute_url()) and "制证并用印" in page(office, new.get_absolute_url())
    assert window.post(f"/certificates/{new.pk}/issue/", {"seal": seal.pk}).status_code == 403
    started = office.post(f"/certificates/{new.pk}/issue/", {"seal": seal.pk})
    jobs.work_off()
    assert "已发出 1 / 1 件" in page(office, started.headers["Location"])
    certificate.refresh_from_db()
    assert certificate.state == S.LAPSED
    assert "变更决定书" in "".join(str(event.paper) for event in new.events.all())


def test_a_change_prepared_wrongly_is_dropped_by_the_page_and_begun_anew(
    decider: Actor, certificate: Certificate, at_desk: Callable[..., Client]
) -> None:
    wrong = change_certificate(decider, certificate, key="wrong", reason="面积核减", basis="第四十九条", holder_name="错的单位")
    window, address = at_desk("window"), f"/certificates/{certificate.pk}/change/"
    assert "作废编号" in page(window, wrong.get_absolute_url())
    assert at_desk("reviewer", "ZJJ").post(f"/certificates/{wrong.pk}/drop/", {"reason": "填错"}).status_code == 403
    assert window.post(f"/certificates/{wrong.pk}/drop/", {"reason": " "}).status_code == 422
    assert window.post(f"/certificates/{wrong.pk}/drop/", {"reason": "填错单位"}).status_code == 302
    shown = page(window, wrong.get_absolute_url())
    assert "编号已作废" in shown and "填错单位" in shown and "制证并用印" not in shown
    assert window.post(f"/certificates/{wrong.pk}/drop/", {"reason": "再来"}).status_code == 409
    assert address in page(window, certificate.get_absolute_url())
    right = change_certificate(decider, certificate, key="wrong", reason="面积核减", basis="第四十九条", holder_name="对的单位")
    assert (right.number, right.issue_version) == (certificate.number, 3)  # the number of version 2 is never used again


def test_a_certificate_is_extended_by_the_page(decider: Actor, seal: Seal, at_desk: Callable[..., Client]) -> None:
    permit = issue_certificate(decider, prepare_certificate(decider, grant("works_permit", geometry=None)), seal)
    assert permit.valid_to is not None
    client, address = at_desk("reviewer"), f"/certificates/{permit.pk}/extend/"
    words = {"reason": "工期延误", "basis": "《行政许可法》第五十条", "key": "e"}
    assert "须晚于" in client.post(address, {**words, "valid_to": permit.valid_to.isoformat()}).content.decode()
    longer = permit.valid_to + timedelta(days=90)
    assert client.post(address, {**words, "valid_to": longer.isoformat()}).status_code == 302
    assert Certificate.objects.get(predecessor=permit).valid_to == longer


def test_a_seal_in_two_steps_is_applied_for_approved_by_another_and_used_once(
    decider: Actor, store: object, at_desk: Callable[..., Client]
) -> None:
    seal = make_seal(two_steps=True)
    office, other = at_desk("decider"), at_desk("decider", name="second")
    form = {"holder_name": "甲", "data-project": "项目", "data-place": "地", "data-use": "R2", "data-area": "1 公顷", "key": "k"}
    answer = office.post("/certificates/new/land_use_permit/", {**form, "seal": seal.pk})
    row, request = Certificate.objects.get(), SealRequest.objects.get()
    assert answer.headers["Location"] == row.get_absolute_url() and "待批" in page(office, row.get_absolute_url())
    office.post(f"/certificates/{row.pk}/seal/", {"seal": seal.pk})
    assert SealRequest.objects.count() == 1  # the same again is the same

    office.post(f"/certificates/{row.pk}/issue/", {"seal": seal.pk})
    jobs.work_off()
    job = Job.objects.get()
    assert job.state == "failed" and "须先申请" in (job.error or {})["what"]
    shown = page(office, f"/certificates/batches/{job.pk}/")
    assert "须先申请" in shown and "证号和标识全部保留" in shown and row.number in shown
    assert "须先申请" in page(office, row.get_absolute_url())  # the refused use is on its page

    decide = f"/papers/seals/requests/{request.pk}/"
    assert "批准用印" not in page(office, decide)
    assert office.post(decide, {"act": "approve"}).status_code == 403
    assert other.post(decide, {"act": "approve"}).status_code == 302
    again = office.post(f"/jobs/{job.pk}/retry/", {"next": f"/certificates/batches/{job.pk}/"})
    assert f"next=%2Fcertificates%2Fbatches%2F{job.pk}" in again.headers["Location"]
    jobs.work_off()
    row.refresh_from_db()
    request.refresh_from_db()
    assert (row.state, request.state) == (S.VALID, SealRequest.State.USED)


def test_what_waits_is_sealed_together_from_the_list(decider: Actor, seal: Seal, at_desk: Callable[..., Client]) -> None:
    rows = [prepare_certificate(decider, grant(key=f"w{n}", geometry=None)) for n in range(2)]
    office, window = at_desk("decider"), at_desk("window")
    shown = page(office, "/certificates/prepared/")
    assert all(row.number in shown for row in rows) and "一件都不发" in shown
    act = {"act": "issue", "row": [row.pk for row in rows], "issue_value": seal.pk}
    assert window.post("/certificates/prepared/", act).status_code == 422
    assert office.post("/certificates/prepared/", {**act, "issue_value": ""}).status_code == 422
    started = office.post("/certificates/prepared/", act)
    jobs.work_off()
    assert "已发出 2 / 2 件" in page(office, started.headers["Location"])
    assert page(office, "/certificates/prepared/").count(started.headers["Location"]) == 1
    stranger = at_desk("decider", "ZJJ")
    assert stranger.get(started.headers["Location"]).status_code == 404
    assert set(Certificate.objects.values_list("state", flat=True)) == {S.VALID}


def test_a_dropped_number_is_never_given_again_and_its_key_is_free(decider: Actor, seal: Seal, at_desk: Callable[..., Client]) -> None:
    wrong = prepare_certificate(decider, grant(key="k", geometry=None))
    token, address = wrong.token, f"/api/v1/certificates/{wrong.pk}/drop"
    answer = at_desk("decider").post(address, json.dumps({"reason": "填错"}), content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, "0X")
    assert page(at_desk("decider"), "/certificates/prepared/").count(wrong.number) == 0
    assert Client().get(f"/verify/{token}/").status_code == 404
    right = prepare_certificate(decider, grant(key="k", geometry=None))
    assert right.number != wrong.number and prepare_certificate(decider, grant(key="k", geometry=None)).pk == right.pk
    issued = issue_certificate(decider, right, seal)
    with pytest.raises(Conflict, match="有效"):
        drop_certificate(decider, issued, reason="发出的不能作废")


def test_the_page_tells_the_facts_of_the_signature(certificate: Certificate, at_desk: Callable[..., Client]) -> None:
    shown = page(at_desk("viewer"), certificate.get_absolute_url())
    use = SealUse.objects.filter(subject_id=str(certificate.pk)).first()
    assert use is not None and use.key is not None
    assert all(word in shown for word in ("证照真实，今日有效", use.user_name, use.key.rsa_serial[:12], "贵阳市城乡规划局"))


def test_the_api_changes_extends_and_applies(decider: Actor, store: object, at_desk: Callable[..., Client]) -> None:
    seal = make_seal(two_steps=True)
    office, other, path = at_desk("decider"), at_desk("decider", name="second"), "/api/v1/certificates"

    def post(client: Client, address: str, body: object) -> tuple[int, dict]:
        answer = client.post(address, json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    row = prepare_certificate(decider, grant("works_permit", geometry=None))
    status, request = post(office, f"{path}/{row.pk}/seal-requests", {"seal": seal.code})
    assert status == 201 and office.get("/api/v1/papers/seal-requests?state=applied").json()[0]["id"] == request["id"]
    decide = f"/api/v1/papers/seal-requests/{request['id']}/decide"
    assert post(office, decide, {"approve": True})[0] == 403
    assert post(other, decide, {"approve": False})[0] == 422
    assert post(other, decide, {"approve": True})[1]["state"] == "approved"
    permit = issue_certificate(decider, row, seal)
    assert permit.valid_to is not None
    why = {"key": "c", "reason": "规模调整", "basis": "《行政许可法》第四十九条"}
    assert post(office, f"{path}/{permit.pk}/change", {**why, "data": {"project": "x"}})[0] == 422
    longer = {**why, "valid_to": (permit.valid_to + timedelta(days=30)).isoformat()}
    status, made = post(office, f"{path}/{permit.pk}/extend", longer)
    assert (status, made["issue_version"], made["state"]) == (201, 2, "00")
    assert post(office, f"{path}/{permit.pk}/extend", longer)[1]["id"] == made["id"]
    assert post(office, f"{path}/{permit.pk}/change", {**why, "key": "d"})[0] == 409
