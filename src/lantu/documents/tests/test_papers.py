"""Papers come from the pack's templates, keep every version, and are made once."""

from __future__ import annotations

import io
import json
from typing import Any

import docx
import pypdf
import pytest
from django.test import Client

from lantu.accounts.models import Department, User
from lantu.accounts.services import give_post
from lantu.core import files, jobs
from lantu.core.actor import Actor, Post, system
from lantu.core.errors import BadInput, Conflict, NotFound, Refused
from lantu.documents.crypto.pades import attachment, open_pdf
from lantu.documents.factories import person
from lantu.documents.models import Paper
from lantu.documents.services import draft_paper, enqueue_papers, issue_paper, issue_papers, replace_docx, revise_paper, withdraw_paper
from lantu.documents.templates import template, templates

CORRECTION: dict[str, Any] = {
    "addressee": "观山湖区教育局",
    "project": "朱昌片区九年一贯制学校",
    "item": "建设用地规划许可证核发",
    "items": [["红线图", "缺少界址点坐标", "办事指南第 4 项"]],
    "due": "2018-09-12",
}


def pdf_of(paper: Paper) -> bytes:
    return files.path_of(paper.current.pdf).read_bytes()


def test_every_template_of_the_pack_makes_a_paper(decider: Actor) -> None:
    assert len(templates()) >= 15
    for code, of in templates().items():
        data = {field.name: {"table": [["x"] * len(field.heads)], "list": ["x"]}.get(field.kind, "x") for field in of.fields}
        paper = issue_paper(decider, draft_paper(decider, code, data, key=f"all/{code}"))
        assert paper.state == Paper.State.ISSUED
        assert of.name_zh in "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf_of(paper))).pages)


def test_an_issued_paper_is_an_archive_pdf_with_its_data_attached(decider: Actor) -> None:
    paper = issue_paper(decider, draft_paper(decider, "correction", CORRECTION, key="a"))
    pdf = pdf_of(paper)
    assert b"pdfaid:part>3" in pdf or b'pdfaid:part="3"' in pdf
    raw = attachment(open_pdf(pdf))
    assert raw is not None
    data = json.loads(raw)
    assert data["data"]["items"] == CORRECTION["items"]
    assert data["number"] == paper.number
    assert data["template_digest"] == template("correction").digest
    assert f"〔{paper.issued_at.year}〕" in paper.number  # type: ignore[union-attr]


def test_asked_twice_it_is_one_paper_with_one_number(decider: Actor) -> None:
    first = issue_paper(decider, draft_paper(decider, "correction", CORRECTION, key="once"))
    again = issue_paper(decider, draft_paper(decider, "correction", CORRECTION, key="once"))
    assert (again.pk, again.number) == (first.pk, first.number)
    assert first.versions.count() == 2


def test_a_revision_keeps_who_changed_what(decider: Actor) -> None:
    paper = draft_paper(decider, "correction", CORRECTION, key="b")
    version = revise_paper(decider, paper, {**CORRECTION, "due": "2018-09-20"}, note="延长补正期限")
    assert version.changes == [{"field": "due", "old": "2018-09-12", "new": "2018-09-20"}]
    assert (version.number, version.made_by_name, version.note) == (2, decider.name, "延长补正期限")
    assert paper.versions.get(number=1).data["due"] == "2018-09-12"


def test_the_word_file_is_in_the_official_form_and_an_edited_one_is_kept(decider: Actor) -> None:
    paper = draft_paper(decider, "correction", CORRECTION, key="c")
    word = files.path_of(paper.current.docx).read_bytes()  # type: ignore[arg-type]
    document = docx.Document(io.BytesIO(word))
    assert round(document.sections[0].top_margin.mm) == 37  # type: ignore[union-attr]
    document.add_paragraph("补充一句。")
    edited = io.BytesIO()
    document.save(edited)
    version = replace_docx(decider, paper, edited.getvalue(), note="改了措辞")
    assert version.edited
    issued = issue_paper(decider, paper)
    assert issued.current.docx_id == version.docx_id
    raw = attachment(open_pdf(pdf_of(issued)))
    assert raw is not None
    assert json.loads(raw)["docx_sha256"] == version.docx_id


