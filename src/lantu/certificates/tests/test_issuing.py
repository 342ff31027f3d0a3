"""Certificates are issued once, with a number that stays; changes make a chain; batches are all or nothing."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from datetime import date, timedelta

import pypdf
import pytest
from django.utils import timezone

from lantu.blueprints.ports import indicator_sources
from lantu.certificates.factories import DATA, SITE, grant
from lantu.certificates.layout import day_in_words
from lantu.certificates.models import Certificate, CertificateEvent, CertificateState
from lantu.certificates.services import (
    change_certificate,
    enqueue_batch,
    extend_certificate,
    issue_certificate,
    issue_together,
    lapse_due,
    prepare_certificate,
    set_state,
)
from lantu.core import files, jobs
from lantu.core.actor import Actor
from lantu.core.errors import BadInput, Conflict, NotFound, Refused
from lantu.core.models import OutboxEvent
from lantu.core.tests.together import at_once, kinds
from lantu.documents.factories import make_seal, person
from lantu.documents.models import Seal, SealUse
from lantu.documents.ports import seal_providers
from lantu.documents.providers import LocalSeals, SealServiceDown
from lantu.geodesy.area import polygon_area
from lantu.plans.models import LivingFeature

S = CertificateState


def text_of(certificate: Certificate) -> str:
    assert certificate.pdf is not None
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files.path_of(certificate.pdf).read_bytes())).pages)


def test_a_permit_gets_number_identifier_files_and_its_place_on_the_map(certificate: Certificate) -> None:
    year = timezone.localdate().year
    assert certificate.number == f"地字第 520100{year}00001 号"
    assert certificate.identifier.startswith(f"1.2.156.3005.2.11100000000013338W102.11520100MB0000019W.520100{year}00001.001.")
    assert certificate.state == S.VALID
    text = text_of(certificate)
    assert all(word in text for word in (certificate.number, "观山湖区教育局", "建设用地红线图", "遵守事项", "J1"))
    living = LivingFeature.objects.get()
    assert (living.layer_code, living.feature_id, living.pk) == ("D0104", certificate.number, certificate.living_id)
    assert living.attributes["证号"] == certificate.number
    assert OutboxEvent.objects.filter(name="certificates.issued", subject_id=str(certificate.pk)).count() == 1
    assert certificate.paper is not None
    assert certificate.paper.current.pdf_id == certificate.pdf_id
    count, ground = (indicator_sources.get(f"certificates.{key}.land_use_permit") for key in ("count", "ground_ha"))
    today = timezone.localdate()
    assert count.value(None, today) == 1 and "type=land_use_permit" in ground.rows(today)
    assert ground.value(None, today) == pytest.approx(polygon_area(certificate.geometry) / 10_000, abs=1e-4)
    assert ground.value(None, date(2017, 1, 1)) == 0


@pytest.mark.parametrize("type_code", sorted(DATA))
def test_each_of_the_six_certificates_has_a_layout(decider: Actor, store: object, type_code: str) -> None:
    department = "ZJJ" if type_code in ("construction_permit", "joint_acceptance") else "GH"
    actor, seal = person("decider", department), make_seal(department)
    certificate = issue_certificate(actor, prepare_certificate(actor, grant(type_code, f"six/{type_code}")), seal)
    text = text_of(certificate)
    assert certificate.title in text
    assert certificate.number in text
    tight = "".join(text.split())
    assert [value for value in DATA[type_code].values() if "".join(value.split()) not in tight] == []


def test_the_date_is_written_as_on_permits() -> None:
    assert day_in_words(timezone.make_aware(timezone.datetime(2018, 9, 19))) == "二〇一八年九月十九日"
    assert day_in_words(timezone.make_aware(timezone.datetime(2020, 10, 30))) == "二〇二〇年十月三十日"


def test_asked_twice_it_is_one_certificate(decider: Actor, seal: Seal, certificate: Certificate) -> None:
    again = prepare_certificate(decider, grant())
    assert again.pk == certificate.pk
    assert issue_certificate(decider, again, seal).pdf_id == certificate.pdf_id
    assert Certificate.objects.count() == 1
    assert SealUse.objects.count() == 2  # PDF and OFD, once each


class Faulty(LocalSeals):
    """A seal service that fails so many times, after so many good calls."""

    def __init__(self, good: int, bad: int) -> None:
        super().__init__()
        self.good, self.bad = good, bad

    def seal_pdf(self, *args, **kwargs):
        if self.good > 0:
            self.good -= 1
        elif self.bad > 0:
            self.bad -= 1
            raise SealServiceDown("played")
        return super().seal_pdf(*args, **kwargs)


@pytest.fixture
def faulty():
    """Put a faulty service in the local one's place."""
    kept = seal_providers.get("local")

    def put(good: int, bad: int) -> None:
        seal_providers.register("local", Faulty(good, bad))

    yield put
    seal_providers.register("local", kept)