@pytest.mark.parametrize("file", [b"", b"PK\x03\x04junk", b"%PDF-1.7"])
def test_what_is_no_word_file_is_refused(decider: Actor, file: bytes) -> None:
    paper = draft_paper(decider, "correction", CORRECTION, key="d")
    with pytest.raises(BadInput):
        replace_docx(decider, paper, file, note="x")


def test_an_issued_paper_is_not_changed_only_withdrawn(decider: Actor) -> None:
    paper = issue_paper(decider, draft_paper(decider, "correction", CORRECTION, key="e"))
    with pytest.raises(Conflict):
        revise_paper(decider, paper, CORRECTION, note="x")
    with pytest.raises(BadInput):
        withdraw_paper(decider, paper, reason=" ")
    assert withdraw_paper(decider, paper, reason="发错了对象").state == Paper.State.WITHDRAWN
    with pytest.raises(Conflict):
        issue_paper(decider, paper)


def test_all_that_is_missing_is_named_at_once(decider: Actor) -> None:
    with pytest.raises(BadInput) as refused:
        draft_paper(decider, "correction", {"addressee": "x", "odd": 1, "items": "no list"}, key="f")
    assert all(word in refused.value.where for word in ("项目名称", "申请事项", "odd", "须补正的内容"))
    with pytest.raises(NotFound):
        draft_paper(decider, "nothing", {}, key="g")
    assert not Paper.objects.exists()


def test_another_department_may_not_touch_it(decider: Actor) -> None:
    paper = draft_paper(decider, "correction", CORRECTION, key="h")
    other = person("decider", "ZJJ")
    with pytest.raises(Refused):
        issue_paper(other, paper)
    with pytest.raises(Refused):
        draft_paper(Actor(98, "公众", Post("builder"), "page"), "correction", CORRECTION, key="i")


def test_a_batch_is_all_or_nothing(decider: Actor) -> None:
    with pytest.raises(BadInput, match="第 2 份"):
        issue_papers(decider, "correction", [CORRECTION, {"addressee": "x"}], key="batch")
    assert not Paper.objects.exists()
    assert len(issue_papers(decider, "correction", [CORRECTION, CORRECTION], key="batch")) == 2


@pytest.mark.django_db(transaction=True)
def test_a_batch_runs_as_a_job_and_again_makes_none_twice(decider: Actor) -> None:
    for _again in range(2):
        job = enqueue_papers(decider, "correction", [CORRECTION] * 3, key="job")
        jobs.work_off()
        job.refresh_from_db()
        assert job.state == "done", job.error
    numbers = set(Paper.objects.values_list("number", flat=True))
    assert len(numbers) == Paper.objects.count() == 3


def test_hostile_text_stays_text(decider: Actor) -> None:
    data = {**CORRECTION, "project": '#panic() {item} "; #read("/etc/passwd") {number}'}
    paper = issue_paper(decider, draft_paper(decider, "correction", data, key="j"))
    assert "#panic() {item}" in pypdf.PdfReader(io.BytesIO(pdf_of(paper))).pages[0].extract_text()


def test_the_pages_lead_from_template_to_issued_paper(decider: Actor, client: Client) -> None:
    give_post(system(), User.objects.get(pk=decider.user_id), "decider", department=Department.objects.get(code="GH"))
    client.force_login(User.objects.get(pk=decider.user_id), backend="django.contrib.auth.backends.ModelBackend")
    form = {**CORRECTION, "items": "红线图 | 缺少坐标 | 指南", "title": "补正告知书", "key": "k1"}
    preview = client.post("/papers/new/correction/", {**form, "act": "preview"})
    assert preview.content[:4] == b"\x89PNG"
    answer = client.post("/papers/new/correction/", {**form, "act": "keep"})
    paper = Paper.objects.get()
    assert answer.headers["Location"] == paper.get_absolute_url()
    assert client.get(f"/papers/{paper.pk}/").status_code == 200
    assert client.get(f"/papers/check/{paper.token}/").status_code == 404
    client.post(f"/papers/{paper.pk}/act/", {"act": "issue"})
    paper.refresh_from_db()
    assert paper.state == Paper.State.ISSUED
    public = Client().get(f"/papers/check/{paper.token}/")
    assert "确有这份文书" in public.content.decode()
    assert "红线图" not in public.content.decode()
    assert client.get("/papers/").content.decode().count(paper.get_absolute_url()) == 1