def test_the_number_survives_a_failure(decider: Actor, seal: Seal, faulty: Callable[[int, int], None]) -> None:
    faulty(0, 1)
    prepared = prepare_certificate(decider, grant())
    with pytest.raises(SealServiceDown):
        issue_certificate(decider, prepared, seal)
    other = prepare_certificate(decider, grant(key="case-2"))
    done = issue_certificate(decider, prepare_certificate(decider, grant()), seal)
    assert done.number == prepared.number
    assert done.number < other.number
    assert done.state == S.VALID


def test_a_batch_is_all_or_nothing_and_keeps_its_numbers(decider: Actor, seal: Seal, faulty: Callable[[int, int], None]) -> None:
    rows = [prepare_certificate(decider, grant(key=f"b{n}", geometry=None)) for n in range(3)]
    faulty(2, 1)
    with pytest.raises(SealServiceDown):
        issue_together(decider, [(row, seal) for row in rows])
    assert set(Certificate.objects.values_list("state", flat=True)) == {S.PREPARED}
    assert not LivingFeature.objects.exists()
    done = issue_together(decider, [(row, seal) for row in rows])
    assert [row.number for row in done] == [row.number for row in rows]
    assert {row.state for row in done} == {S.VALID}


@pytest.mark.django_db(transaction=True)
def test_a_batch_runs_as_a_job(decider: Actor, seal: Seal) -> None:
    rows = [prepare_certificate(decider, grant(key=f"j{n}", geometry=None)) for n in range(2)]
    job = enqueue_batch(decider, [(row, seal) for row in rows])
    jobs.work_off()
    job.refresh_from_db()
    assert job.state == "done", job.error
    assert Certificate.objects.filter(state=S.VALID).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_issue_one(decider: Actor, seal: Seal) -> None:
    prepared = prepare_certificate(decider, grant())
    found = at_once(*(lambda: issue_certificate(decider, prepared, seal) for _ in range(3)))
    assert set(kinds(found)) <= {"Certificate", "Conflict"}
    assert CertificateEvent.objects.filter(operation="issue").count() == 1
    assert LivingFeature.objects.count() == 1


def test_who_may_not_issue_is_refused(decider: Actor, seal: Seal) -> None:
    prepared = prepare_certificate(decider, grant())
    with pytest.raises(Refused):
        issue_certificate(person("window"), prepared, seal)
    with pytest.raises(Refused):
        prepare_certificate(person("builder"), grant(key="x"))
    with pytest.raises(Refused):
        issue_certificate(person("decider", "ZJJ"), prepared, seal)
    prepared.refresh_from_db()
    assert (prepared.state, prepared.claimed_at) == (S.PREPARED, None)


def test_what_is_missing_is_named(decider: Actor, seal: Seal) -> None:
    with pytest.raises(BadInput, match="用地性质"):
        prepare_certificate(decider, grant(data={"project": "x", "place": "y", "area": "1"}))
    with pytest.raises(BadInput, match="不能核发"):
        prepare_certificate(decider, grant("construction_permit"))
    with pytest.raises(NotFound):
        prepare_certificate(decider, dataclasses.replace(grant(), type="nothing"))
    with pytest.raises(BadInput, match="早于"):
        prepare_certificate(decider, grant(valid_from=date(2026, 5, 1), valid_to=date(2026, 4, 1)))
    other = make_seal("ZJJ")
    with pytest.raises(Conflict, match="不是"):
        issue_certificate(decider, prepare_certificate(decider, grant()), other)


def test_a_change_makes_a_successor_and_the_old_one_lapses(decider: Actor, seal: Seal, certificate: Certificate) -> None:
    moved = SITE.buffer(-0.0002)
    new = change_certificate(
        decider,
        certificate,
        key="change-1",
        reason="用地范围调整",
        basis="《行政许可法》第四十九条",
        geometry=moved,
        data={**certificate.data, "area": "5.0 公顷"},
    )
    assert certificate.state_on() == S.VALID
    with pytest.raises(BadInput, match="依据"):
        change_certificate(decider, certificate, key="change-0", reason="没有依据", basis=" ")
    with pytest.raises(Refused):
        change_certificate(person("reviewer", "ZJJ"), certificate, key="change-0", reason="别的部门", basis="法")
    with pytest.raises(Conflict):
        change_certificate(decider, certificate, key="change-2", reason="又一次", basis="法")
    new = issue_certificate(decider, new, seal)
    certificate.refresh_from_db()
    assert (new.number, new.issue_version, new.predecessor_id) == (certificate.number, 2, certificate.pk)
    assert new.identifier.split(".")[-2] == "002"
    assert certificate.state == S.LAPSED
    assert LivingFeature.objects.filter(valid_to=None).get().pk == new.living_id
    told = [(event.operation, event.reason, event.paper and event.paper.title) for event in new.events.all()]
    assert told == [("change", "用地范围调整", None), ("issue", "用地范围调整", "变更决定书")]
    assert [event.paper and event.paper.title for event in certificate.events.all()] == [None, "变更决定书"]
    with pytest.raises(Conflict):
        change_certificate(decider, certificate, key="change-3", reason="旧证", basis="法")


def test_an_extension_lasts_longer(decider: Actor, seal: Seal) -> None:
    permit = issue_certificate(decider, prepare_certificate(decider, grant("works_permit")), seal)
    assert permit.valid_to is not None
    with pytest.raises(BadInput):
        extend_certificate(decider, permit, key="e0", valid_to=permit.valid_to, reason="延期", basis="《行政许可法》第五十条")
    longer = extend_certificate(
        decider, permit, key="e1", valid_to=permit.valid_to + timedelta(days=180), reason="延期", basis="《行政许可法》第五十条"
    )
    assert issue_certificate(decider, longer, seal).valid_to == permit.valid_to + timedelta(days=180)


def test_states_move_only_as_the_law_lets_them(decider: Actor, certificate: Certificate) -> None:
    words = {"reason": "检查发现擅自改变用途", "basis": "《城乡规划法》第三十九条"}
    with pytest.raises(Refused):
        set_state(person("reviewer"), certificate, "suspend", **words)
    with pytest.raises(BadInput):
        set_state(decider, certificate, "suspend", reason="", basis="")
    with pytest.raises(Conflict):
        set_state(decider, certificate, "resume", **words)
    event = set_state(decider, certificate, "suspend", **words)
    assert certificate.state == S.SUSPENDED
    assert event.paper is not None
    assert "决定书" in event.paper.title
    assert LivingFeature.objects.filter(valid_to=None).exists()
    set_state(decider, certificate, "resume", **words)
    set_state(decider, certificate, "revoke", **words)
    assert certificate.state == S.REVOKED
    assert not LivingFeature.objects.filter(valid_to=None).exists()
    for operation in ("suspend", "resume", "cancel", "withdraw", "transfer"):
        with pytest.raises(Conflict):
            set_state(decider, certificate, operation, **words)
    assert [event.operation for event in certificate.events.all()] == ["issue", "suspend", "resume", "revoke"]


def test_past_its_last_day_it_has_lapsed(decider: Actor, seal: Seal) -> None:
    permit = issue_certificate(decider, prepare_certificate(decider, grant("works_permit", geometry=None)), seal)
    assert permit.valid_to is not None
    assert permit.state_on(permit.valid_to) == S.VALID
    day = permit.valid_to + timedelta(days=1)
    assert permit.state_on(day) == S.LAPSED
    assert lapse_due(permit.valid_to) == 0
    assert lapse_due(day) == 1
    assert lapse_due(day) == 0
    permit.refresh_from_db()
    assert permit.state == S.LAPSED
